import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  asciiJson,
  asciiText,
  ChainExamination,
  chainHash,
  chainStart,
  type ChainRow,
} from '../../src/format/audit-chain.ts';

const chain = '4a5c6d3e-0f6b-4a61-9a0b-9f3f5c1d2e7a';

interface Said {
  actor: string;
  operation: string;
  more: unknown;
}

/** Rows as the server writes them. */
function written(calls: readonly Said[], from = 1, before = chainStart(chain)): ChainRow[] {
  let previous = before;
  return calls.map(({ actor, operation, more }, i) => {
    const id = from + i;
    const at = new Date(1_800_000_000_000 + id * 7);
    const content = asciiJson({ at: at.toISOString(), actor, operation, more });
    const hash = chainHash(previous, id, content);
    const row = { id, content, previous, hash, at, actor: asciiText(actor), operation, callId: null };
    previous = hash;
    return row;
  });
}

const headOf = (rows: readonly ChainRow[]) => ({
  row: rows.at(-1)?.id ?? 0,
  hash: (rows.at(-1)?.hash ?? chainStart(chain)).toString('hex'),
});

function problems(
  rows: readonly ChainRow[],
  head: { row: number; hash: string },
  wanted: readonly { row: number; hash: string }[] = [],
): string[] {
  const known = new Map(wanted.map(({ row, hash }) => [row, new Set([hash])]));
  const examination = new ChainExamination(chain, known);
  for (const row of rows) examination.add(row);
  return examination.end(head).map(({ kind, row, lastRow }) => `${kind} ${row}-${lastRow}`);
}

const said = fc.record({
  actor: fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.toWellFormed()),
  operation: fc.stringMatching(/^\w{1,8}$/),
  more: fc.jsonValue({ maxDepth: 1 }),
});
const calls = fc.array(said, { minLength: 2, maxLength: 12 });
const part = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const place = (share: number, count: number): number => Math.floor(share * count);

test('a chain is as it was written, and every row in it is ASCII', () => {
  fc.assert(
    fc.property(fc.array(said, { maxLength: 12 }), (list) => {
      const rows = written(list);
      assert.deepEqual(
        problems(
          rows,
          headOf(rows),
          rows.map((row) => headOf([row])),
        ),
        [],
      );
      for (const { content } of rows) assert.match(content, /^[\x20-\x7e]*$/);
    }),
  );
});

test('any rows that are removed are noticed, at the end too', () => {
  fc.assert(
    fc.property(calls, part, part, (list, one, other) => {
      const rows = written(list);
      const first = place(one, rows.length);
      const count = 1 + place(other, rows.length - first);
      const left = rows.toSpliced(first, count);
      const kind = first + count === rows.length ? 'cut' : 'missing';
      assert.deepEqual(problems(left, headOf(rows)), [`${kind} ${first + 1}-${first + count}`]);
    }),
  );
});

test('a row that is changed is noticed, whichever of its columns it is', () => {
  const changes: ((row: ChainRow, other: string) => Partial<ChainRow>)[] = [
    ({ content }, other) => ({ content: content.replace('{', `{"x":${asciiJson(other)},`) }),
    ({ actor }) => ({ actor: `${actor}x` }),
    ({ operation }) => ({ operation: `${operation}x` }),
    ({ at }) => ({ at: new Date(at.getTime() + 1) }),
    () => ({ callId: 1 }),
    ({ hash }) => ({ hash: Buffer.from(hash.map((byte) => byte ^ 1)) }),
    ({ previous }) => ({ previous: Buffer.from(previous.map((byte) => byte ^ 1)) }),
    () => ({ content: 'no JSON' }),
  ];
  fc.assert(
    fc.property(calls, part, fc.constantFrom(...changes), fc.string(), (list, one, change, other) => {
      const rows = written(list);
      const at = place(one, rows.length);
      const changed = rows.with(at, { ...rows[at]!, ...change(rows[at]!, other) });
      assert.equal(problems(changed, headOf(rows))[0], `changed ${at + 1}-${at + 1}`);
    }),
  );
});

test('a row that is changed and hashed anew is noticed by the next one, and the last by the head', () => {
  fc.assert(
    fc.property(calls, part, (list, one) => {
      const rows = written(list);
      const at = place(one, rows.length);
      const [forged] = written([{ ...list[at]!, more: 'forged' }], at + 1, rows[at]!.previous);
      const expected = at + 1 === rows.length ? `replaced ${at + 1}-${at + 1}` : `moved ${at + 2}-${at + 2}`;
      fc.pre(!forged!.hash.equals(rows[at]!.hash));
      assert.deepEqual(problems(rows.with(at, forged!), headOf(rows)), [expected]);
    }),
  );
});

test('rows that change places are noticed', () => {
  fc.assert(
    fc.property(calls, part, part, (list, one, other) => {
      const rows = written(list);
      const [a, b] = [place(one, rows.length), place(other, rows.length)];
      fc.pre(a !== b);
      const swapped = rows.with(a, { ...rows[b]!, id: a + 1 }).with(b, { ...rows[a]!, id: b + 1 });
      const found = problems(swapped, headOf(rows));
      for (const at of [a, b]) assert.ok(found.includes(`changed ${at + 1}-${at + 1}`), String(found));
    }),
  );
});

test('one who writes everything anew, the head too, is found out by any hash that is kept elsewhere', () => {
  fc.assert(
    fc.property(calls, part, part, (list, one, other) => {
      const rows = written(list);
      const at = place(one, rows.length);
      const kept = rows[at + place(other, rows.length - at)]!;
      const forged = [
        ...rows.slice(0, at),
        ...written(
          list.slice(at).map((call, i) => (i === 0 ? { ...call, more: ['forged'] } : call)),
          at + 1,
          rows[at]!.previous,
        ),
      ];
      fc.pre(asciiJson(list[at]!.more) !== '["forged"]');
      assert.deepEqual(problems(forged, headOf(forged)), []);
      assert.deepEqual(problems(forged, headOf(forged), [headOf([kept])]), [
        `replaced ${kept.id}-${kept.id}`,
      ]);
      // And one who takes the end away, with the head.
      const cut = rows.slice(0, kept.id - 1);
      assert.deepEqual(problems(cut, headOf(cut)), []);
      assert.deepEqual(problems(cut, headOf(cut), [headOf([kept])]), [`cut ${kept.id}-${kept.id}`]);
    }),
  );
});
