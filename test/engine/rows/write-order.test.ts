import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { GatheredRows, RowReference, RowTable } from '../../../src/engine/rows/rows.ts';
import { writeOrder } from '../../../src/engine/rows/write-order.ts';

test('parents come first, and only keys in a circle are put off', () => {
  const edge = fc.record({ from: fc.nat(6), to: fc.nat(6), deferrable: fc.boolean() });
  fc.assert(
    fc.property(
      fc.array(edge, { maxLength: 14 }),
      fc.array(fc.nat(6), { maxLength: 3 }),
      (edges, without) => {
        const tables = Array.from({ length: 7 }, (_, oid) => ({ oid }) as RowTable);
        const sets = tables
          .filter(({ oid }) => !without.includes(oid))
          .map((table) => ({ table }) as GatheredRows);
        const references = edges.map(
          ({ from, to, deferrable }) => ({ from: tables[from], to: tables[to], deferrable }) as RowReference,
        );
        const { sets: order, circular } = writeOrder(sets, references);
        assert.deepEqual(new Set(order), new Set(sets));
        const place = new Map(order.map(({ table }, at) => [table, at]));
        const between = references.filter(({ from, to }) => place.has(from) && place.has(to));
        const reaches = (one: RowTable, other: RowTable): boolean => {
          const seen = new Set([one]);
          for (const table of seen) {
            for (const { from, to } of between) if (from === table) seen.add(to);
          }
          return seen.has(other);
        };
        for (const key of between) {
          if (key.from === key.to) continue;
          if (circular.includes(key)) assert.ok(reaches(key.to, key.from), 'its parent leads back to it');
          else assert.ok(place.get(key.to)! < place.get(key.from)!, 'its parent is written before it');
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('of two keys in a circle the deferrable one is put off', () => {
  const [a, b] = [{ oid: 1 } as RowTable, { oid: 2 } as RowTable];
  for (const deferrable of [a, b]) {
    const references = [
      { from: a, to: b, deferrable: deferrable === a },
      { from: b, to: a, deferrable: deferrable === b },
    ] as RowReference[];
    const { circular } = writeOrder([{ table: a }, { table: b }] as GatheredRows[], references);
    assert.deepEqual(
      circular.map((key) => key.deferrable),
      [true],
    );
  }
});
