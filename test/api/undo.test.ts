import { inTurn } from '../support/servers.ts';
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { assertSameState, databaseState } from '../support/compare.ts';
import { chunksOf } from '../runs/manifests.ts';
import { testSystem, type TestSystem } from './system.ts';

const base = '/api/admin';
const except = { except: ['holdfast'] };

/** Keys, an identity, a serial, a sequence that belongs to nothing, partitions, triggers and a materialized view. */
const shop = `
  create table customers (id int generated always as identity primary key, name text not null);
  create table orders (id serial primary key, customer int not null references customers, total numeric(10,2));
  create sequence numbers;
  create table invoices (number bigint not null default nextval('numbers'), day date not null, primary key (number, day))
    partition by range (day);
  create table invoices_2025 partition of invoices for values from ('2025-01-01') to ('2026-01-01');
  create table invoices_2026 partition of invoices for values from ('2026-01-01') to ('2027-01-01');
  create table notes (body text);
  create table apart (id int primary key, body text);
  create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$;
  create trigger no_truncate before truncate on orders for each statement execute function refuse();
  create materialized view totals as select customer, sum(total) from orders group by 1;
  insert into customers (name) select 'customer ' || n from generate_series(1, 40) n;
  insert into orders (customer, total) select 1 + n % 40, n from generate_series(1, 300) n;
  insert into invoices (day) select date '2025-11-01' + n from generate_series(1, 100) n;
  insert into notes select 'note ' || n from generate_series(1, 20) n;
  insert into apart select n, 'apart ' || n from generate_series(1, 10) n;
  refresh materialized view totals;`;

const stateOf = ({ db }: TestSystem) => databaseState(db.target, except);

async function shopSystem(t: TestContext): Promise<TestSystem> {
  return testSystem(t, { sql: shop, schema: 'holdfast' });
}

test('an undo brings the state before the restore back exactly, says what is lost, and can be undone', async (t) => {
  const system = await shopSystem(t);
  const { api, db, call } = system;
  const { id } = await api.createBackup({ wait: true });
  await db.client.query(`
    delete from orders where id % 3 = 0; update customers set name = 'nobody' where id < 10;
    insert into invoices (day) values ('2026-02-02'); insert into notes values ('late');
    select setval('orders_id_seq', 5000); refresh materialized view totals`);
  const before = await stateOf(system);
  const restored = await api.restore({ backupId: id, wait: true });
  assert.equal(restored.undoneBy, null);
  await db.client.query(`
    insert into orders (customer, total) values (1, 1), (2, 2); update orders set total = 7 where id = 5;
    delete from orders where id in (6, 9); delete from notes; insert into invoices (day) values ('2025-12-24');
    refresh materialized view totals`);
  const written = await stateOf(system);

  const answer = await call('POST', `${base}/restore/${restored.id}/undo?dryRun=true`, { body: {} });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.body.plan.refusals, []);
  assert.deepEqual(answer.body.plan.undo, {
    restoreId: restored.id,
    writtenSince: [
      { table: 'public.apart', written: 0, gone: 0 },
      { table: 'public.customers', written: 0, gone: 0 },
      { table: 'public.invoices_2025', written: 1, gone: 0 },
      { table: 'public.invoices_2026', written: 0, gone: 0 },
      { table: 'public.notes', written: 0, gone: 20 },
      { table: 'public.orders', written: 3, gone: 3 },
    ],
    ofRows: false,
    byRows: false,
    stays: [],
  });

  const undone = await call('POST', `${base}/restore/${restored.id}/undo?wait=true`, { body: {} });
  assert.equal(undone.status, 201, undone.text);
  const { id: undoId } = undone.body.restore;
  assert.equal(undone.headers.get('location'), `${base}/restore/${undoId}`);
  assert.equal(undone.body.restore.undoes, restored.id);
  assert.equal(undone.body.restore.backupId, restored.safetyBackupId);
  assert.equal((await api.getRestore(restored.id)).undoneBy, undoId);
  assertSameState(await stateOf(system), before);

  const again = await call('POST', `${base}/restore/${restored.id}/undo`, { body: {} });
  assert.equal(again.status, 409);
  assert.equal(again.body.code, 'UNDO_NOT_POSSIBLE');
  assert.deepEqual(again.body.details, { id: restored.id, reason: 'undone-already', undoneBy: undoId });

  const plan = await api.planUndo(undoId);
  assert.ok(plan.undo?.writtenSince.every((each) => each.written === 0 && each.gone === 0));
  await api.undoRestore(undoId, { wait: true });
  assertSameState(await stateOf(system), written);
});

test('only what the restore replaced is put back', async (t) => {
  const system = await shopSystem(t);
  const { api, db } = system;
  const { id } = await api.createBackup({ wait: true });
  await db.client.query(`
    create table later (id serial primary key, body text); insert into later (body) values ('one'), ('two');
    update orders set total = 0; drop table notes`);
  const restored = await api.restore({ backupId: id, wait: true });
  await db.client.query(`
    insert into later (body) values ('three'); insert into notes values ('kept');
    create table latest (id int)`);
  const plan = await api.planUndo(restored.id);
  assert.deepEqual(plan.tables.map(({ table }) => table).includes('public.later'), false);
  assert.ok(plan.undo?.stays.includes('TABLE public.notes'), JSON.stringify(plan.undo));
  assert.deepEqual(plan.undo?.writtenSince.map(({ table }) => table).includes('public.notes'), false);
  await api.undoRestore(restored.id, { wait: true });
  const { rows } = await db.client.query(`
    select (select array_agg(body order by id) from later) as later, (select count(*)::int from notes) as notes,
      (select sum(total)::int from orders) as total, to_regclass('latest') is not null as latest,
      nextval('later_id_seq')::int as next`);
  assert.deepEqual(rows, [{ later: ['one', 'two', 'three'], notes: 21, total: 0, latest: true, next: 4 }]);
});

test('chosen tables are undone with their sequences, and others are left alone', async (t) => {
  const system = await shopSystem(t);
  const { api, db } = system;
  const { id } = await api.createBackup({ wait: true });
  await db.client.query(
    `delete from orders; select setval('orders_id_seq', 1, false); refresh materialized view totals`,
  );
  const before = await stateOf(system);
  const restored = await api.restore({
    backupId: id,
    restoreType: 'partial',
    tables: ['orders', 'invoices_2025'],
    wait: true,
  });
  await db.client.query(`select nextval('orders_id_seq')`);
  await db.client.query('vacuum full orders');
  await db.client.query('vacuum freeze invoices_2025');
  const plan = await api.planUndo(restored.id);
  assert.deepEqual(plan.undo?.writtenSince, [
    { table: 'public.invoices_2025', written: 0, gone: 0 },
    { table: 'public.orders', written: 0, gone: 0 },
  ]);
  await db.client.query(`insert into notes values ('kept')`);
  await api.undoRestore(restored.id, { wait: true });
  await db.client.query(`delete from notes where body = 'kept'`);
  assertSameState(await stateOf(system), before);
});

test('what cannot be undone is refused with the reason, and nothing is changed', async (t) => {
  const { api, db, another } = await testSystem(t, { sql: shop });
  const { id } = await api.createBackup({ wait: true });
  const reasonOf = async (restoreId: number): Promise<unknown> => {
    const reasons: unknown[] = [];
    for (const work of [() => api.planUndo(restoreId), () => api.undoRestore(restoreId)]) {
      await assert.rejects(work(), (error: { code: string; details: Record<string, unknown> }) => {
        assert.equal(error.code, 'UNDO_NOT_POSSIBLE');
        reasons.push(error.details['reason']);
        return true;
      });
    }
    assert.equal(reasons[0], reasons[1]);
    return reasons[0];
  };
  const orders = { backupId: id, restoreType: 'partial' as const, tables: ['orders'] };

  await assert.rejects(api.undoRestore(99), { code: 'RESTORE_NOT_FOUND' });
  const declined = await api.restore({ ...orders, safetyBackup: false, wait: true });
  assert.equal(await reasonOf(declined.id), 'no-safety-backup');

  await db.client.query('drop table notes');
  const creating = await api.restore({ ...orders, tables: ['notes'], wait: true });
  assert.equal(await reasonOf(creating.id), 'nothing-replaced');

  const database = db.freeName();
  const copied = await api.restore({ ...orders, target: { mode: 'new-database', database }, wait: true });
  await db.adopt(database);
  assert.equal(await reasonOf(copied.id), 'new-database');

  await db.client.query('begin; lock table orders in access share mode');
  const slow = another({ lockTimeoutMs: 200 });
  await assert.rejects(slow.api.restore({ ...orders, wait: true }), { code: 'LOCK_TIMEOUT' });
  await db.client.query('rollback');
  const [failed] = (await api.listRestores({ limit: 1 })).restores;
  assert.equal(await reasonOf(failed!.id), 'not-completed');

  const gone = await api.restore({ ...orders, wait: true });
  await api.deleteBackup(gone.safetyBackupId!);
  assert.equal(await reasonOf(gone.id), 'safety-backup-gone');

  await db.client.query(`update orders set total = random() * 1000`);
  const damaged = await api.restore({ ...orders, wait: true });
  const chunks = await chunksOf({ db }, damaged.safetyBackupId!, 'orders');
  const good = new Set(await chunksOf({ db }, id, 'orders'));
  await db.client.query('delete from system_backup_chunks where id = any($1)', [
    chunks.filter((each) => !good.has(each)).map((each) => Buffer.from(each, 'hex')),
  ]);
  const lacking = await api.planUndo(damaged.id);
  assert.equal(lacking.refusals[0]?.code, 'CHUNK_MISSING');
  assert.match(lacking.refusals[0].message, new RegExp(`\\b${damaged.safetyBackupId}\\b`));
  await assert.rejects(api.undoRestore(damaged.id, { wait: true }), { code: 'CHUNK_MISSING' });

  const drifting = await api.restore({ ...orders, wait: true });
  await db.client.query('alter table orders add column late int');
  const plan = await api.planUndo(drifting.id);
  assert.equal(plan.refusals[0]?.code, 'SCHEMA_DRIFT');
  await assert.rejects(api.undoRestore(drifting.id), { code: 'SCHEMA_DRIFT' });
});

test('of two who undo the same restore, one does and one is told; after a failure it can be tried again', async (t) => {
  const system = await shopSystem(t);
  const { api, db, another } = system;
  const { id } = await api.createBackup({ wait: true });
  const restored = await api.restore({ backupId: id, wait: true });
  await db.client.query('begin; lock table orders in access share mode');
  const slow = another({ lockTimeoutMs: 200 });
  await assert.rejects(slow.api.undoRestore(restored.id, { wait: true }), { code: 'LOCK_TIMEOUT' });
  assert.equal((await api.getRestore(restored.id)).undoneBy, null);
  const two = await Promise.allSettled([
    api.undoRestore(restored.id),
    another().api.undoRestore(restored.id),
  ]);
  await db.client.query('rollback');
  const refused = two.filter((each) => each.status === 'rejected');
  assert.deepEqual(
    refused.map((each) => (each.reason as { code: string }).code),
    ['UNDO_NOT_POSSIBLE'],
  );
  const done = two.find((each) => each.status === 'fulfilled')!;
  await api.waitForRestore(done.value.id);
  assert.equal((await api.getRestore(restored.id)).undoneBy, done.value.id);
});

test('a restore of an earlier version, whose report says less, is undone without the counts', async (t) => {
  const system = await shopSystem(t);
  const { api, db } = system;
  const { id } = await api.createBackup({ wait: true });
  await db.client.query('delete from orders where id > 7; refresh materialized view totals');
  const before = await stateOf(system);
  const restored = await api.restore({ backupId: id, wait: true });
  await db.client.query(
    `update holdfast.system_restore_log set report = report - 'transaction' - 'sequencesSet' where id = $1`,
    [restored.id],
  );
  const plan = await api.planUndo(restored.id);
  assert.ok(plan.undo?.writtenSince.every((each) => each.written === null && each.gone === null));
  await api.undoRestore(restored.id, { wait: true });
  assertSameState(await stateOf(system), before);
});

test('the undo of a restore of more rows than are kept puts back the whole tables, and says so', async (t) => {
  const system = await testSystem(t, { sql: shop, schema: 'holdfast', keptRows: { maxBytes: 100 } });
  const { api, db } = system;
  const { id } = await api.createBackup({ wait: true });
  await db.client.query(
    `delete from invoices where number in (3, 70); update invoices set day = day + 1 where number = 5;
     refresh materialized view totals`,
  );
  const before = await stateOf(system);
  const rows = { table: 'invoices', where: 'number < 80', onConflict: 'overwrite' as const };
  const { planId, wayBack } = await api.planRestore({ backupId: id, restoreType: 'rows', rows });
  assert.equal(wayBack, 'backup');
  const restored = await api.restore({ planId: planId!, wait: true });
  await db.client.query(
    `insert into invoices (number, day) values (900, '2026-03-03'); insert into notes values ('kept')`,
  );
  const plan = await api.planUndo(restored.id);
  assert.deepEqual([restored.wayBack, plan.undo?.ofRows, plan.undo?.byRows], ['backup', true, false]);
  assert.deepEqual(
    plan.undo!.writtenSince.map(({ table }) => table),
    ['public.invoices_2025', 'public.invoices_2026'],
  );
  await api.undoRestore(restored.id, { wait: true });
  await db.client.query(`delete from notes where body = 'kept'`);
  assertSameState(await stateOf(system), before);
});

/** Writes of any kind, before and after the restore. */
const writes = [
  'delete from orders where id % 2 = 0',
  `update customers set name = name || '!' where id % 5 = 0`,
  `insert into orders (customer, total) select 1 + n % 40, n from generate_series(1, 30) n`,
  `insert into invoices (day) select date '2025-12-20' + n from generate_series(1, 20) n`,
  'truncate notes',
  `insert into notes select 'more' from generate_series(1, 5)`,
  'delete from invoices where number < 20',
  'update invoices set day = day + 1 where number % 7 = 0',
  `select nextval('numbers')`,
  'update orders set total = total',
  'refresh materialized view totals',
  'vacuum (freeze) orders',
  'delete from apart',
];
const someWrites = fc.array(fc.constantFrom(...writes), { maxLength: 6 });
const scope = fc.constantFrom<string[]>(
  [],
  ['orders'],
  ['customers', 'orders'],
  ['invoices'],
  ['notes', 'invoices_2026', 'apart'],
);

test('whatever was written before: an undo right after a restore brings it back', inTurn(0, 2), async (t) => {
  const system = await shopSystem(t);
  const { api, db } = system;
  await api.createBackup({ wait: true });
  const write = async (statements: readonly string[]): Promise<void> => {
    for (const statement of statements) await db.client.query(statement).catch(() => {});
  };
  await fc.assert(
    fc.asyncProperty(someWrites, scope, someWrites, async (earlier, tables, later) => {
      // A restore refreshes what depends on its tables.
      await write([...earlier, 'refresh materialized view totals']);
      const before = await stateOf(system);
      const restored = await api
        .restore({
          backupId: 1,
          restoreType: tables.length === 0 ? 'full' : 'partial',
          tables,
          onInvalid: 'fail',
          wait: true,
        })
        .catch(() => undefined);
      // Rows of other tables would refer to none: nothing was restored.
      if (!restored) return;
      const left = await counts(system);
      await write(later);
      const now = await counts(system);
      const plan = await api.planUndo(restored.id);
      for (const { table, written, gone } of plan.undo!.writtenSince) {
        const change = now.get(table)! - left.get(table)!;
        assert.equal(written! - gone!, change, `${table}: ${written} written, ${gone} gone`);
        assert.ok(written! >= 0 && gone! >= 0);
      }
      if (later.length > 0) return;
      await api.undoRestore(restored.id, { wait: true });
      assertSameState(await stateOf(system), before);
    }),
    { numRuns: Number(process.env['HOLDFAST_UNDO_RUNS'] ?? 4) },
  );
});

async function counts({ db }: TestSystem): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const name of ['customers', 'orders', 'invoices_2025', 'invoices_2026', 'notes', 'apart']) {
    const { rows } = await db.client.query<{ count: number }>(
      `select count(*)::int as count from only ${name}`,
    );
    found.set(`public.${name}`, rows[0]!.count);
  }
  return found;
}
