import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { RestoreRequest } from '../../src/engine/requests.ts';
import type { RestorePlan } from '../../src/contract/restore.ts';
import type { Manifest } from '../../src/format/manifest.ts';
import type { ConnectionTarget } from '../../src/postgres/connection.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { plainRole } from '../api/role.ts';
import { assertSameState, databaseState } from '../support/compare.ts';
import { testDatabase, type FirstTestDatabase } from '../support/database.ts';
import { assertNoDatabase, fails } from './outcomes.ts';
import { planRestore, restoreRequest, runRestore, takeBackup } from './runs.ts';

const inPlace = { target: { mode: 'in-place' } } as const;

const into = (database: string): Pick<RestoreRequest, 'target'> => ({
  target: { mode: 'new-database', database },
});

function plan(
  target: ConnectionTarget,
  manifest: Manifest,
  request: Partial<RestoreRequest> = {},
): Promise<RestorePlan> {
  return planRestore(target, manifest, restoreRequest(request));
}

async function shop(t: TestContext): Promise<{ db: FirstTestDatabase; manifest: Manifest }> {
  const db = await testDatabase(t);
  await db.client.query(`
    create table customers (id int generated always as identity primary key, name text not null);
    create table orders (id serial primary key, customer int references customers, total numeric(10,2));
    create index orders_by_customer on orders (customer);
    create table moves (id bigserial, day date, primary key (id, day)) partition by range (day);
    create table moves_2025 partition of moves for values from ('2025-01-01') to ('2026-01-01');
    create table moves_2026 partition of moves for values from ('2026-01-01') to ('2027-01-01');
    create table notes (id int, what text);
    create view big_orders as select * from orders where total > 10;
    create materialized view per_customer as select customer, sum(total) from big_orders group by 1;
    insert into customers (name) select 'c' || i from generate_series(1, 20) i;
    insert into orders (customer, total) select 1 + i % 20, i from generate_series(1, 100) i;
    insert into moves (day) select '2025-01-01'::date + i from generate_series(0, 729) i;
    insert into notes values (1, 'one')`);
  return { db, manifest: await takeBackup(db.target, memoryStore()) };
}

const rowsOf = (found: RestorePlan): string[] =>
  found.tables.map(
    (table) => `${table.action} ${table.table}: ${table.rowsNow} now, ${table.rowsInBackup} then`,
  );

const driftOf = (found: RestorePlan): string[] =>
  found.drift.map(({ table, difference }) => `${table} ${difference}`);

test('a plan tells rows now and then, keys, views to be refreshed, and changes nothing', async (t) => {
  const { db, manifest } = await shop(t);
  await db.client.query(
    `delete from orders where id > 90; insert into notes values (2, 'two'), (3, 'three')`,
  );
  const before = await databaseState(db.target);
  assert.deepEqual(rowsOf(await plan(db.target, manifest)), [
    'replace public.customers: 20 now, 20 then',
    'replace public.moves_2025: 365 now, 365 then',
    'replace public.moves_2026: 365 now, 365 then',
    'replace public.notes: 3 now, 1 then',
    'replace public.orders: 90 now, 100 then',
  ]);
  const chosen = await plan(db.target, manifest, { tables: ['customers', 'moves'] });
  assert.deepEqual(chosen, {
    target: inPlace.target,
    refusals: [],
    tables: chosen.tables,
    otherDatabase: null,
    drift: [],
    adapted: [],
    missingRoles: [],
    missingRoleUses: [],
    missingTablespaces: [],
    extensions: [],
    missingExtensions: [],
    extensionProblems: [],
    create: [],
    leftOut: [],
    notMade: [],
    differs: [],
    extra: [],
    foreignKeys: ['public.orders orders_customer_fkey'],
    locks: ['public.customers', 'public.moves_2025', 'public.moves_2026', 'public.orders'],
    rawBytes: chosen.rawBytes,
    steps: chosen.steps,
    warnings: [],
  } satisfies RestorePlan);
  assert.equal(chosen.tables.length, 3);
  assert.ok(chosen.rawBytes > 1_000);
  const orders = await plan(db.target, manifest, { tables: ['orders'] });
  assert.deepEqual(orders.locks, ['public.orders', 'public.customers', 'public.per_customer']);
  assert.deepEqual(orders.warnings, ['Materialized views that will be refreshed: public.per_customer.']);
  assertSameState(await databaseState(db.target), before);
});

test('a plan tells what would be created, with all that hung on it', async (t) => {
  const { db, manifest } = await shop(t);
  await db.client.query('drop table orders cascade; drop table moves_2026');
  const found = await plan(db.target, manifest);
  assert.deepEqual(
    rowsOf(found).filter((line) => line.startsWith('create')),
    ['create public.moves_2026: null now, 365 then', 'create public.orders: null now, 100 then'],
  );
  assert.deepEqual(found.create.toSorted(), [
    'CONSTRAINT public.moves_2026 moves_2026_pkey',
    'CONSTRAINT public.orders orders_pkey',
    'DEFAULT public.orders id',
    'FK CONSTRAINT public.orders orders_customer_fkey',
    'INDEX ATTACH public.moves_2026_pkey',
    'INDEX public.orders_by_customer',
    'MATERIALIZED VIEW DATA public.per_customer',
    'MATERIALIZED VIEW public.per_customer',
    'SEQUENCE OWNED BY public.orders_id_seq',
    'SEQUENCE public.orders_id_seq',
    'TABLE ATTACH public.moves_2026',
    'TABLE public.moves_2026',
    'TABLE public.orders',
    'VIEW public.big_orders',
  ]);
  // Of a chosen table only its own.
  const chosen = await plan(db.target, manifest, { tables: ['moves'] });
  assert.ok(
    chosen.create.every((entry) => entry.includes('moves_2026')),
    chosen.create.join(),
  );
});

test('what was dropped from a table that is still there comes back as well', async (t) => {
  const { db, manifest } = await shop(t);
  await db.client.query(
    'drop index orders_by_customer; alter table orders drop constraint orders_customer_fkey',
  );
  const created = ['INDEX public.orders_by_customer', 'FK CONSTRAINT public.orders orders_customer_fkey'];
  assert.deepEqual((await plan(db.target, manifest)).create, created);
  assert.deepEqual((await plan(db.target, manifest, { tables: ['orders'] })).create, created);
  assert.deepEqual((await plan(db.target, manifest, { tables: ['customers'] })).create, []);
});

test('what the backup does not have is named, and published tables are warned of', async (t) => {
  const { db, manifest } = await shop(t);
  await db.client.query(`
    create table newer (id int); create schema side; create table side.other (id int); create view newer_view as table newer;
    create publication p for table orders, moves; create schema ours; create table ours.state (id int)`);
  const own = { tables: [{ schema: 'side', name: 'other' }], schemas: ['ours'] };
  const whole = await plan(db.target, manifest, { own });
  assert.deepEqual(whole.extra.toSorted(), [
    'PUBLICATION p',
    'SCHEMA side',
    'TABLE public.newer',
    'VIEW public.newer_view',
  ]);
  assert.match(whole.warnings[0] ?? '', /^Published to subscribers, .*: public\.moves.*public\.orders/);
  const notes = await plan(db.target, manifest, { own, tables: ['notes'] });
  assert.deepEqual(notes.warnings, []);
  await db.client.query('drop publication p; create publication q for all tables');
  assert.match(
    (await plan(db.target, manifest, { tables: ['notes'] })).warnings.join(),
    /Published .*public\.notes/,
  );
});

test('an event trigger that the role may not disable is warned of', async (t) => {
  const { db } = await shop(t);
  const { role, target } = await plainRole(db);
  await db.client.query(`
    create function stop() returns event_trigger language plpgsql as 'begin end';
    create event trigger stop on ddl_command_start execute function stop();
    grant select on all tables in schema public to "${role}";
    grant select on all sequences in schema public to "${role}"`);
  const manifest = await takeBackup(db.target, memoryStore());
  assert.deepEqual((await plan(db.target, manifest, { tables: ['notes'] })).warnings, []);
  assert.deepEqual((await plan(target, manifest, { tables: ['notes'] })).warnings, [
    'Event triggers that will fire, because this role may not disable them: stop.',
  ]);
});

test('a table too large to be counted is estimated', async (t) => {
  const { db, manifest } = await shop(t);
  await db.client.query(`update pg_class set reltuples = 7654321 where relname = 'notes'`);
  const found = await plan(db.target, manifest, { tables: ['notes', 'orders'] });
  assert.deepEqual(
    found.tables.map(({ rowsNow, rowsNowIsEstimate }) => [rowsNow, rowsNowIsEstimate]),
    [
      [7654321, true],
      [100, false],
    ],
  );
});

test('every kind of drift is told, and nothing is restored over it', async (t) => {
  const { db, manifest } = await shop(t);
  await db.client.query(`
    drop table notes; create view notes as select 1 as id, 'x' as what;
    drop materialized view per_customer; drop view big_orders;
    alter table orders alter total type numeric(12,2), add column vat numeric, drop column customer;
    alter table customers drop column name, add column name text collate "C" generated always as ('x') stored;
    alter table moves detach partition moves_2025`);
  const before = await databaseState(db.target);
  const expected = [
    'public.customers column "name" is generated (stored) in the database and an ordinary column in the backup',
    'public.customers column "name" has collation pg_catalog."C" in the database and of its type in the backup',
    'public.notes is a view in the database and a table in the backup',
    'public.orders column "customer" (integer) is in the backup and not in the database',
    'public.orders column "total" is numeric(12,2) in the database and numeric(10,2) in the backup',
    'public.orders column "vat" (numeric) is in the database and not in the backup',
  ];
  const found = await plan(db.target, manifest);
  assert.deepEqual(driftOf(found), expected);
  const error = await fails(
    runRestore(db.target, memoryStore(), manifest, inPlace),
    'SCHEMA_DRIFT',
    /Nothing was changed\. public\.customers: .*; and 1 more\./,
  );
  assert.deepEqual(error.details, { drift: found.drift });
  assertSameState(await databaseState(db.target), before);
  // What did not change can still be restored by itself.
  assert.deepEqual(driftOf(await plan(db.target, manifest, { tables: ['moves_2026'] })), []);
});

test('a table that became something else is drift', async (t) => {
  const db = await testDatabase(t);
  await db.client.query('create table a (id int); create table b (id int); create table c (id int)');
  const manifest = await takeBackup(db.target, memoryStore());
  await db.client.query(`
    drop table a, b, c; create table a (id int) partition by list (id);
    create materialized view b as select 1 as id;
    create foreign data wrapper w; create server s foreign data wrapper w; create foreign table c (id int) server s`);
  assert.deepEqual(driftOf(await plan(db.target, manifest)), [
    'public.a is a partitioned table in the database and a table in the backup',
    'public.b is a materialized view in the database and a table in the backup',
    'public.c is a foreign table in the database and a table in the backup',
  ]);
});

test('what makes no difference to the rows is no drift', async (t) => {
  const { db, manifest } = await shop(t);
  await db.client.query(`
    alter table notes alter what set not null, alter what set default 'x', add check (id > 0);
    alter table orders rename constraint orders_customer_fkey to another; drop index orders_by_customer;
    create unique index on notes (id)`);
  // Another order of columns.
  await db.client.query(`alter table notes add column id2 int; update notes set id2 = id;
    alter table notes drop column id; alter table notes rename id2 to id`);
  assert.deepEqual(driftOf(await plan(db.target, manifest)), []);
});

test('a partitioned table that became an ordinary one rolls the restore back', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(`create table moves (id int) partition by list (id);
    create table moves_1 partition of moves for values in (1); insert into moves values (1)`);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  await db.client.query('drop table moves; create table moves (id int); insert into moves values (5)');
  const before = await databaseState(db.target);
  await fails(
    runRestore(db.target, store, manifest, inPlace),
    'RESTORE_FAILED',
    /TABLE ATTACH public\.moves_1/,
  );
  assertSameState(await databaseState(db.target), before);
});

test('a plan for a new database names what the server lacks and what is left out', async (t) => {
  const { db, manifest } = await shop(t);
  const [taken] = (await plan(db.target, manifest, into(db.name))).refusals;
  assert.equal(taken!.code, 'DATABASE_EXISTS');
  assert.match(taken!.message, new RegExp(db.name));
  await fails(runRestore(db.target, memoryStore(), manifest, into(db.name)), 'DATABASE_EXISTS');

  const name = db.freeName();
  const found = await plan(db.target, manifest, into(name));
  assert.equal(rowsOf(found)[0], 'create public.customers: null now, 20 then');
  assert.deepEqual([found.warnings, found.missingRoles, found.missingExtensions], [[], [], []]);

  const newer: Manifest = {
    ...manifest,
    roles: [...manifest.roles, 'nobody at all'],
    extensions: [{ name: 'not_offered', version: '1', schema: 'public' }],
    source: { ...manifest.source, serverVersionNum: 990001 },
  };
  const lacking = await plan(db.target, newer, { ...into(name), tables: ['orders', 'moves'] });
  assert.deepEqual(lacking.missingRoles, ['nobody at all']);
  assert.deepEqual(lacking.missingExtensions, ['not_offered']);
  assert.deepEqual(lacking.warnings, [
    'Foreign key public.orders orders_customer_fkey is left out: the table it refers to is not among the restored ones.',
    'The backup is of PostgreSQL 99 and the server is 18. Nothing was found in the 27 definitions that 18 is known to lack; should it refuse one, nothing is left behind.',
  ]);
  const restore = (from: Manifest): Promise<unknown> =>
    runRestore(db.target, memoryStore(), from, { target: { mode: 'new-database', database: name } });
  await fails(restore(newer), 'EXTENSIONS_MISSING', /not_offered/);
  await fails(restore({ ...newer, extensions: [] }), 'ROLES_MISSING', /nobody at all/);
  await assertNoDatabase(db.client, name);
});

test('what the backup does not have cannot be planned', async (t) => {
  const { db, manifest } = await shop(t);
  await fails(plan(db.target, manifest, { tables: ['orders', 'nothing'] }), 'TABLES_NOT_FOUND', /nothing/);
  // A plan takes no lock that anybody waits for, and waits for nobody for ever.
  const { client } = await db.adopt(db.name);
  await client.query('begin; lock table notes in access exclusive mode');
  await fails(plan(db.target, manifest, { lockTimeoutMs: 200, tables: ['orders'] }), 'LOCK_TIMEOUT');
});
