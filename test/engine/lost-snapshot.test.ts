import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { dumpSchema } from '../../src/postgres/pg-dump/pg-dump.ts';
import { Session } from '../../src/postgres/wire/session.ts';
import { exportSnapshot, joinSnapshot } from '../../src/postgres/snapshot.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { testDatabase } from '../support/database.ts';
import { majorsInTurn } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { fails } from './outcomes.ts';
import { takeBackup } from './runs.ts';

for (const major of majorsInTurn(1)) {
  test(`a snapshot that went with its connection is reported as the connection that was lost, on ${major}`, async (t) => {
    const { client, target } = await testDatabase(t, { major });
    const lead = await Session.open(target, { applicationName: 'lead' });
    t.after(() => lead.close());
    const snapshot = await exportSnapshot(lead, 1_000);
    await client.query('select pg_terminate_backend($1)', [lead.client.backendPid]);
    await until(async () => {
      const { rowCount } = await client.query('select from pg_stat_activity where pid = $1', [
        lead.client.backendPid,
      ]);
      return rowCount === 0;
    });
    const lost = /The connection that held the snapshot of this run was lost/;
    const signal = new AbortController().signal;
    await fails(joinSnapshot(target, snapshot, 'test', signal), 'DATABASE_UNREACHABLE', lost);
    const everything = { snapshot: snapshot.id, excludeTables: [], excludeSchemas: [] };
    await fails(dumpSchema(target, everything), 'DATABASE_UNREACHABLE', lost);
  });
}

test('a backup whose lead connection is ended says that it was lost, whoever notices first', async (t) => {
  const { client, target } = await testDatabase(t);
  await client.query(
    `do $$ begin for i in 1..60 loop execute format('create table t%s as select generate_series(1, 100) as n', i); end loop; end $$`,
  );
  for (const delayMs of [0, 20, 40, 80, 120]) {
    const running = takeBackup(target, memoryStore(), { jobs: 4 });
    running.catch(() => {});
    await pause(delayMs);
    const leads = `select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'holdfast backup' and datname = current_database() and backend_xmin is not null`;
    await until(async () => ((await client.query(leads)).rowCount ?? 0) > 0);
    const error = await fails(running, 'DATABASE_UNREACHABLE', /lost|terminat/);
    assert.doesNotMatch(error.message, /does not exist|invalid snapshot/);
    t.diagnostic(`${delayMs}: ${error.message}`);
  }
});
