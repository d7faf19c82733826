import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Manifest } from '../../src/format/manifest.ts';
import type { RestoreRequest } from '../../src/engine/requests.ts';
import type { RestoreReport } from '../../src/contract/restore.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { assertSameDatabase } from '../support/compare.ts';
import { testDatabase, type FirstTestDatabase } from '../support/database.ts';
import { psqlOrSkip } from '../support/psql.ts';
import { majorsInTurn } from '../support/servers.ts';
import type { Major } from '../support/majors.ts';
import { fails } from './outcomes.ts';
import { runRestore, takeBackup } from './runs.ts';
import { psql, script } from './script.ts';

/** Databases in which one thing cannot be rebuilt as it is, or only in another order. */

interface Backed {
  db: FirstTestDatabase;
  manifest: Manifest;
  restore: (request: Partial<RestoreRequest> & Pick<RestoreRequest, 'target'>) => Promise<RestoreReport>;
  intoNew: (request?: Partial<RestoreRequest>) => Promise<RestoreReport>;
  inPlace: (request?: Partial<RestoreRequest>) => Promise<RestoreReport>;
  /** The new database that the last `intoNew` made. */
  copy: () => ReturnType<FirstTestDatabase['adopt']>;
  byPsql: () => Promise<Awaited<ReturnType<FirstTestDatabase['createDatabase']>>>;
}

async function backedUp(
  t: TestContext,
  sql: string,
  { major = 18 }: { major?: Major } = {},
): Promise<Backed> {
  const db = await testDatabase(t, { major });
  await db.client.query(sql);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  const restore: Backed['restore'] = (request) => runRestore(db.target, store, manifest, request);
  let name = '';
  return {
    db,
    manifest,
    restore,
    intoNew: (request = {}) => {
      name = db.freeName();
      return restore({ target: { mode: 'new-database', database: name }, ...request });
    },
    inPlace: (request = {}) => restore({ target: { mode: 'in-place' }, ...request }),
    copy: () => db.adopt(name),
    async byPsql() {
      const empty = await db.createDatabase();
      await psql(empty.connectionString, script(store, manifest, 'sql'));
      return empty;
    },
  };
}

const values = async (db: { client: FirstTestDatabase['client'] }, sql: string): Promise<unknown[]> =>
  (await db.client.query({ text: sql, rowMode: 'array' })).rows.flat();

/** `sales` cannot be refreshed: its unique index would have two rows of one key. */
const staleView = `
  create table t (id int, k int); insert into t values (1, 1);
  create materialized view sales as select id, k from t;
  create unique index on sales (k);
  create materialized view above as select count(*) from sales;
  insert into t values (2, 1);
  create table important (id int primary key, v text); insert into important values (1, 'x')`;

for (const major of majorsInTurn(3)) {
  test(`a materialized view that cannot be refreshed is named, or left empty, on ${major}`, async (t) => {
    const { db, intoNew, inPlace, copy } = await backedUp(t, staleView, { major });
    await db.client.query('delete from important');
    for (const attempt of [intoNew, inPlace]) {
      const error = await fails(
        attempt(),
        'MATVIEW_REFRESH_FAILED',
        /public\.sales: could not create unique index/,
      );
      assert.match(error.hint, /--on-refresh-failure leave-empty/);
      assert.deepEqual(await values(db, 'select id from important'), []);
    }
    const options = { onRefreshFailure: 'leave-empty' } as const;
    const populated = `select relname, relispopulated from pg_class where relkind = 'm' order by 1`;
    const report = await intoNew(options);
    assert.deepEqual(report.leftEmpty, ['public.sales', 'public.above']);
    const made = await copy();
    assert.deepEqual(await values(made, 'select v from important'), ['x']);
    assert.deepEqual(await values(made, populated), ['above', false, 'sales', false]);
    assert.deepEqual(
      await values(made, `select count(*)::int from pg_indexes where tablename = 'sales'`),
      [1],
    );

    assert.deepEqual((await inPlace(options)).leftEmpty, ['public.sales', 'public.above']);
    assert.deepEqual(await values(db, 'select v from important'), ['x']);
    assert.deepEqual(await values(db, populated), ['above', false, 'sales', false]);
  });

  test(`rows that violate a key or a CHECK are named, or leave it NOT VALID, on ${major}`, async (t) => {
    const { db, intoNew, inPlace, copy } = await backedUp(
      t,
      `create table p (id int primary key); insert into p values (1);
       create function positive(i int) returns boolean language sql immutable as 'select i > 0';
       create domain small as int constraint below_ten check (value < 10);
       create table c (id int primary key, p int references p deferrable initially deferred, n small,
         constraint sign check (positive(id)));
       comment on constraint sign on c is 'above zero';
       set session_replication_role = replica; insert into c values (1, 1, 1), (2, 99, 2);
       reset session_replication_role;
       create or replace function positive(i int) returns boolean language sql immutable as 'select i > 1';
       alter domain small drop constraint below_ten; alter table c alter n type int;
       create table kept (v int); insert into kept values (7)`,
      { major },
    );
    await db.client.query('delete from kept');
    for (const attempt of [intoNew, inPlace]) {
      const error = await fails(attempt(), 'CONSTRAINT_VIOLATED', /public\.c (sign|c_p_fkey): /);
      assert.match(error.hint, /--on-invalid not-valid/);
      assert.match(String(error.details?.['constraint']), /^(sign|c_p_fkey)$/);
      assert.deepEqual(await values(db, 'select v from kept'), []);
    }
    const invalid = `select conname from pg_constraint where not convalidated order by 1`;
    const options = { onInvalid: 'not-valid' } as const;
    const report = await intoNew(options);
    assert.deepEqual(report.notValid.toSorted(), ['public.c c_p_fkey', 'public.c sign']);
    const made = await copy();
    assert.deepEqual(await values(made, invalid), ['c_p_fkey', 'sign']);
    assert.deepEqual(await values(made, 'select count(*)::int from c'), [2]);
    assert.deepEqual(
      await values(
        made,
        `select condeferred, obj_description(oid) from pg_constraint where conname in ('c_p_fkey', 'sign') order by conname`,
      ),
      [true, null, false, 'above zero'],
    );
    assert.deepEqual((await inPlace(options)).notValid.toSorted(), ['public.c c_p_fkey', 'public.c sign']);
    assert.deepEqual(await values(db, 'select v from kept'), [7]);
    assert.deepEqual(await values(db, invalid), ['c_p_fkey', 'sign']);
  });
}

test('a violated foreign key alone is named with the option', async (t) => {
  const { intoNew, inPlace } = await backedUp(
    t,
    `create table p (id int primary key); create table c (id int primary key, p int references p);
     set session_replication_role = replica; insert into c values (2, 99)`,
  );
  for (const attempt of [intoNew, inPlace]) {
    const error = await fails(attempt(), 'CONSTRAINT_VIOLATED', /public\.c c_p_fkey/);
    assert.match(error.hint, /onInvalid "not-valid"/);
  }
});

test(
  'CHECKs that read other tables, other rows or stand on domains are checked when all rows are there',
  psqlOrSkip,
  async (t) => {
    const { db, intoNew, inPlace, copy, byPsql } = await backedUp(
      t,
      `create table z_dict (val text primary key); insert into z_dict values ('a'), ('b');
     create function in_dict(p text) returns boolean language sql stable as
       $$ select exists (select from public.z_dict where val = p) $$;
     create domain word as text constraint known check (value is null or in_dict(value)) constraint short check (length(value) < 9);
     comment on constraint known on domain word is 'in the dictionary';
     create table a_data (id int primary key, val text constraint listed check (in_dict(val)), w word);
     insert into a_data values (1, 'a', 'b'), (2, 'b', null);
     create table parent (v text, constraint above check (in_dict(v)));
     create table child (constraint above check (in_dict(v))) inherits (parent);
     create table grandchild () inherits (child); insert into grandchild values ('a');
     create table parts (v text, n int, constraint part check (in_dict(v))) partition by range (n);
     create table parts_1 partition of parts for values from (0) to (10); insert into parts values ('b', 3);
     create function chained(i int, h int) returns boolean language plpgsql as
       $$ begin return h = 1 or exists (select from public.blocks where height = h - 1); end $$;
     create table blocks (id int, height int unique, constraint chain check (chained(id, height)));
     insert into blocks values (3, 1); insert into blocks values (2, 2); insert into blocks values (1, 3);
     update blocks set id = id; delete from blocks where id = 3; insert into blocks values (3, 1)`,
    );
    await intoNew();
    const before = await copy();
    await assertSameDatabase(before.target, db.target);
    await assertSameDatabase((await byPsql()).target, db.target);
    await db.client.query('delete from a_data; truncate z_dict');
    assert.deepEqual((await inPlace()).notValid, []);
    await assertSameDatabase(db.target, before.target);
  },
);

test('a function that relies on search_path is named where it is needed, with what to do', async (t) => {
  const generated = await backedUp(
    t,
    `create function inner_f(t text) returns text language sql immutable as $$ select lower(t) $$;
     create function slugify(t text) returns text language plpgsql immutable as
       $$ begin return trim(both '-' from inner_f(t)); end $$;
     create table t (id int primary key, name text, slug text generated always as (slugify(name)) stored);
     insert into t (id, name) values (1, 'Ab-'), (2, 'CD')`,
  );
  for (const attempt of [generated.intoNew, generated.inPlace]) {
    const error = await fails(
      attempt(),
      'SEARCH_PATH_NEEDED',
      /rows of public\.t: function inner_f\(text\) does not exist/,
    );
    assert.match(error.hint, /ALTER FUNCTION … SET search_path/);
    assert.match(String(error.details?.['where']), /slugify/);
  }
  const check = await backedUp(
    t,
    `create table dict (val text); insert into dict values ('a');
     create function known(p text) returns boolean language sql stable as $$ select exists (select from dict where val = p) $$;
     create table words (val text check (known(val))); insert into words values ('a')`,
  );
  for (const attempt of [check.intoNew, check.inPlace]) {
    const error = await fails(
      attempt(),
      'SEARCH_PATH_NEEDED',
      /public\.words words_val_check: relation "dict" does not exist/,
    );
    assert.match(error.hint, /--on-invalid not-valid/);
  }
  assert.deepEqual((await check.intoNew({ onInvalid: 'not-valid' })).notValid, [
    'public.words words_val_check',
  ]);
  assert.deepEqual((await check.inPlace({ onInvalid: 'not-valid' })).notValid, [
    'public.words words_val_check',
  ]);
  assert.deepEqual(await values(check.db, 'select val from words'), ['a']);
});
