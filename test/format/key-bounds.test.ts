import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  begunLine,
  findKeys,
  widenedKeys,
  type FoundKeys,
  type KeyField,
  type KeyOrder,
} from '../../src/format/key-bounds.ts';
import { cut, seeded } from '../engine/segments.ts';

/** As PostgreSQL writes a value of text. */
function escaped(value: string): string {
  const letters: Record<string, string> = {
    '\\': '\\\\',
    '\b': '\\b',
    '\f': '\\f',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
    '\v': '\\v',
  };
  return value.replaceAll(/[\\\b\f\n\r\t\v]/g, (letter) => letters[letter]!);
}

/** What is found in chunks of a text. */
function found(chunks: readonly Uint8Array[], field: KeyField): FoundKeys {
  let begun: Uint8Array = new Uint8Array();
  let keys: FoundKeys = null;
  for (const chunk of chunks) {
    keys = widenedKeys(keys, findKeys(chunk, { ...field, begun }), field.order);
    begun = begunLine(chunk, begun);
  }
  assert.equal(begun.length, 0, 'the last line has ended');
  return keys;
}

const integers = fc.oneof(
  fc.integer().map(BigInt),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(
    -999_999_999_999_999n,
    999_999_999_999_999n,
    9_007_199_254_740_993n,
    9_007_199_254_740_992n,
    0n,
  ),
);
const words = fc
  .oneof(fc.string({ maxLength: 20 }), fc.string({ unit: 'binary', maxLength: 20 }))
  .map((text) => text.replaceAll('\0', ''));
const times = fc
  .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().replace('T', ' ').replace('Z', '+00'));

const momentOf = (text: string): number => Date.parse(text.replace(' ', 'T').replace('+00', 'Z'));
const byBytes = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));
const compared: Record<KeyOrder, (one: string, other: string) => number> = {
  integer: (one, other) => (BigInt(one) < BigInt(other) ? -1 : 1),
  time: (one, other) => momentOf(one) - momentOf(other),
  bytes: byBytes,
};
const values: Record<KeyOrder, fc.Arbitrary<string>> = {
  integer: integers.map(String),
  time: times,
  bytes: words,
};

for (const order of ['integer', 'time', 'bytes'] as const) {
  test(`the least and greatest ${order} are found, wherever the text is cut`, () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(values[order], words, words), { maxLength: 30 }),
        fc.nat(2),
        fc.nat(),
        (rows, column, seed) => {
          const random = seeded(seed);
          const text = rows
            .map(([key, ...others]) => others.map(escaped).toSpliced(column, 0, escaped(key)))
            .map((fields) => `${fields.join('\t')}\n`)
            .join('');
          const bytes = Buffer.from(text);
          const chunks = bytes.length === 0 ? [] : cut(bytes, 1 + random(60), random);
          const keys = rows.map(([key]) => key).toSorted(compared[order]);
          const expected = keys.length === 0 ? null : [keys[0], keys.at(-1)];
          const one = found(bytes.length === 0 ? [] : [bytes], { column, order });
          const many = found(chunks, { column, order });
          for (const answer of [one, many]) {
            // Equal ones may be written in more than one way.
            if (answer === null || answer === 'unknown') assert.deepEqual(answer, expected);
            else
              for (const side of [0, 1] as const)
                assert.ok(
                  answer[side] === expected![side] || compared[order](answer[side], expected![side]!) === 0,
                );
          }
        },
      ),
      { numRuns: 400 },
    );
  });
}

test('what does not compare by its text is unknown', () => {
  const keys = (order: KeyOrder, ...lines: string[]): FoundKeys =>
    found([Buffer.from(lines.map((line) => `${line}\n`).join(''))], { column: 0, order });
  assert.deepEqual(keys('time', '2024-01-02', '2023-12-31'), ['2023-12-31', '2024-01-02']);
  for (const odd of [
    'infinity',
    '-infinity',
    '10000-01-01',
    '0044-03-15 BC',
    '2024-01-01 00:00:00 BC',
    '\\N',
  ])
    assert.equal(keys('time', '2024-01-02', odd), 'unknown', odd);
  assert.equal(keys('integer', '1', '\\N'), 'unknown');
  assert.equal(keys('bytes', 'a', '\\N'), 'unknown');
  assert.equal(keys('bytes', 'a', 'x'.repeat(200)), 'unknown', 'too long to be kept');
  assert.deepEqual(keys('bytes', 'a', `${'x'.repeat(100)}\\t`), ['a', `${'x'.repeat(100)}\t`]);
  assert.equal(widenedKeys('unknown', ['1', '2'], 'integer'), 'unknown');
  assert.equal(widenedKeys('unknown', null, 'integer'), 'unknown');
});

test('of a line of many megabytes the field is found in its first bytes, or unknown', () => {
  const long = Buffer.concat([Buffer.from('7\t'), Buffer.alloc(500_000, 'x'), Buffer.from('\t9\n')]);
  const chunks = Array.from({ length: 6 }, (_, i) => long.subarray(i * 100_000, (i + 1) * 100_000)).filter(
    (chunk) => chunk.length > 0,
  );
  assert.deepEqual(found(chunks, { column: 0, order: 'integer' }), ['7', '7']);
  assert.equal(found(chunks, { column: 2, order: 'integer' }), 'unknown');
  assert.deepEqual(found([long], { column: 2, order: 'integer' }), ['9', '9']);
});
