import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quoteIdentifier } from '../../src/postgres/identifiers.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { assertSameState, databaseState } from '../support/compare.ts';
import { testDatabase } from '../support/database.ts';
import { outermostMajors } from '../support/servers.ts';
import { fails } from './outcomes.ts';
import { planRestore, restoreRequest, runRestore, takeBackup } from './runs.ts';

const inPlace = { target: { mode: 'in-place' } } as const;

const programs = `
  create table t (id int primary key, n int); insert into t values (1, 1);
  create function f(a int) returns int language sql as 'select 1'; create function f(a text) returns int language sql as 'select 2';
  create view v as select id from t; create index by_n on t (n); create type mood as enum ('ok');
  create table others (id int); alter default privileges grant select on tables to public;`;

test('what is defined differently, or is not in the backup, is named and stays', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(programs);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  await db.client.query(`
    create or replace function f(a int) returns int language sql as 'select 7';
    create or replace view v as select id, n from t; drop index by_n; create index by_n on t (n desc);
    alter type mood add value 'bad'; alter table others set (fillfactor = 50);
    alter default privileges grant insert on tables to public;
    create function g() returns int language sql as 'select 1'; create index another on t (n, id);
    create table newer (id int primary key); delete from t`);
  const plan = await planRestore(db.target, manifest, restoreRequest());
  assert.deepEqual(plan.differs.toSorted(), [
    'DEFAULT ACL DEFAULT PRIVILEGES FOR TABLES is defined differently',
    'FUNCTION public.f(integer) is defined differently',
    'INDEX public.by_n is defined differently',
    'TABLE public.others is defined differently',
    'TYPE public.mood is defined differently',
    'VIEW public.v is defined differently',
  ]);
  assert.deepEqual(plan.extra.toSorted(), [
    'FUNCTION public.g()',
    'INDEX public.another',
    'TABLE public.newer',
  ]);
  assert.deepEqual([plan.create, plan.leftOut], [[], []]);
  const { schema } = await databaseState(db.target);
  await runRestore(db.target, store, manifest, inPlace);
  const after = await databaseState(db.target);
  assert.equal(after.schema, schema);
  assert.match(after.contents.get('table public.t') ?? '', /^1 rows/);
});

test('of a backup from another server or pg_dump the definitions are not compared', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(programs);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  await db.client.query(
    `create or replace function f(a int) returns int language sql as 'select 7'; drop view v`,
  );
  const older = structuredClone(manifest);
  older.source.serverVersionNum = 140012;
  const view = older.schema.entries.find((entry) => entry.kind === 'VIEW');
  assert.ok(view);
  // As another version might print it.
  view.sql = view.sql.replace('SELECT', 'SELECT ALL');
  const plan = await planRestore(db.target, older, restoreRequest());
  assert.deepEqual(plan.differs, []);
  assert.deepEqual(plan.create, ['VIEW public.v']);
  assert.match(plan.warnings.join(), /of PostgreSQL 14 .* not compared by its definition/);
  await runRestore(db.target, store, older, inPlace);
  // From the same, what was created must read the same.
  await db.client.query('drop view v');
  const altered = structuredClone(manifest);
  altered.schema.entries.find((entry) => entry.kind === 'VIEW')!.sql = view.sql;
  const before = await databaseState(db.target);
  await fails(
    runRestore(db.target, store, altered, inPlace),
    'PROOF_FAILED',
    /VIEW public\.v is not defined as in the backup/,
  );
  assertSameState(await databaseState(db.target), before);
});

/** A store whose chunks come only after something else has happened. */
function interrupting(store: Store, happen: () => Promise<unknown>): Store {
  let happened = false;
  return {
    ...store,
    async getChunks(ids) {
      if (!happened) await happen();
      happened = true;
      return store.getChunks(ids);
    },
  };
}

test('a schema that is not as planned at the end rolls everything back', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(programs);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  await db.client.query('delete from t; drop view v');
  const meanwhile = interrupting(store, () => db.client.query('drop function f(text)'));
  const error = await fails(
    runRestore(db.target, meanwhile, manifest, inPlace),
    'PROOF_FAILED',
    /FUNCTION public\.f\(text\) is missing/,
  );
  assert.deepEqual(error.details, { problems: ['FUNCTION public.f(text) is missing'] });
  const { rows } = await db.client.query(
    `select (select count(*) from t) as rows, to_regclass('v') as view, to_regproc('f') is not null as other`,
  );
  assert.deepEqual(rows, [{ rows: '0', view: null, other: true }]);
});

test('a partition whose rows went to the default partition is refused with the way out', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(`
    create table ev (id int primary key) partition by range (id); create table ev_1 partition of ev for values from (1) to (10);
    create table ev_rest partition of ev default; insert into ev values (1), (11)`);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  await db.client.query('drop table ev_1; insert into ev values (2)');
  const before = await databaseState(db.target);
  const error = await fails(
    runRestore(db.target, store, manifest, { ...inPlace, tables: ['ev_1'] }),
    'CONSTRAINT_VIOLATED',
    /TABLE ATTACH public\.ev_1: .*ev_rest/,
  );
  assert.match(error.hint ?? '', /Restore public\.ev with all its partitions/);
  assertSameState(await databaseState(db.target), before);
  await runRestore(db.target, store, manifest, { ...inPlace, tables: ['ev'] });
});

for (const major of outermostMajors) {
  test(`what a plain role may not create is named on ${major}, and the rest comes back`, async (t) => {
    const db = await testDatabase(t, { major });
    const [plain, gone] = [`${db.name} plain`, `${db.name} gone`];
    for (const name of [plain, gone]) db.afterwards(`drop role if exists ${quoteIdentifier(name)}`);
    const [role, former] = [quoteIdentifier(plain), quoteIdentifier(gone)];
    await db.client.query(`
      create role ${role} login password 'plain'; create role ${former}; grant create on schema public to ${role};
      set role ${role}; create table t (id int primary key); create table kept (id int); create view v as select * from t;
      grant select on kept to ${former}; create policy p on kept to ${former} using (true); reset role;
      insert into t values (1); grant usage, create on schema public to ${role};
      create function quiet() returns event_trigger language plpgsql as 'begin end';
      create event trigger et on ddl_command_end execute function quiet(); comment on event trigger et is 'e';
      create publication everything for all tables; create publication several for table t;
      create text search template tt (init = dsimple_init, lexize = dsimple_lexize);
      create text search dictionary td (template = tt); create function leaky() returns int language sql leakproof as 'select 1';
      create operator family fam using btree; create schema closed; create function closed.f() returns int language sql as 'select 1'`);
    const store = memoryStore();
    const manifest = await takeBackup(db.target, store);
    await db.client.query(`
      drop event trigger et; drop publication everything; drop publication several; drop text search template tt cascade;
      drop function leaky; drop operator family fam using btree; drop table t cascade; drop function closed.f;
      drop policy p on kept; revoke all on kept from ${former}; drop role ${former}`);
    const target = { ...db.target, user: plain, password: 'plain' };
    const plan = await planRestore(target, manifest, restoreRequest());
    const byPostgres = 'this role may not give it to postgres; grant it that role, or restore without owners';
    assert.deepEqual(plan.leftOut.toSorted(), [
      `ACL public.TABLE kept: the server has no role ${gone}`,
      'COMMENT EVENT TRIGGER et: it needs EVENT TRIGGER et, which is missing',
      'EVENT TRIGGER et: only a superuser may create it',
      `FUNCTION closed.f(): ${byPostgres}`,
      'FUNCTION public.leaky(): only a superuser may create it',
      'OPERATOR FAMILY public.fam: only a superuser may create it',
      `POLICY public.kept p: the server has no role ${gone}`,
      'PUBLICATION TABLE public.several t: it needs PUBLICATION several, which is missing',
      'PUBLICATION everything: only a superuser may create it',
      `PUBLICATION several: ${byPostgres}`,
      'TEXT SEARCH DICTIONARY public.td: it needs TEXT SEARCH TEMPLATE public.tt, which is missing',
      'TEXT SEARCH TEMPLATE public.tt: only a superuser may create it',
    ]);
    assert.deepEqual(plan.create.toSorted(), [
      'CONSTRAINT public.t t_pkey',
      'TABLE public.t',
      'VIEW public.v',
    ]);
    const report = await runRestore(target, store, manifest, inPlace);
    assert.deepEqual(report.leftOut, plan.leftOut);
    const { rows } = await db.client.query('select count(*) from v');
    assert.deepEqual(rows, [{ count: '1' }]);
    const unowned = await planRestore(target, manifest, restoreRequest({ owners: false }));
    assert.ok(
      unowned.leftOut.includes('FUNCTION closed.f(): this role may not create anything in schema closed'),
    );
  });
}
