import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { lockClass } from '../../src/catalog/locks.ts';
import { testSystem, type TestSystem } from '../api/system.ts';
import { until } from '../support/until.ts';

const cli = path.join(import.meta.dirname, '../../src/cli/main.ts');

/** A run takes so long that it is met in the middle: a backup because it compresses, a restore because of the index. */
const events = `
  create function slow(text) returns text immutable language plpgsql as $$ begin
    if current_setting('application_name') like 'holdfast restore%' then perform pg_sleep(0.0001); end if;
    return $1; end $$;
  create table events (id int primary key, kind text not null, payload text not null);
  insert into events select n, 'kind ' || n % 7, repeat(md5(n::text), 8) from generate_series(1, 200000) n;
  create index on events (slow(kind));
  create table notes (event_id int references events, note text);
  insert into notes select n, 'note ' || n from generate_series(1, 1000) n;
`;

async function startWorker(t: TestContext, { db }: TestSystem): Promise<void> {
  const child = spawn(process.execPath, [cli, 'worker', '--json'], {
    env: {
      ...process.env,
      DATABASE_URL: db.connectionString,
      HOLDFAST_LOG_LEVEL: 'error',
      // So slow that a backup is met in the middle.
      HOLDFAST_COMPRESSION_LEVEL: '19',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
}

/** What of ours is still at work, or held, in the whole server for this database. */
async function left({ db }: TestSystem): Promise<string[]> {
  const { rows } = await db.client.query<{ what: string }>(`
    select 'session ' || application_name || ' ' || coalesce(state, '') as what from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and application_name like 'holdfast%'
       and (application_name ~ '^holdfast (backup|restore|pg_dump|cancel)' or state like 'idle in transaction%')
    union all
    select 'lock on ' || relation::regclass || ' ' || mode from pg_locks
     where database = (select oid from pg_database where datname = current_database())
       and relation in ('events'::regclass, 'notes'::regclass) and pid <> pg_backend_pid()
    union all
    select 'lock of a lane ' || classid from pg_locks
     where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
       and classid <> ${lockClass.schedules}
    union all
    select 'database ' || datname from pg_database where datname like 'holdfast\\_unfinished\\_%' || left(current_database(), 20) || '%'
    union all
    select 'temporary ' || relname from pg_class where relpersistence = 't'`);
  return rows.map((row) => row.what);
}

test('a run that another process performs is cancelled in the middle and leaves nothing', async (t) => {
  const setup = await testSystem(t, { sql: events, worker: false });
  const { api, db } = setup;
  const good = await setup.another({ worker: true }).api.createBackup({ wait: true });
  await startWorker(t, setup);
  const name = `${db.name}_cancelled`;
  await db.client.query('delete from notes where event_id > 900');
  const runs = {
    backup: { start: () => api.createBackup(), get: api.getBackup, cancel: api.cancelBackup },
    'restore in place': {
      start: () => api.restore({ backupId: good.id, safetyBackup: false }),
      get: api.getRestore,
      cancel: api.cancelRestore,
    },
    'restore into a new database': {
      start: () => api.restore({ backupId: good.id, target: { mode: 'new-database', database: name } }),
      get: api.getRestore,
      cancel: api.cancelRestore,
    },
  };
  for (const [what, { start, get, cancel }] of Object.entries(runs)) {
    const { id } = await start();
    await until(async () => {
      const { status, progress } = await get(id);
      assert.notEqual(status, 'completed', `${what} was too fast to be cancelled`);
      return (progress?.rawBytes ?? 0) > 0;
      // Every row of it sleeps for a moment, which a busy machine makes a long one.
    }, 240_000);
    await cancel(id);
    const ended = await until(async () => {
      const run = await get(id);
      return run.status !== 'running' && run;
    });
    assert.equal(ended.status, 'cancelled', what);
    assert.equal(ended.error?.code, 'CANCELLED');
    // A backend that was told to end is gone a moment later.
    await until(async () => (await left(setup)).length === 0).catch(async () => {
      assert.deepEqual(await left(setup), [], what);
    });
    const { rows } = await db.client.query(
      'select (select count(*)::int from events) as events, (select count(*)::int from notes) as notes',
    );
    assert.deepEqual(rows[0], { events: 200_000, notes: 900 }, what);
  }
  await db.client.query(
    'create or replace function slow(text) returns text immutable language sql as $$ select $1 $$',
  );
  const restored = await api.restore({ backupId: good.id, safetyBackup: false });
  assert.equal((await api.waitForRestore(restored.id)).status, 'completed');
});
