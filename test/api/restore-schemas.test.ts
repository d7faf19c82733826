import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RestoreOutlook } from '../../src/api/contract.ts';
import { testSystem } from './system.ts';

const base = '/api/admin';

test('all tables of a schema come back, also missing ones, and no others', async (t) => {
  const { api, call, db } = await testSystem(t, {
    sql: `create schema billing; create schema "billing.old"; create table orders (id int primary key); insert into orders values (1);
      create table billing.invoices (id serial primary key, orders int references orders); insert into billing.invoices (orders) values (1), (1);
      create table billing.moves (id int, day int) partition by list (day);
      create table billing.moves_1 partition of billing.moves for values in (1); insert into billing.moves values (1, 1);
      create view billing.all_invoices as table billing.invoices;
      create table "billing.old".invoices (id int); insert into "billing.old".invoices values (1)`,
  });
  const { id } = await api.createBackup({ wait: true });
  await db.client
    .query(`drop table billing.invoices cascade; truncate billing.moves; insert into orders values (2);
    insert into "billing.old".invoices values (2)`);
  const body = { backupId: id, restoreType: 'partial', schemas: ['billing'] };
  const dry = await call('POST', `${base}/restore?dryRun=true`, { body });
  const { tables, create } = dry.body.plan as RestoreOutlook;
  assert.deepEqual(
    tables.map(({ table, action }) => `${action} ${table}`),
    ['create billing.invoices', 'replace billing.moves_1'],
  );
  assert.ok(create.includes('VIEW billing.all_invoices'), create.join());
  const done = await call('POST', `${base}/restore?wait=true`, { body });
  assert.equal(done.status, 201, JSON.stringify(done.body));
  assert.deepEqual(done.body.restore.tables, ['billing.*']);
  const { rows } = await db.client.query(
    `select (select count(*)::int from billing.all_invoices) as invoices, (select count(*)::int from billing.moves) as moves,
       (select count(*)::int from orders) as orders, (select count(*)::int from "billing.old".invoices) as old`,
  );
  assert.deepEqual(rows, [{ invoices: 2, moves: 1, orders: 2, old: 2 }]);

  // Beside tables, and with an awkward name.
  const both = await api.restore({
    backupId: id,
    restoreType: 'partial',
    tables: ['orders'],
    schemas: ['billing.old'],
    wait: true,
  });
  assert.deepEqual(both.tables, ['orders', 'billing.old.*']);
  const after = await db.client.query(
    `select (select count(*)::int from orders) as orders, (select count(*)::int from "billing.old".invoices) as old`,
  );
  assert.deepEqual(after.rows, [{ orders: 1, old: 1 }]);

  for (const [wrong, status, code] of [
    [{ ...body, schemas: ['nothing'] }, 422, 'TABLES_NOT_FOUND'],
    [{ ...body, schemas: [] }, 400, 'INVALID_REQUEST'],
    [{ ...body, restoreType: 'full' }, 400, 'INVALID_REQUEST'],
  ] as const) {
    const answer = await call('POST', `${base}/restore`, { body: wrong });
    assert.deepEqual([answer.status, answer.body.code], [status, code]);
  }
});
