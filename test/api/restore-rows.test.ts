import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RestorePlan } from '../../src/contract/restore.ts';
import { caller, testSystem } from './system.ts';

const base = '/api/admin';
const sql = `
  create table orders (id int primary key, total numeric not null, note text);
  insert into orders select i, i * 2, 'order ' || i from generate_series(1, 500) i;
  create table lines (order_id int references orders, line int, what text, primary key (order_id, line));
  insert into lines select i, l, 'thing' from generate_series(1, 500) i, generate_series(1, 2) l`;

test('rows are planned, restored, reported and undone over HTTP', async (t) => {
  const { api, call, db } = await testSystem(t, { sql });
  const { id } = await api.createBackup({ wait: true });
  const content = async (): Promise<unknown[]> =>
    (
      await db.client.query(
        'select o::text, (select array_agg(l::text order by line) from lines l where l.order_id = o.id) from orders o order by id',
      )
    ).rows;
  const before = await content();
  await db.client.query(`delete from lines where order_id in (5, 7); delete from orders where id in (5, 7);
    update orders set note = 'spoilt' where id = 6`);
  const lost = await content();
  const rows = { table: 'orders', where: 'id in (5, 6, 7)', withChildren: true };
  const body = { backupId: id, restoreType: 'rows', rows };

  const dry = await call('POST', `${base}/restore?dryRun=true`, { body });
  assert.equal(dry.status, 200, dry.text);
  const { plan } = dry.body as { plan: RestorePlan };
  assert.deepEqual(
    plan.rows!.map(({ table, added, unchanged, conflicting }) => [table, added, unchanged, conflicting]),
    [
      ['public.orders', 2, 0, 1],
      ['public.lines', 4, 2, 0],
    ],
  );
  assert.equal(plan.refusals[0]!.code, 'ROWS_CONFLICT');
  const refused = await call('POST', `${base}/restore`, { body });
  assert.equal(refused.status, 409);
  assert.deepEqual(refused.body.details.conflicts, [{ table: 'public.orders', key: { id: '6' } }]);
  assert.deepEqual(await content(), lost);

  const done = await call('POST', `${base}/restore?wait=true`, {
    body: { ...body, rows: { ...rows, onConflict: 'overwrite' }, safetyBackup: 'tables' },
  });
  assert.equal(done.status, 201, done.text);
  const detail = await api.getRestore(done.body.restore.id);
  assert.equal(detail.restoreType, 'rows');
  assert.deepEqual(detail.rows!.where, 'id in (5, 6, 7)');
  assert.deepEqual(detail.tables.toSorted(), ['public.lines', 'public.orders']);
  assert.deepEqual(detail.report!.chosenRows, [
    { table: 'public.orders', added: 2, changed: 1, unchanged: 0, skipped: 0, removed: 0 },
    { table: 'public.lines', added: 4, changed: 0, unchanged: 2, skipped: 0, removed: 0 },
  ]);
  assert.deepEqual(await content(), before);

  await api.restore({ backupId: detail.safetyBackupId!, wait: true });
  assert.deepEqual(await content(), lost, 'the safety backup undoes it');

  // Nothing to do, nothing to save.
  const nothing = await api.restore({
    backupId: id,
    restoreType: 'rows',
    rows: { table: 'orders', keys: [{ id: 8 }] },
    wait: true,
  });
  assert.equal(nothing.safetyBackupId, null);
  assert.equal(nothing.wayBack, null);

  for (const wrong of [
    { ...body, rows: undefined },
    { ...body, tables: ['orders'] },
    { ...body, restoreType: 'full' },
    { ...body, target: { mode: 'new-database', database: 'x' } },
    { ...body, rows: { table: 'orders' } },
    { ...body, rows: { table: 'orders', keys: [] } },
    { ...body, rows: { table: 'orders', keys: [5], where: 'true' } },
    { ...body, rows: { table: 'orders', keys: [{}] } },
    { ...body, rows: { ...rows, onConflict: 'maybe' } },
    { ...body, rows: { ...rows, where: 'true; drop table orders' } },
  ]) {
    const answer = await call('POST', `${base}/restore`, { body: wrong });
    assert.equal(answer.status, 400, `${JSON.stringify(wrong)} ${answer.text}`);
  }
  assert.equal(
    (await call('POST', `${base}/restore`, { body: { ...body, rows: { table: 'none', keys: [1] } } })).status,
    422,
  );
});

test('one tenant is restored over HTTP, where a setting says whose a row is', async (t) => {
  const { api, call, db, another } = await testSystem(t, {
    sql: `create table customers (id int primary key, name text);
      create table orders (id int primary key, customer_id int references customers);
      create table lines (id int primary key, order_id int references orders);
      insert into customers select i, 'customer ' || i from generate_series(1, 3) i;
      insert into orders select i, 1 + i % 3 from generate_series(1, 9) i;
      insert into lines select i, i from generate_series(1, 9) i`,
  });
  const { id } = await api.createBackup({ wait: true });
  const content = async (): Promise<unknown[]> =>
    (
      await db.client.query(
        'select c::text, o::text, l::text from customers c left join orders o on o.customer_id = c.id left join lines l on l.order_id = o.id order by c.id, o.id',
      )
    ).rows;
  const before = await content();
  await db.client.query(
    'delete from lines where order_id % 3 = 1; delete from orders where id % 3 = 1; delete from customers where id = 2',
  );
  const body = { backupId: id, restoreType: 'rows', tenant: 2 };
  const without = await call('POST', `${base}/restore`, { body });
  assert.equal(without.status, 400);
  assert.match(without.text, /tenants\.column/);

  const ruled = another({ tenants: { column: 'customer_id' } });
  const { status, body: answer, text } = await caller(ruled)('POST', `${base}/restore?wait=true`, { body });
  assert.equal(status, 201, text);
  const detail = await ruled.api.getRestore(answer.restore.id);
  assert.deepEqual(detail.tenant, { id: 2, onConflict: 'fail', withParents: false, newRows: 'keep' });
  assert.equal(detail.rows, null);
  assert.deepEqual(
    detail.report!.chosenRows!.map(({ table, added }) => [table, added]),
    [
      ['public.customers', 1],
      ['public.orders', 3],
      ['public.lines', 3],
    ],
  );
  assert.deepEqual(await content(), before);
  for (const wrong of [
    { ...body, rows: { table: 'orders', keys: [1] } },
    { ...body, restoreType: 'full' },
    { ...body, tenant: {} },
    { ...body, tenant: 1.5 },
    { ...body, tables: ['orders'] },
  ]) {
    const refused = await caller(ruled)('POST', `${base}/restore`, { body: wrong });
    assert.equal(refused.status, 400, `${JSON.stringify(wrong)} ${refused.text}`);
  }
});
