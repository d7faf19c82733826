import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { conditionSpans, type KeyInPlan } from '../../../src/engine/query/condition-spans.ts';
import { rangesWithin, type Span } from '../../../src/engine/query/spans.ts';

const id: KeyInPlan = { alias: 'o', column: 'id', kind: 'integer' };
const name: KeyInPlan = { alias: 'o', column: 'A "b" AND c', kind: 'text' };

const words = (spans: Span[] | null): string =>
  spans === null ? 'all' : spans.map(({ least, greatest }) => `${least ?? ''}..${greatest ?? ''}`).join(' ');

test('what a condition says of a key, as the server writes it', () => {
  for (const [condition, expected] of [
    ['(o.id = 5)', '5..5'],
    ['(5 = o.id)', '5..5'],
    [`(o.id = '-5'::integer)`, '-5..-5'],
    [`(o.id = '99999999999'::bigint)`, '99999999999..99999999999'],
    [`(o.id = ANY ('{5,-6,NULL}'::integer[]))`, '5..5 -6..-6'],
    ['((o.id >= 5) AND (o.id < 9))', '5..9'],
    ['((5 < o.id) AND (o.n = 1.5) AND (o.id <= 9))', '5..9'],
    ['((o.id = 5) OR (o.id > 9))', '5..5 9..'],
    ['(((o.id = 5) OR (o.id = 9)) AND (o.id < 7))', '5..5'],
    [`((o.note = 'it''s (o.id = 7) OR'::text) AND (o.id = 5))`, '5..5'],
    ['((o.id = $0) AND (o.id = 5))', '5..5'],
    ['((o.id = 5) OR (o.n = 1))', 'all'],
    ['(NOT (o.id = 5))', 'all'],
    ['((o.id = 5) IS NOT TRUE)', 'all'],
    ['(o.id <> 5)', 'all'],
    ['(o.id = 5.5)', 'all'],
    ['((o.id)::numeric = 5)', 'all'],
    [`(o.id = '5'::numeric)`, 'all'],
    ['((o.id + 1) = 5)', 'all'],
    ['(p.id = 5)', 'all'],
    ['(o.id = o.n)', 'all'],
    ['(o.id = p.id)', 'all'],
    ['(o.id OPERATOR(public.=) 5)', 'all'],
    ['(CASE WHEN o.flag THEN (o.id = 5) ELSE true END)', 'all'],
    ["(o.id = ALL ('{5,6}'::integer[]))", 'all'],
    [`(o.id <> ANY ('{5,6}'::integer[]))`, 'all'],
    [`(o.id = ANY ('{{5},{6}}'::integer[]))`, 'all'],
    [`((o.id = 5) AND (o.note = E'\\\\'' OR'::text))`, 'all'],
    ['(hashed SubPlan 1)', 'all'],
    ['o.flag', 'all'],
  ] as const) {
    assert.equal(words(conditionSpans(condition, id)), expected, condition);
  }
  const column = 'o."A ""b"" AND c"';
  for (const [condition, expected] of [
    [`(${column} = 'x'::text)`, 'x..x'],
    [`((${column})::text = 'it''s'::text)`, `it's..it's`],
    [
      `((${column})::text = ANY ('{a,"b c","d\\"e",NULL,"NULL"}'::text[]))`,
      'a..a b c..b c d"e..d"e NULL..NULL',
    ],
    [`(${column} > 'x'::text)`, 'all'],
    [`(${column} = 'x'::text COLLATE "de")`, 'all'],
    [`(${column} ~~ 'x'::text)`, 'all'],
    [`(${column} = 'x'::citext)`, 'all'],
    [`(${column} = 'x'::character(3))`, 'all'],
  ] as const) {
    assert.equal(words(conditionSpans(condition, name)), expected, condition);
  }
});

test('ranges within spans are those that have a value of one', () => {
  const number = fc.integer({ min: -50, max: 50 });
  const end = fc.option(number);
  const pair = fc.tuple(number, number).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(end, end), { maxLength: 6 }),
      fc.array(pair, { maxLength: 8 }),
      (spans, bounds) => {
        const ranges = bounds.map(([a, b]) => ({
          fromBlock: 0,
          toBlock: null,
          rows: 1,
          rawBytes: 1,
          segments: [],
          keys: [String(a), String(b)] as [string, string],
        }));
        const ordered = spans.filter(([a, b]) => a === null || b === null || a <= b);
        const asText = ordered.map(([a, b]) => ({
          least: a === null ? null : String(a),
          greatest: b === null ? null : String(b),
        }));
        const expected = ranges.filter((_, i) =>
          ordered.some(([a, b]) => (a ?? -99) <= bounds[i]![1] && (b ?? 99) >= bounds[i]![0]),
        );
        assert.deepEqual(rangesWithin(ranges, asText, 'integer'), expected);
      },
    ),
  );
});
