import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { assertSameState, databaseState } from '../support/compare.ts';
import { caller, testSystem, type SystemSetup, type TestSystem } from './system.ts';

const base = '/api/admin';
const except = { except: ['holdfast'] };

/** Composite and text keys, an identity, a computed column, partitions, a trigger that forbids, cascades, odd names, a table without a key. */
const shop = `
  create type mood as enum ('good', 'bad');
  create function broken(mood) returns text language plpgsql as $$ begin raise 'this cast is not ours to call'; end $$;
  create cast (mood as text) with function broken(mood) as assignment;
  create table customers (id int generated always as identity primary key, name text not null unique, twice text generated always as (name || name) stored);
  create table "Odd ""orders""" (id serial primary key, customer int not null references customers on delete cascade,
    "total, net" numeric(10,2), at timestamptz, tags text[], doc json, span interval, how mood, pad char(5));
  create table invoices (number bigint not null, day date not null, body text, primary key (number, day)) partition by range (day);
  create table invoices_2025 partition of invoices for values from ('2025-01-01') to ('2026-01-01');
  create table invoices_2026 partition of invoices for values from ('2026-01-01') to ('2027-01-01');
  create table notes (body text, n int);
  create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$;
  insert into customers (name) select 'customer ' || n from generate_series(1, 40) n;
  insert into "Odd ""orders""" (customer, "total, net", at, tags, doc, span, how, pad)
    select 1 + n % 40, n / 3.0, timestamptz '2026-01-02 03:04:05.6+7' + n * interval '1 day', array['a"b', null, '{c}', n::text], ('{"b": 1,  "a": [' || n || ']}')::json,
      make_interval(months => n, secs => (n / 7.0)::float8), case n % 3 when 0 then 'good'::mood when 1 then 'bad'::mood end, 'x ' from generate_series(1, 200) n;
  create trigger refuse before insert or update or delete on "Odd ""orders""" for each row execute function refuse();
  insert into invoices select n, date '2025-11-01' + n, E'line\\nof\\t' || n from generate_series(1, 100) n;
  insert into notes select 'note', n % 3 from generate_series(1, 9) n;`;

const stateOf = ({ db }: TestSystem) => databaseState(db.target, except);

async function shopSystem(t: TestContext, setup: SystemSetup = {}): Promise<TestSystem> {
  const system = await testSystem(t, {
    sql: shop,
    schema: 'holdfast',
    ...setup,
  });
  // What the application evaluates by is not how rows are kept.
  await system.db.client.query(
    `do $$ begin execute format('alter database %I set datestyle = ''SQL, DMY''', current_database());
       execute format('alter database %I set intervalstyle = ''sql_standard''', current_database()); end $$`,
  );
  return system;
}

/** Without the trigger that forbids. */
function quietly({ db }: TestSystem, sql: string): Promise<unknown> {
  return db.client.query(`set session_replication_role = replica; ${sql}; reset session_replication_role`);
}

const keptOf = async ({ db }: TestSystem, id: number): Promise<number> => {
  const { rows } = await db.client.query<{ count: number }>(
    'select count(*)::int as count from holdfast.system_restore_rows where restore_id = $1',
    [id],
  );
  return rows[0]!.count;
};

const orders = '"Odd ""orders"""';

test('the undo of a restore of rows puts back exactly these, and what others wrote since stays', async (t) => {
  const system = await shopSystem(t);
  const { api, call } = system;
  const { id } = await api.createBackup({ wait: true });
  await quietly(
    system,
    `delete from ${orders} where id in (3, 70); update ${orders} set "total, net" = -1, tags = null, doc = '[]' where id in (5, 6, 7)`,
  );
  const before = await stateOf(system);
  const rows = {
    table: `"public".${orders}`,
    where: 'id < 100',
    onConflict: 'overwrite' as const,
    withParents: true,
  };
  const planned = await api.planRestore({ backupId: id, restoreType: 'rows', rows });
  assert.equal(planned.wayBack, 'rows');
  const restored = await api.restore({ planId: planned.planId!, wait: true });
  assert.deepEqual([restored.safetyBackupId, restored.wayBack], [null, 'rows']);
  assert.equal((await api.listBackups()).total, 1, 'no backup of the whole table');
  assert.equal(await keptOf(system, restored.id), 5);
  const left = await stateOf(system);

  // Others go on, in the same table too; two rows of the restore are written, one of them as it was before.
  await quietly(
    system,
    `update ${orders} set "total, net" = 77 where id in (5, 150); update ${orders} set "total, net" = -1, tags = null, doc = '[]' where id = 6;
     insert into ${orders} (id, customer) values (9000, 1); insert into notes values ('kept', 1)`,
  );
  const dry = await call('POST', `${base}/restore/${restored.id}/undo?dryRun=true`, { body: {} });
  assert.equal(dry.status, 200, dry.text);
  assert.deepEqual(dry.body.plan.undo, {
    restoreId: restored.id,
    writtenSince: [{ table: 'public.Odd "orders"', written: 1, gone: 0 }],
    ofRows: true,
    byRows: true,
    changedRows: [{ table: 'public.Odd "orders"', key: { id: '5' } }],
    stays: [],
  });
  const [counts] = dry.body.plan.rows;
  assert.deepEqual(
    [counts.added, counts.changed, counts.unchanged, counts.removed],
    [0, 2, 1, 2],
    JSON.stringify(counts),
  );
  const undone = await call('POST', `${base}/restore/${restored.id}/undo?wait=true`, { body: {} });
  assert.equal(undone.status, 201, undone.text);
  const { id: undoId, backupId, undoes, wayBack } = undone.body.restore;
  assert.deepEqual([backupId, undoes, wayBack], [id, restored.id, 'rows']);
  await quietly(
    system,
    `update ${orders} set "total, net" = 50 where id = 150; delete from ${orders} where id = 9000; delete from notes where body = 'kept'`,
  );
  assertSameState(await stateOf(system), before);
  await assert.rejects(api.undoRestore(restored.id), { code: 'UNDO_NOT_POSSIBLE' });

  // And back again: also the row that had been written since.
  await api.undoRestore(undoId, { wait: true });
  await quietly(
    system,
    `update ${orders} u set "total, net" = u.id / 3.0, tags = array['a"b', null, '{c}', u.id::text], doc = ('{"b": 1,  "a": [' || u.id || ']}')::json where id in (5, 6)`,
  );
  assertSameState(await stateOf(system), left);
});

test('rows that others refer to since, tables of another form and rows that are gone refuse the undo before anything', async (t) => {
  const system = await shopSystem(t);
  const { api, db } = system;
  const { id } = await api.createBackup({ wait: true });
  await quietly(system, `delete from ${orders} where customer = 7; delete from customers where id = 7`);
  const restore = (rows: object) =>
    api.restore({ backupId: id, restoreType: 'rows', rows: rows as never, wait: true });
  const first = await restore({ table: 'customers', keys: [7] });
  await quietly(system, `insert into ${orders} (id, customer) values (9001, 7)`);
  const written = await stateOf(system);
  const plan = await api.planUndo(first.id);
  assert.equal(plan.refusals[0]?.code, 'ROWS_UNFIT');
  assert.match(
    plan.refusals[0].message,
    /1 row of public.Odd "orders" refers to rows of public.customers that would go/,
  );
  await assert.rejects(api.undoRestore(first.id, { wait: true }), { code: 'ROWS_UNFIT' });
  // ON DELETE CASCADE takes nothing along.
  assertSameState(await stateOf(system), written);

  await db.client.query('alter table customers add column late int');
  const drifted = await api.planUndo(first.id);
  assert.equal(drifted.refusals[0]?.code, 'SCHEMA_DRIFT');
  assert.match(drifted.refusals[0].message, /late integer/);
  await assert.rejects(api.undoRestore(first.id), { code: 'SCHEMA_DRIFT' });
  await db.client.query('alter table customers drop column late');

  await db.client.query('delete from holdfast.system_restore_rows where restore_id = $1', [first.id]);
  assert.equal((await api.getRestore(first.id)).wayBack, null);
  await assert.rejects(
    api.planUndo(first.id),
    (error: { code: string; details: Record<string, unknown> }) => {
      assert.deepEqual([error.code, error.details['reason']], ['UNDO_NOT_POSSIBLE', 'kept-rows-gone']);
      return true;
    },
  );
});

test('which way back there is can be chosen, is bounded, and ends after its days', async (t) => {
  const system = await shopSystem(t);
  const { api, db, another } = system;
  const { id } = await api.createBackup({ wait: true });
  const lose = () => db.client.query('delete from invoices where number in (3, 70)');
  const order = {
    backupId: id,
    restoreType: 'rows' as const,
    rows: { table: 'invoices', where: 'number < 80' },
  };
  await lose();
  const declined = await api.restore({ ...order, safetyBackup: false, wait: true });
  assert.deepEqual(
    [declined.wayBack, declined.safetyBackupId, await keptOf(system, declined.id)],
    [null, null, 0],
  );
  await assert.rejects(api.undoRestore(declined.id), (error: { details: Record<string, unknown> }) => {
    assert.equal(error.details['reason'], 'no-safety-backup');
    return true;
  });
  await lose();
  const both = await api.restore({ ...order, safetyBackup: 'tables', wait: true });
  assert.equal(both.wayBack, 'rows');
  assert.notEqual(both.safetyBackupId, null);
  await lose();
  const small = another({ keptRows: { maxBytes: 150 } });
  const plan = await small.api.planRestore(order);
  assert.equal(plan.wayBack, 'backup');
  const whole = await small.api.restore({ planId: plan.planId!, wait: true });
  assert.deepEqual([whole.wayBack, await keptOf(system, whole.id)], ['backup', 0]);

  // Without a key the same rows are indistinguishable: as many go as were added.
  const appended = await api.restore({
    backupId: id,
    restoreType: 'rows',
    rows: { table: 'notes', where: 'n = 1', onConflict: 'append' },
    wait: true,
  });
  await db.client.query(`insert into notes values ('note', 2)`);
  const count = async (): Promise<unknown> =>
    (await db.client.query('select n, count(*)::int from notes group by 1 order by 1')).rows;
  assert.deepEqual(await count(), [
    { n: 0, count: 3 },
    { n: 1, count: 6 },
    { n: 2, count: 4 },
  ]);
  const undo = await api.undoRestore(appended.id, { wait: true });
  assert.deepEqual(await count(), [
    { n: 0, count: 3 },
    { n: 1, count: 3 },
    { n: 2, count: 4 },
  ]);
  await api.undoRestore(undo.id, { wait: true });
  assert.deepEqual(await count(), [
    { n: 0, count: 3 },
    { n: 1, count: 6 },
    { n: 2, count: 4 },
  ]);

  await db.client.query(
    `update holdfast.system_restore_log set created_at = created_at - interval '31 days', started_at = started_at - interval '31 days',
       finished_at = finished_at - interval '31 days' where id = $1`,
    [both.id],
  );
  await api.cleanUp({ wait: true });
  assert.equal(await keptOf(system, both.id), 0);
  assert.ok((await keptOf(system, undo.id)) > 0, 'younger ones stay');
  assert.equal((await api.getRestore(both.id)).wayBack, 'backup', 'its safety backup is there');
});

test('rows are kept exactly when the restore takes effect', async (t) => {
  const system = await shopSystem(t);
  const { api, db, another } = system;
  const { id } = await api.createBackup({ wait: true });
  await quietly(system, `delete from ${orders} where id in (3, 70)`);
  const before = await stateOf(system);
  // Its connection breaks in the transaction that writes, when rows are kept: it waits for the customer of an order.
  await db.client.query('begin; select from customers where id = 4 for update');
  const other = another();
  const broken = other.api.restore({
    backupId: id,
    restoreType: 'rows',
    rows: { table: `"public".${orders}`, where: 'id < 100' },
    wait: true,
  });
  broken.catch(() => {});
  const waits = async (): Promise<number[]> =>
    (
      await db.client.query<{ pid: number }>(
        `select pid from pg_stat_activity where application_name = 'holdfast restore' and wait_event_type = 'Lock' and datname = current_database()`,
      )
    ).rows.map(({ pid }) => pid);
  let pids: number[] = [];
  for (let tries = 0; tries < 600 && pids.length === 0; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    // In a transaction the view is read once.
    await db.client.query('select pg_stat_clear_snapshot()');
    pids = await waits();
  }
  for (const pid of pids) await db.client.query('select pg_terminate_backend($1)', [pid]);
  await db.client.query('rollback');
  assert.equal(pids.length, 1);
  await assert.rejects(broken);
  assertSameState(await stateOf(system), before);
  const [failed] = (await api.listRestores({ limit: 1 })).restores;
  assert.deepEqual(
    [failed!.status === 'completed', failed!.wayBack, await keptOf(system, failed!.id)],
    [false, null, 0],
  );
});

test('one tenant becomes exactly as they were, and that is undone', async (t) => {
  const system = await testSystem(t, {
    schema: 'holdfast',
    sql: `create table customers (id int primary key, name text);
      create table orders (id int primary key, customer_id int references customers, note text);
      create table lines (id int primary key, order_id int references orders on delete restrict, what text);
      create table photos (id int primary key, line_id int references lines on delete set null);
      alter table orders add column first_line int references lines;
      insert into customers select i, 'customer ' || i from generate_series(1, 3) i;
      insert into orders select i, 1 + i % 3, 'n' from generate_series(1, 9) i;
      insert into lines select i, i, 'l' from generate_series(1, 9) i;
      update orders set first_line = id`,
    tenants: { column: 'customer_id' },
  });
  const { api, db } = system;
  const { id } = await api.createBackup({ wait: true });
  const backedUp = await stateOf(system);
  await db.client.query(`
    update orders set note = 'changed' where id = 1; update orders set first_line = null where id = 4; delete from lines where id = 4;
    insert into orders values (100, 2, 'new', null); insert into lines values (100, 100, 'new'), (101, 1, 'new');
    update orders set first_line = 100 where id = 100; insert into photos values (1, 101), (2, 100);
    insert into orders values (200, 3, 'of another', null)`);
  const before = await stateOf(system);
  const tenant = { id: 2, onConflict: 'overwrite' as const, newRows: 'remove' as const };
  const plan = await api.planRestore({ backupId: id, restoreType: 'rows', tenant });
  assert.deepEqual(plan.refusals, []);
  assert.deepEqual(
    plan
      .rows!.map(({ table, added, changed, removed }) => [table, added, changed, removed] as const)
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
    [
      ['public.customers', 0, 0, 0],
      ['public.lines', 1, 0, 2],
      ['public.orders', 0, 2, 1],
      ['public.photos', 0, 0, 2],
    ],
  );
  assert.deepEqual(plan.locks, []);
  const removes = plan.steps.find(({ does }) => does === 'remove')!.what;
  assert.ok(removes.indexOf('public.photos') < removes.indexOf('public.lines'), removes.join());
  const restored = await api.restore({ planId: plan.planId!, wait: true });
  await db.client.query('delete from orders where id = 200');
  assertSameState(await stateOf(system), backedUp);
  await db.client.query(`insert into orders values (200, 3, 'of another', null)`);
  const undone = await api.undoRestore(restored.id, { wait: true });
  assertSameState(await stateOf(system), before);
  await api.undoRestore(undone.id, { wait: true });
  await db.client.query('delete from orders where id = 200');
  assertSameState(await stateOf(system), backedUp);

  const body = { backupId: id, restoreType: 'rows', tenant: { ...tenant, onConflict: 'append' } };
  assert.equal((await caller(system.system)('POST', `${base}/restore`, { body })).status, 400);
});
