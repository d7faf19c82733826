import assert from 'node:assert/strict';
import test from 'node:test';
import { schemaEntry } from '../../src/format/manifest.ts';
import type { ConnectionTarget } from '../../src/postgres/connection.ts';
import { openClient } from '../support/connect.ts';
import { dumpSchema, type DumpedSchema, type DumpOptions } from '../../src/postgres/pg-dump/pg-dump.ts';
import { testDatabase } from '../support/database.ts';
import { testedMajors } from '../support/servers.ts';

const everything: DumpOptions = { excludeTables: [], excludeSchemas: [] };

/** Kinds and names, for saying what a dump holds. */
function names({ entries }: DumpedSchema, kind: string): string[] {
  return entries.filter((entry) => entry.kind === kind).map((entry) => entry.name);
}

function sqlOf({ entries }: DumpedSchema, kind: string, name: string): string {
  const found = entries.filter((entry) => entry.kind === kind && entry.name === name);
  assert.equal(found.length, 1, `${kind} ${name} is there ${found.length} times`);
  return found[0]?.sql ?? '';
}

/** Runs the entries one by one, in an order that chance chooses among those that dependencies and sections allow. */
async function restore(target: ConnectionTarget, { preamble, entries }: DumpedSchema): Promise<void> {
  const client = await openClient(target);
  try {
    await client.query(preamble);
    const phase = (entry: DumpedSchema['entries'][number]): string =>
      entry.section +
      (entry.kind.endsWith('ACL')
        ? 2
        : /EVENT TRIGGER|MATERIALIZED VIEW DATA/.test(`${entry.kind} ${entry.name}`)
          ? 3
          : 1);
    for (const current of ['pre-data1', 'post-data1', 'pre-data2', 'post-data2', 'pre-data3', 'post-data3']) {
      const waiting = new Map(
        entries.filter((entry) => phase(entry) === current).map((entry) => [entry.id, entry]),
      );
      while (waiting.size > 0) {
        const ready = [...waiting.values()].filter((entry) => !entry.dependsOn.some((id) => waiting.has(id)));
        const entry = ready[Math.floor(Math.random() * ready.length)];
        assert.ok(entry, 'the dependencies go in a circle');
        await client.query(entry.sql + entry.ownerSql).catch((error: Error) => {
          throw new Error(`${entry.kind} ${entry.name}: ${error.message}`);
        });
        waiting.delete(entry.id);
      }
    }
  } finally {
    await client.end();
  }
}

/** What must be equal in two databases with the same schema. */
function withoutIds({ preamble, entries }: DumpedSchema): unknown {
  const label = new Map(entries.map((entry) => [entry.id, `${entry.kind} ${entry.schema} ${entry.name}`]));
  return {
    preamble,
    entries: entries.map((entry) => ({
      ...entry,
      id: 0,
      oid: 0,
      dependsOn: entry.dependsOn.map((id) => label.get(id) ?? '').toSorted(),
    })),
  };
}

const allSorts = `
  create schema s; comment on schema s is 'sch''ema'; set search_path = s, public;
  create type mood as enum ('a', 'b; Type: TABLE; Schema: s; Owner: y');
  create domain dom as text default 'x' check (value <> '');
  create function f(int) returns int language sql immutable as 'select $1 + 1';
  create aggregate agg(int) (sfunc = int4pl, stype = int, initcond = '0');
  create operator ### (leftarg = int, rightarg = int, function = int4pl);
  create foreign data wrapper w; create server sv foreign data wrapper w options (host 'h');
  create user mapping for public server sv options (a 'b');
  create foreign table ft (a int) server sv;
  create table a (id serial primary key, m mood, n int not null default f(3) check (n > 0), g int generated always as (id * 2) stored);
  comment on column a.n is 'x';
  create table b (id int generated always as identity primary key, a int, constraint fk foreign key (a) references a deferrable);
  alter table a add constraint back foreign key (n) references b not valid;
  create table p (x int, y int) partition by range (x); create table p1 partition of p for values from (1) to (5);
  create index on p (y); create unique index on a (f(n)) where n > 3;
  create view gb as select id, n from a group by a.id;
  create function atomic() returns bigint language sql begin atomic select count(*) from (select id, n from a group by id) as x; end;
  create materialized view m1 as select count(*) as c from a; create materialized view m2 as select * from m1;
  create unique index on m2 (c); comment on materialized view m2 is 'mv';
  create rule r as on update to b do also select 1;
  create function trg() returns trigger language plpgsql as 'begin return new; end';
  create trigger tr before update on a for each row execute function trg(E'a''\\\\b');
  create function etr() returns event_trigger language plpgsql as 'begin end';
  create event trigger et_NAME on ddl_command_end when tag in ('CREATE CAST') execute function etr();
  comment on event trigger et_NAME is 'et';
  create policy pol on a using (true); alter table a enable row level security;
  create statistics st on id, n from a;
  create publication pub_NAME for table a;
  alter default privileges in schema s grant select on tables to public;
  grant select (n) on a to public; grant select on gb to public; grant execute on function atomic() to pg_monitor;
  select lo_create(4711); comment on large object 4711 is 'not ours'; grant select on large object 4711 to public;
  create extension hstore schema public;`;

for (const major of testedMajors) {
  test(`the entries make the same schema again, in any order they allow (${major})`, async (t) => {
    const original = await testDatabase(t, { major });
    await original.client.query(allSorts.replaceAll('NAME', original.name));
    const schema = await dumpSchema(original.target, everything);
    assert.match(schema.dumper, /^pg_dump 18\.\d+ \(wasm\)$/);
    for (const entry of schema.entries) {
      assert.deepEqual(schemaEntry.parse(entry), entry);
      assert.match(entry.sql + entry.ownerSql, /;$/, `${entry.kind} ${entry.name}`);
    }

    const copy = await original.createDatabase();
    await restore(copy.target, schema);
    assert.deepEqual(withoutIds(await dumpSchema(copy.target, everything)), withoutIds(schema));
  });
}

test('sections, order and dependencies are those of pg_dump', async (t) => {
  const { client, target, name } = await testDatabase(t);
  await client.query(allSorts.replaceAll('NAME', name));
  const { entries } = await dumpSchema(target, everything);
  const place = new Map(entries.map((entry, index) => [entry.id, index]));
  for (const [index, entry] of entries.entries()) {
    for (const id of entry.dependsOn)
      assert.ok((place.get(id) ?? Infinity) < index, `${entry.kind} ${entry.name}`);
  }
  const section = (kind: string, called: string): string | undefined =>
    entries.find((entry) => entry.kind === kind && entry.name === called)?.section;
  assert.equal(section('FUNCTION', 'f(integer)'), 'pre-data');
  assert.equal(section('FUNCTION', 'atomic()'), 'post-data', 'it needs a primary key');
  assert.equal(section('ACL', 'TABLE gb'), 'pre-data');
  assert.equal(section('ACL', 'FUNCTION atomic()'), 'post-data');
  assert.equal(section('COMMENT', 'COLUMN a.n'), 'pre-data');
  assert.equal(section('MATERIALIZED VIEW DATA', 'm1'), 'post-data');
  const last = entries.slice(-2).map((entry) => `${entry.kind} ${entry.name}`);
  assert.ok(entries.findLastIndex((entry) => entry.kind === 'ACL') < entries.length - 4, String(last));
  const kinds = new Set(entries.map((entry) => entry.kind));
  for (const kind of ['DATABASE', 'TABLE DATA', 'SEQUENCE SET', 'BLOB METADATA', 'BLOBS'])
    assert.ok(!kinds.has(kind));
  assert.ok(!entries.some((entry) => entry.name.startsWith('LARGE OBJECT')));
  const table = entries.find((entry) => entry.kind === 'TABLE' && entry.name === 'a');
  const { rows } = await client.query<{ oid: number; catalog: number }>(
    "select 's.a'::regclass::oid as oid, 'pg_class'::regclass::oid as catalog",
  );
  assert.equal(table?.oid, rows[0]?.oid);
  assert.equal(table?.catalogOid, rows[0]?.catalog);
  assert.equal(table?.owner, (await client.query<{ u: string }>('select current_user as u')).rows[0]?.u);
});

test('a snapshot shows the schema as it was', async (t) => {
  const { client, target } = await testDatabase(t);
  await client.query('create table before_it (a int)');
  await client.query('begin isolation level repeatable read');
  const { rows } = await client.query<{ id: string }>('select pg_export_snapshot() as id');
  const other = await openClient(target);
  await other.query('create table after_it (a int)');
  await other.end();
  const schema = await dumpSchema(target, { ...everything, snapshot: rows[0]?.id ?? '' });
  assert.deepEqual(names(schema, 'TABLE'), ['before_it']);
});

test('text that looks like structure stays text, to the letter', async (t) => {
  const { client, target } = await testDatabase(t);
  const lookalike = [
    '',
    '--',
    '-- TOC entry 1 (class 1259 OID 1)',
    '-- Dependencies: 2 3',
    '-- Name: evil; Type: TABLE; Schema: public; Owner: postgres',
    '--',
    '',
    'drop table x; $$ \' " \\',
    '\\restrict abc',
    '\\unrestrict abc',
    '\\! touch /tmp/owned',
    'PGDMP\u0001\u0010 naïve 漢字 \u{1f418}',
    '',
  ].join('\n');
  await client.query("select set_config('test.text', $1, false)", [lookalike]);
  await client.query(`do $do$ declare text text := current_setting('test.text'); begin
    execute format('create function f() returns text language plpgsql as %L', 'begin /*' || text || '*/ end');
    execute format('create table %I (%I int default length(%L))', left(text, 50), right(text, 20), text);
    execute format('comment on function f() is %L', text);
    execute format('create view v as select %L as x', text);
  end $do$`);
  const schema = await dumpSchema(target, everything);
  assert.deepEqual(schema.entries.map((entry) => entry.kind).sort(), [
    'COMMENT',
    'FUNCTION',
    'TABLE',
    'VIEW',
  ]);
  assert.ok(sqlOf(schema, 'FUNCTION', 'f()').includes(`begin /*${lookalike}*/ end`));
  assert.deepEqual(names(schema, 'TABLE'), [lookalike.slice(0, 50)]);
  assert.ok(sqlOf(schema, 'VIEW', 'v').includes(lookalike.replaceAll("'", "''")));
});

test('names are exact, whatever they are made of', async (t) => {
  const { client, target } = await testDatabase(t);
  const schemaName = 'x; Type: SCHEMA; Schema: -; Owner: y';
  const tables = [
    't; Type: VIEW; Schema: s; Owner: z',
    'Ünïcode 漢',
    'a"b',
    "a'b",
    'line\nbreak',
    '$1',
    '*',
    'a.b',
  ];
  await client.query(`create schema "${schemaName}"`);
  for (const table of tables)
    await client.query(`create table "${schemaName}"."${table.replaceAll('"', '""')}" ()`);
  const schema = await dumpSchema(target, everything);
  assert.deepEqual(names(schema, 'TABLE').sort(), tables.sort());
  for (const entry of schema.entries) assert.equal(entry.schema ?? entry.name, schemaName);
});

test('excluded tables and schemas are left out with what belongs to them, others are not', async (t) => {
  const { client, target } = await testDatabase(t);
  await client.query(`
    create schema "Own.*"; create table "Own.*".inside (a int); create schema "OwnXX"; create table "OwnXX".inside2 (a int);
    create table "a.b|c(" (id serial primary key, i int generated always as identity); create index on "a.b|c(" (i);
    create table "axb" (a int); create table b (a int); create table "A" (a int); create table "q""$" (a int);
    create table keeps (a int references "a.b|c(");`);
  const schema = await dumpSchema(target, {
    excludeTables: [
      { schema: 'public', name: 'a.b|c(' },
      { schema: 'public', name: 'q"$' },
      { schema: 'public', name: 'a' },
      { schema: 'OwnXX', name: 'not there' },
    ],
    excludeSchemas: ['Own.*', 'nor this'],
  });
  assert.deepEqual(names(schema, 'SCHEMA'), ['OwnXX']);
  assert.deepEqual(names(schema, 'TABLE').sort(), ['A', 'axb', 'b', 'inside2', 'keeps']);
  assert.deepEqual(names(schema, 'SEQUENCE'), []);
  assert.deepEqual(names(schema, 'INDEX'), []);
});

test('queries and answers of any length come through', async (t) => {
  const { client, target } = await testDatabase(t);
  const name = (number: number): string => `a_rather_long_name_of_a_table_to_fill_queries_${number}`;
  // LOCK TABLE and the lists of OIDs run past libpq's 16 KiB; the function past every buffer.
  await client.query(
    `do $$ begin for i in 1..400 loop execute format('create table %I (a int)', '${name(0).slice(0, -1)}' || i); end loop; end $$`,
  );
  const body = `begin ${"perform 'Zeile ünd mehr'; ".repeat(20_000)} end`;
  await client.query(`create function long() returns void language plpgsql as $f$${body}$f$`);
  const half = Array.from({ length: 200 }, (_, index) => ({ schema: 'public', name: name(index + 1) }));
  const missing = Array.from({ length: 1200 }, (_, index) => ({
    schema: `s${index % 3}`,
    name: `${'missing '.repeat(7)}${index}`,
  }));
  const schema = await dumpSchema(target, { ...everything, excludeTables: [...half, ...missing] });
  assert.equal(names(schema, 'TABLE').length, 200);
  assert.ok(sqlOf(schema, 'FUNCTION', 'long()').includes(body));
});

test('what an entry needs of tablespaces and settings it brings along', async (t) => {
  const { client, target, name, afterwards } = await testDatabase(t);
  const space = `Space ${name}`;
  await client.query('set allow_in_place_tablespaces = on');
  await client.query(`create tablespace "${space}" location ''`);
  afterwards(`drop tablespace "${space}"`);
  await client.query(`
    create table inside (a int primary key using index tablespace "${space}") tablespace "${space}";
    create table outside (a int); create index idx on outside (a) tablespace "${space}";
    create access method other type table handler heap_tableam_handler;
    create table different (a int) using other;
    create table parted (a int) partition by range (a) using other;`);
  const schema = await dumpSchema(target, everything);
  const wrapped = new RegExp(`^SET default_tablespace = "${space}";\\n[^]*\\nSET default_tablespace = '';$`);
  assert.match(sqlOf(schema, 'TABLE', 'inside'), wrapped);
  assert.match(sqlOf(schema, 'CONSTRAINT', 'inside inside_pkey'), wrapped);
  assert.match(sqlOf(schema, 'INDEX', 'idx'), wrapped);
  assert.doesNotMatch(sqlOf(schema, 'TABLE', 'outside'), /^SET/m);
  assert.match(
    sqlOf(schema, 'TABLE', 'different'),
    /^SET default_table_access_method = "other";\n[^]*\nSET default_table_access_method = heap;$/,
  );
  assert.match(
    sqlOf(schema, 'TABLE', 'parted'),
    /PARTITION BY[^]*;\nALTER TABLE "public"."parted" SET ACCESS METHOD "other";$/,
  );

  // In place of the tablespace, which a database cannot lose while a test looks on, the settings alone.
  await client.query('drop table inside, outside, different, parted; drop access method other');
  await restore(target, schema);
  assert.deepEqual(withoutIds(await dumpSchema(target, everything)), withoutIds(schema));
});
