import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabase, type FirstTestDatabase } from '../support/database.ts';
import { openClient } from '../support/connect.ts';
import { holdfast, launch, until } from './holdfast.ts';

/** Whether somebody waits for a lock that the test holds: then the run is under way, and stays so. */
async function somebodyWaits({ client }: FirstTestDatabase): Promise<boolean> {
  const found = await client.query(
    `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()
       and application_name like 'holdfast%'`,
  );
  return found.rowCount !== 0;
}

test('Ctrl-C in a backup: it is cancelled, recorded, and the next one works', async (t) => {
  const db = await testDatabase(t);
  const { client, connectionString: url } = db;
  await client.query('create table t as select i from generate_series(1, 1000) i');
  await holdfast(['init'], { url });
  const blocker = await openClient(db.target);
  t.after(() => blocker.end());
  await blocker.query('begin; lock table t in access exclusive mode');

  const running = launch(['backup'], { url });
  await until('the backup waits for the lock', () => somebodyWaits(db));
  running.child.kill('SIGINT');
  const { code, stderr, stdout } = await running.ended;
  assert.equal(code, 130, stderr);
  assert.equal(stdout, '');
  assert.match(stderr, /Cancelling/);
  assert.match(stderr, /nothing in your tables changed/);
  await blocker.query('rollback');

  const list = await holdfast(['list', '--json'], { url });
  assert.deepEqual(
    list.json<{ backups: { status: string }[] }>().backups.map((backup) => backup.status),
    ['cancelled'],
  );
  assert.equal((await holdfast(['backup'], { url })).code, 0);
});

test('Ctrl-C in a restore in place: every row is as it was, and it says so', async (t) => {
  const db = await testDatabase(t);
  const { client, connectionString: url } = db;
  await client.query('create table t as select i from generate_series(1, 1000) i');
  await holdfast(['init'], { url });
  await holdfast(['backup'], { url });
  await client.query('delete from t where i > 10');
  const blocker = await openClient(db.target);
  t.after(() => blocker.end());
  await blocker.query('begin; select count(*) from t');

  const running = launch(['restore', '1', '--yes', '--json'], { url });
  await until('the restore waits for the lock', () => somebodyWaits(db));
  running.child.kill('SIGTERM');
  const outcome = await running.ended;
  assert.equal(outcome.code, 130, outcome.stderr);
  assert.equal(outcome.json()['code'], 'CANCELLED');
  assert.match(String(outcome.json()['hint']), /every table is as it was/);
  await blocker.query('rollback');

  assert.equal((await client.query('select count(*)::int as n from t')).rows[0].n, 10);
  const restores = await holdfast(['list', '--restores', '--json'], { url });
  assert.equal(restores.json<{ restores: { status: string }[] }>().restores[0]?.status, 'cancelled');
  assert.equal((await holdfast(['restore', '1', '--yes'], { url })).code, 0);
  assert.equal((await client.query('select count(*)::int as n from t')).rows[0].n, 1000);
});

test('a backup whose process is killed: the next run finds what was left and goes ahead', async (t) => {
  const db = await testDatabase(t);
  const { client, connectionString: url } = db;
  await client.query('create table t (i int)');
  await holdfast(['init'], { url });
  const blocker = await openClient(db.target);
  t.after(() => blocker.end());
  await blocker.query('begin; lock table t in access exclusive mode');
  const running = launch(['backup'], { url });
  await until('the backup waits for the lock', () => somebodyWaits(db));
  running.child.kill('SIGKILL');
  assert.equal((await running.ended).signal, 'SIGKILL');
  await blocker.query('rollback');

  assert.equal((await holdfast(['backup'], { url })).code, 0);
  const list = await holdfast(['list', '--json'], { url });
  assert.deepEqual(
    list.json<{ backups: { status: string }[] }>().backups.map((backup) => backup.status),
    ['completed', 'interrupted'],
  );
  const shown = await holdfast(['show', '1'], { url });
  assert.match(shown.stdout, /INTERRUPTED/);
});

test('two backups at once: the second waits for the first', async (t) => {
  const db = await testDatabase(t);
  const { client, connectionString: url } = db;
  await client.query('create table t (i int)');
  await holdfast(['init'], { url });
  const blocker = await openClient(db.target);
  t.after(() => blocker.end());
  await blocker.query('begin; lock table t in access exclusive mode');
  const first = launch(['backup'], { url });
  await until('the backup waits for the lock', () => somebodyWaits(db));
  const second = launch(['backup', '--json'], { url });
  await until('the second backup is in the queue', async () => {
    const { rows } = await client.query(`select from system_backups where status = 'queued'`);
    return rows.length === 1;
  });
  const status = await holdfast(['status'], { url });
  assert.match(status.stdout, /backup 1, started/);
  await blocker.query('rollback');
  assert.equal((await first.ended).code, 0);
  assert.equal((await second.ended).code, 0);
});
