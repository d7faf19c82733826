import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HoldfastError } from '../../../src/base/errors.ts';
import { privateServer } from '../../support/servers.ts';
import { asking } from './asking.ts';

const shop = `
  create type status as enum ('new', 'paid', 'sent');
  create table customers (id int primary key, name text not null, email text unique, tags text[], details jsonb);
  insert into customers select i, 'customer ' || i, 'c' || i || '@example.org', array['a', 'b' || i % 3], jsonb_build_object('level', i % 5)
    from generate_series(1, 100) i;
  create table orders (id int primary key, customer_id int references customers, status status not null, at timestamptz not null, total numeric(10,2));
  insert into orders select i, 1 + i % 100, (array['new','paid','sent'])[1 + i % 3]::status, '2026-01-01'::timestamptz + i * interval '1 hour', i * 1.5
    from generate_series(1, 1000) i;
  create table payments (order_id int, day date not null, amount numeric) partition by range (day);
  create table payments_jan partition of payments for values from ('2026-01-01') to ('2026-02-01');
  create table payments_feb partition of payments for values from ('2026-02-01') to ('2026-03-01');
  insert into payments select i, '2026-01-01'::date + i % 50, i from generate_series(1, 500) i;
  create table staff (id int primary key, boss int, name text);
  insert into staff values (1, null, 'ann'), (2, 1, 'bob'), (3, 2, 'cid'), (4, 3, 'dan');
  create view open_orders as select o.id, c.name from orders o join customers c on c.id = o.customer_id where o.status = 'new';
  create materialized view totals as select customer_id, sum(total) as total from orders group by 1;
  create function spent(customer int) returns numeric language plpgsql stable as $$
    declare found numeric;
    begin
      select sum(total) into found from public.orders where customer_id = customer;
      if found is null then raise exception 'no such customer'; end if;
      return found;
    end $$;
  create function name_of(customer int) returns text language sql stable as 'select name from public.customers where id = customer';
  create table nothing (id int);
  create schema "Odd Schema"; create table "Odd Schema"."a ""b" (id int); insert into "Odd Schema"."a ""b" values (1), (2);
  create table events (id int, text text);
  insert into events select i, repeat(md5(i::text), 10) from generate_series(1, 20000) i;`;

/** None of them needs the table of events, which is larger than what may be loaded. */
const questions: [name: string, sql: string][] = [
  ['how many', `select count(*) from orders`],
  ['by a group', `select status, count(*), sum(total) from orders group by status order by status`],
  [
    'a join of one customer',
    `select o.id, o.total from orders o join customers c on c.id = o.customer_id where c.email = 'c7@example.org' order by o.id`,
  ],
  [
    'group by a key',
    `select c.*, count(o.id) from customers c left join orders o on o.customer_id = c.id group by c.id order by c.id limit 3`,
  ],
  ['a view', `select * from open_orders order by id limit 5`],
  ['a materialized view', `select * from totals order by customer_id limit 5`],
  [
    'a common table expression and a window',
    `with ranked as (select *, row_number() over (partition by customer_id order by total desc) as place from orders) select id, total from ranked where place = 1 order by id limit 4`,
  ],
  [
    'a recursive one',
    `with recursive chain as (select id, name, 0 as depth from staff where boss is null union all select s.id, s.name, depth + 1 from staff s join chain c on s.boss = c.id) select name, depth from chain order by depth`,
  ],
  [
    'partitions',
    `select day, sum(amount) from payments where day between '2026-01-30' and '2026-02-02' group by day order by day`,
  ],
  [
    'json and arrays',
    `select details->>'level' as level, count(*), array_agg(distinct tag order by tag) from customers, unnest(tags) tag group by 1 order by 1`,
  ],
  ['a function that reads a table', `select id, spent(id) from customers where id < 4 order by id`],
  ['a function in SQL', `select name_of(customer_id) from orders where id = 5`],
  [
    'a subquery that may not run',
    `select id, (select max(amount) from payments p where p.order_id = o.id) from orders o where id < 3 order by id`,
  ],
  ['no table', `values (1, 'a'), (2, null)`],
  ['an empty one', `select count(*), max(id) from nothing`],
  ['names to be quoted', `select sum(id) from "Odd Schema"."a ""b"`],
  ['table', `table staff;`],
  ['two columns of one name', `select 1 as a, 2 as a, 'x'::text -- and a comment`],
];

test('a question is answered as the database would have', async (t) => {
  const { db, ask, rows, refusal, scratch } = await asking(t, shop, { bytesMax: 1_000_000 });
  await db.client.query(`set timezone = 'UTC'; set datestyle = 'ISO, YMD'`);
  for (const [name, sql] of questions) {
    await t.test(name, async () => {
      const expected = await db.client.query({
        text: sql,
        rowMode: 'array',
        types: { getTypeParser: () => (value: unknown) => value as string } as never,
      });
      const found = await ask(sql);
      assert.deepEqual(found.rows, expected.rows);
      assert.deepEqual(
        found.columns.map(({ name: column }) => column),
        expected.fields.map((field) => field.name),
      );
      assert.equal(found.more, false);
    });
  }
  await t.test('types are named', async () => {
    const { columns } = await ask('select id, status, total, at from orders limit 1');
    assert.deepEqual(
      columns.map(({ type }) => type),
      ['integer', 'status', 'numeric(10,2)', 'timestamp with time zone'],
    );
  });
  await t.test('an error of a function over rows that are there is the answer', async () => {
    const { code, message } = await refusal('select spent(12345)');
    assert.equal(code, 'QUERY_FAILED');
    assert.match(message, /no such customer/);
  });
  await t.test(
    'a larger table than may be loaded is refused before it is read, with the cheaper way',
    async () => {
      const { code, message, hint } = await refusal('select count(*) from events');
      assert.equal(code, 'QUERY_TOO_LARGE');
      assert.match(message, /public\.events/);
      assert.match(hint, /holdfast rows/);
      assert.deepEqual(await rows('select count(*) from orders'), [['1000']]);
    },
  );
  await t.test('an answer is cut at its limit, and refused beyond its bytes', async () => {
    const cut = await ask('select id from orders order by id', { rowsMax: 300 });
    assert.deepEqual([cut.rows.length, cut.more], [300, true]);
    assert.equal((await ask('select id from orders', { rowsMax: 1_000 })).more, false);
    const { code } = await refusal(`select repeat('x', 50000000)`);
    assert.equal(code, 'QUERY_TOO_LARGE');
    assert.equal(scratch.usable, true);
  });
});

test('what the answer may differ in is said with it', async (t) => {
  const { ask } = await asking(t, shop);
  assert.deepEqual((await ask('select count(*) from orders')).notes, []);
  const [note, ...others] = (await ask('select count(*) from totals')).notes;
  assert.match(note!, /^public\.totals was refreshed/);
  assert.deepEqual(others, []);
});

test('names without a schema are looked up as in the database, and one of another schema is named', async (t) => {
  const { refusal, rows } = await asking(
    t,
    `create schema app; create table app.invoices (id int); insert into app.invoices values (7);
     create schema other; create table other.notes (id int);
     do $$ begin execute format('alter database %I set search_path to app, public', current_database()); end $$;`,
  );
  assert.deepEqual(await rows('select * from invoices'), [['7']]);
  const { code, hint } = await refusal('select * from notes');
  assert.equal(code, 'QUERY_FAILED');
  assert.match(hint, /The backup has other\.notes: name the schema too/);
});

test('a function whose tables are only read by parallel workers is answered with their rows', async (t) => {
  const { rows } = await asking(
    t,
    `create table rates (id int, rate int); insert into rates values (1, 3);
     create table sales (id int); insert into sales select generate_series(1, 20000);
     create function rate() returns int language plpgsql stable parallel safe as $$ begin return (select rate from public.rates); end $$;
     create function total() returns bigint language plpgsql stable as $$ begin return (select sum(public.rate()) from public.sales); end $$;
     alter function total() set min_parallel_table_scan_size = 0; alter function total() set parallel_setup_cost = 0;
     alter function total() set parallel_tuple_cost = 0; alter function total() set parallel_leader_participation = off;`,
  );
  assert.deepEqual(await rows('select total()'), [['60000']]);
});

test('what earlier questions fetched makes room for what a later one needs', async (t) => {
  const { rows, refusal } = await asking(
    t,
    ['a', 'b', 'c']
      .map(
        (name) =>
          `create table ${name} as select i, repeat('x', 90) as text from generate_series(1, 1000) i;`,
      )
      .join('\n'),
    { bytesMax: 210_000 },
  );
  assert.deepEqual(await rows('select count(*) from a'), [['1000']]);
  assert.deepEqual(await rows('select count(*) from b'), [['1000']]);
  assert.deepEqual(await rows('select (select count(*) from c), (select count(*) from a)'), [
    ['1000', '1000'],
  ]);
  assert.equal((await refusal('select from a, b, c')).code, 'QUERY_TOO_LARGE');
});

test('a statement that needs too much piece by piece is refused in the end', async (t) => {
  const table = (name: string): string =>
    `create table ${name} as select i, repeat('x', 90) as text from generate_series(1, 1000) i;`;
  const { refusal, rows } = await asking(
    t,
    `${table('a')} ${table('b')}
     create function in_b() returns int language plpgsql as $$ begin return (select count(*) from public.b); end $$;`,
    { bytesMax: 150_000 },
  );
  assert.equal((await refusal('select in_b() from a limit 1')).code, 'QUERY_TOO_LARGE');
  assert.deepEqual(await rows('select in_b()'), [['1000']]);
});

test('a table of which a part is not here is not answered with less', async (t) => {
  const { refusal, rows } = await asking(
    t,
    `create extension postgres_fdw; create server elsewhere foreign data wrapper postgres_fdw;
     create table years (year int, n int) partition by range (year);
     create table years_2026 partition of years for values from (2026) to (2027);
     create foreign table years_old partition of years for values from (2000) to (2026) server elsewhere;
     create table parent (id int);
     create function odd(int) returns bool language internal strict immutable as 'int4abs';
     create table child (check (odd(id) is not null)) inherits (parent);
     insert into years_2026 values (2026, 1); insert into parent values (1); insert into child values (2);`,
  );
  const years = await refusal('select sum(n) from years');
  assert.equal(years.code, 'QUERY_FAILED');
  assert.match(years.message, /not all of public\.years\. .*years_old: .*reaches no other server/);
  assert.match((await refusal('select count(*) from parent')).message, /not all of public\.parent\..*child/);
  assert.deepEqual(await rows('select sum(n) from years_2026'), [['1']]);
});

test('what the scratch server does not have is named with the statement that misses it', async (t) => {
  const { rows, refusal } = await asking(
    t,
    `create table plain (id int); insert into plain values (1);
     create function internal_one(int) returns int language internal strict immutable as 'int4abs';
     create view over_it as select internal_one(id) from plain;
     create extension postgres_fdw; create server elsewhere foreign data wrapper postgres_fdw;
     create foreign table far (id int) server elsewhere;`,
  );
  assert.deepEqual(await rows('select * from plain'), [['1']]);
  const { code, hint } = await refusal('select * from over_it');
  assert.equal(code, 'QUERY_FAILED');
  assert.match(hint, /VIEW public\.over_it/);
  assert.match((await refusal('select * from far')).hint, /reaches no other server/);
});

test('on another server the database and its roles are made, and gone afterwards', async (t) => {
  const other = await privateServer(t);
  const client = await other.client();
  const left = async (): Promise<unknown> =>
    (
      await client.query(
        `select datname as name from pg_database where datname ~ '^holdfast_' union all select rolname from pg_roles where rolname ~ '^holdfast_'`,
      )
    ).rows;
  await client.query(`create role maker login createdb createrole password 'word'`);
  const targets = [other.target(), { ...other.target(), user: 'maker', password: 'word' }];
  for (const server of targets) {
    const { rows, scratch } = await asking(t, shop, { target: { kind: 'url', server } });
    assert.deepEqual(await rows('select count(*) from orders'), [['1000']]);
    assert.deepEqual(
      await rows(
        'select rolsuper or rolcreatedb or rolcreaterole from pg_roles where rolname = current_user',
      ),
      [['f']],
    );
    assert.equal(((await left()) as unknown[]).length, 4);
    await scratch.close();
    assert.deepEqual(await left(), []);
  }
});

test('a role that may make none is refused, and leaves nothing', async (t) => {
  const other = await privateServer(t);
  const client = await other.client();
  await client.query(`create role maker login createdb password 'word'`);
  const server = { ...other.target(), user: 'maker', password: 'word' };
  await assert.rejects(asking(t, shop, { target: { kind: 'url', server } }), (error: HoldfastError) => {
    assert.equal(error.code, 'SCRATCH_FAILED');
    assert.match(error.message, /maker may make no roles/);
    return true;
  });
  const { rows } = await client.query(`select from pg_database where datname ~ '^holdfast_'`);
  assert.equal(rows.length, 0);
});
