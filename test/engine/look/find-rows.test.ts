import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HoldfastError } from '../../../src/base/errors.ts';
import { findRows, type FoundRows } from '../../../src/engine/look/find-rows.ts';
import { copyLine, fieldsOf, lineCutter } from '../../../src/format/copy-fields.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import { testDatabase } from '../../support/database.ts';
import { exactBackup } from '../incremental/exact-backup.ts';
import { memoryPlace } from '../incremental/known-place.ts';
import { cut, seeded } from '../segments.ts';

test('rows are found by their key in the ranges that can hold them, and as they were', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(`
    create table orders (id bigint primary key, placed timestamptz, note text, twice bigint generated always as (id * 2) stored);
    insert into orders (id, placed, note)
      select i, timestamptz '2026-01-01 00:00Z' + i * interval '1 s', case when i % 7 = 0 then null else repeat(md5(i::text), 6) end
        from generate_series(1, 120000) i;
    create table lines (order_id int, line int, what text, primary key (order_id, line));
    insert into lines select i / 3, i % 3, E'a\\tb\\nc\\\\' || i from generate_series(0, 60000) i;
    create table things (id uuid primary key, n int);
    insert into things select md5(i::text)::uuid, i from generate_series(1, 3000) i;
    create table keyless (a int, b boolean);
    insert into keyless select i, i % 2 = 0 from generate_series(1, 10) i;
    create table days (day date, n int) partition by range (day);
    create table days_old partition of days for values from ('2020-01-01') to ('2025-01-01');
    create table days_new (n int, day date);
    alter table days attach partition days_new for values from ('2025-01-01') to ('2030-01-01');
    insert into days select date '2024-12-30' + i, i from generate_series(0, 4) i`);
  const store = memoryStore();
  const known = memoryPlace();
  const first = await exactBackup(db.target, store, { known });
  const look = (
    table: string,
    key?: Parameters<typeof findRows>[2]['key'],
    limit = 50,
    after?: string,
    { manifest } = first,
  ): Promise<FoundRows> => findRows(store, manifest, { table, key, limit, after });

  const one = await look('orders', '70001');
  assert.deepEqual(one.keyColumns, ['id']);
  assert.deepEqual((await look('lines', '5')).keyColumns, ['order_id', 'line']);
  assert.equal((await look('keyless', { a: 4 })).keyColumns, null);
  assert.deepEqual(
    one.columns.map(({ name }) => name),
    ['id', 'placed', 'note'],
  );
  const { rows: shown } = await db.client.query<{ note: string }>('select note from orders where id = 70001');
  assert.deepEqual(one.rows, [['70001', '2026-01-01 19:26:41+00', shown[0]!.note]]);
  assert.ok(one.ranges > 5 && one.rangesRead === 1, `${one.rangesRead} of ${one.ranges}`);
  assert.deepEqual((await look('public.orders', 7)).rows[0]![2], null);
  const none = await look('orders', '120001');
  assert.deepEqual([none.rows, none.rangesRead], [[], 0]);
  assert.deepEqual((await look('orders', 'no number')).rows, []);

  assert.deepEqual((await look('lines', { order_id: 5, line: 2 })).rows, [['5', '2', 'a\tb\nc\\17']]);
  assert.equal((await look('lines', '5')).rows.length, 3);
  assert.deepEqual((await look('things', 'C4CA4238-A0B9-2382-0DCC-509A6F75849B')).rows[0]![1], '1');
  assert.deepEqual((await look('keyless', { a: 4, b: true })).rows, [['4', 't']]);
  assert.deepEqual((await look('keyless', { a: null })).rows, []);
  // A partitioned table stands for its partitions, whose columns are in another order.
  const days = await look('days');
  const named = days.rows.map((row) => Object.fromEntries(days.columns.map(({ name }, i) => [name, row[i]])));
  assert.deepEqual(named.map(({ day, n }) => `${day} ${n}`).toSorted(), [
    '2024-12-30 0',
    '2024-12-31 1',
    '2025-01-01 2',
    '2025-01-02 3',
    '2025-01-03 4',
  ]);

  // One page after another gives each row once.
  const seen: string[] = [];
  let page = await look('lines', undefined, 700);
  for (;;) {
    seen.push(...page.rows.map(([order, line]) => `${order} ${line}`));
    if (page.next === null) break;
    page = await look('lines', undefined, 700, page.next);
  }
  assert.equal(seen.length, 60001);
  assert.equal(new Set(seen).size, 60001);

  for (const [table, key] of [
    ['no_table', undefined],
    ['keyless', '4'],
    ['orders', { twice: 4 }],
    ['public.*', undefined],
  ] as const) {
    await assert.rejects(look(table, key), (error) => error instanceof HoldfastError, table);
  }

  // What has changed since is in later backups, and as it was in the first one.
  for (let round = 1; round <= 3; round++) {
    await db.client.query(`update orders set note = $1 where id % 100 = 1`, [`round ${round}`]);
    const next = await exactBackup(db.target, store, { known });
    const now = await look('orders', '70001', 50, undefined, next);
    assert.deepEqual(now.rows[0]![2], `round ${round}`);
  }
  assert.deepEqual((await look('orders', '70001')).rows, one.rows);
});

test('an answer is bounded whatever is in the rows, says so, and stops when nobody waits', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(`
    create table docs (id int primary key, body text, other text);
    insert into docs select i, repeat(md5(i::text), 70000), null from generate_series(1, 12) i;
    create table odd ("a ""b), c" int, "D" text, primary key ("D", "a ""b), c"));
    insert into odd values (1, 'x');
    create table wide (id int primary key, a text, b text);
    insert into wide values (1, repeat('é', 3000001), repeat(E'\\t', 5000001))`);
  const store = memoryStore();
  const { manifest } = await exactBackup(db.target, store, {});
  const size = ({ rows }: FoundRows): number => Buffer.byteLength(JSON.stringify(rows));

  const odd = await findRows(store, manifest, { table: 'odd', limit: 5 });
  assert.deepEqual([odd.keyColumns, odd.truncated], [['D', 'a "b), c'], null]);

  // Values are cut at a whole character, a whole escape.
  const wide = await findRows(store, manifest, { table: 'wide', limit: 5 });
  assert.match(wide.truncated!, /cut at their end: a, b/);
  assert.ok(size(wide) < 5 * 1024 * 1024, String(size(wide)));
  assert.match(wide.rows[0]![1]!, /^é+$/);
  assert.match(wide.rows[0]![2]!, /^\t+$/);
  const whole = await findRows(store, manifest, { table: 'wide', key: 1, limit: 5 });
  assert.deepEqual(whole.rows, wide.rows);

  // 27 MB of rows: every one of them comes, in several answers.
  const seen: string[] = [];
  let after: string | undefined;
  for (let answers = 1; ; answers++) {
    const page = await findRows(store, manifest, { table: 'docs', limit: 1_000, after });
    assert.ok(size(page) < 9 * 1024 * 1024, String(size(page)));
    seen.push(...page.rows.map(([id]) => id!));
    if (page.next === null) {
      assert.ok(answers > 2, String(answers));
      break;
    }
    assert.match(page.truncated!, /an answer holds at most 8.4 MB/);
    after = page.next;
  }
  assert.deepEqual(seen.map(Number), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);

  let reads = 0;
  const gone = new AbortController();
  const leaving = {
    ...store,
    async getChunks(ids: readonly string[]) {
      if (++reads === 1) gone.abort(new Error('the caller is gone'));
      return store.getChunks(ids);
    },
  };
  await assert.rejects(
    findRows(leaving, manifest, { table: 'docs', key: { other: 'x' }, limit: 5, signal: gone.signal }),
    /the caller is gone/,
  );
  assert.ok(reads <= 2, `${reads} reads: no range after the first`);
});

test('lines of COPY text are cut and read as PostgreSQL wrote them', () => {
  const value = fc.option(
    fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.replaceAll('\0', '')),
  );
  const letters: Record<string, string> = {
    '\\': '\\\\',
    '\b': '\\b',
    '\f': '\\f',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
    '\v': '\\v',
  };
  const written = (text: string | null): string =>
    text === null ? '\\N' : text.replaceAll(/[\\\b\f\n\r\t\v]/g, (letter) => letters[letter]!);
  fc.assert(
    fc.property(fc.array(fc.array(value, { minLength: 1, maxLength: 4 })), fc.nat(), (rows, seed) => {
      const random = seeded(seed);
      const bytes = Buffer.from(rows.map((row) => `${row.map(written).join('\t')}\n`).join(''));
      const cutter = lineCutter();
      assert.deepEqual(
        rows.map((row) => fieldsOf(copyLine(row).subarray(0, -1))),
        rows,
      );
      const read: (string | null)[][] = [];
      for (const piece of bytes.length === 0 ? [] : cut(bytes, 1 + random(20), random)) {
        for (const line of cutter.take(piece)) read.push(fieldsOf(line));
      }
      assert.deepEqual(read, rows);
      assert.equal(cutter.rest, 0);
    }),
    { numRuns: 300 },
  );
});
