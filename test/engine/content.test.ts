/** Definitions without rows, and rows without definitions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryStore } from '../../src/store/memory.ts';
import { assertSameState, databaseState } from '../support/compare.ts';
import { testDatabase } from '../support/database.ts';
import { openClient } from '../support/connect.ts';
import { oneInTurn, outermostMajors } from '../support/servers.ts';
import { planRestore, restoreRequest, runRestore, takeBackup } from './runs.ts';

const target = { mode: 'in-place' } as const;

const shop = `
  create table customers (id serial primary key, name text not null);
  create table orders (id int generated always as identity primary key, customer int references customers, total numeric default 1, note text);
  create index orders_by_note on orders (note);
  create table moves (id int, day int) partition by list (day);
  create table moves_1 partition of moves for values in (1);
  create function quiet() returns trigger language plpgsql as 'begin return null; end';
  create trigger seen after insert on orders for each row execute function quiet();
  create view all_orders as table orders; create materialized view totals as select sum(total) from orders;
  select setval('customers_id_seq', 40);
  insert into customers (name) values ('a'), ('b'); insert into orders (customer) values (41), (42); insert into moves values (1, 1);
  select lo_from_bytea(4711, 'abc'); refresh materialized view totals;`;

for (const major of oneInTurn(outermostMajors)) {
  test(`PostgreSQL ${major}: definitions without rows make a new database of empty tables`, async (t) => {
    const server = await testDatabase(t, { major });
    const db = await server.createDatabase();
    await db.client.query(shop);
    const store = memoryStore();
    const manifest = await takeBackup(db.target, store);
    const database = server.freeName();
    const request = { content: 'schema', target: { mode: 'new-database', database } } as const;
    const plan = await planRestore(db.target, manifest, restoreRequest(request));
    assert.deepEqual(plan.refusals, []);
    assert.ok(
      plan.steps.every(({ does }) => does === 'create'),
      JSON.stringify(plan.steps),
    );
    const report = await runRestore(db.target, store, manifest, request);
    assert.deepEqual([report.rows, report.largeObjects, report.sequences], [0, 0, 0]);
    const made = await openClient({ ...db.target, database });
    t.after(() => made.end());
    await made.query(`insert into customers (name) values ('first')`);
    const { rows } = await made.query(
      `select (select max(id) from customers) as id, (select count(*)::int from orders) as orders, (select count(*)::int from moves) as moves,
         (select count(*)::int from pg_indexes where indexname = 'orders_by_note') as indexes,
         (select count(*)::int from pg_trigger where tgname = 'seen') as triggers,
         (select count(*)::int from pg_largeobject_metadata) as objects, (select count(*)::int from all_orders) as seen`,
    );
    assert.deepEqual(rows, [{ id: 1, orders: 0, moves: 0, indexes: 1, triggers: 1, objects: 0, seen: 0 }]);
  });

  test(`PostgreSQL ${major}: in place, definitions alone make what is missing and touch no row`, async (t) => {
    const db = await testDatabase(t, { major });
    await db.client.query(shop);
    const store = memoryStore();
    const manifest = await takeBackup(db.target, store);
    const nothing = await planRestore(db.target, manifest, restoreRequest({ content: 'schema' }));
    assert.deepEqual([nothing.tables, nothing.create, nothing.locks], [[], [], []]);
    assert.match(nothing.warnings.join(), /nothing to do/);
    const before = await databaseState(db.target);
    await runRestore(db.target, store, manifest, { content: 'schema', target });
    assertSameState(await databaseState(db.target), before);

    await db.client.query(
      `alter table customers add column more int; insert into customers (name) values ('c'); drop index orders_by_note;
       drop table moves_1; drop view all_orders; delete from orders; select lo_unlink(4711)`,
    );
    const plan = await planRestore(db.target, manifest, restoreRequest({ content: 'schema' }));
    assert.deepEqual(plan.refusals, []);
    assert.deepEqual(
      plan.tables.map(({ table, action }) => `${action} ${table}`),
      ['create public.moves_1'],
    );
    assert.ok(plan.steps.every(({ does }) => does !== 'load' && does !== 'empty'));
    const report = await runRestore(db.target, store, manifest, { content: 'schema', target });
    assert.ok(report.created.includes('INDEX public.orders_by_note'), report.created.join());
    const { rows } = await db.client.query(
      `select (select count(*)::int from customers) as customers, (select count(*)::int from orders) as orders,
         (select count(*)::int from moves_1) as moves, (select count(*)::int from all_orders) as seen,
         (select count(*)::int from pg_largeobject_metadata) as objects`,
    );
    assert.deepEqual(rows, [{ customers: 3, orders: 0, moves: 0, seen: 0, objects: 0 }]);
  });

  test(`PostgreSQL ${major}: rows alone go into tables that are there, and make nothing`, async (t) => {
    const db = await testDatabase(t, { major });
    await db.client.query(shop);
    const store = memoryStore();
    const manifest = await takeBackup(db.target, store);
    const rows = async (): Promise<unknown> =>
      (
        await db.client
          .query(`select (select json_agg(o order by id) from orders o) as orders, (select json_agg(c order by id) from customers c) as customers,
        (select last_value::int from customers_id_seq) as last`)
      ).rows;
    const then = await rows();
    await db.client.query(
      `drop index orders_by_note; drop view all_orders; alter table orders alter total drop default; delete from orders; insert into customers (name) values ('c');`,
    );
    const plan = await planRestore(db.target, manifest, restoreRequest({ content: 'data' }));
    assert.deepEqual([plan.refusals, plan.create], [[], []]);
    for (const left of ['INDEX public.orders_by_note', 'VIEW public.all_orders']) {
      assert.ok(
        plan.leftOut.some((each) => each === `${left}: only rows are restored (content "data")`),
        plan.leftOut.join(),
      );
    }
    assert.ok(plan.differs.includes('TABLE public.orders is defined differently'), plan.differs.join());
    const report = await runRestore(db.target, store, manifest, { content: 'data', target });
    assert.deepEqual(report.created, []);
    assert.deepEqual(await rows(), then);
    const { rows: defined } = await db.client.query(
      `select to_regclass('orders_by_note') is null and to_regclass('all_orders') is null
         and not exists (select from pg_attrdef where adrelid = 'orders'::regclass) as untouched`,
    );
    assert.deepEqual(defined, [{ untouched: true }]);

    await db.client.query('drop table moves');
    const refused = await planRestore(db.target, manifest, restoreRequest({ content: 'data' }));
    assert.deepEqual(
      refused.refusals.map(({ code }) => code),
      ['SCHEMA_DRIFT'],
    );
    assert.match(refused.refusals[0]!.message, /moves_1: is missing and cannot be created/);
    const state = await databaseState(db.target);
    await assert.rejects(runRestore(db.target, store, manifest, { content: 'data', target }), {
      code: 'SCHEMA_DRIFT',
    });
    assertSameState(await databaseState(db.target), state);
  });
}
