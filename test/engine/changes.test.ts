import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { testDatabase, type FirstTestDatabase } from '../support/database.ts';
import { assertNoConnections, fails, manifestsIn } from './outcomes.ts';
import { runRestore, takeBackup } from './runs.ts';

/** Tables that change while a backup or restore is under way. */

const inPlace = { target: { mode: 'in-place' } } as const;

async function twoTables(t: TestContext): Promise<FirstTestDatabase & { other: pg.Client }> {
  const db = await testDatabase(t);
  await db.client.query(`
    create table a (id int primary key, what text check (what <> 'b1'));
    create table b (id int primary key, what text check (what <> 'a1'));
    insert into a select i, 'a' || i from generate_series(1, 100) i;
    insert into b select i, 'b' || i from generate_series(1, 50) i`);
  const { client: other } = await db.adopt(db.name);
  return { ...db, other };
}

/** Waits until a run waits for a lock. */
async function untilWaiting(client: pg.Client, application: string): Promise<void> {
  while ((await activity(client, `application_name = '${application}' and wait_event_type = 'Lock'`)) === 0) {
    await sleep(20);
  }
}

async function activity(client: pg.Client, condition: string): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `select count(*)::int as n from pg_stat_activity where datname = current_database() and ${condition}`,
  );
  return rows[0]?.n ?? 0;
}

/**
 * Takes a backup while another session's change is not committed yet: the snapshot is older than the change, the
 * lock comes after it.
 */
async function backupAcross(
  db: { other: pg.Client; client: pg.Client; target: FirstTestDatabase['target'] },
  change: string,
  store: Store,
  tables: string[] = [],
): ReturnType<typeof takeBackup> {
  await db.other.query(`begin; ${change}`);
  const running = takeBackup(db.target, store, { tables });
  running.catch(() => {});
  await untilWaiting(db.client, 'holdfast backup');
  await db.other.query('commit');
  return await running;
}

/** Of each table of a backup, restored: the number of rows, their smallest value, and what columns were added. */
async function rowsOf(
  db: FirstTestDatabase,
  store: Store,
  manifest: Awaited<ReturnType<typeof takeBackup>>,
): Promise<Record<string, unknown>> {
  const name = db.freeName();
  await runRestore(db.target, store, manifest, { target: { mode: 'new-database', database: name } });
  const { client } = await db.adopt(name);
  const found: Record<string, unknown> = {};
  for (const table of manifest.tables) {
    const { rows } = await client.query<{ found: string }>(
      `select count(*) || ' ' || min(what) || ' ' || (array_agg(to_jsonb(t) - 'id' - 'what'))[1] as found
       from "${table.name}" t`,
    );
    found[table.name] = rows[0]?.found;
  }
  return found;
}

test('a table dropped before it could be locked is not part of the backup', async (t) => {
  const db = await twoTables(t);
  const store = memoryStore();
  const manifest = await backupAcross(db, 'drop table a', store);
  assert.deepEqual(await rowsOf(db, store, manifest), { b: '50 b1 {}' });
  assert.ok(!manifest.schema.entries.some((entry) => entry.name === 'a'));
});

test('a table that was asked for and dropped meanwhile is named', async (t) => {
  const db = await twoTables(t);
  const store = memoryStore();
  await fails(backupAcross(db, 'drop table a', store, ['a', 'b']), 'TABLES_NOT_FOUND', /: a\./);
  assert.equal(await manifestsIn(store), 0);
  await assertNoConnections(db.client);
});

test('a table truncated or rewritten before its lock is read as it is afterwards', async (t) => {
  const db = await twoTables(t);
  const store = memoryStore();
  const truncated = await backupAcross(db, `truncate a; insert into a values (1, 'after')`, store);
  assert.deepEqual(await rowsOf(db, store, truncated), { a: '1 after {}', b: '50 b1 {}' });
  const rewritten = await backupAcross(
    db,
    'alter table b add column at timestamptz default clock_timestamp()',
    store,
  );
  assert.equal(rewritten.tables[1]?.columns.length, 3);
  assert.equal(rewritten.totals.rows, 51);
});

test('tables that trade names are not taken for each other', async (t) => {
  const db = await twoTables(t);
  const store = memoryStore();
  const swap = 'alter table a rename to c; alter table b rename to a; alter table c rename to b';
  const manifest = await backupAcross(db, swap, store);
  assert.deepEqual(await rowsOf(db, store, manifest), { a: '50 b1 {}', b: '100 a1 {}' });
  const moved = await backupAcross(
    db,
    'create schema s; alter table a set schema s; create table a (id int)',
    store,
  );
  assert.deepEqual(
    moved.tables.map((table) => `${table.schema}.${table.name} ${table.rows}`),
    ['public.a 0', 'public.b 100', 's.a 50'],
  );
});

test('a column added before the lock belongs to a later moment, or to this one', async (t) => {
  const db = await twoTables(t);
  const store = memoryStore();
  const manifest = await backupAcross(db, 'alter table a add column more int default 7', store);
  const columns = manifest.tables[0]?.columns.map((column) => column.name);
  // Either is one moment of the database; what must not be is a mixture.
  const withMore = columns?.includes('more') ?? false;
  assert.deepEqual(await rowsOf(db, store, manifest), {
    a: withMore ? '100 a1 {"more": 7}' : '100 a1 {}',
    b: '50 b1 {}',
  });
});

test('a column dropped before the lock ends the backup in TABLE_VANISHED, and the next one works', async (t) => {
  const db = await twoTables(t);
  const store = memoryStore();
  await fails(backupAcross(db, 'alter table a drop column what', store), 'TABLE_VANISHED', /what/);
  assert.equal(await manifestsIn(store), 0);
  await assertNoConnections(db.client);
  assert.equal((await takeBackup(db.target, store)).totals.rows, 150);
});

/** A store that lets something happen at the first put, when rows are being read. */
function whenFirstStored(store: Store, happen: () => Promise<void>): Store {
  let happened: Promise<void> | undefined;
  return {
    ...store,
    async putChunks(chunks) {
      await (happened ??= happen());
      await store.putChunks(chunks);
    },
  };
}

test('what is being read cannot be dropped, rewritten or truncated; rows may change', async (t) => {
  const db = await twoTables(t);
  const store = memoryStore();
  const changing = whenFirstStored(store, async () => {
    await db.other.query(`set lock_timeout = 100`);
    for (const change of [
      'drop table a',
      'truncate b',
      'alter table a add column more int',
      'alter table b rename to c',
    ]) {
      await assert.rejects(db.other.query(change), { code: '55P03' }, change);
    }
    await db.other.query(
      `update a set what = 'changed'; delete from b; create table late (id int, what text)`,
    );
  });
  const manifest = await takeBackup(db.target, changing);
  assert.deepEqual(await rowsOf(db, store, manifest), { a: '100 a1 {}', b: '50 b1 {}' });
});

test('who waits for an exclusive lock on a table that is being backed up does not stop the backup', async (t) => {
  const db = await twoTables(t);
  // Keeps the reading connections at the door until the queue before the tables has formed.
  await db.client.query(`
    create function at_the_door() returns event_trigger language plpgsql as $$ begin
      if current_setting('application_name') ~ '^holdfast backup [0-9]' then
        perform pg_advisory_xact_lock_shared(1);
      end if;
    end $$;
    create event trigger at_the_door on login execute function at_the_door();
    select pg_advisory_lock(1)`);
  const store = memoryStore();
  const running = takeBackup(db.target, store, { jobs: 2 });
  running.catch(() => {});
  await untilWaiting(db.client, 'holdfast backup 1');
  await sleep(200);
  while ((await activity(db.client, `application_name = 'holdfast pg_dump'`)) > 0) await sleep(20);
  const altered = db.other.query('alter table a add column more int');
  await untilWaiting(db.client, 'test');
  await db.client.query('select pg_advisory_unlock(1); drop event trigger at_the_door');
  const manifest = await running;
  await altered;
  assert.deepEqual(await rowsOf(db, store, manifest), { a: '100 a1 {}', b: '50 b1 {}' });
  await assertNoConnections(db.client);
});

test('a restore while a backup reads waits for it, and says so when that takes too long', async (t) => {
  const db = await twoTables(t);
  const store = memoryStore();
  const earlier = await takeBackup(db.target, store);
  await db.client.query(`update a set what = 'later'`);
  const running = whenFirstStored(store, async () => {
    await fails(runRestore(db.target, store, earlier, { ...inPlace, lockTimeoutMs: 200 }), 'LOCK_TIMEOUT');
    const name = db.freeName();
    await runRestore(db.target, store, earlier, { target: { mode: 'new-database', database: name } });
    const { client } = await db.adopt(name);
    assert.equal((await client.query(`select from a where what = 'a1'`)).rowCount, 1);
  });
  const later = await takeBackup(db.target, running);
  assert.deepEqual(await rowsOf(db, store, later), { a: '100 later {}', b: '50 b1 {}' });
  await runRestore(db.target, store, earlier, inPlace);
  assert.equal((await db.client.query(`select from a where what = 'later'`)).rowCount, 0);
});

test('a table that changes after the plan and before its lock is not touched', async (t) => {
  const db = await twoTables(t);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  await db.client.query(`update b set what = 'kept'`);
  for (const [change, code, back] of [
    ['alter table a rename what to that', 'SCHEMA_DRIFT', 'alter table a rename that to what'],
    ['alter table a rename to c', 'TABLE_VANISHED', 'alter table c rename to a'],
    [
      'alter table a rename to c; create view a as table c',
      'SCHEMA_DRIFT',
      'drop view a; alter table c rename to a',
    ],
  ] as const) {
    // This lock lets the plan read, and the restore wait.
    await db.other.query('begin; lock table a in row exclusive mode');
    const restoring = fails(runRestore(db.target, store, manifest, inPlace), code, /\ba\b|changed/);
    await untilWaiting(db.client, 'holdfast restore');
    await db.other.query(`${change}; commit`);
    await restoring;
    await db.other.query(back);
    assert.equal((await db.client.query(`select from b where what = 'kept'`)).rowCount, 50);
  }
  await assertNoConnections(db.client);
});
