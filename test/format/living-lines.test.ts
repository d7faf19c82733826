import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dropsText, readDrops } from '../../src/format/drops.ts';
import { livingLines } from '../../src/format/living-lines.ts';
import type { ManifestRange } from '../../src/format/manifest.ts';
import { cut, runsOfLines, seeded, type Line } from '../engine/segments.ts';

const corrupt = { code: 'CHUNK_CORRUPT', message: /public\.t/ };

function rangeOf(segments: readonly (readonly Line[])[]): ManifestRange {
  const rows = segments.flat().filter(({ isRow }) => isRow);
  return {
    fromBlock: 0,
    toBlock: null,
    rows: rows.length,
    rawBytes: rows.reduce((sum, { text }) => sum + Buffer.byteLength(text) + 1, 0),
    segments: segments.map((lines) => ({ chunks: [], lines: lines.length })),
  };
}

/** Reads segments that are cut anywhere. */
function read(
  range: ManifestRange,
  drops: Uint8Array | undefined,
  segments: readonly (readonly Line[])[],
  seed: number,
): string {
  const random = seeded(seed);
  const lines = livingLines(range, drops, 'public.t');
  const found: Buffer[] = [];
  for (const segment of segments) {
    const text = Buffer.from(segment.map((line) => `${line.text}\n`).join(''));
    const pieces = text.length > 0 ? cut(text, 1 + random(20), random) : [];
    for (const piece of pieces) found.push(Buffer.from(lines.take(new Uint8Array(piece))));
    lines.endSegment();
  }
  lines.end();
  assert.equal(lines.rows, range.rows);
  return Buffer.concat(found).toString();
}

const anyLine = fc.record({
  text: fc.oneof(
    fc.constantFrom('', '\\N', '\\\\.', 'a\tb\\nc'),
    fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replaceAll('\n', '\\n')),
    fc.nat(300).map((length) => 'x'.repeat(length)),
  ),
  isRow: fc.boolean(),
});
const anySegments = fc.array(fc.array(anyLine, { maxLength: 30 }), { maxLength: 9 });

test('of lines cut anywhere, those that are rows come, whole and in order', () => {
  fc.assert(
    fc.property(anySegments, fc.nat(), (segments, seed) => {
      const runs = runsOfLines(segments.flat());
      const expected = segments.flat().filter(({ isRow }) => isRow);
      const found = read(rangeOf(segments), dropsText(runs), segments, seed);
      assert.equal(found, expected.map(({ text }) => `${text}\n`).join(''));
    }),
    { numRuns: 500 },
  );
});

test('drops are read as they were written', () => {
  const anyRuns = fc
    .array(fc.tuple(fc.integer({ min: 1 }), fc.integer({ min: 1 })))
    .map((runs) => runs.map(([keep, drop]) => ({ keep, drop })));
  fc.assert(
    fc.property(anyRuns, fc.boolean(), (runs, fromTheFirst) => {
      const [first, ...rest] = runs;
      const written = first && fromTheFirst ? [{ ...first, keep: 0 }, ...rest] : runs;
      assert.deepEqual([...readDrops(dropsText(written), 'public.t')], written);
    }),
  );
  assert.equal(
    Buffer.from(
      dropsText([
        { keep: 0, drop: 2 },
        { keep: 5, drop: 1 },
      ]),
    ).toString(),
    '0 2\n5\n',
  );
});

const notDrops: Record<string, string> = {
  'no numbers': 'x y\n',
  'a drop of one that is written': '1 1\n',
  'a negative number': '1 -1\n',
  'a fraction': '1.5 1\n',
  'no number': '\n',
  'a third number': '1 2 2\n',
  'no end': '1 2',
  'no end of a number alone': '1',
  'no drop': '1 0\n',
  'no line between two drops': '1\n0 2\n',
  'a leading zero': '1 02\n',
  'a sign': '+1\n',
  'two spaces': '1  2\n',
  'a space at the end': '1 \n',
  'a space behind two numbers': '1 2 \n',
  'a carriage return': '1\r\n',
  'an empty line': '1\n\n',
  'a number that is too large': `1 ${2 ** 53}\n`,
  'a number without end': `${'9'.repeat(400)}\n`,
  'a byte order mark': '\ufeff1\n',
};
for (const [what, text] of Object.entries(notDrops)) {
  test(`drops are refused: ${what}`, () => {
    assert.throws(() => [...readDrops(Buffer.from(text), 'public.t')], corrupt);
    // Also by who reads rows, whatever the lines are.
    const lines = Array.from({ length: 9 }, (_, i): Line => ({ text: `${i}`, isRow: i !== 1 }));
    assert.throws(() => read(rangeOf([lines]), Buffer.from(text), [lines], 1), corrupt);
  });
}

const three: Line[] = [
  { text: 'one', isRow: true },
  { text: 'two', isRow: false },
  { text: 'three', isRow: true },
];
const good = rangeOf([three]);
const disagreements: Record<string, { drops?: string; range?: Partial<ManifestRange> }> = {
  'a line less in the manifest': { range: { segments: [{ chunks: [], lines: 2 }] } },
  'a line more in the manifest': { range: { segments: [{ chunks: [], lines: 4 }] } },
  'a row more in the manifest': { range: { rows: 3 } },
  'a row less in the manifest': { range: { rows: 1 } },
  'a byte more in the manifest': { range: { rawBytes: good.rawBytes + 1 } },
  'drops of another line': { drops: '2\n' },
  'drops of nothing': { drops: '' },
  'drops of everything': { drops: '0 3\n' },
  'drops up to behind the end': { drops: '1\n1\n' },
  'drops that begin at the end': { drops: '1\n1 2\n' },
  'drops that begin behind the end': { drops: '1\n5\n' },
  'drops of a line that was never there': { drops: '1 3\n' },
};
test('lines that agree are read', () => {
  assert.equal(read(good, Buffer.from('1\n'), [three], 1), 'one\nthree\n');
});
for (const [what, { drops = '1\n', range = {} }] of Object.entries(disagreements)) {
  test(`rows are refused: ${what}`, () => {
    assert.throws(() => read({ ...good, ...range }, Buffer.from(drops), [three], 1), corrupt);
  });
}

test('a segment that ends in the midst of a row is refused, though the next goes on with it', () => {
  const lines = livingLines(
    { ...good, segments: [1, 2].map((n) => ({ chunks: [], lines: n })) },
    undefined,
    'public.t',
  );
  lines.take(new Uint8Array(Buffer.from('one\ntw')));
  assert.throws(() => lines.endSegment(), corrupt);
});
