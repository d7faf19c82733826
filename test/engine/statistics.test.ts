import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sortMemory } from '../../src/engine/restore/server-memory.ts';
import { Session } from '../../src/postgres/wire/session.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { testDatabase } from '../support/database.ts';
import { outermostMajors, privateServer } from '../support/servers.ts';
import { runRestore, takeBackup } from './runs.ts';

const target = (database: string) => ({ target: { mode: 'new-database', database } as const });

for (const major of outermostMajors) {
  test(`PostgreSQL ${major}: a new database has the statistics of the planner`, async (t) => {
    const db = await testDatabase(t, { major });
    await db.client.query(`
      create table plain as select n as id, n % 10 as kind from generate_series(1, 20000) n;
      create table parted (id int, at int) partition by range (at);
      create table parted_1 partition of parted for values from (0) to (10);
      create table parted_2 partition of parted for values from (10) to (20);
      insert into parted select n, n % 20 from generate_series(1, 20000) n;
      create table small as select 1 as a;
      create materialized view seen as select kind, count(*), repeat('x', 20000) as much from plain group by 1;
      create materialized view unseen as select * from plain with no data;
      create function refuses(int) returns int immutable language plpgsql as $$ begin
        if current_query() ilike 'analyze%' then raise 'not while it is analyzed'; end if; return $1; end $$;
      create table refused as select n as a from generate_series(1, 20000) n;
      create index on refused (refuses(a))`);
    const store = memoryStore();
    const manifest = await takeBackup(db.target, store);
    const name = db.freeName();
    const report = await runRestore(db.target, store, manifest, target(name));
    assert.deepEqual(report.warnings.slice(-1), [
      'The statistics of public.refused were not computed: not while it is analyzed',
    ]);
    const { client } = await db.adopt(name);
    const { rows } = await client.query<{ table: string }>(
      `select distinct tablename as table from pg_stats where schemaname = 'public' order by 1`,
    );
    assert.deepEqual(
      rows.map((row) => row.table),
      ['parted', 'parted_1', 'parted_2', 'plain'],
    );
    assert.ok(report.phaseMs['statistics']! >= 0);
  });
}

test('indexes are sorted in as much memory as the server is set up for', async (t) => {
  const server = await privateServer(t, {
    settings: { shared_buffers: '256MB', maintenance_work_mem: '1MB' },
  });
  const session = await Session.open(server.target());
  t.after(() => session.close());
  assert.equal(await sortMemory(session, 2), 64 * 1024);
  assert.equal(await sortMemory(session, 4), 32 * 1024);
  await session.execute(`set maintenance_work_mem = '64MB'`);
  assert.equal(await sortMemory(session, 2), undefined, 'never less than the server gives anyway');

  const client = await server.client();
  await client.query('create database source');
  const source = await server.client('source');
  await source.query(
    `create table a as select generate_series(1, 10) as n; create index on a (n);
     create materialized view memory as select current_setting('maintenance_work_mem') as given`,
  );
  const store = memoryStore();
  const manifest = await takeBackup(server.target('source'), store);
  await runRestore(server.target('source'), store, manifest, target('restored'));
  const restored = await server.client('restored');
  assert.equal(
    (await restored.query('select given from memory')).rows[0].given,
    '128MB',
    'one connection does it all',
  );
  await source.end();
  await restored.end();
});
