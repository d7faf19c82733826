import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smallShop, testSystem } from './system.ts';

const base = '/api/admin';

test('a plan says what is done in its order, and is done as it is by its id', async (t) => {
  const { api, call, db } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  await db.client.query(
    'drop table orders; update customers set name = null where false; delete from customers where id > 40',
  );
  const body = { backupId: id, restoreType: 'partial', tables: ['customers', 'orders'], owners: false };
  const planned = await call('POST', `${base}/restore/plan`, { body });
  assert.equal(planned.status, 200, planned.text);
  const { plan } = planned.body;
  assert.deepEqual(
    plan.steps.map(({ does, what }: { does: string; what: string[] }) => [does, what]),
    [
      ['create', ['TABLE public.orders']],
      ['lock', ['public.customers']],
      ['empty', ['public.customers', 'public.orders']],
      ['load', ['public.customers', 'public.orders']],
      ['create', ['CONSTRAINT public.orders orders_pkey']],
      ['create', ['FK CONSTRAINT public.orders orders_customer_id_fkey']],
    ],
  );
  const dry = await call('POST', `${base}/restore?dryRun=true`, { body });
  assert.deepEqual({ ...dry.body.plan, planId: '' }, { ...plan, planId: '' });
  assert.notEqual(dry.body.plan.planId, plan.planId);

  // Rows come and go all the time; what is done with them stays the same.
  await db.client.query(`insert into customers values (99, 'new')`);
  const done = await call('POST', `${base}/restore?wait=true`, { body: { planId: plan.planId } });
  assert.equal(done.status, 201, done.text);
  const { restore } = done.body;
  assert.deepEqual(
    [restore.backupId, restore.restoreType, restore.tables, restore.owners],
    [id, 'partial', ['customers', 'orders'], false],
  );
  const { rows } = await db.client.query(
    'select (select count(*)::int from customers) as customers, (select count(*)::int from orders) as orders',
  );
  assert.deepEqual(rows, [{ customers: 50, orders: 500 }]);

  // Done once, it is another plan: there is nothing to create any more.
  const again = await call('POST', `${base}/restore`, { body: { planId: plan.planId } });
  assert.equal(again.status, 409);
  assert.equal(again.body.code, 'PLAN_OUTDATED');
  assert.ok(
    again.body.details.differences.includes('steps: no longer create TABLE public.orders'),
    again.text,
  );
  assert.equal((await api.listRestores()).total, 1);
});

test('a plan is outdated by every change of what would be done, and only by that', async (t) => {
  const { api, db } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  const request = { backupId: id, restoreType: 'partial' as const, tables: ['orders'] };
  const changes: [string, string, RegExp][] = [
    ['create index late on orders (amount)', 'drop index late', /extra: now INDEX public\.late/],
    [
      'create table lines (order_id int references orders)',
      'drop table lines',
      /steps: now lock public\.lines/,
    ],
    ['alter table orders add column late int', 'alter table orders drop column late', /refusals|late/],
    [
      'create materialized view sums as select sum(amount) from orders',
      'drop materialized view sums',
      /steps: now lock public\.sums/,
    ],
    ['create publication pub for table orders', 'drop publication pub', /extra: now PUBLICATION TABLE/],
  ];
  for (const [change, back, said] of changes) {
    const { planId } = await api.planRestore(request);
    assert.ok(planId, change);
    await db.client.query(change);
    await assert.rejects(api.restore({ planId }), (error: Error & { code: string }) => {
      // A refusal that is known beforehand comes first: it says what to do about it.
      assert.ok(['PLAN_OUTDATED', 'SCHEMA_DRIFT'].includes(error.code), error.code);
      assert.match(error.message, said);
      return true;
    });
    await db.client.query(back);
    // As it was planned again.
    await api.restore({ planId, wait: true });
  }
});

test('what changes while the restore waits is found too, and nothing is restored', async (t) => {
  const { api, db, system, another } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  await db.client.query('delete from orders');
  const { planId } = await api.planRestore({ backupId: id, restoreType: 'partial', tables: ['orders'] });
  const restore = await another({ worker: false }).api.restore({ planId: planId! });
  assert.equal(restore.status, 'queued');
  await db.client.query('create index late on orders (amount)');
  await system.start();
  await assert.rejects(api.waitForRestore(restore.id), { code: 'PLAN_OUTDATED' });
  const { rows } = await db.client.query('select count(*)::int as count from orders');
  assert.equal(rows[0].count, 0);
});

test('no id but that of a plan of this database orders anything, and a plan expires', async (t) => {
  const { api, call, db } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  const { planId } = await api.planRestore({ backupId: id });
  const order = (body: object) => call('POST', `${base}/restore`, { body });
  for (const body of [
    {},
    { planId: 'x' },
    { planId, backupId: id },
    { planId, owners: false },
    { planId, tables: ['a'] },
  ]) {
    const answer = await order(body);
    assert.equal(answer.status, 400, JSON.stringify(body));
    assert.equal(answer.body.code, 'INVALID_REQUEST');
  }
  assert.equal((await call('POST', `${base}/restore?dryRun=true`, { body: { planId } })).status, 400);
  const unknown = await order({ planId: '00000000-0000-4000-8000-000000000000' });
  assert.equal(unknown.status, 409);
  assert.equal(unknown.body.code, 'PLAN_OUTDATED');
  await db.client.query(`update system_restore_plans set created_at = created_at - interval '61 minutes'`);
  assert.equal((await order({ planId })).body.code, 'PLAN_OUTDATED');
  assert.equal((await api.listRestores()).total, 0);
  // The next plan clears away what has expired.
  await api.planRestore({ backupId: id });
  const { rows } = await db.client.query('select count(*)::int as count from system_restore_plans');
  assert.equal(rows[0].count, 1);
});

test('what is refused has no id to order it by, and an undo has one', async (t) => {
  const { api, db } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  await db.client.query('delete from orders where id > 5');
  const restored = await api.restore({
    backupId: id,
    restoreType: 'partial',
    tables: ['orders'],
    wait: true,
  });
  const undo = await api.planUndo(restored.id);
  const undone = await api.restore({ planId: undo.planId!, wait: true });
  assert.equal(undone.undoes, restored.id);
  const { rows } = await db.client.query('select count(*)::int as count from orders');
  assert.equal(rows[0].count, 5);
  await db.client.query('alter table orders drop column amount');
  const refused = await api.planRestore({ backupId: id });
  assert.equal(refused.planId, null);
});
