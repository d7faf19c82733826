import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { HoldfastError, type ErrorCode } from '../../../src/base/errors.ts';
import { chosenRows } from '../../../src/contract/chosen-rows.ts';
import { planRows } from '../../../src/engine/rows/plan-rows.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import { testDatabase } from '../../support/database.ts';
import { restoreRequest } from '../runs.ts';
import { exactBackup } from '../incremental/exact-backup.ts';
import { counted, everything, rowsOf } from './rows-of.ts';

const shop = `
  create type mood as enum ('sad', 'glad');
  create table customers (id uuid primary key default gen_random_uuid(), email text not null unique, mood mood, details json);
  insert into customers select md5(i::text)::uuid, 'c' || i || '@example.com', (array['sad', 'glad'])[1 + i % 2]::mood, json_build_object('n', i)
    from generate_series(1, 300) i;
  create table orders (id bigint generated always as identity primary key, customer uuid not null references customers,
    total numeric(12,2), twice numeric generated always as (total * 2) stored, note text, at timestamptz default now());
  insert into orders (customer, total, note, at)
    select md5((1 + i % 300)::text)::uuid, i * 1.5, case when i % 5 = 0 then null else E'tab\\tline\\nback\\\\' || i end, timestamptz '2026-01-01Z' + i * interval '1 min'
      from generate_series(1, 60000) i;
  create table lines (order_id bigint references orders, line int, what text, primary key (order_id, line));
  insert into lines select i, l, 'thing ' || l from generate_series(1, 2000) i, generate_series(1, 3) l;
  create table parcels (id int primary key, order_id bigint, line int, weight real, foreign key (order_id, line) references lines);
  insert into parcels select i, i, 1, i / 3.0 from generate_series(1, 500) i;
  create function forbid() returns trigger language plpgsql as $$ begin raise exception 'forbidden'; end $$;
  create trigger never before insert or update or delete on orders for each row execute function forbid();
  create trigger never_either after insert on lines for each row execute function forbid();
  alter table lines enable always trigger never_either;`;

function failsWith(code: ErrorCode, text: RegExp = /./): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof HoldfastError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, text);
    return true;
  };
}

test('rows come back by key and by condition, as they were, and nothing else changes', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(shop);
  const store = memoryStore();
  const { manifest } = await exactBackup(db.target, store, {});
  const rows = rowsOf(db.target, store, manifest);
  const before = await everything(db.client);
  const lose = (sql: string): Promise<unknown> =>
    db.client.query(`set session_replication_role = replica; ${sql}; reset session_replication_role`);

  await lose('delete from orders where id in (5, 30000, 59999)');
  const lost = await everything(db.client);
  const { plan, refusals } = await rows.plan({ table: 'orders', where: 'id in (5, 30000, 59999, 7)' });
  assert.deepEqual(refusals, []);
  assert.deepEqual(counted(plan.rows!), ['public.orders 3 added 1 unchanged']);
  const [first] = plan.rows![0]!.sample;
  assert.equal(first!.change, 'added');
  assert.deepEqual(first!.key, { id: '5' });
  assert.deepEqual(
    first!.columns.find(({ name }) => name === 'total'),
    { name: 'total', now: null, backup: '7.50' },
  );
  assert.deepEqual(await everything(db.client), lost, 'a plan changes nothing');
  assert.deepEqual(counted(await rows.restore({ table: 'orders', keys: [{ id: 5 }] })), [
    'public.orders 1 added',
  ]);
  await rows.restore({ table: 'public.orders', where: "id between 29990 and 30010 or note like '%59999'" });
  assert.deepEqual(await everything(db.client), before);

  // Rows with other values.
  await lose(
    "update orders set note = 'spoilt', total = 1 where id in (7, 8); delete from orders where id = 9",
  );
  const spoilt = await everything(db.client);
  const conflict = await rows.plan({ table: 'orders', keys: [7, 8, 9, 10] });
  assert.deepEqual(counted(conflict.plan.rows!), ['public.orders 1 added 1 unchanged 2 conflicting']);
  assert.equal(conflict.refusals[0]!.code, 'ROWS_CONFLICT');
  assert.deepEqual(conflict.refusals[0]!.details!['conflicts'], [
    { table: 'public.orders', key: { id: '7' } },
    { table: 'public.orders', key: { id: '8' } },
  ]);
  assert.deepEqual(
    conflict.plan
      .rows![0]!.sample.filter(({ change }) => change === 'conflicting')[0]!
      .columns.map(({ name, now }) => [name, now]),
    [
      ['total', '1.00'],
      ['note', 'spoilt'],
    ],
  );
  await assert.rejects(
    rows.restore({ table: 'orders', keys: [7, 8, 9] }),
    failsWith('ROWS_CONFLICT', /"id":"7"/),
  );
  assert.deepEqual(await everything(db.client), spoilt);
  assert.deepEqual(counted(await rows.restore({ table: 'orders', keys: [7, 9], onConflict: 'skip' })), [
    'public.orders 1 added 1 skipped',
  ]);
  assert.deepEqual(
    counted(await rows.restore({ table: 'orders', where: 'id < 20', onConflict: 'overwrite' })),
    ['public.orders 2 changed 17 unchanged'],
  );
  assert.deepEqual(await everything(db.client), before);

  // By another unique key; uuid and json.
  await lose(`update customers set details = '{}' where email = 'c3@example.com'`);
  await rows.restore({
    table: 'customers',
    keys: [{ email: 'c3@example.com' }],
    by: ['email'],
    onConflict: 'overwrite',
  });
  await lose(`delete from customers where email = 'c4@example.com'`);
  await rows.restore({ table: 'customers', keys: [{ id: 'A87FF679-A2F3-E71D-9181-A67B7542122C' }] });
  assert.deepEqual(await everything(db.client), before);
  // What a missing row had is now with one that changes back.
  await lose(`delete from customers where email = 'c10@example.com'`);
  await lose(`update customers set email = 'c10@example.com' where email = 'c11@example.com'`);
  assert.deepEqual(
    counted(
      await rows.restore({
        table: 'customers',
        where: `details::text like '{"n" : 1_}'`,
        onConflict: 'overwrite',
      }),
    ),
    ['public.customers 1 added 1 changed 8 unchanged'],
  );
  assert.deepEqual(await everything(db.client), before);
  assert.deepEqual(counted(await rows.restore({ table: 'orders', keys: [-1] })), ['public.orders']);
  await assert.rejects(
    rows.plan({ table: 'orders', keys: [{ id: 'x' }] }),
    failsWith('INVALID_REQUEST', /fit/),
  );
  await assert.rejects(
    rows.plan({ table: 'orders', keys: [{ twice: 3 }] }),
    failsWith('INVALID_REQUEST', /twice/),
  );
  await assert.rejects(
    rows.plan({ table: 'customers', keys: [{ details: '{}' }] }),
    failsWith('INVALID_REQUEST', /json/),
  );
  const many = Array.from({ length: 3_000 }, (_, i) => ({ note: `no such\tnote\\${i}` }));
  const tabbed = { note: 'tab\tline\nback\\59999' };
  assert.deepEqual(counted(await rows.restore({ table: 'orders', keys: [...many, tabbed] })), [
    'public.orders 1 unchanged',
  ]);
  await assert.rejects(rows.plan({ table: 'nothing', keys: [1] }), failsWith('TABLES_NOT_FOUND'));
});

test('only the ranges are read that can hold the rows', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(shop);
  await db.client.query(`create table big (id int primary key, filler text);
    insert into big select i, repeat(md5(i::text), 10) from generate_series(1, 60000) i`);
  const store = memoryStore();
  const { manifest } = await exactBackup(db.target, store, {});
  let read = 0;
  const counting = {
    ...store,
    getChunks: (ids: readonly string[]) => ((read += ids.length), store.getChunks(ids)),
  };
  const rows = rowsOf(db.target, counting, manifest);
  await db.client.query('delete from big where id in (31000, 31001)');
  const { ranges } = manifest.tables.find(({ name }) => name === 'big')!;
  assert.ok(ranges.length >= 4, String(ranges.length));
  await rows.plan({ table: 'big', where: 'id in (31000, 31001)' });
  const { plan } = await rows.plan({ table: 'big', keys: [31000] });
  assert.deepEqual([plan.rangesRead, plan.ranges], [1, ranges.length]);
  assert.ok(read <= 3, `${read} chunks`);
  read = 0;
  await rows.plan({ table: 'big', keys: [31000] });
  assert.equal(read, 1);
  read = 0;
  await rows.plan({ table: 'big', where: 'id > 100000' });
  assert.equal(read, 0);
  assert.deepEqual(counted(await rows.restore({ table: 'big', where: 'id / 1000 = 31' })), [
    'public.big 2 added 998 unchanged',
  ]);
});

test('children and parents come with the rows, whatever the keys between them', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(`${shop};
    create table people (id int primary key, boss int references people, team int not null);
    create table teams (id int primary key, lead int not null references people);
    insert into people values (1, null, 1), (2, 1, 1), (3, 2, 2);
    insert into teams values (1, 1), (2, 3);
    alter table people add constraint in_team foreign key (team) references teams`);
  await db.client.query(`
    create table events (id int, day date, order_id bigint references orders, primary key (id, day)) partition by range (day);
    create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01');
    create table events_2026 (order_id bigint, day date not null, id int not null);
    alter table events attach partition events_2026 for values from ('2026-01-01') to ('2027-01-01');
    insert into events select i, date '2025-12-20' + i % 20, i from generate_series(1, 200) i;
    create trigger never before insert on events_2026 for each row execute function forbid()`);
  const store = memoryStore();
  const { manifest } = await exactBackup(db.target, store, {});
  const rows = rowsOf(db.target, store, manifest);
  const before = await everything(db.client);
  const lose = (sql: string): Promise<unknown> =>
    db.client.query(`set session_replication_role = replica; ${sql}; reset session_replication_role`);

  // Down and up.
  const gone = `delete from parcels where order_id in (5, 7); delete from lines where order_id in (5, 7); delete from orders where id in (5, 7);
    delete from events where order_id in (5, 7); delete from customers where id = md5('6')::uuid`;
  await lose(gone);
  const alone = await rows.plan({ table: 'orders', keys: [5, 7], withChildren: true });
  assert.equal(alone.refusals[0]!.code, 'ROWS_UNFIT');
  assert.match(alone.refusals[0]!.message, /1 row of public.orders refers to rows of public.customers/);
  assert.match(alone.refusals[0]!.hint!, /--with-parents/);
  const all = { table: 'orders', keys: [5, 7], withChildren: true, withParents: true };
  const { plan } = await rows.plan(all);
  assert.deepEqual(counted(plan.rows!).toSorted(), [
    'public.customers 1 added',
    'public.events 2 added',
    'public.lines 6 added',
    'public.orders 2 added',
    'public.parcels 2 added',
  ]);
  const order = plan.rows!.map(({ table }) => table);
  assert.ok(order.indexOf('public.customers') < order.indexOf('public.orders'));
  assert.ok(order.indexOf('public.lines') < order.indexOf('public.parcels'));
  await rows.restore(all);
  assert.deepEqual(await everything(db.client), before);

  // From a leaf up, by a composite key.
  await lose(gone);
  await rows.restore({ table: 'parcels', keys: [5], withParents: true });
  const { rows: left } = await db.client.query('select line from lines where order_id = 5');
  assert.deepEqual(left, [{ line: 1 }], 'a parent does not bring its other children');
  await rows.restore(all);
  assert.deepEqual(await everything(db.client), before);

  // Keys in a circle, of which one refers to its own table.
  const locked: string[] = [];
  const lookAtLocks = async (): Promise<void> => {
    const { rows: locks } = await db.client.query<{ lock: string }>(
      `select distinct c.relname || ' ' || l.mode as lock from pg_locks l join pg_class c on c.oid = l.relation
        where c.relname in ('people', 'teams', 'customers') and l.mode in ('ShareRowExclusiveLock', 'AccessExclusiveLock') order by 1`,
    );
    locked.splice(0, locked.length, ...locks.map(({ lock }) => lock));
  };
  await lose('delete from people; delete from teams');
  const circle = { table: 'people', keys: [3], withParents: true, withChildren: true };
  const { plan: inCircle } = await rows.plan(circle);
  assert.equal(inCircle.locks.length, 1, 'the table whose key is altered');
  await rows.restore(circle, undefined, lookAtLocks);
  const [, alteredTable] = inCircle.locks[0]!.split('.');
  assert.deepEqual(
    locked.filter((lock) => lock.endsWith('AccessExclusiveLock')),
    [`${alteredTable} AccessExclusiveLock`],
    'what the plan named is locked against readers, and nothing else',
  );
  assert.deepEqual(await everything(db.client), before);
  // Only one end of the circle is missing: no key is altered.
  await lose('delete from teams where id = 2');
  const oneEnd = { table: 'teams', keys: [2], withParents: true };
  assert.deepEqual((await rows.plan(oneEnd)).plan.locks, []);
  await rows.restore(oneEnd, undefined, lookAtLocks);
  assert.deepEqual(locked, ['teams ShareRowExclusiveLock']);
  await db.client.query('alter table people alter constraint in_team deferrable');
  const deferrable = await everything(db.client);
  await lose('delete from people; delete from teams');
  assert.deepEqual((await rows.plan({ table: 'teams', where: 'true', withParents: true })).plan.locks, []);
  await rows.restore({ table: 'teams', where: 'true', withParents: true });
  await rows.restore({ table: 'people', where: 'true' });
  assert.deepEqual(await everything(db.client), deferrable);

  // A partition by its own name.
  await lose('delete from events');
  await rows.restore({ table: 'events_2025', where: 'true' });
  const partly = await everything(db.client);
  assert.deepEqual(partly['public.events_2025'], before['public.events_2025']);
  assert.deepEqual(partly['public.events_2026'], []);
  await rows.restore({ table: 'events', where: "day >= '2026-01-01'" });
  assert.deepEqual(await everything(db.client), deferrable);
});

test('what cannot be put back is refused before anything is touched', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(`${shop};
    create table logs (at timestamptz, what text);
    insert into logs select timestamptz '2026-01-01Z' + i * interval '1 s', 'line ' || i from generate_series(1, 50) i;
    create table ruled (id int primary key);
    insert into ruled values (1);
    create table drifted (id int primary key, a text);
    insert into drifted values (1, 'x')`);
  const store = memoryStore();
  const { manifest } = await exactBackup(db.target, store, {});
  const rows = rowsOf(db.target, store, manifest);
  await db.client.query(`set session_replication_role = replica;
    delete from logs where what = 'line 5';
    delete from customers where email = 'c1@example.com'; insert into customers (email) values ('c1@example.com');
    update orders set note = 'other' where id = 5; reset session_replication_role;
    create rule nothing as on insert to ruled do instead nothing; delete from ruled;
    alter table drifted alter a type varchar(5)`);
  const before = await everything(db.client);
  const refused = async (
    wanted: Parameters<typeof rows.plan>[0],
    code: ErrorCode,
    text: RegExp,
  ): Promise<void> => {
    const { refusals } = await rows.plan(wanted);
    assert.equal(refusals[0]?.code, code, JSON.stringify(refusals));
    assert.match(refusals[0]!.message, text);
    await assert.rejects(rows.restore(wanted), failsWith(code));
  };
  for (const onConflict of ['fail', 'skip', 'overwrite'] as const) {
    await refused({ table: 'logs', where: "what = 'line 5'", onConflict }, 'ROWS_UNFIT', /no primary key/);
  }
  await refused(
    { table: 'customers', where: "email = 'c1@example.com'" },
    'ROWS_UNFIT',
    /Other rows of public.customers have the email of 1 row/,
  );
  await refused({ table: 'ruled', where: 'true' }, 'ROWS_UNFIT', /rules/);
  await refused({ table: 'drifted', where: 'true' }, 'SCHEMA_DRIFT', /"a" is character varying\(5\)/);
  await assert.rejects(
    rows.plan({ table: 'orders', keys: [5], by: ['note'] }),
    failsWith('INVALID_REQUEST', /unique key of note/),
  );
  assert.deepEqual(await everything(db.client), before);

  // Appending is offered.
  assert.deepEqual(
    counted(await rows.restore({ table: 'logs', where: "what = 'line 5'", onConflict: 'append' })),
    ['public.logs 1 added'],
  );
  const { rows: lines } = await db.client.query('select count(*)::int as n from logs');
  assert.deepEqual(lines, [{ n: 50 }]);

  // What changes between plan and restore.
  await assert.rejects(
    rows.restore({ table: 'orders', keys: [5], onConflict: 'overwrite' }, () =>
      db.client.query(
        'set session_replication_role = replica; delete from orders where id = 5; reset session_replication_role',
      ),
    ),
    failsWith('PLAN_OUTDATED', /0 added, now 1/),
  );
  const { rows: none } = await db.client.query('select from orders where id = 5');
  assert.equal(none.length, 0);
});

test('a plan stops when nobody waits for it, and rows that are not as many as the manifest says are refused', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(shop);
  const store = memoryStore();
  const { manifest } = await exactBackup(db.target, store, {});
  const gone = new AbortController();
  const leaving = {
    ...store,
    async getChunks(ids: readonly string[]) {
      gone.abort(new Error('the caller is gone'));
      return store.getChunks(ids);
    },
  };
  const request = {
    ...restoreRequest({ restoreType: 'rows' }),
    restoreType: 'rows' as const,
    rows: chosenRows.parse({ table: 'orders', where: 'true' }),
  };
  await assert.rejects(
    planRows({ live: db.target, store: leaving, manifest, request, signal: gone.signal }),
    /the caller is gone/,
  );

  const tampered = structuredClone(manifest);
  const [range] = tampered.tables.find(({ name }) => name === 'orders')!.ranges;
  range!.rows -= 1;
  await assert.rejects(
    rowsOf(db.target, store, tampered).plan({ table: 'orders', where: 'true' }),
    failsWith('CHUNK_CORRUPT', /public.orders, blocks 0 to .* hold \d+ rows where the manifest says \d+/),
  );
});

test('a condition is one condition on a row, and changes nothing', async (t) => {
  const db = await testDatabase(t);
  const pirate = `pirate_${randomBytes(6).toString('hex')}`;
  await db.client.query(`${shop};
    create table loot (what text);
    create function plunder() returns boolean language plpgsql volatile as $$ begin insert into public.loot values ('x'); return true; end $$;
    create function sly() returns boolean language plpgsql stable as $$ begin perform public.plunder(); return true; end $$;
    create role ${pirate};
    create function theirs() returns boolean language sql immutable as 'select true';
    alter function theirs() owner to ${pirate}`);
  db.afterwards(`drop role ${pirate}`);
  const store = memoryStore();
  const { manifest } = await exactBackup(db.target, store, {});
  const rows = rowsOf(db.target, store, manifest);
  const before = await everything(db.client);
  const attacks = [
    'true; drop table lines',
    'true); drop table lines; select (true',
    'true) union select 1 where (true',
    'true)) returning 1 --',
    'true /*',
    'true; commit; drop table lines; --',
    'exists (select from public.orders)',
    'id = (select max(o.id) from public.orders o)',
    'public.plunder()',
    "nextval('public.orders_id_seq') > 0",
    "set_config('search_path', 'evil', false) is not null",
    "set_config('transaction_read_only', 'off', false) is not null",
    'pg_sleep(1) is null',
    'pg_terminate_backend(pg_backend_pid())',
    "lo_import('/etc/passwd') > 0",
    'public.theirs()',
    "pg_catalog.table_to_xml('public.orders'::pg_catalog.regclass, true, true, '') is not null",
    "pg_catalog.database_to_xml(true, true, '') is not null",
    'count(*) > 0',
    'generate_series(1, 2) > 0',
    'id = $1',
    'no_such_column = 1',
    'id',
    "id = 'x'",
    'true, true',
    'true as x',
    'id = 1 limit 1',
  ];
  for (const where of attacks) {
    await assert.rejects(rows.plan({ table: 'orders', where }), failsWith('INVALID_REQUEST'), where);
  }
  // Harmless: a comment; and a function of a trusted role that lies about itself changes nothing.
  assert.deepEqual(counted((await rows.plan({ table: 'orders', where: 'id < 3 --' })).plan.rows!), [
    'public.orders 2 unchanged',
  ]);
  await assert.rejects(
    rows.plan({ table: 'orders', where: 'id < 3 and public.sly()' }),
    failsWith('INVALID_REQUEST', /read-only/),
  );
  assert.deepEqual(await everything(db.client), before);
});
