/** What comes along with a copy, what does not, and what is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryStore } from '../../src/store/memory.ts';
import { assertSameState, databaseState } from '../support/compare.ts';
import { testDatabase } from '../support/database.ts';
import { oneInTurn, outermostMajors } from '../support/servers.ts';
import { planRestore, restoreRequest, runRestore, takeBackup } from './runs.ts';

const target = { mode: 'in-place' } as const;
const into = { intoSchema: 'before', target } as const;

const schema = `
  create type mood as enum ('sad', 'fine'); create type pair as (a int, b mood); create domain short as text check (length(value) < 9);
  create type same as enum ('x');
  create function known(int) returns boolean language sql immutable as 'select true';
  create table typed (id int primary key, m mood default 'sad', p pair, s short, x same, ms mood[]);
  insert into typed values (1, 'fine', '(1,sad)', 'abc', 'x', '{sad,fine}');
  create table checked (id int check (known(id))); create table parent (id int); create table child () inherits (parent);
  create table ev (id int primary key, n int) partition by range (id);
  create table ev_1 partition of ev for values from (0) to (10); create table odd_name partition of ev default;
  create index ev_n on ev (n); insert into ev values (1, 1), (20, 2);
  create table old_default (id int default nextval('typed_seq'::text)); create sequence typed_seq; insert into old_default values (3);`.replace(
  "create table old_default (id int default nextval('typed_seq'::text)); create sequence typed_seq;",
  "create sequence typed_seq; create table old_default (id int default nextval(('public.typed_seq'::text)::regclass), n int default nextval('typed_seq'));",
);

for (const major of oneInTurn(outermostMajors)) {
  test(`PostgreSQL ${major}: types of today, or those of the backup; what is refused, and what is cut in half`, async (t) => {
    const db = await testDatabase(t, { major });
    await db.client.query(schema);
    const store = memoryStore();
    const manifest = await takeBackup(db.target, store);
    const codes = async (tables: string[], more = {}): Promise<string[]> =>
      (await planRestore(db.target, manifest, restoreRequest({ tables, ...into, ...more }))).refusals.map(
        ({ code }) => code,
      );
    await db.client.query(
      `drop table typed, checked; drop function known; alter type mood rename value 'sad' to 'blue'; drop type pair`,
    );

    assert.deepEqual(await codes(['checked']), ['COPY_NOT_POSSIBLE']);
    assert.deepEqual(await codes(['child']), ['COPY_NOT_POSSIBLE']);
    assert.deepEqual(await codes(['parent']), [], 'with its children');
    await assert.rejects(runRestore(db.target, store, manifest, { tables: ['checked'], ...into }), {
      code: 'COPY_NOT_POSSIBLE',
      message: /CHECKED|FUNCTION public\.known\(integer\), which the database does not have/,
    });

    const before = await databaseState(db.target);
    const plan = await planRestore(
      db.target,
      manifest,
      restoreRequest({ tables: ['typed', 'old_default'], ...into }),
    );
    for (const made of ['TYPE before.mood', 'TYPE before.pair', 'SEQUENCE before.typed_seq']) {
      assert.ok(plan.create.includes(made), plan.create.join());
    }
    assert.ok(!plan.create.some((each) => /short|same/.test(each)), 'those of today do');
    assert.match(
      plan.warnings.join(),
      /'public\.typed_seq'/,
      'a text that is read as a name when it is used',
    );
    await runRestore(db.target, store, manifest, { tables: ['typed', 'old_default'], ...into });
    const { rows } = await db.client.query(
      `select t::text as line, (select pg_typeof(m)::text from before.typed) as type,
         (select pg_get_expr(adbin, adrelid) from pg_attrdef where adrelid = 'before.old_default'::regclass and adnum = 2) as draws
       from before.typed t`,
    );
    assert.deepEqual(rows, [
      {
        line: '(1,fine,"(1,sad)",abc,x,"{sad,fine}")',
        type: 'before.mood',
        draws: `nextval('before.typed_seq'::regclass)`,
      },
    ]);
    assertSameState(await databaseState(db.target, { except: ['before'] }), before);

    // One partition is a table; all of them bring what they are part of.
    const one = await planRestore(
      db.target,
      manifest,
      restoreRequest({ tables: ['ev_1'], ...into, intoSchema: 'half' }),
    );
    assert.match(one.leftOut.join(), /TABLE ATTACH public\.ev_1: TABLE public\.ev is not restored with it/);
    await runRestore(db.target, store, manifest, { tables: ['ev_1'], ...into, intoSchema: 'half' });
    const renamed = await runRestore(db.target, store, manifest, { tables: ['ev'], as: 'ev_then', target });
    const { rows: parts } = await db.client.query(
      `select (select count(*)::int from half.ev_1) as half, (select count(*)::int from ev_then) as rows,
         (select array_agg(inhrelid::regclass::text order by 1) from pg_inherits where inhparent = 'ev_then'::regclass) as parts,
         (select array_agg(indexrelid::regclass::text order by 1) from pg_index where indrelid = 'ev_then'::regclass) as indexes`,
    );
    assert.deepEqual(parts, [
      { half: 1, rows: 2, parts: ['ev_then_1', 'ev_then_odd_name'], indexes: ['ev_then_n', 'ev_then_pkey'] },
    ]);
    await db.client.query(`${renamed.removal!} drop schema before cascade; drop schema half cascade`);
    assertSameState(await databaseState(db.target), before);
    await db.client.query(
      `create schema before; create view before.ev_1 as select 1 as one; create domain before.odd_name as int`,
    );
    assert.deepEqual(await codes(['ev']), ['TABLE_EXISTS']);
    assert.deepEqual(await codes(['ev_1', 'ev'], { content: 'schema' }), ['TABLE_EXISTS']);
  });

  test(`PostgreSQL ${major}: a restore that ends in the middle leaves nothing`, async (t) => {
    const db = await testDatabase(t, { major });
    await db.client.query(schema);
    const store = memoryStore();
    const manifest = await takeBackup(db.target, store);
    const before = await databaseState(db.target);
    for (const phase of ['data', 'indexes', 'constraints', 'finishing']) {
      const controller = new AbortController();
      const ended = runRestore(
        db.target,
        store,
        manifest,
        { ...into },
        {
          signal: controller.signal,
          onProgress: (progress) => {
            if (progress.phase === phase) controller.abort(new Error('ended'));
          },
        },
      );
      await assert.rejects(ended, { code: 'CANCELLED' }, phase);
      assertSameState(await databaseState(db.target), before);
    }
  });

  test(`PostgreSQL ${major}: definitions alone, and owners who are not superusers`, async (t) => {
    const db = await testDatabase(t, { major });
    const app = `${db.name}_app`;
    const reader = `${db.name}_reader`;
    await db.client.query(`create role "${app}"; create role "${reader}"`);
    t.after(() =>
      db.client.query(`drop owned by "${app}", "${reader}" cascade; drop role "${app}", "${reader}"`),
    );
    await db.client.query(`
      create table places (id serial primary key); create table visits (id int, place int references places); insert into places default values;
      insert into visits values (1, 1); alter table places owner to "${app}"; alter table visits owner to "${app}"; grant select on visits to "${reader}";
      alter table visits enable row level security; alter table visits force row level security; create policy low on visits using (id < 5)`);
    const store = memoryStore();
    const manifest = await takeBackup(db.target, store);
    await runRestore(db.target, store, manifest, into);
    // What a key checks is read as the owner.
    await db.client.query(
      `set role "${app}"; insert into before.places default values; insert into before.visits select 2, 2 where false; reset role`,
    );
    await db.client.query(`insert into before.visits values (2, 2)`);
    const { rows } = await db.client.query(
      `select (select array_agg(tableowner::text) from pg_tables where schemaname = 'before') as owners,
         has_table_privilege('${reader}', 'before.visits', 'select') as reads, has_schema_privilege('${reader}', 'before', 'usage') as reaches,
         (select relrowsecurity and relforcerowsecurity from pg_class where oid = 'before.visits'::regclass) as secured`,
    );
    assert.deepEqual(rows, [{ owners: [app, app], reads: true, reaches: false, secured: true }]);

    const empty = await runRestore(db.target, store, manifest, {
      ...into,
      intoSchema: 'empty',
      content: 'schema',
      owners: false,
    });
    assert.deepEqual([empty.rows, empty.sequences], [0, 0]);
    const { rows: made } = await db.client.query(
      `select (select count(*)::int from empty.places) as places, nextval('empty.places_id_seq')::int as next,
         (select count(*)::int from pg_tables where schemaname = 'empty' and tableowner = current_user) as own,
         has_table_privilege('${reader}', 'empty.visits', 'select') as reads`,
    );
    assert.deepEqual(made, [{ places: 0, next: 1, own: 2, reads: false }]);
  });
}
