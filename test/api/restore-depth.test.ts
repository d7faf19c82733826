import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSystem } from './system.ts';

const base = '/api/admin';

test('intoSchema and as: beside the live tables, with what does not go with it', async (t) => {
  const { api, call, db } = await testSystem(t, {
    sql: `create table customers (id int primary key); create table orders (id serial primary key, customer int references customers, note text);
      create index by_note on orders (note); insert into customers values (1);
      insert into orders (customer, note) select 1, 'of ' || n from generate_series(1, 9) n`,
  });
  const { id } = await api.createBackup({ wait: true });
  await db.client.query('alter table orders drop column note; delete from orders where id > 3');
  const body = { backupId: id, restoreType: 'partial', tables: ['orders'], intoSchema: 'before' };
  const planned = await call('POST', `${base}/restore/plan`, { body });
  const { plan } = planned.body;
  assert.deepEqual(plan.tables, [
    {
      table: 'before.orders',
      copyOf: 'public.orders',
      action: 'create',
      rowsInBackup: 9,
      rowsNow: null,
      rowsNowIsEstimate: false,
    },
  ]);
  assert.deepEqual([plan.removal, plan.locks, plan.refusals], ['DROP SCHEMA "before" CASCADE;', [], []]);
  assert.ok(plan.create.includes('INDEX before.by_note'), plan.create.join());
  assert.ok(
    plan.leftOut.includes(
      'FK CONSTRAINT public.orders orders_customer_fkey: it refers to TABLE public.customers, which is not restored with it',
    ),
    plan.leftOut.join(),
  );
  assert.deepEqual(
    plan.leftOut,
    plan.notMade.map(({ what, why }: { what: string; why: string }) => `${what}: ${why}`),
  );
  const done = await call('POST', `${base}/restore?wait=true`, { body: { planId: plan.planId } });
  assert.equal(done.status, 201, JSON.stringify(done.body));
  assert.deepEqual(
    [done.body.restore.intoSchema, done.body.restore.as, done.body.restore.safetyBackupId],
    ['before', null, null],
  );
  const { report } = await api.getRestore(done.body.restore.id);
  assert.deepEqual(report!.tables, [{ table: 'before.orders', rows: 9, expectedRows: 9 }]);
  const counts = async (): Promise<unknown> =>
    (
      await db.client.query(
        `select (select count(*)::int from orders) as live, (select count(note)::int from before.orders) as copy`,
      )
    ).rows[0];
  assert.deepEqual(await counts(), { live: 3, copy: 9 });
  await assert.rejects(api.undoRestore(done.body.restore.id), (error: { code: string; hint: string }) => {
    assert.equal(error.code, 'UNDO_NOT_POSSIBLE');
    assert.match(error.hint, /DROP SCHEMA "before" CASCADE;/);
    return true;
  });

  const again = await call('POST', `${base}/restore`, { body });
  assert.deepEqual([again.status, again.body.code], [409, 'TABLE_EXISTS']);
  // The plan is of a schema that was not there.
  const old = await call('POST', `${base}/restore`, { body: { planId: plan.planId } });
  assert.equal(old.status, 409);

  const renamed = await api.restore({
    backupId: id,
    restoreType: 'partial',
    tables: ['orders'],
    as: 'orders_old',
    wait: true,
  });
  assert.deepEqual([renamed.intoSchema, renamed.as], [null, 'orders_old']);
  const { rows } = await db.client.query(
    `select (select count(*)::int from orders_old) as rows, to_regclass('orders_old_pkey') is not null as key,
       to_regclass('orders_old_by_note') is not null as "index", nextval('orders_old_id_seq')::int as next`,
  );
  assert.deepEqual(rows, [{ rows: 9, key: true, index: true, next: 10 }]);
  const made = await api.getRestore(renamed.id);
  await db.client.query(made.report!.removal!);
  assert.deepEqual(await counts(), { live: 3, copy: 9 });

  const target = { mode: 'new-database', database: 'elsewhere' };
  const one = { restoreType: 'partial', tables: ['orders'] };
  for (const [wrong, field] of [
    [{ ...one, intoSchema: 'before', target }, 'intoSchema'],
    [{ ...one, as: 'x', targetUrl: 'postgres://a@b/c' }, 'as'],
    [{ ...one, intoSchema: 'before', content: 'data' }, 'content'],
    [{ ...one, intoSchema: 'before', onDrift: 'adapt' }, 'onDrift'],
    [{ ...one, tables: ['orders', 'customers'], as: 'x' }, 'as'],
    [{ as: 'x' }, 'as'],
    [{ ...one, intoSchema: 'pg_temp' }, 'intoSchema'],
    [{ restoreType: 'rows', rows: { table: 'orders', where: 'id = 1' }, intoSchema: 'before' }, 'intoSchema'],
  ] as const) {
    const answer = await call('POST', `${base}/restore`, { body: { backupId: id, ...wrong } });
    assert.deepEqual([answer.status, answer.body.code], [400, 'INVALID_REQUEST'], JSON.stringify(wrong));
    assert.match(answer.body.message, new RegExp(field));
  }
});

test('content: definitions or rows alone, and what does not go with it', async (t) => {
  const { api, call, db } = await testSystem(t, {
    sql: `create table orders (id int primary key, note text); create index by_note on orders (note);
      insert into orders select n, 'of ' || n from generate_series(1, 9) n`,
  });
  const { id } = await api.createBackup({ wait: true });
  await db.client.query('drop index by_note; delete from orders where id > 3');
  const body = { backupId: id, content: 'schema' };
  const planned = await call('POST', `${base}/restore/plan`, { body });
  assert.deepEqual([planned.body.plan.create, planned.body.plan.tables], [['INDEX public.by_note'], []]);
  const done = await call('POST', `${base}/restore?wait=true`, {
    body: { planId: planned.body.plan.planId },
  });
  assert.equal(done.status, 201, JSON.stringify(done.body));
  assert.deepEqual([done.body.restore.content, done.body.restore.safetyBackupId], ['schema', null]);
  const state = async (): Promise<unknown> =>
    (
      await db.client.query(
        `select (select count(*)::int from orders) as rows, to_regclass('by_note') is not null as "index"`,
      )
    ).rows[0];
  assert.deepEqual(await state(), { rows: 3, index: true });
  await assert.rejects(api.undoRestore(done.body.restore.id), {
    code: 'UNDO_NOT_POSSIBLE',
    details: { id: done.body.restore.id, reason: 'nothing-replaced', safetyBackupId: null },
  });

  await db.client.query('drop index by_note');
  const rows = await api.restore({ backupId: id, content: 'data', wait: true });
  assert.equal(rows.content, 'data');
  assert.deepEqual(await state(), { rows: 9, index: false });
  const undone = await api.undoRestore(rows.id, { wait: true });
  assert.equal(undone.content, 'all');
  assert.deepEqual(await state(), { rows: 3, index: false });

  const target = { mode: 'new-database', database: 'elsewhere' };
  for (const [wrong, field] of [
    [{ content: 'data', target }, 'content'],
    [{ content: 'data', targetUrl: 'postgres://a@b/c' }, 'content'],
    [{ content: 'schema', onDrift: 'adapt' }, 'onDrift'],
    [{ content: 'schema', restoreType: 'rows', rows: { table: 'orders', where: 'id = 1' } }, 'content'],
    [{ content: 'data', restoreType: 'rows', rows: { table: 'orders', where: 'id = 1' } }, 'content'],
    [{ content: 'none' }, 'content'],
  ] as const) {
    const answer = await call('POST', `${base}/restore`, { body: { backupId: id, ...wrong } });
    assert.deepEqual([answer.status, answer.body.code], [400, 'INVALID_REQUEST'], JSON.stringify(wrong));
    assert.match(answer.body.message, new RegExp(field));
  }
});
