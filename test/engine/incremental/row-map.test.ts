import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { areWanted, maxSegments, planRows } from '../../../src/engine/backup/row-changes.ts';
import {
  decodeRowMap,
  dropRuns,
  encodeRowMap,
  lineList,
  placeOf,
  type RowMap,
} from '../../../src/engine/backup/row-map.ts';
import type { Places } from '../../../src/postgres/row-places.ts';
import { seeded, type Random } from '../segments.ts';

interface Row {
  block: number;
  offset: number;
  /** Later ones write greater numbers. */
  xmin: number;
}

/** A range of a table that does not exist: its row versions by their places. */
type Table = Map<number, Row>;

const key = ({ block, offset, xmin }: Row): string => `${block} ${offset} ${xmin}`;
/** Any length, but the same for the same row version. */
const lengthOf = ({ block, offset, xmin }: Row): number => 1 + ((block * 7 + offset * 13 + xmin * 31) % 300);

const ascending = (table: Table): Row[] =>
  [...table.values()].toSorted((a, b) => placeOf(a.block, a.offset) - placeOf(b.block, b.offset));

function placesOf(rows: readonly Row[]): Places {
  return {
    block: Uint32Array.from(rows, ({ block }) => block),
    offset: Uint16Array.from(rows, ({ offset }) => offset),
  };
}

function segmentOf(rows: readonly Row[]) {
  const list = lineList();
  for (const row of rows) list.add(row.block, row.offset, lengthOf(row));
  return list.lines();
}

/** Inserts, deletes, and updates, which are both; freed places are used again, by another transaction. */
function change(table: Table, xmin: number, changes: number, random: Random): void {
  for (let i = 0; i < changes; i++) {
    const rows = [...table.values()];
    const what = random(4);
    if (what > 0 && rows.length > 0) {
      const row = rows[random(rows.length)]!;
      table.delete(placeOf(row.block, row.offset));
    }
    if (what > 1) continue;
    const row = { block: 4_000_000_000 + random(20), offset: 1 + random(30), xmin };
    const place = placeOf(row.block, row.offset);
    if (!table.has(place)) table.set(place, row);
  }
}

/** What a backup has of the range: the lines of its segments, which of them are rows by the model, and the map. */
interface Backup {
  segments: Row[][];
  map: RowMap;
}

const living = ({ segments, map }: Backup): Row[] =>
  segments.flatMap((rows, i) => rows.filter((_, line) => map[i]!.offset[line] !== 0));

function firstBackup(table: Table): Backup {
  const rows = ascending(table);
  return { segments: [rows], map: [segmentOf(rows)] };
}

/**
 * @param since the transactions of the backup before were all before this one
 * @returns undefined where the range is to be written anew
 */
function nextBackup(before: Backup, table: Table, since: number): Backup | undefined {
  const now = ascending(table);
  const old = now.filter(({ xmin }) => xmin < since);
  const plan = planRows(before.map, placesOf(old));
  if (!plan) return undefined;
  const again = new Set([...plan.again.block].map((block, i) => placeOf(block, plan.again.offset[i]!)));
  const read = now.filter((row) => row.xmin >= since || again.has(placeOf(row.block, row.offset)));
  assert.ok(areWanted(placesOf(read), placesOf(old), plan));
  const kept: Backup = { segments: plan.kept.map((i) => before.segments[i]!), map: plan.map };
  assert.equal(plan.rows, living(kept).length);
  assert.equal(
    plan.rawBytes,
    living(kept).reduce((sum, row) => sum + lengthOf(row), 0),
  );
  assert.equal(
    plan.drops,
    plan.map.some(({ offset }) => offset.includes(0)),
  );
  if (!plan.dropsMore && before.map.some(({ offset }) => offset.includes(0))) {
    assert.deepEqual([...dropRuns(plan.map)], [...dropRuns(before.map)]);
  }
  const current = new Set(now.map(key));
  assert.equal(plan.gone, living(before).filter((row) => !current.has(key(row))).length);
  if (read.length === 0) return kept;
  return { segments: [...kept.segments, read], map: [...plan.map, segmentOf(read)] };
}

test('whatever happens between backups, the lines that are left are the rows', (t) => {
  const seen = { anew: 0, followed: 0, segments: 0, merged: 0 };
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 0, max: 40 }), (seed, pace) => {
      const random = seeded(seed);
      const table: Table = new Map();
      for (let block = 0; block < 20; block++) {
        for (let offset = 1; offset <= 20; offset++) {
          const row = { block: 4_000_000_000 + block, offset, xmin: 5 };
          table.set(placeOf(row.block, row.offset), row);
        }
      }
      let backup = firstBackup(table);
      for (let xmin = 10; xmin < 40; xmin++) {
        change(table, xmin, random(pace + 1), random);
        const next = nextBackup(backup, table, xmin);
        if (!next) seen.anew++;
        else {
          seen.followed++;
          seen.segments = Math.max(seen.segments, next.segments.length);
          if (next.segments.length < backup.segments.length) seen.merged++;
        }
        backup = next ?? firstBackup(table);
        assert.deepEqual(living(backup).map(key).toSorted(), [...table.values()].map(key).toSorted());
        assert.ok(backup.segments.length <= maxSegments);
        const lines = backup.segments.flat().length;
        assert.ok(living(backup).length >= lines * 0.6, 'most lines are rows');
        assert.deepEqual(decodeRowMap(encodeRowMap(backup.map)), backup.map);
      }
    }),
    { numRuns: 60 },
  );
  t.diagnostic(JSON.stringify(seen));
  assert.ok(seen.anew > 0 && seen.followed > 500 && seen.segments === maxSegments && seen.merged > 10);
});

test('a row is not stored again and again because its range changes', () => {
  const random = seeded(3);
  const table: Table = new Map();
  for (let i = 1; i <= 20_000; i++) {
    const row = { block: i >> 7, offset: 1 + (i & 127), xmin: 5 };
    table.set(placeOf(row.block, row.offset), row);
  }
  let backup = firstBackup(table);
  let stored = 0;
  for (let xmin = 10; xmin < 40; xmin++) {
    const rows = [...table.values()];
    for (let i = 0; i < 200; i++) {
      const row = rows[random(rows.length)]!;
      table.set(placeOf(row.block, row.offset), { ...row, xmin });
    }
    const next = nextBackup(backup, table, xmin)!;
    stored += next.segments.at(-1)!.length;
    backup = next;
  }
  // 30 backups with 1 % changed each.
  assert.ok(stored < 3 * 30 * 200, `${stored} rows were stored, ${30 * 200} changed`);
});

test('a map that is not one of these rows, or is in another order, is not followed', () => {
  const rows: Row[] = Array.from({ length: 50 }, (_, i) => ({ block: 1, offset: i + 1, xmin: 9 }));
  const now = placesOf(rows);
  assert.ok(planRows([segmentOf(rows)], now));
  assert.equal(planRows([segmentOf(rows.toReversed())], now), null);
  assert.equal(planRows([segmentOf(rows), segmentOf(rows)], now), null);
  assert.equal(planRows([segmentOf(rows.slice(1))], now), null, 'a row that was there has no line');
  assert.equal(planRows([segmentOf(rows)], placesOf(rows.toReversed())), null);
  assert.equal(planRows([], now), null);
});

test('rows that were read are those that were wanted, or none of them counts', () => {
  const row = (offset: number): Row => ({ block: 1, offset, xmin: 9 });
  const rows = Array.from({ length: 90 }, (_, i) => row(i + 1));
  const old = placesOf(rows);
  // As many segments as there may be: the last ones are read again.
  const segments = Array.from({ length: maxSegments }, (_, i) =>
    rows.filter((__, at) => at % maxSegments === i),
  );
  const plan = planRows(segments.map(segmentOf), old)!;
  const again = rows.filter(({ offset }) => plan.again.offset.includes(offset));
  assert.ok(again.length > 0 && again.length < rows.length);
  const fresh = [row(101), row(102)];
  assert.ok(areWanted(placesOf([...again, ...fresh]), old, plan));
  assert.ok(areWanted(placesOf(again), old, plan));
  assert.ok(!areWanted(placesOf([...again.slice(1), ...fresh]), old, plan), 'one was not read');
  assert.ok(!areWanted(placesOf([...fresh, ...again]), old, plan), 'another order');
  const kept = rows.find((each) => !again.includes(each))!;
  const withKept = [...again, kept].toSorted((one, other) => one.offset - other.offset);
  assert.ok(!areWanted(placesOf(withKept), old, plan), 'one has a line already');
});

test('a range without rows any more has no segments', () => {
  const rows: Row[] = [{ block: 1, offset: 1, xmin: 9 }];
  const plan = planRows([segmentOf(rows)], placesOf([]))!;
  assert.deepEqual(
    { ...plan, again: plan.again.block.length },
    { kept: [], map: [], again: 0, rows: 0, rawBytes: 0, drops: false, dropsMore: true, gone: 1 },
  );
});

test('maps are read as they were written, and nothing else is read', () => {
  const anyLine = fc.record({
    block: fc.oneof(fc.nat(3), fc.integer({ min: 0, max: 2 ** 32 - 2 })),
    offset: fc.nat(2 ** 16 - 1),
    bytes: fc.oneof(fc.nat(200), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  });
  fc.assert(
    fc.property(fc.array(fc.array(anyLine)), (segments) => {
      const map = segments.map((lines) => {
        const list = lineList();
        for (const { block, offset, bytes } of lines) list.add(block, offset, bytes);
        return list.lines();
      });
      const encoded = encodeRowMap(map);
      assert.deepEqual(decodeRowMap(encoded), map);
      for (let length = 0; length < encoded.length; length += 7) {
        assert.equal(decodeRowMap(encoded.subarray(0, length)), undefined);
      }
    }),
    { numRuns: 200 },
  );
  assert.equal(decodeRowMap(Buffer.from('no map')), undefined);
});

test('the map of 100 000 lines of a table as it was filled takes a few bytes', (t) => {
  const list = lineList();
  for (let i = 0; i < 100_000; i++) list.add(i >> 7, 1 + (i & 127), 40 + (i % 3));
  const { length } = encodeRowMap([list.lines()]);
  t.diagnostic(`${length} bytes`);
  assert.ok(length < 20_000);
});
