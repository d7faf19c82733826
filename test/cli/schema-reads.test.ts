import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { smallShop, testSystem } from '../api/system.ts';
import { startProxy } from '../support/proxy.ts';
import { launch } from './holdfast.ts';

/** A system whose connections can be counted, with a backup of two tables that have changed since. */
async function shopBehindProxy(t: TestContext) {
  const setup = await testSystem(t, { sql: smallShop });
  const { id } = await setup.api.createBackup({ wait: true });
  await setup.db.client.query('drop table orders; delete from customers where id > 10');
  const proxy = await startProxy(t, setup.db.server);
  const dumps = proxy.countSent('holdfast pg_dump');
  const proofs = proxy.countSent('rollback to savepoint holdfast_schema');
  return { ...setup, id, url: proxy.url(setup.db.name), dumps, proofs };
}

async function rowsOf({ db }: Pick<Awaited<ReturnType<typeof shopBehindProxy>>, 'db'>): Promise<number[]> {
  const { rows } = await db.client.query(
    'select (select count(*)::int from customers) as c, (select count(*)::int from orders) as o',
  );
  return [rows[0].c, rows[0].o];
}

test('a restore of the command line reads the live schema once, and once more to prove it', async (t) => {
  const shop = await shopBehindProxy(t);
  const run = await launch(['restore', String(shop.id), '--yes', '--no-safety-backup'], { url: shop.url })
    .ended;
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(await rowsOf(shop), [50, 500]);
  assert.deepEqual([shop.dumps(), shop.proofs()], [1, 1]);

  // The safety backup has definitions of its own, in its own snapshot.
  await shop.db.client.query('drop table orders');
  const safe = await launch(['restore', String(shop.id), '--yes'], { url: shop.url }).ended;
  assert.equal(safe.code, 0, safe.stderr);
  assert.deepEqual([shop.dumps(), shop.proofs()], [1 + 2, 2]);
});

test('a plan that was shown first spares the restore its reading, unless a definition has changed', async (t) => {
  const shop = await shopBehindProxy(t);
  const { api } = shop.another({ database: shop.url });
  const order = { backupId: shop.id, safetyBackup: false };
  await api.planRestore(order);
  await shop.db.client.query('delete from customers');
  await api.restore({ ...order, wait: true });
  assert.deepEqual(await rowsOf(shop), [50, 500]);
  assert.deepEqual([shop.dumps(), shop.proofs()], [1, 1]);

  // What the restore itself created is a change.
  const plan = await api.planRestore(order);
  assert.deepEqual([plan.create, plan.extra], [[], []]);
  assert.equal(shop.dumps(), 2);
  await shop.db.client.query('create index named on customers (name); drop table orders');
  const changed = await api.planRestore(order);
  assert.deepEqual(changed.extra, ['INDEX public.named']);
  assert.ok(changed.create.includes('TABLE public.orders'));
  await api.restore({ ...order, wait: true });
  assert.deepEqual(await rowsOf(shop), [50, 500]);
  assert.deepEqual([shop.dumps(), shop.proofs()], [3, 2]);
});
