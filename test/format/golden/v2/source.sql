-- The database that the golden archive of format holdfast/1 was made of, by scripts/golden.ts. Kept for reading; nothing
-- is made from it again.
create schema "Größe ""x""";
create type mood as enum ('sad', 'ok', 'happy');
create domain positive as int check (value > 0);
create type pair as (a int, b text);
create type nested as (p pair, list pair[]);

create table customers (
  id int generated always as identity primary key,
  name text not null unique,
  mood mood not null default 'ok',
  born date check (born < '2200-01-01'),
  upper_name text generated always as (upper(name)) stored
);
comment on table customers is 'people''s "table" \ with é';
insert into customers (name, mood, born) values
  ('Ann', 'happy', '1999-12-31'), ('Björn', 'sad', '0044-03-15 BC'), ('tab	quote '' back\slash', 'ok', null);

create table orders (
  id bigserial primary key,
  customer int not null references customers deferrable initially deferred,
  total numeric(12, 2),
  tags text[]
);
create index orders_by_customer on orders (customer) where total > 10;
create index orders_by_tag on orders using gin (tags);
insert into orders (customer, total, tags)
  select 1 + i % 3, i * 1.25, array['t' || i % 5, null, 'a,b "c" {d}'] from generate_series(1, 250) i;
select setval('orders_id_seq', 9000, false);

create table "Größe ""x"""."Tabelle mit Leerzeichen" ("Spalte ""1""" int, "a.b" text, "select" boolean);
insert into "Größe ""x"""."Tabelle mit Leerzeichen" values (1, E'line\nbreak\r\ttab\\N', true), (null, '\N', null), (3, '', false);

create table every_type (
  id int primary key, i2 smallint, i8 bigint, n numeric, f4 real, f8 double precision, cash money, b boolean, c char(5),
  vc varchar(10), t text, by bytea, d date, ti time, tz timetz, ts timestamp, tstz timestamptz, iv interval, u uuid, j json,
  jb jsonb, jp jsonpath, ip inet, net cidr, mac macaddr, mac8 macaddr8, bits bit(3), vbits varbit, pt point, ln line, sg lseg,
  bx box, pa path, po polygon, ci circle, tv tsvector, tq tsquery, lsn pg_lsn, r int4range, mr int4multirange, nr numrange,
  tr tstzrange, arr int[], arr2 text[][], moods mood[], dom positive, p pair, ne nested, o oid, rc regclass, ch "char", nm name
);
insert into every_type values
  (1, -32768, -9223372036854775808, 'NaN', 'NaN', '-Infinity', '-12.34', true, 'ab', 'x', E'a\tb\nc\\d\u2603', '\x00',
   'infinity', '00:00', '24:00:00-15:59', '-infinity', '294276-12-31 23:59:59.999999+00', '-178000000 years 11 mons 30 days -23:59:59.999999',
   '00000000-0000-0000-0000-000000000000', '{ "b" :1,"a":[ ],   "a":null }', '{"b": 1, "a": [1.0, "\u00e9"]}', '$.a[*] ? (@ > 1)',
   '192.168.0.1/24', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', '101', '1', '(1.5,-2)', '{1,2,3}', '[(0,0),(1,1)]',
   '(1,1),(0,0)', '[(0,0),(1,1)]', '((0,0),(1,0),(0,1))', '<(0,0),1>', 'a:1A b:2 ''c d''', 'a & !b | c:*', '16/B374D848', '[1,10)',
   '{[1,2),[5,9)}', '(,5.5]', '["2025-01-01 00:00+00",infinity)', '[-2:0]={1,null,3}', '{{a,"b,c"},{"\"",NULL}}', '{sad,happy}', 7,
   '(1,"x ""y"" (z)")', '("(1,a)","{""(2,b)"",""(,)""}")', 4294967295, 'customers', 'x', 'name');
insert into every_type (id, i2, i8, n, f4, f8, cash, b, c, vc, t, by, d, ti, tz, ts, tstz, iv, ip, net, arr, dom, rc)
  select 2, 32767, 9223372036854775807, '123456789012345678901234567890.000000000000000000001', '1e-45', '1.7976931348623157e308',
    '92233720368547758.07', false, '', '', '', decode(string_agg(lpad(to_hex(i), 2, '0'), '' order by i), 'hex'), '4713-01-01 BC',
    '23:59:59.999999', '00:00+15:59', 'infinity', '4714-11-24 00:00:00+00 BC', '0', '::1', '::/0', '{}', 2147483647, 'pg_catalog.pg_class'
  from generate_series(0, 255) i;
insert into every_type (id) values (3);

create table measurements (id bigserial, place mood not null, day date not null, value double precision, primary key (id, day, place))
  partition by range (day);
create table measurements_2025 partition of measurements for values from ('2025-01-01') to ('2026-01-01') partition by list (place);
create table measurements_2025_sad partition of measurements_2025 for values in ('sad');
create table measurements_2025_rest partition of measurements_2025 default;
create table measurements_later partition of measurements default;
insert into measurements (place, day, value)
  select (array['sad', 'ok', 'happy'])[1 + i % 3]::mood, '2025-07-01'::date + i, i / 7.0 from generate_series(0, 299) i;

-- Where a row goes depends on the oid of an enum's value.
create table spread (m mood, n int) partition by hash (m);
create table spread_0 partition of spread for values with (modulus 2, remainder 0);
create table spread_1 partition of spread for values with (modulus 2, remainder 1);
insert into spread select (array['sad', 'ok', 'happy'])[1 + i % 3]::mood, i from generate_series(1, 30) i;

create table cities (name text, population int);
create table capitals (country text) inherits (cities);
insert into cities values ('Hamburg', 1900000);
insert into capitals values ('Paris', 2100000, 'France');

create table no_columns ();
insert into no_columns select from generate_series(1, 3);
create table empty_one (id int);

-- One row of more than a chunk.
create table large (id int primary key, what text);
insert into large values (1, 'before'), (2, repeat('0123456789abcdef', 700000)), (3, 'after');

create sequence alone increment by -5 minvalue -1000 maxvalue 100 start with 50 cycle;
select nextval('alone'), nextval('alone');

create function note_order() returns trigger language plpgsql as $$
begin
  new.tags := new.tags || 'noted'::text;
  return new;
end $$;
create trigger note before insert on orders for each row execute function note_order();
create view happy as select * from customers where mood = 'happy';
create materialized view totals as select customer, sum(total) as total from orders group by customer;
create unique index totals_customer on totals (customer);
create rule no_deletes as on delete to cities do instead nothing;
alter table customers enable row level security;
create policy everybody on customers for select using (true);
grant select on customers to public;
grant update (name) on customers to public;

select lo_from_bytea(70001, 'a large object'), lo_from_bytea(70002, ''), lo_from_bytea(70003, convert_to(repeat('large', 100000), 'UTF8'));
comment on large object 70001 is 'with a comment';
grant select on large object 70001 to public;
