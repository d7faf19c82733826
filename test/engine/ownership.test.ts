import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Manifest } from '../../src/format/manifest.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { quoteIdentifier } from '../../src/postgres/identifiers.ts';
import { testDatabase, type FirstTestDatabase } from '../support/database.ts';
import { assertNoDatabase, fails } from './outcomes.ts';
import { planRestore, restoreRequest, runRestore, takeBackup } from './runs.ts';

interface Moved {
  /** On PostgreSQL 18, without the roles and the tablespace of the source. */
  there: FirstTestDatabase;
  store: Store;
  manifest: Manifest;
  app: string;
  reader: string;
  space: string;
}

/** A backup of a database of PostgreSQL 15 whose owner, reader and tablespace are nowhere else. */
async function movedFrom15(t: TestContext): Promise<Moved> {
  const source = await testDatabase(t, { major: 15 });
  const there = await testDatabase(t, { major: 18 });
  const [app, reader, space] = ['app "1"', 'reader', 'space'].map((name) => `${source.name}_${name}`) as [
    string,
    string,
    string,
  ];
  const [a, r, s, d] = [app, reader, space, source.name].map(quoteIdentifier);
  const { client } = source;
  await client.query('set allow_in_place_tablespaces = on');
  await client.query(`create tablespace ${s} location ''`);
  source.afterwards(`drop tablespace ${s}`);
  await client.query(`create role ${a}; create role ${r}`);
  source.afterwards(`drop role ${a}`);
  source.afterwards(`drop role ${r}`);
  await client.query(`
    create extension citext;
    create schema app authorization ${a};
    create table app.items (id int primary key using index tablespace ${s}, name citext, tenant int) tablespace ${s};
    create index on app.items (name);
    alter table app.items owner to ${a};
    insert into app.items select n, 'Item ' || n, n % 7 from generate_series(1, 2000) n;
    create function app.total() returns bigint language sql as 'select count(*) from app.items';
    alter function app.total() owner to ${a};
    grant usage on schema app to ${r};
    grant select (id, name), update (name) on app.items to ${r};
    revoke execute on function app.total() from public;
    grant execute on function app.total() to ${r} with grant option;
    alter default privileges for role ${a} in schema app grant select on tables to ${r};
    alter table app.items enable row level security;
    create policy own on app.items for select to ${r}, ${a} using (tenant = 3);
    comment on table app.items is 'what is sold';
    select lo_from_bytea(4711, 'a large object');
    alter large object 4711 owner to ${a};
    grant select on large object 4711 to ${r};
    comment on database ${d} is 'the shop';
    alter database ${d} set work_mem to '7MB';
    alter role ${r} in database ${d} set search_path to app;
    grant create on database ${d} to ${r};
    alter database ${d} owner to ${a}`);
  const store = memoryStore();
  const manifest = await takeBackup(source.target, store);
  assert.deepEqual(
    manifest.roles.filter((role) => role !== source.server.user),
    [app, reader].toSorted(),
  );
  return { there, store, manifest, app, reader, space };
}

/** Who owns what and who may do what, by the names of roles. */
const rights = `select
  pg_get_userbyid((select nspowner from pg_namespace where nspname = 'app')) as schema,
  pg_get_userbyid((select relowner from pg_class where oid = 'app.items'::regclass)) as items,
  pg_get_userbyid((select proowner from pg_proc where oid = 'app.total()'::regprocedure)) as total,
  pg_get_userbyid((select lomowner from pg_largeobject_metadata where oid = 4711)) as object,
  pg_get_userbyid((select datdba from pg_database where datname = current_database())) as database,
  (select array_agg(attacl::text order by attnum) from pg_attribute where attrelid = 'app.items'::regclass and attacl is not null) as columns,
  (select array_agg(a::text order by a::text) from pg_proc, unnest(proacl) a where pg_proc.oid = 'app.total()'::regprocedure) as execute,
  (select array_agg(a::text order by a::text) from pg_largeobject_metadata, unnest(lomacl) a where oid = 4711) as objects,
  (select json_agg(json_build_array(pg_get_userbyid(defaclrole), defaclacl::text)) from pg_default_acl) as defaults,
  (select array_agg(r::regrole::text order by r::regrole::text) from pg_policy, unnest(polroles) r) as policy,
  (select json_agg(json_build_array(case when setrole <> 0 then setrole::regrole::text end, setconfig) order by setconfig)
     from pg_db_role_setting where setdatabase = (select oid from pg_database where datname = current_database())) as settings,
  shobj_description((select oid from pg_database where datname = current_database()), 'pg_database') as comment,
  obj_description('app.items'::regclass) as "commentOfItems",
  (select reltablespace from pg_class where oid = 'app.items'::regclass)::int as tablespace,
  (select extversion from pg_extension where extname = 'citext') as citext,
  (select count(*)::int from app.items) as rows`;

test('15 to 18 with missing roles, an absent tablespace and a newer extension: the plan says what is missing and the choices', async (t) => {
  const { there, store, manifest, app, reader, space } = await movedFrom15(t);
  const target = { mode: 'new-database', database: there.freeName() } as const;
  const plan = await planRestore(there.target, manifest, restoreRequest({ target }));
  assert.deepEqual(plan.missingRoles, [app, reader].toSorted());
  const uses = Object.fromEntries(plan.missingRoleUses.map(({ role, ...use }) => [role, use]));
  // The schema, the table, the function, the large object and the database.
  assert.equal(uses[app]!.owns, 5);
  assert.ok(uses[app]!.of.includes('TABLE app.items'), uses[app]!.of.join());
  assert.equal(uses[reader]!.owns, 0);
  assert.ok(uses[reader]!.namedIn >= 6, JSON.stringify(uses[reader]));
  assert.deepEqual(plan.missingTablespaces, [space]);
  const [citext] = plan.extensions.filter(({ name }) => name === 'citext');
  assert.deepEqual(citext, { name: 'citext', inBackup: '1.6', created: '1.8' });
  assert.match(plan.warnings.join('\n'), /The extension citext is made in version 1\.8; the backup has 1\.6/);
  assert.deepEqual(
    plan.refusals.map(({ code }) => code),
    ['ROLES_MISSING', 'TABLESPACES_MISSING'],
  );
  assert.match(
    plan.refusals[0]!.hint ?? '',
    /CREATE ROLE ".*app ""1""" NOLOGIN;.*"map".*--map-role .*--no-owners/,
  );
  assert.match(plan.refusals[1]!.hint ?? '', /--on-missing-tablespace default/);
  await fails(runRestore(there.target, store, manifest, { target }), 'ROLES_MISSING');
  const owners = { target, owners: false, onMissingTablespace: 'default' } as const;
  // A policy cannot go without its roles: its table would show other rows.
  await fails(runRestore(there.target, store, manifest, owners), 'ROLES_MISSING', /reader/);
  await assertNoDatabase(there.client, target.database);
});

test('15 to 18: mapped roles own and may what those of the backup did, and nothing is lost silently', async (t) => {
  const { there, store, manifest, app, reader, space } = await movedFrom15(t);
  const [owner, clerk] = [`${there.name}_owner`, `${there.name}_Clerk`];
  await there.client.query(`create role "${owner}"; create role "${clerk}"`);
  there.afterwards(`drop role "${owner}"`);
  there.afterwards(`drop role "${clerk}"`);
  const target = { mode: 'new-database', database: there.freeName() } as const;
  const request = { target, roleMap: { [app]: owner, [reader]: clerk } };
  await fails(runRestore(there.target, store, manifest, request), 'TABLESPACES_MISSING', new RegExp(space));
  const absent = { ...request, roleMap: { [app]: owner, [reader]: `${clerk}_nowhere` } };
  await fails(runRestore(there.target, store, manifest, absent), 'ROLES_MISSING', /Clerk_nowhere/);
  const typo = { ...request, roleMap: { [`${app}s`]: owner } };
  await fails(
    runRestore(there.target, store, manifest, typo),
    'INVALID_REQUEST',
    /does not name these roles/,
  );
  await assertNoDatabase(there.client, target.database);

  const report = await runRestore(there.target, store, manifest, {
    ...request,
    onMissingTablespace: 'default',
  });
  assert.deepEqual(
    report.leftOut.map((text) => text.replaceAll(space, 'SPACE')),
    [
      'tablespace SPACE of TABLE app.items: the server has none of that name',
      'tablespace SPACE of CONSTRAINT app.items items_pkey: the server has none of that name',
    ],
  );
  const { client } = await there.adopt(target.database);
  const [found] = (await client.query(rights)).rows;
  assert.deepEqual(found, {
    schema: owner,
    items: owner,
    total: owner,
    object: owner,
    database: owner,
    columns: [`{${clerk}=r/${owner}}`, `{${clerk}=rw/${owner}}`],
    execute: [`${clerk}=X*/${owner}`, `${owner}=X/${owner}`].toSorted(),
    objects: [`${clerk}=r/${owner}`, `${owner}=rw/${owner}`].toSorted(),
    defaults: [[owner, `{${clerk}=r/${owner}}`]],
    policy: [`"${clerk}"`, owner],
    settings: [
      [`"${clerk}"`, ['search_path=app']],
      [null, ['work_mem=7MB']],
    ],
    comment: 'the shop',
    commentOfItems: 'what is sold',
    tablespace: 0,
    citext: '1.8',
    rows: 2000,
  });
});

test('the version of the backup is made where the server offers it', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(`create extension citext version '1.4'; create table a (b citext)`);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  const version = async (extensionVersions: 'newest' | 'same'): Promise<string> => {
    const target = { mode: 'new-database', database: db.freeName() } as const;
    await runRestore(db.target, store, manifest, { target, extensionVersions });
    const { client } = await db.adopt(target.database);
    return (await client.query(`select extversion from pg_extension where extname = 'citext'`)).rows[0]
      .extversion;
  };
  assert.equal(await version('same'), '1.4');
  assert.equal(await version('newest'), '1.8');
  manifest.extensions.find(({ name }) => name === 'citext')!.version = '99';
  const target = { mode: 'new-database', database: db.freeName() } as const;
  const error = await fails(
    runRestore(db.target, store, manifest, { target, extensionVersions: 'same' }),
    'EXTENSIONS_MISSING',
    /citext: the server does not offer version 99/,
  );
  assert.deepEqual(error.details, { extensions: ['citext'] });
});

test('a tablespace that is there is used, by tables and by the database itself', async (t) => {
  const db = await testDatabase(t);
  const space = `${db.name}_space`;
  await db.client.query('set allow_in_place_tablespaces = on');
  await db.client.query(`create tablespace "${space}" location ''`);
  db.afterwards(`drop tablespace "${space}"`);
  await db.client.query(`create table inside (a int) tablespace "${space}"; create table outside (a int)`);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  manifest.database!.tablespace = space;
  const target = { mode: 'new-database', database: db.freeName() } as const;
  const report = await runRestore(db.target, store, manifest, { target });
  assert.deepEqual(report.leftOut, []);
  const { client } = await db.adopt(target.database);
  const { rows } = await client.query(
    `select spcname as name from pg_database d join pg_tablespace t on t.oid = d.dattablespace where datname = current_database()`,
  );
  assert.deepEqual(rows, [{ name: space }]);

  manifest.database!.tablespace = `${space}_gone`;
  const plan = await planRestore(db.target, manifest, restoreRequest({ target }));
  assert.match(plan.leftOut.join(), /tablespace .*_gone of the database: there is none of that name/);
});
