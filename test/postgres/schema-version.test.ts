import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSchemaVersion } from '../../src/postgres/inspect/schema-version.ts';
import { Session } from '../../src/postgres/wire/session.ts';
import { testDatabase } from '../support/database.ts';
import { privateServer, testedMajors } from '../support/servers.ts';

const start = `
  create schema app;
  create type app.mood as enum ('sad', 'happy');
  create domain app.positive as int check (value > 0);
  create sequence app.free;
  create table app.a (id int primary key, name text, mood app.mood);
  create table app.b (id serial primary key, a int references app.a, n app.positive);
  create table app.p (d date) partition by range (d);
  create table app.p1 (d date);
  create index b_a on app.b (a);
  create view app.v as select id, name from app.a;
  create materialized view app.m as select count(*) from app.a;
  create function app.f() returns int language sql as 'select 1';
  create function app.t() returns trigger language plpgsql as 'begin return new; end';
  create trigger tr before insert on app.a for each row execute function app.t();
  create policy mine on app.a using (true);
  create statistics app.st on id, name from app.a;
  create publication pub for table app.a;
  create foreign data wrapper w;
  create server s foreign data wrapper w options (host 'one');
  create user mapping for current_user server s options (password 'one');
  create rule r as on insert to app.p1 do nothing;
  create text search dictionary app.words (template = simple);
  create aggregate app.total (int) (sfunc = int4pl, stype = int);
  create event trigger et on ddl_command_end when tag in ('CREATE RULE') execute function app.et();
`.replace(
  'create event trigger',
  `create function app.et() returns event_trigger language plpgsql as 'begin end';
  create event trigger`,
);

/** Each changes what pg_dump would write. */
const changes = [
  'create table app.more (id int)',
  'alter table app.a add column late int',
  'alter table app.a alter column late set default 1',
  'alter table app.a alter column late set not null',
  'alter table app.a rename column late to later',
  'alter table app.a drop column later',
  'drop table app.more',
  'alter table app.a add constraint named check (id > 0)',
  'alter table app.a drop constraint named',
  'alter table app.a disable trigger tr',
  'alter table app.a enable row level security',
  'alter table app.a alter column name set storage external',
  'alter table app.a set (fillfactor = 70)',
  'alter table app.p attach partition app.p1 default',
  'alter table app.p detach partition app.p1',
  "comment on table app.a is 'note'",
  "comment on column app.a.id is 'note'",
  'grant select on app.a to public',
  'grant select (id) on app.b to public',
  'alter default privileges in schema app grant select on tables to public',
  'create or replace view app.v as select id, name from app.a where id > 1',
  "create or replace function app.f() returns int language sql as 'select 2'",
  'alter function app.f() set search_path = app',
  "alter type app.mood add value 'calm'",
  'alter domain app.positive set not null',
  'alter domain app.positive add constraint few check (value < 10)',
  'alter sequence app.free increment 5',
  'alter sequence app.free owned by app.a.id',
  'alter policy mine on app.a using (false)',
  'drop rule r on app.p1',
  'alter statistics app.st rename to st2',
  'alter publication pub add table app.b',
  "alter server s options (set host 'two')",
  "alter user mapping for current_user server s options (set password 'two')",
  'drop user mapping for current_user server s',
  'alter text search dictionary app.words (stopwords = english)',
  'alter event trigger et disable',
  'alter schema app rename to shop',
  'alter schema shop rename to app',
  'drop aggregate app.total (int)',
  'alter function app.f() depends on extension plpgsql',
  'alter extension plpgsql add function app.f()',
];

/** None of them does. */
const nothings = [
  "insert into app.a values (1, 'x', 'sad'); insert into app.b (a, n) values (1, 1)",
  "update app.a set name = 'y'; delete from app.b",
  "select nextval('app.free')",
  'analyze',
  'vacuum app.a',
  'vacuum pg_catalog.pg_class',
  'create temporary table gone (id serial primary key, name text default current_user check (name is not null))',
  'create index on gone (name); create view pg_temp.w as select * from gone; analyze gone',
  'create temporary sequence steps',
  'begin; create table app.never (id int); rollback',
  'create table app.brief (id int primary key); drop table app.brief',
  "select lo_create(0); select set_config('work_mem', '8MB', false)",
];

for (const major of testedMajors) {
  test(`PostgreSQL ${major}: whatever changes a definition changes the version of the schema, and nothing else does`, async (t) => {
    // Roles belong to the version, and other tests make some on a shared server.
    const server = await privateServer(t, { major, settings: { autovacuum: 'off' } });
    const db = { client: await server.client(), target: server.target() };
    await db.client.query(start);
    // A new connection each time, as another process has.
    const version = async (): Promise<string> => {
      const session = await Session.open(db.target, { applicationName: 'test' });
      try {
        const read = await readSchemaVersion(session);
        assert.ok(read !== null);
        return read;
      } finally {
        await session.close();
      }
    };
    const seen = new Map([[await version(), 'the start']]);
    for (const sql of changes) {
      await db.client.query(sql);
      const now = await version();
      // Nor does an earlier one come back when the change is taken back.
      assert.equal(seen.get(now), undefined, `after ${sql}`);
      seen.set(now, sql);
    }
    // The first time it notes down that a parent has lost its partitions.
    await db.client.query('analyze');
    const before = await version();
    for (const sql of nothings) {
      for (const each of sql.startsWith('begin') ? [sql] : sql.split('; ')) await db.client.query(each);
      assert.equal(await version(), before, sql);
    }
  });
}

test('where it cannot be told there is no version', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(
    "create subscription sub connection 'host=127.0.0.1 port=1' publication p with (connect = false, slot_name = none)",
  );
  const session = await Session.open(db.target, { applicationName: 'test' });
  try {
    assert.equal(await readSchemaVersion(session), null);
  } finally {
    await session.close();
  }
});
