import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import type { HoldfastError } from '../../../src/base/errors.ts';
import { backupSide, rowsOf, withoutCommon } from '../../../src/engine/diff/backup-side.ts';
import { diffRows, type RowDiff } from '../../../src/engine/diff/diff.ts';
import { withLiveSide } from '../../../src/engine/diff/live-side.ts';
import { primaryKeyOf } from '../../../src/engine/entries/unique-keys.ts';
import { tablesNamed } from '../../../src/engine/entries/named-tables.ts';
import type { Manifest } from '../../../src/format/manifest.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import type { Store } from '../../../src/store/store.ts';
import { testDatabase, type FirstTestDatabase } from '../../support/database.ts';
import { exactBackup } from '../incremental/exact-backup.ts';
import { memoryPlace } from '../incremental/known-place.ts';
import { takeBackup } from '../runs.ts';

const { signal } = new AbortController();

interface Setup {
  db: FirstTestDatabase;
  store: Store;
  manifest: Manifest;
  live: (table: string, by?: string[], limit?: number) => Promise<RowDiff>;
  refusal: (table: string, by?: string[]) => Promise<HoldfastError>;
}

async function setup(t: TestContext, sql: string): Promise<Setup> {
  const db = await testDatabase(t);
  await db.client.query(sql);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  const live: Setup['live'] = async (table, by, limit = 50) =>
    againstLive(db, store, manifest, table, by, limit);
  return {
    db,
    store,
    manifest,
    live,
    refusal: (table, by) =>
      live(table, by).then(
        (answer) => {
          throw new Error(`it was answered: ${JSON.stringify(answer)}`);
        },
        (error: unknown) => error as HoldfastError,
      ),
  };
}

function againstLive(
  db: FirstTestDatabase,
  store: Store,
  manifest: Manifest,
  name: string,
  by: string[] | undefined,
  limit: number,
): Promise<RowDiff> {
  const tables = tablesNamed(manifest, name);
  const parts = tables.map((table) => ({ table, ranges: table.ranges }));
  const key = by ?? primaryKeyOf(manifest, tables[0]!) ?? [];
  const backup = backupSide('the backup', store, parts, signal);
  return withLiveSide(db.target, manifest, name, 5_000, signal, (other) =>
    diffRows({ backup, backupRows: rowsOf(parts), other, key, unchanged: 0 }, limit),
  );
}

function betweenBackups(store: Store, first: Manifest, second: Manifest, name: string): Promise<RowDiff> {
  const [tables, others] = [tablesNamed(first, name), tablesNamed(second, name)];
  const { a, b, rows: unchanged } = withoutCommon(tables, others);
  return diffRows(
    {
      backup: backupSide('the first', store, a, signal),
      backupRows: rowsOf(a),
      other: backupSide('the second', store, b, signal),
      key: primaryKeyOf(first, tables[0]!)!,
      unchanged,
    },
    1_000,
  );
}

type Row = [a: number, b: string, v: string | null, w: string | null];

const text = fc.string({
  unit: fc.constantFrom('a', 'B', '\t', '\n', '\\', 'N', '"', 'é', ' '),
  maxLength: 4,
});
const rowsArbitrary = fc.uniqueArray(
  fc.tuple(
    fc.integer({ min: -3, max: 12 }),
    text,
    fc.option(text),
    fc.option(fc.integer({ max: 99 }).map(String)),
  ),
  { selector: ([a, b]) => JSON.stringify([a, b]), maxLength: 30 },
);

/** What a model says, independent of how it is found out. */
function expected(before: readonly Row[], after: readonly Row[]): unknown {
  const keyed = (rows: readonly Row[]): Map<string, Row> =>
    new Map(rows.map((row) => [JSON.stringify(row.slice(0, 2)), row]));
  const [was, is] = [keyed(before), keyed(after)];
  const changes = [...new Set([...was.keys(), ...is.keys()])].flatMap((key) => {
    const [a, b] = [was.get(key), is.get(key)];
    if (!a || !b) return [{ key, change: a ? 'removed' : 'added', differing: [] as string[] }];
    const differing = ['v', 'w'].filter((_, i) => a[i + 2] !== b[i + 2]);
    return differing.length > 0 ? [{ key, change: 'changed', differing }] : [];
  });
  return changes.toSorted((a, b) => a.key.localeCompare(b.key));
}

function found({ rows, columns, more }: RowDiff): unknown {
  assert.equal(more, false);
  assert.deepEqual(
    columns.map(({ name }) => name),
    ['a', 'b', 'v', 'w'],
  );
  return rows
    .map(({ change, backup, other, differing }) => {
      const [a, b] = (backup ?? other)!;
      return { key: JSON.stringify([Number(a), b]), change, differing };
    })
    .toSorted((a, b) => a.key.localeCompare(b.key));
}

test('what differs is what a model says, from the database and between backups', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(
    'create table things (v text, a int, w numeric, b text, twice int generated always as (a * 2) stored, primary key (a, b))',
  );
  const fill = async (rows: readonly Row[]): Promise<void> => {
    await db.client.query('truncate things');
    await db.client.query(
      'insert into things (a, b, v, w) select a, b, v, w::numeric from unnest($1::int[], $2::text[], $3::text[], $4::text[]) as t(a, b, v, w)',
      [0, 1, 2, 3].map((i) => rows.map((row) => row[i])),
    );
  };
  await fc.assert(
    fc.asyncProperty(
      rowsArbitrary,
      rowsArbitrary,
      fc.integer({ min: 0, max: 30 }),
      async (one, two, kept) => {
        // Some rows stay, so that not all of them differ.
        const stay = one.slice(0, kept) as Row[];
        const keys = new Set(stay.map((row) => JSON.stringify(row.slice(0, 2))));
        const before = one as Row[];
        const after = [
          ...stay,
          ...(two as Row[]).filter((row) => !keys.has(JSON.stringify(row.slice(0, 2)))),
        ];
        const store = memoryStore();
        await fill(before);
        const first = await takeBackup(db.target, store);
        await fill(after);
        const live = await againstLive(db, store, first, 'things', undefined, 1_000);
        assert.deepEqual(found(live), expected(before, after));
        assert.equal(live.unchanged + live.changed + live.added, after.length);
        assert.equal(live.unchanged + live.changed + live.removed, before.length);
        const second = await takeBackup(db.target, store);
        const between = await betweenBackups(store, first, second, 'things');
        assert.deepEqual(found(between), expected(before, after));
        assert.equal(between.unchanged, live.unchanged);
      },
    ),
    { numRuns: 12 },
  );
});

test('of two backups only that is read which they do not share', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(`create table orders (id int primary key, note text);
    insert into orders select i, repeat(md5(i::text), 8) from generate_series(1, 120000) i`);
  const store = memoryStore();
  const known = memoryPlace();
  const first = await exactBackup(db.target, store, { known });
  await db.client.query(
    `update orders set note = 'changed' where id = 70001; delete from orders where id = 5`,
  );
  const second = await exactBackup(db.target, store, { known });
  const { a, b } = withoutCommon(
    tablesNamed(first.manifest, 'orders'),
    tablesNamed(second.manifest, 'orders'),
  );
  const all = first.manifest.tables.find(({ name }) => name === 'orders')!.ranges.length;
  const read = [a, b].map((parts) => parts.flatMap(({ ranges }) => ranges).length);
  assert.ok(
    read.every((ranges) => ranges > 0 && ranges < all / 2),
    `${read.join(' and ')} of ${all}`,
  );
  const diff = await betweenBackups(store, first.manifest, second.manifest, 'orders');
  assert.deepEqual([diff.added, diff.removed, diff.changed, diff.unchanged], [0, 1, 1, 119998]);
  assert.deepEqual(
    diff.rows.map(({ change, backup, other, differing }) => [change, backup?.[0], other?.[1], differing]),
    [
      ['removed', '5', undefined, []],
      ['changed', '70001', 'changed', ['note']],
    ],
  );
});

test('columns that came, went and have another type are named', async (t) => {
  const { db, live } = await setup(
    t,
    `create table things (id int primary key, gone text, n int, same text); insert into things values (1, 'a', 1, 'x'), (2, 'b', 2, 'y')`,
  );
  await db.client.query(
    `alter table things drop column gone, add column new int default 7, alter column n type numeric(6,2)`,
  );
  const { onlyInBackup, onlyInOther, otherTypes, changed, unchanged, rows } = await live('things');
  assert.deepEqual([onlyInBackup, onlyInOther], [['gone'], ['new']]);
  assert.deepEqual(otherTypes, [{ name: 'n', backup: 'integer', other: 'numeric(6,2)' }]);
  assert.deepEqual([changed, unchanged], [2, 0]);
  assert.deepEqual(rows[0]!.differing, ['n']);
});

test('partitions and names that need quotes', async (t) => {
  const { db, live } = await setup(
    t,
    `create table days (day date, "Nr, of" int, note text, primary key (day, "Nr, of")) partition by range (day);
     create table days_old partition of days for values from ('2020-01-01') to ('2025-01-01');
     create table days_new (note text, "Nr, of" int not null, day date not null);
     alter table days attach partition days_new for values from ('2025-01-01') to ('2030-01-01');
     insert into days select date '2024-12-28' + i, i, 'n' from generate_series(0, 9) i`,
  );
  await db.client.query(
    `create table days_newest partition of days for values from ('2030-01-01') to ('2031-01-01');
     insert into days values ('2030-02-02', 1, 'x'); update days set day = '2025-01-20' where "Nr, of" = 0; update days set note = null where "Nr, of" = 9`,
  );
  const diff = await live('days');
  assert.deepEqual(diff.key, ['day', 'Nr, of']);
  assert.deepEqual([diff.added, diff.removed, diff.changed, diff.unchanged], [2, 1, 1, 8]);
  assert.deepEqual(diff.rows.find(({ change }) => change === 'changed')?.other, ['2025-01-06', '9', null]);
});

test('where rows cannot be told apart that is said, and nothing is guessed', async (t) => {
  const { db, live, refusal } = await setup(
    t,
    `create table log (at int, what text); insert into log values (1, 'a'), (1, 'b');
     create table dropped (id int primary key); create view shown as select 1 as id;
     create table big (id int primary key, text text); insert into big values (1, repeat('x', 9000000)), (2, 'y')`,
  );
  await db.client.query(
    `drop table dropped; update log set what = 'c' where what = 'b'; update big set text = text || 'z'`,
  );
  const twice = await refusal('log', ['at']);
  assert.deepEqual(
    [twice.code, twice.message],
    ['DIFF_NOT_POSSIBLE', 'More than one row of the backup has the same at.'],
  );
  const both = await live('log', ['at', 'what']);
  assert.deepEqual([both.added, both.removed, both.unchanged], [1, 1, 1]);
  assert.match((await refusal('log', ['nothing'])).message, /column nothing of the key is not in both/);
  assert.equal((await refusal('dropped')).code, 'TABLES_NOT_FOUND');
  assert.equal((await refusal('shown')).code, 'TABLES_NOT_FOUND');
  // What is too long to be shown is counted all the same.
  const big = await live('big');
  assert.deepEqual([big.changed, big.rows.length, big.more], [2, 1, true]);
  const one = await live('log', ['at', 'what'], 1);
  assert.deepEqual([one.rows.length, one.more], [2, false]);
});

test('the key is read from the definition as pg_dump writes it', async (t) => {
  const { manifest } = await setup(
    t,
    `create table a ("x, y" int, "q""q" int, z int, primary key ("x, y", "q""q") include (z));
     create table b (id int); create table c (id int unique not null);
     create table "d d" (id int constraint "PRIMARY KEY (no)" primary key with (fillfactor = 50) deferrable);`,
  );
  const keyOf = (name: string): string[] | null => primaryKeyOf(manifest, tablesNamed(manifest, name)[0]!);
  assert.deepEqual(keyOf('a'), ['x, y', 'q"q']);
  assert.deepEqual([keyOf('b'), keyOf('c')], [null, null]);
  assert.deepEqual(keyOf('d d'), ['id']);
});
