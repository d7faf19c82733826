import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fieldOf, valueOf } from '../../src/format/copy-fields.ts';
import { fieldRewriter, type FieldRule } from '../../src/format/field-rewriter.ts';

const field = fc.oneof(
  fc.constantFrom('', '\\N', 'x', 'same', '\\t', '\\\\', 'a longer value of some text'),
  fc.string({ unit: fc.constantFrom('a', 'b', ' ', 'ü', '\\n'), maxLength: 12 }),
);
const kinds = ['keep', 'drop', 'double', 'null to zero', 'leave'] as const;

const rules: Record<(typeof kinds)[number], FieldRule> = {
  keep: { keep: true },
  drop: { keep: false },
  double: { keep: true, change: (bytes) => Buffer.concat([bytes, bytes]) },
  'null to zero': {
    keep: true,
    change: (bytes) => (Buffer.from(bytes).toString() === '\\N' ? Buffer.from('0') : undefined),
    longestBytes: 2,
  },
  leave: { keep: true, change: () => undefined },
};

/** The same by splitting whole lines. */
function expectedLine(
  fields: readonly string[],
  kept: readonly (typeof kinds)[number][],
  added: string[],
): string {
  const out = fields.flatMap((text, place) => {
    const kind = kept[place] ?? 'keep';
    if (kind === 'drop') return [];
    if (kind === 'double') return [text + text];
    return [kind === 'null to zero' && text === '\\N' ? '0' : text];
  });
  return [...out, ...added].join('\t');
}

const table = fc.integer({ min: 1, max: 6 }).chain((width) =>
  fc.record({
    kept: fc.array(fc.constantFrom(...kinds), { maxLength: width }),
    lines: fc.array(fc.array(field, { minLength: width, maxLength: width }), { maxLength: 12 }),
    added: fc.array(field, { maxLength: 2 }),
    cuts: fc.array(fc.nat(400), { maxLength: 8 }),
  }),
);

test('fields are kept, left out, changed and added, however the text is cut', () => {
  fc.assert(
    fc.property(table, ({ kept, lines, added, cuts }) => {
      const text = Buffer.from(lines.map((fields) => `${fields.join('\t')}\n`).join(''));
      const ends = [...cuts.map((cut) => Math.min(cut, text.length)), text.length].toSorted((a, b) => a - b);
      const rewriter = fieldRewriter(
        kept.map((kind) => rules[kind]),
        added.map((value) => Buffer.from(value)),
      );
      let from = 0;
      const pieces = ends.map((end) => {
        // Lent as by a chunk reader: what comes later must not change what was held.
        const piece = Buffer.from(text.subarray(from, end));
        from = end;
        const out = Buffer.from(rewriter.take(piece));
        piece.fill(0x21);
        return out;
      });
      const expected = lines.map((fields) => `${expectedLine(fields, kept, added)}\n`).join('');
      assert.equal(Buffer.concat(pieces).toString(), expected);
    }),
    { numRuns: 2_000 },
  );
});

test('a value that is written as a field is read as the same value', () => {
  fc.assert(
    fc.property(fc.option(fc.string({ unit: 'binary' })), (value) => {
      const bytes = fieldOf(value);
      assert.equal(valueOf(bytes), value);
      assert.ok(!bytes.includes(0x09) && !bytes.includes(0x0a));
    }),
  );
});
