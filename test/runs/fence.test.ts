import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import type pg from 'pg';
import { superseded } from '../../src/base/errors.ts';
import { openCatalog } from '../../src/catalog/catalog.ts';
import { nextFence, runMark } from '../../src/catalog/locks.ts';
import { kindsIn, runTables, type Lane } from '../../src/catalog/run-tables.ts';
import { openPool } from '../../src/postgres/pool.ts';
import { databaseStore } from '../../src/store/database/store.ts';
import { storeTables } from '../../src/store/database/tables.ts';
import { smallShop, testSystem, type TestSystem } from '../api/system.ts';
import { openClient } from '../support/connect.ts';
import { until } from '../support/until.ts';
import { beginElsewhere, type KilledKind, type Victim } from './interruptions.ts';

/*
 * Of two processes that each believe to be the only writer, one is wrong. Here it is paused while it has the lock, its
 * lock connection is broken, another process goes on, and then it wakes up.
 */

const base = '/api/admin';
const error = superseded().toJSON();

/** Begins a run in a process of its own that waits for a lock on `orders`, and stops that process there. */
async function pausedRun(
  t: TestContext,
  { db }: TestSystem,
  kind: KilledKind,
  backupId = 0,
): Promise<Victim> {
  // A restore must be able to plan.
  const mode = kind === 'backup' ? 'access exclusive' : 'access share';
  await db.client.query(`begin; lock table orders in ${mode} mode`);
  const victim = await beginElsewhere(db.connectionString, { kind, backupId });
  t.after(() => victim.child.kill('SIGKILL'));
  await until(async () => {
    await db.client.query('select pg_stat_clear_snapshot()');
    const { rows } = await db.client.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
         and application_name like 'holdfast%'`,
    );
    return rows.length > 0;
  });
  victim.child.kill('SIGSTOP');
  return victim;
}

async function breakLock({ db }: TestSystem): Promise<void> {
  await db.client.query(`
    select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'holdfast lock' and datname = current_database()`);
}

/** What another process does that takes a lane over, without the one that has it noticing. */
async function takeOver({ client }: { client: pg.Client }, lane: Lane): Promise<void> {
  await client.query(nextFence('public', lane));
  for (const kind of kindsIn(lane)) {
    await client.query(
      `update ${runTables[kind].table} set status = 'interrupted', finished_at = now(), error = $1
        where status = 'running'`,
      [error],
    );
  }
}

async function statuses({ db }: TestSystem, table: string): Promise<string[]> {
  const { rows } = await db.client.query(`select status from ${table} order by id`);
  return rows.map((row) => row.status as string);
}

async function orders({ db }: TestSystem): Promise<number> {
  const { rows } = await db.client.query('select count(*)::int as n from orders');
  return rows[0].n as number;
}

test('a paused backup that wakes up after another process took over completes nothing', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { api, call, db } = setup;
  const victim = await pausedRun(t, setup, 'backup');
  await breakLock(setup);
  const { body } = await call('POST', `${base}/backup`);
  await until(async () => (await api.getBackup(1)).status === 'interrupted');
  await db.client.query('rollback');
  assert.equal((await api.waitForBackup(body.backup.id)).status, 'completed');
  victim.child.kill('SIGCONT');
  await once(victim.child, 'exit');
  assert.deepEqual(await statuses(setup, 'system_backups'), ['interrupted', 'completed']);
  const { rows } = await db.client.query(
    'select backup_data is null as empty from system_backups order by id',
  );
  assert.deepEqual(rows, [{ empty: true }, { empty: false }]);
});

test('a paused restore that wakes up after another process took over changes nothing', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { api, db } = setup;
  const { id } = await api.createBackup({ wait: true });
  await db.client.query('delete from orders where id > 10');
  const victim = await pausedRun(t, setup, 'restore', id);
  await breakLock(setup);
  await until(async () => (await api.getRestore(1)).status === 'interrupted');
  await db.client.query('rollback');
  // Its server process has the table by now, and would keep it from everybody until it wakes up.
  assert.equal((await api.createBackup({ wait: true })).status, 'completed');
  assert.equal(await orders(setup), 10);
  victim.child.kill('SIGCONT');
  await once(victim.child, 'exit');
  assert.equal(await orders(setup), 10);
  assert.deepEqual(await statuses(setup, 'system_restore_log'), ['interrupted']);
  assert.equal((await api.restore({ backupId: id, wait: true })).status, 'completed');
  assert.equal(await orders(setup), 500);
});

test('a backup that was taken over unnoticed ends as interrupted, without a manifest', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { api, db } = setup;
  const other = await db.adopt(db.name);
  await db.client.query('begin; lock table orders in access exclusive mode');
  const { id } = await api.createBackup();
  await takeOver(other, 'writer');
  await db.client.query('rollback');
  await assert.rejects(api.waitForBackup(id), { code: 'INTERRUPTED' });
  // The run itself ends, too, and lets the next one begin.
  assert.equal((await api.createBackup({ wait: true })).status, 'completed');
  assert.deepEqual(await statuses(setup, 'system_backups'), ['interrupted', 'completed']);
  const { rows } = await db.client.query('select backup_data from system_backups where id = $1', [id]);
  assert.equal(rows[0].backup_data, null);
});

/** Restoring it takes three seconds, after its rows are there. */
const slowShop = `${smallShop}
  create function slow(n int) returns int immutable language plpgsql as $$ begin
    if n = 1 and current_setting('application_name') like 'holdfast restore%' then perform pg_sleep(3); end if;
    return n; end $$;
  create index on orders (slow(id));
`;

for (const mode of ['in-place', 'new-database'] as const) {
  test(`a restore (${mode}) that was taken over unnoticed is undone`, async (t) => {
    const setup = await testSystem(t, { sql: slowShop });
    const { api, db } = setup;
    const { id } = await api.createBackup({ wait: true });
    await db.client.query('delete from orders where id > 10');
    const database = db.freeName();
    const target = mode === 'in-place' ? { mode } : { mode, database };
    const restore = await api.restore({ backupId: id, safetyBackup: false, target });
    await until(async () => {
      const { rows } = await db.client.query(
        `select from pg_stat_activity where wait_event = 'PgSleep' and application_name = 'holdfast restore'
           and (datname = current_database() or datname like '%' || $1 || '%')`,
        [database.slice(0, 20)],
      );
      return rows.length > 0;
    });
    await takeOver(db, 'writer');
    await assert.rejects(api.waitForRestore(restore.id), { code: 'INTERRUPTED' });
    // The next one begins when the one before has ended.
    assert.equal((await api.createBackup({ wait: true })).status, 'completed');
    assert.equal((await api.getRestore(restore.id)).status, 'interrupted');
    assert.equal(await orders(setup), 10);
    const { rows } = await db.client.query(
      `select datname from pg_database
        where datname = $1 or datname = (select building from system_restore_log where id = $2)`,
      [database, restore.id],
    );
    assert.deepEqual(rows, []);
  });
}

test('who has been taken over writes nothing any more, whatever it is', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { api, db } = setup;
  const { id } = await api.createBackup({ wait: true });
  const pool = openPool(db.target, { max: 2, applicationName: 'test' });
  t.after(() => pool.close());
  const catalog = openCatalog(pool, 'public');
  const stored = await db.client.query('select uuid, backup_data from system_backups');
  const [{ uuid, backup_data: manifest }] = stored.rows;

  // The backup was completed under a fence that is not this one; and under its own it is over.
  const { rows } = await db.client.query('select fence::int from system_backups');
  for (const fence of [rows[0].fence - 1, rows[0].fence, rows[0].fence + 1]) {
    const run = { id, fence };
    assert.equal(await catalog.backups.fail(run, 'failed', error), false);
    assert.equal(await catalog.backups.begin(run, 1), false);
    const store = databaseStore(pool, storeTables('public'));
    await assert.rejects(store.putManifest(uuid, { format: 'another' }, new Uint8Array(), fence), {
      code: 'INTERRUPTED',
    });
  }
  assert.deepEqual(
    await db.client.query('select uuid, backup_data from system_backups').then((r) => r.rows),
    [{ uuid, backup_data: manifest }],
  );
  // A run begins only under the latest number, also where it is not a queue it comes from.
  const order = {
    uuid,
    type: 'full',
    trigger: 'safety',
    description: null,
    tables: [],
    store: 'database',
  } as const;
  await assert.rejects(catalog.backups.insert(order, { fence: 0, keepFrom: 1 }), { code: 'INTERRUPTED' });
  const queued = await catalog.cleanupLog.order('manual');
  assert.equal(await catalog.cleanupLog.begin({ id: queued.id, fence: 99 }), false);
  const { rows: next } = await db.client.query(nextFence('public', 'maintenance'));
  const cleanup = { id: queued.id, fence: Number(next[0].fence) };
  assert.equal(await catalog.cleanupLog.begin(cleanup), true);
  assert.deepEqual(await catalog.cleanupLog.heartbeat(cleanup, null), { held: true, cancelRequested: false });
  await takeOver(db, 'maintenance');
  assert.deepEqual(await catalog.cleanupLog.heartbeat(cleanup, null), {
    held: false,
    cancelRequested: false,
  });
  const figures = { swept: true, chunksDeleted: 1, bytesFreed: 1, errors: [], pending: false };
  assert.equal(await catalog.cleanupLog.complete(cleanup, figures), false);
  await assert.rejects(catalog.cleanupLog.noteDeleted(cleanup, [], []), { code: 'INTERRUPTED' });
  await assert.rejects(catalog.backups.markDeleting(id, error, cleanup), { code: 'INTERRUPTED' });
  assert.equal((await api.getBackup(id)).status, 'completed');
});

test('a process of an earlier version and one of today exclude each other in each lane', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { api, call, db } = setup;
  const { id } = await api.createBackup({ wait: true });
  // What every version since 0.1 does to take a lane: the numbers, names and texts must never change.
  for (const [lock, fence, order] of [
    [1_212_957_698, 'writer_fence', `${base}/backup`],
    [1_212_957_710, 'upkeep_fence', `${base}/backup/${id}/verify`],
  ] as const) {
    const lane = [lock, 'public'];
    await db.client.query('select pg_advisory_lock($1, hashtext($2))', lane);
    const { rows } = await db.client.query(
      `update system_backup_epoch set ${fence} = ${fence} + 1 returning ${fence}::int as fence`,
    );
    const { body, status } = await call('POST', order);
    assert.equal(status, 202);
    const run = (body.backup ?? body.verification) as { id: number; status: string };
    assert.equal(run.status, 'queued');
    await db.client.query('select pg_advisory_unlock($1, hashtext($2))', lane);
    await (body.backup ? api.waitForBackup(run.id) : api.waitForVerification(run.id));
    const after = await db.client.query(`select ${fence}::int as fence from system_backup_epoch`);
    assert.ok(after.rows[0].fence > rows[0].fence);
  }
});

/** What a connection of a run has: the lock by which others find it. */
async function marked(
  t: TestContext,
  target: pg.ClientConfig,
  mark: string,
): Promise<() => Promise<boolean>> {
  const client = await openClient(target);
  let ended = false;
  client.on('error', () => (ended = true));
  t.after(() => client.end().catch(() => {}));
  await client.query('select pg_advisory_lock_shared(hashtextextended($1, 0))', [mark]);
  return async () => {
    await client.query('select 1').catch(() => {});
    return !ended;
  };
}

test('what a dead run has left is ended, and nothing of a run of the same number in another database', async (t) => {
  const { db, api } = await testSystem(t, { sql: smallShop });
  const beside = await db.createDatabase();
  const created = await db.createDatabase();
  const { rows } = await db.client.query(
    `select oid from pg_database where datname in ($1, $2) order by datname = $2`,
    [db.name, beside.name],
  );
  const [own, other] = rows.map(({ oid }) => oid as string);
  const fence = 5;
  const of = (databaseOid: string | undefined): string =>
    runMark({ databaseOid: databaseOid!, schema: 'public', lane: 'writer', fence });
  const dead = await marked(t, db.target, of(own));
  // A restore creates another database, and is connected to it.
  const deadElsewhere = await marked(t, created.target, of(own));
  const earlierDead = await marked(t, db.target, `holdfast run public writer ${fence}`);
  const live = await marked(t, beside.target, of(other));
  const earlierLive = await marked(t, beside.target, `holdfast run public writer ${fence}`);
  await db.client.query(
    `insert into system_backups (uuid, type, trigger, status, store, fence, first_epoch, started_at, heartbeat_at)
     values (gen_random_uuid(), 'full', 'manual', 'running', 'database', $1, 1, now(), now())`,
    [fence],
  );
  assert.equal((await api.createBackup({ wait: true })).status, 'completed');
  assert.equal((await api.getBackup(1)).status, 'interrupted');
  await until(async () => !(await dead()));
  assert.deepEqual(await Promise.all([dead(), deadElsewhere(), earlierDead(), live(), earlierLive()]), [
    false,
    false,
    false,
    true,
    true,
  ]);
});

test('a run of which nothing is heard for minutes loses its lock to one that waits', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { api, call, db } = setup;
  const victim = await pausedRun(t, setup, 'backup');
  const { body } = await call('POST', `${base}/backup`);
  assert.equal(body.backup.status, 'queued');
  // Its connection is alive, and its kernel answers for it.
  await db.client.query('rollback');
  await db.client.query(
    `update system_backups set heartbeat_at = now() - interval '10 minutes' where id = 1`,
  );
  assert.equal((await api.waitForBackup(body.backup.id)).status, 'completed');
  victim.child.kill('SIGCONT');
  await once(victim.child, 'exit');
  assert.deepEqual(await statuses(setup, 'system_backups'), ['interrupted', 'completed']);
});
