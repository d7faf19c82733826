/** Tables under other names beside the live ones. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RestoreRequest } from '../../src/engine/requests.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { openClient } from '../support/connect.ts';
import { assertSameState, contents, databaseState } from '../support/compare.ts';
import { testDatabase } from '../support/database.ts';
import { oneInTurn, outermostMajors } from '../support/servers.ts';
import { copiedDefinitions, movedDefinitions } from './copies.ts';
import { planRestore, restoreRequest, runRestore, takeBackup } from './runs.ts';

const target = { mode: 'in-place' } as const;

const shop = `
  create type mood as enum ('sad', 'fine'); create domain short as text check (length(value) < 9);
  create type pair as (a int, b mood); create sequence numbers start 7;
  create function plus(int) returns int language sql immutable as 'select $1 + 1';
  create table customers (id serial primary key, name short not null, mood mood default 'fine', unique (name));
  create table orders (id int generated always as identity primary key, customer int not null references customers (id) on delete cascade,
    number int default nextval('numbers') constraint positive check (number > 0), p pair, note text default 'public.customers',
    twice int generated always as (plus(customer)) stored, seen regclass default 'customers'::regclass);
  create index on orders (note) where note <> 'public.orders'; create index by_plus on orders (plus(customer)); create statistics both_of on customer, number from orders;
  comment on table orders is 'public.orders'; comment on column orders.note is 'n'; comment on index by_plus is 'i';
  comment on constraint orders_pkey on orders is 'k'; comment on constraint positive on orders is 'p';
  alter table orders cluster on orders_pkey; alter table orders replica identity using index orders_pkey;
  create table places (id int primary key, at date);
  create table ev (id int, at date, place int references places, primary key (id, at)) partition by range (at);
  create table ev_1 partition of ev for values from ('2024-01-01') to ('2024-02-01'); create table ev_rest partition of ev default;
  create index on ev (place);
  create table parent (id int, n int check (n > 0)); create table child (extra text) inherits (parent);
  create function quiet() returns trigger language plpgsql as 'begin return null; end';
  create trigger seen after insert on orders for each row execute function quiet();
  create policy own on orders using (true); alter table orders enable row level security; create view all_orders as table orders;
  grant select on orders to public; grant update (note) on orders to public;
  insert into customers (name) values ('a'), ('b'); insert into orders (customer, p) values (1, '(1,sad)'), (2, null);
  insert into places values (1); insert into ev values (1, '2024-01-10', 1), (2, '2025-01-01', null);
  insert into parent values (1, 1); insert into child values (2, 2, 'x'); select setval('customers_id_seq', 40);`;

/** Names that a reader of SQL could take for something else. */
const odd = `
  create schema orders; create schema "Odd.one"; create schema "a""b";
  create table orders.orders (orders int primary key, "public" int, note text default 'orders.orders', "it's" text default '"orders"."orders"');
  create table "Odd.one"."T.x" (id serial primary key, "orders" int references orders.orders (orders), "a ""b"".c" text collate "C",
    constraint "Odd.one" check ("orders" is null or "orders" > 0));
  create index "T.y" on orders.orders ("public"); create index "ON" on "Odd.one"."T.x" ((id + 1), "orders") include ("a ""b"".c");
  create table "a""b"."TABLE" ("ON" int default 1, "REFERENCES" text default '''x''::regclass', "COLUMN" orders.orders,
    "dollar$1$" text default $q$it's "orders"."orders"$q$);
  create table "a""b"."Größe' x" (id bigserial, "TABLE" bigint default currval('"a""b"."Größe'' x_id_seq"'::regclass)) ;
  comment on table "a""b"."Größe' x" is 'about "a""b"."TABLE"'; comment on column "a""b"."TABLE"."ON" is 'on "orders"."orders"';
  create type "Odd.one"."it's" as enum ('orders.orders', 'b'); create table "Odd.one".typed (kind "Odd.one"."it's" default 'orders.orders', kinds "Odd.one"."it's"[]);
  insert into orders.orders values (1, 2), (3, 4); insert into "Odd.one"."T.x" ("orders") values (1), (3); insert into "a""b"."TABLE" ("COLUMN") values ('(1,2,x,y)');
  insert into "Odd.one".typed (kinds) values ('{b,orders.orders}'); insert into "a""b"."Größe' x" (id) select nextval('"a""b"."Größe'' x_id_seq"'::regclass) from generate_series(1, 3);`;

interface Case {
  name: string;
  sql: string;
  tables: string[];
  request: Pick<RestoreRequest, 'intoSchema' | 'as'>;
}

const cases: Case[] = [
  { name: 'everything of a shop', sql: shop, tables: [], request: { intoSchema: 'before' } },
  { name: 'odd names', sql: odd, tables: [], request: { intoSchema: 'The "new" one' } },
  {
    name: 'odd names into a schema of the name of a table',
    sql: odd,
    tables: [],
    request: { intoSchema: 'TABLE' },
  },
];

for (const major of oneInTurn(outermostMajors)) {
  for (const { name, sql, tables, request } of cases) {
    test(`PostgreSQL ${major}: ${name}: the copies are the tables, and the live ones are as before`, async (t) => {
      const server = await testDatabase(t, { major });
      const db = await server.createDatabase();
      await db.client.query(sql);
      const store = memoryStore();
      const manifest = await takeBackup(db.target, store);
      const then = await contents(db.client);
      // An independent way to the same: the server itself moves the tables of a second database.
      const twin = server.freeName();
      await runRestore(db.target, store, manifest, { target: { mode: 'new-database', database: twin } });
      const moved = await openClient(db.target, { database: twin });
      t.after(() => moved.end());
      const expected = await movedDefinitions(moved, { ...db.target, database: twin }, request.intoSchema!);
      // Another session writes: EXCLUSIVE goes together with ACCESS SHARE alone.
      const writer = await openClient(db.target);
      t.after(() => writer.end());
      const { rows: live } = await db.client.query(
        `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
      );
      await db.client.query(`truncate ${live.map((each) => each.name).join(', ')}`);
      const before = await databaseState(db.target);
      await writer.query(`begin; lock table ${live.map((each) => each.name).join(', ')} in exclusive mode`);

      const plan = await planRestore(db.target, manifest, restoreRequest({ tables, ...request }));
      assert.deepEqual([plan.refusals, plan.locks], [[], []]);
      const report = await runRestore(db.target, store, manifest, { tables, target, ...request });
      await writer.query('rollback');
      assert.deepEqual(report.created, plan.create);
      assert.equal(report.rows, manifest.totals.rows);
      assertSameState(await databaseState(db.target, { except: [request.intoSchema!] }), before);
      assert.deepEqual(await copiedDefinitions(db.target, request.intoSchema!), expected);
      const now = await contents(db.client);
      for (const { schema, name: table } of manifest.tables) {
        const copy = `${request.intoSchema}.${table}`;
        assert.equal(now.get(`table ${copy}`), then.get(`table ${schema}.${table}`), copy);
      }
      for (const { schema, name: sequence } of manifest.sequences) {
        const copy = now.get(`sequence ${request.intoSchema}.${sequence}`);
        if (copy !== undefined) assert.equal(copy, then.get(`sequence ${schema}.${sequence}`), sequence);
      }
      await db.client.query(report.removal!);
      assertSameState(await databaseState(db.target), before);
    });
  }
}
