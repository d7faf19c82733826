import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type pg from 'pg';
import type { ConnectionTarget } from '../../src/postgres/connection.ts';
import { openClient } from '../support/connect.ts';
import { quoteIdentifier } from '../../src/postgres/identifiers.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { assertSameDatabase, assertSameState, databaseState } from '../support/compare.ts';
import { testDatabase, type FirstTestDatabase } from '../support/database.ts';
import { oneInTurn, outermostMajors } from '../support/servers.ts';
import type { Major } from '../support/majors.ts';
import { assertNoDatabase, fails, manifestsIn } from './outcomes.ts';
import { runRestore, takeBackup } from './runs.ts';

const inPlace = { target: { mode: 'in-place' } } as const;
const into = (database: string): { target: { mode: 'new-database'; database: string } } => ({
  target: { mode: 'new-database', database },
});

interface Role {
  /** Quoted. */
  sql: string;
  name: string;
  target: ConnectionTarget;
}

/** A login role of the server, gone after the databases of the test. */
async function role(db: FirstTestDatabase, label: string, attributes = ''): Promise<Role> {
  const name = `${db.name} "${label}"`;
  const sql = quoteIdentifier(name);
  await db.client.query(`create role ${sql} login password 'plain' ${attributes}`);
  db.afterwards(`drop role if exists ${sql}`);
  return { sql, name, target: { ...db.target, user: name, password: 'plain' } };
}

/** A connection to the test's database as this role. */
async function connectAs(t: TestContext, who: Role): Promise<pg.Client> {
  const client = await openClient(who.target, { applicationName: 'test' });
  t.after(() => client.end().catch(() => {}));
  return client;
}

/** What a role can make that owns nothing but a schema; run as that role. */
const application = `
  create schema app;
  set search_path = app;
  create type mood as enum ('bad', 'good');
  create table owners (id int generated always as identity primary key, name text not null unique);
  create table pets (id serial primary key, owner int not null references owners, mood mood, born date not null);
  create table visits (id bigserial, pet int not null references pets on delete cascade, day date not null,
    primary key (id, day)) partition by range (day);
  create table visits_2025 partition of visits for values from ('2025-01-01') to ('2026-01-01');
  create table visits_2026 partition of visits for values from ('2026-01-01') to ('2027-01-01');
  create table audit (what text);
  create function note() returns trigger language plpgsql as $$ begin
    insert into app.audit values (tg_op); return null; end $$;
  create trigger note after insert or delete on pets for each statement execute function note();
  create trigger asleep after insert on visits for each row execute function note();
  alter table visits disable trigger asleep;
  create materialized view moods as select mood, count(*) from pets group by 1;
  insert into owners (name) select 'owner ' || i from generate_series(1, 20) i;
  insert into pets (owner, mood, born) select 1 + i % 20, (array['bad', 'good'])[1 + i % 2]::mood, '2020-01-01'::date + i
    from generate_series(1, 300) i;
  insert into visits (pet, day) select 1 + i % 300, '2025-01-01'::date + i % 700 from generate_series(1, 900) i;
  refresh materialized view moods;
  select lo_from_bytea(4711, 'a large object');
`;

/** A database that somebody else owns, with a plain role that owns a schema in it and may make databases. */
async function plainApplication(
  t: TestContext,
  major = 18 as Major,
): Promise<{ db: FirstTestDatabase; owner: Role; client: pg.Client }> {
  const db = await testDatabase(t, { major });
  const owner = await role(db, 'owner', 'createdb');
  await db.client.query(`grant create on database "${db.name}" to ${owner.sql}`);
  const client = await connectAs(t, owner);
  await client.query(application);
  return { db, owner, client };
}

for (const major of oneInTurn(outermostMajors)) {
  test(`PostgreSQL ${major}: a role that owns only its schema backs up and restores, owners kept`, async (t) => {
    const { db, owner, client } = await plainApplication(t, major);
    const reader = await role(db, 'reader');
    await client.query(`grant usage on schema app to ${reader.sql}; grant select on pets to ${reader.sql}`);
    const store = memoryStore();
    const manifest = await takeBackup(owner.target, store);
    // Before 15 schema public belongs to the superuser, and is in every dump.
    const roles = manifest.roles.filter((name) => name !== db.server.user);
    assert.deepEqual(roles, [owner.name, reader.name].toSorted());

    const before = await databaseState(db.target);
    await client.query(`delete from owners where id in (select id from owners where id not in (select owner from pets));
      update pets set mood = 'bad'; delete from visits; select setval('pets_id_seq', 1);
      refresh materialized view moods; select lo_put(4711, 0, 'A')`);
    await runRestore(owner.target, store, manifest, inPlace);
    assertSameState(await databaseState(db.target), before);

    const name = db.freeName();
    await runRestore(owner.target, store, manifest, into(name));
    const restored = await db.adopt(name);
    await assertSameDatabase(restored.target, db.target);
  });
}

test('a dropped table comes back by its owner, with its sequence and grants', async (t) => {
  const { db, owner, client } = await plainApplication(t);
  const reader = await role(db, 'reader');
  await client.query(`grant select on pets to ${reader.sql}`);
  const store = memoryStore();
  const manifest = await takeBackup(owner.target, store);
  const before = await databaseState(db.target);
  await client.query('drop table pets cascade');
  await runRestore(owner.target, store, manifest, { ...inPlace, tables: ['app.pets'] });
  // The moods went with the table and come back as a view of it.
  const after = await databaseState(db.target);
  assertSameState({ ...after, schema: '' }, { ...before, schema: '' });
  const { rows } = await client.query(
    `select has_table_privilege($1, 'app.pets', 'select') as may, nextval('app.pets_id_seq') as next`,
    [reader.name],
  );
  assert.deepEqual(rows, [{ may: true, next: '301' }]);
});

test('a table that the role may not read is named, and a partial backup may leave it out', async (t) => {
  const { db, owner, client } = await plainApplication(t);
  const reader = await role(db, 'reader');
  await client.query(`grant usage on schema app to ${reader.sql};
    grant select on all tables in schema app to ${reader.sql};
    grant select on all sequences in schema app to ${reader.sql};
    revoke select on audit from ${reader.sql}`);
  const store = memoryStore();
  const error = await fails(takeBackup(reader.target, store), 'TABLE_NOT_READABLE', /app\.audit/);
  assert.deepEqual(error.details, { tables: ['app.audit'] });
  // A table in a schema that is closed to the role is no better, whatever its own privileges say.
  await client.query(`grant select on audit to ${reader.sql}; revoke usage on schema app from ${reader.sql}`);
  await fails(takeBackup(reader.target, store), 'TABLE_NOT_READABLE', /app\.owners/);
  assert.equal(store.chunks.size, 0);
  await client.query(`grant usage on schema app to ${reader.sql}; select lo_unlink(4711)`);
  const manifest = await takeBackup(reader.target, store);
  assert.equal(manifest.totals.rows, 20 + 300 + 900 + 1);
  assert.ok(manifest.roles.includes(owner.name));
});

test('a sequence or large object that the role may not read is named', async (t) => {
  const { db, client } = await plainApplication(t);
  const reader = await role(db, 'reader');
  await client.query(`grant usage on schema app to ${reader.sql};
    grant select on all tables in schema app to ${reader.sql}`);
  const store = memoryStore();
  await fails(takeBackup(reader.target, store), 'INSUFFICIENT_PRIVILEGE', /_id_seq/);
  await client.query(`grant select on all sequences in schema app to ${reader.sql}`);
  await fails(takeBackup(reader.target, store), 'INSUFFICIENT_PRIVILEGE', /large object 4711/);
  assert.equal(await manifestsIn(store), 0);
});

test('rows that row level security would hide stop a backup, and the table is named', async (t) => {
  const { db, owner, client } = await plainApplication(t);
  const reader = await role(db, 'reader');
  const auditor = await role(db, 'auditor', 'bypassrls');
  await client.query(`
    alter table pets enable row level security;
    create policy young on pets for select to ${reader.sql} using (born > '2020-06-01');
    grant usage on schema app to ${reader.sql}, ${auditor.sql};
    grant select on all tables in schema app to ${reader.sql}, ${auditor.sql};
    grant select on all sequences in schema app to ${reader.sql}, ${auditor.sql};
    grant select on large object 4711 to ${reader.sql}, ${auditor.sql}`);
  const store = memoryStore();
  const hidden = await fails(takeBackup(reader.target, store), 'ROW_SECURITY_ACTIVE', /app\.pets/);
  assert.deepEqual(hidden.details, { tables: ['app.pets'] });
  const rowsOf = async (target: ConnectionTarget): Promise<number> =>
    (await takeBackup(target, store)).tables.find((table) => table.name === 'pets')?.rows ?? -1;
  assert.equal(await rowsOf(owner.target), 300, 'the owner sees every row');
  assert.equal(await rowsOf(auditor.target), 300);

  await client.query('alter table pets force row level security');
  await fails(takeBackup(owner.target, store), 'ROW_SECURITY_ACTIVE', /app\.pets/);
  assert.equal(await rowsOf(auditor.target), 300);
  assert.equal(await manifestsIn(store), 3);
});

test('an owner restores tables whose forced row level security hides them from himself', async (t) => {
  const { db, owner, client } = await plainApplication(t);
  await client.query(`
    alter table pets enable row level security; alter table pets force row level security;
    create policy young on pets using (born > '2020-06-01'); refresh materialized view moods`);
  const store = memoryStore();
  // Read by a role that sees everything.
  const manifest = await takeBackup(db.target, store);
  const before = await databaseState(db.target);
  await client.query('delete from visits; delete from pets');
  await runRestore(owner.target, store, manifest, inPlace);
  // The keys of a table that is not restored itself are proved as well, though it is hidden in the same way.
  await runRestore(owner.target, store, manifest, { ...inPlace, tables: ['app.owners'] });
  assertSameState(await databaseState(db.target), before);
  const name = db.freeName();
  await runRestore(owner.target, store, manifest, into(name));
  await assertSameDatabase((await db.adopt(name)).target, db.target);
});

test('another role restores without owners, and everything is its own', async (t) => {
  const { db, owner, client } = await plainApplication(t);
  const stranger = await role(db, 'stranger', 'createdb');
  const reader = await role(db, 'reader');
  await client.query(`grant select on pets to ${reader.sql};
    alter default privileges for role ${owner.sql} in schema app grant select on tables to ${reader.sql}`);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  await fails(
    runRestore(stranger.target, store, manifest, into(db.freeName())),
    'INSUFFICIENT_PRIVILEGE',
    /SCHEMA app: must be/,
  );
  const name = db.freeName();
  await runRestore(stranger.target, store, manifest, { ...into(name), owners: false });
  const restored = await db.adopt(name);
  const { rows } = await restored.client.query(`
    select distinct r.rolname as name from (
      select relowner as id from pg_class where relnamespace = 'app'::regnamespace
      union select nspowner from pg_namespace where nspname = 'app'
      union select typowner from pg_type where typname = 'mood'
      union select proowner from pg_proc where proname = 'note'
      union select lomowner from pg_largeobject_metadata) o join pg_roles r on r.oid = o.id`);
  assert.deepEqual(rows, [{ name: stranger.name }]);
  const { rows: others } = await restored.client.query(
    `select has_table_privilege($1, 'app.pets', 'select') as pets, (select count(*) from pg_default_acl) as defaults,
       (select count(*) from app.pets) as rows`,
    [reader.name],
  );
  assert.deepEqual(others, [{ pets: false, defaults: '0', rows: '300' }]);
});

test('a role that the server lacks is named before anything is done', async (t) => {
  const { db, owner, client } = await plainApplication(t);
  const ghost = await role(db, 'ghost');
  await client.query(`grant select on pets to ${ghost.sql}`);
  const store = memoryStore();
  const manifest = await takeBackup(owner.target, store);
  await client.query(`revoke all on pets from ${ghost.sql}`);
  await db.client.query(`drop role ${ghost.sql}`);
  const untouched = {
    ...store,
    getChunks: async () => assert.fail('nothing may be read before the roles are there'),
  };
  const name = db.freeName();
  const error = await fails(
    runRestore(owner.target, untouched, manifest, into(name)),
    'ROLES_MISSING',
    /ghost/,
  );
  assert.deepEqual(error.details, { roles: [ghost.name] });
  await assertNoDatabase(db.client, name);

  // In place the role is only wanted where what it was granted something on must be made again.
  await runRestore(owner.target, store, manifest, inPlace);
  await client.query('drop table pets cascade');
  const before = await databaseState(db.target);
  await fails(runRestore(owner.target, untouched, manifest, inPlace), 'ROLES_MISSING', /ghost/);
  assertSameState(await databaseState(db.target), before);
  await runRestore(owner.target, store, manifest, { ...inPlace, owners: false });
});

test('without owners only roles that policies name must be there', async (t) => {
  const { db, owner, client } = await plainApplication(t);
  const ghost = await role(db, 'ghost');
  await client.query(`grant select on owners to ${ghost.sql}`);
  const store = memoryStore();
  const granted = await takeBackup(owner.target, store);
  await client.query(`create policy few on pets to ${ghost.sql} using (true)`);
  const manifest = await takeBackup(owner.target, store);
  await client.query(`drop policy few on pets; revoke all on owners from ${ghost.sql}`);
  await db.client.query(`drop role ${ghost.sql}`);
  const name = db.freeName();
  // A policy cannot be left out: its table would show more rows than before.
  await fails(
    runRestore(owner.target, store, manifest, { ...into(name), owners: false }),
    'ROLES_MISSING',
    /ghost/,
  );
  await assertNoDatabase(db.client, name);
  await runRestore(owner.target, store, granted, { ...into(name), owners: false });
});

test('a role that may not create databases learns so, and nothing is left', async (t) => {
  const { db, owner } = await plainApplication(t);
  const store = memoryStore();
  const manifest = await takeBackup(owner.target, store);
  await db.client.query(`alter role ${owner.sql} nocreatedb`);
  const name = db.freeName();
  await fails(
    runRestore(owner.target, store, manifest, into(name)),
    'INSUFFICIENT_PRIVILEGE',
    /create database/,
  );
  await assertNoDatabase(db.client, name);
});

test('a new database that the role may not fill as it was is not left behind', async (t) => {
  const { db, owner } = await plainApplication(t);
  await db.client.query(`create table of_the_superuser (a int); insert into of_the_superuser values (1);
    grant select on of_the_superuser to ${owner.sql}`);
  const store = memoryStore();
  const manifest = await takeBackup(owner.target, store);
  const name = db.freeName();
  await fails(
    runRestore(owner.target, store, manifest, into(name)),
    'INSUFFICIENT_PRIVILEGE',
    /TABLE public\.of_the_superuser/,
  );
  await assertNoDatabase(db.client, name);
  await runRestore(owner.target, store, manifest, { ...into(name), owners: false });
  const restored = await db.adopt(name);
  assert.equal((await restored.client.query('select a from of_the_superuser')).rows.length, 1);
});

test('a role that owns nothing restores nothing in place', async (t) => {
  const { db, owner, client } = await plainApplication(t);
  const stranger = await role(db, 'stranger');
  const store = memoryStore();
  const manifest = await takeBackup(owner.target, store);
  const before = await databaseState(db.target);
  await fails(
    runRestore(stranger.target, store, manifest, inPlace),
    'INSUFFICIENT_PRIVILEGE',
    /permission denied/,
  );
  await client.query(`grant usage on schema app to ${stranger.sql};
    grant select, insert, update, delete, truncate, references, trigger on all tables in schema app to ${stranger.sql};
    grant all on all sequences in schema app to ${stranger.sql}`);
  await fails(runRestore(stranger.target, store, manifest, inPlace), 'INSUFFICIENT_PRIVILEGE', /owner of/);
  await client.query(`revoke all on schema app from ${stranger.sql};
    revoke all on all tables in schema app from ${stranger.sql}; revoke all on all sequences in schema app from ${stranger.sql}`);
  assertSameState(await databaseState(db.target), before);
});
