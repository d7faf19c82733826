import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namesIn } from '../../src/engine/backup/search-path-needed.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { testDatabase } from '../support/database.ts';
import { psqlOrSkip } from '../support/psql.ts';
import { majorsInTurn } from '../support/servers.ts';
import { planRestore, restoreRequest, runRestore, takeBackup } from './runs.ts';
import { psql, script } from './script.ts';

/** What a backup sees that will not come back, and says at once. */

for (const major of majorsInTurn(0)) {
  test(`what needs our own tables is left out by name, on ${major}`, psqlOrSkip, async (t) => {
    const db = await testDatabase(t, { major });
    await db.client.query(`
      create table ours_backups (id int primary key, status text); create table ours_runs (id serial primary key);
      create table t (id int primary key, b int references ours_backups); insert into t values (1, null);
      create view monitor as select id, status from ours_backups;
      create view over as select count(*) from monitor; comment on view over is 'all of them';
      create materialized view stored as select * from over; create index on stored (count);
      create function latest() returns int language sql begin atomic select max(id) from public.ours_backups; end;
      create function kept() returns int language sql as 'select 1';
      create publication sent for table t, ours_backups`);
    const own = {
      tables: ['ours_backups', 'ours_runs'].map((name) => ({ schema: 'public', name })),
      schemas: [],
    };
    const store = memoryStore();
    const manifest = await takeBackup(db.target, store, { own });
    const expected = [
      'FK CONSTRAINT public.t t_b_fkey',
      'FUNCTION public.latest()',
      'PUBLICATION TABLE public.sent ours_backups',
      'VIEW public.monitor',
    ];
    assert.deepEqual(
      manifest.warnings
        .filter(({ code }) => code === 'OWN_TABLES_NEEDED')
        .map(({ object }) => object)
        .toSorted((a, b) => (String(a) < String(b) ? -1 : 1)),
      expected,
    );
    const name = db.freeName();
    const into = { target: { mode: 'new-database', database: name }, own } as const;
    const plan = await planRestore(db.target, manifest, restoreRequest(into));
    const named = plan.leftOut.join('\n');
    for (const object of [...expected, 'VIEW public.over', 'MATERIALIZED VIEW public.stored'])
      assert.ok(named.includes(object), named);
    const report = await runRestore(db.target, store, manifest, into);
    assert.deepEqual(report.leftOut, plan.leftOut);
    const empty = await db.createDatabase();
    await psql(empty.connectionString, script(store, manifest, 'sql'));
    for (const made of [await db.adopt(name), empty]) {
      const { rows } = await made.client.query(
        `select kept() as kept, (select count(*)::int from t) as rows,
          (select count(*)::int from pg_class where relnamespace = 'public'::regnamespace and relkind in ('v', 'm', 'r')) as relations`,
      );
      assert.deepEqual(rows, [{ kept: 1, rows: 1, relations: 1 }]);
    }
    await db.client.query('delete from t');
    await runRestore(db.target, store, manifest, { target: { mode: 'in-place' }, own });
    assert.deepEqual((await db.client.query('select id from t')).rows, [{ id: 1 }]);
    assert.deepEqual((await db.client.query('select count(*)::int from monitor')).rows, [{ count: 0 }]);
  });

  test(`functions that rely on search_path are warned of, on ${major}`, async (t) => {
    const db = await testDatabase(t, { major });
    await db.client.query(`
      create table dict (val text); create schema other; create table other.mine (val text);
      create function inner_f(t text) returns text language sql immutable as $$ select lower(t) $$;
      create function slug(t text) returns text language plpgsql immutable as $$ begin return trim(both '-' from Inner_F(t)); end $$;
      create function deep(t text) returns text language sql immutable as $$ select public.slug(t) $$;
      create function known(p text) returns boolean language sql stable as $$ select exists (select from dict d where d.val = p) $$;
      create function fine(p text) returns boolean language sql stable as
        $$ select exists (select /* from dict */ from public.dict where length(val) = extract(year from now())) -- from dict $$;
      create function set_path(p text) returns boolean language sql stable set search_path = public as $$ select exists (select from dict) $$;
      create function parsed(p text) returns text language sql immutable begin atomic select inner_f(p); end;
      create table a (v text, g text generated always as (slug(v)) stored, constraint c check (known(v)),
        constraint ok check (fine(v)), constraint pathed check (set_path(v)), p text generated always as (parsed(v)) stored);
      create index deep_index on a (deep(v));
      create materialized view m as select known(val) from dict with no data;
      create table b (v text default inner_f('x'))`);
    const { warnings } = await takeBackup(db.target, memoryStore());
    assert.deepEqual(
      warnings
        .map(({ code, object, message }) => [code, object, /names (\w+) without/.exec(message)?.[1]])
        .toSorted((a, b) => (String(a) < String(b) ? -1 : 1)),
      [
        ['SEARCH_PATH_NEEDED', 'COLUMN public.a g', 'inner_f'],
        ['SEARCH_PATH_NEEDED', 'CONSTRAINT public.a c', 'dict'],
        ['SEARCH_PATH_NEEDED', 'INDEX public.a deep_index', 'inner_f'],
        ['SEARCH_PATH_NEEDED', 'MATERIALIZED VIEW public.m', 'dict'],
      ],
    );
  });
}

test('names are found in the text of functions', () => {
  const { calls, relations } = namesIn(
    `select "Odd ""name"(1), a.b(2), c . d(3), E (4) from T join "My T" on true, s.x where x in (select 1 from only y)
     -- from comment
     /* from other( */`,
  );
  assert.deepEqual(relations, ['t', 'My T', 'y']);
  const named = calls
    .filter(({ name }) => name !== 'in')
    .map(({ name, qualified }) => `${qualified ? '.' : ''}${name}`);
  assert.deepEqual(named, ['Odd "name', '.b', '.d', 'e']);
});
