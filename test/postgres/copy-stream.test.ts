import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CopyStreamReader, type ServerError, type WireOutcome } from '../../src/postgres/wire/copy-stream.ts';

/** One message of the protocol: a type and a body. */
function message(type: string, body: Uint8Array | string = ''): Buffer {
  const bytes = Buffer.from(body as string);
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(bytes.length + 4, 1);
  return Buffer.concat([head, bytes]);
}

const copyOutResponse = message('H', Buffer.from([0, 0, 0]));
const copyDone = message('c');
const ready = message('Z', 'T');
const complete = (tag: string): Buffer => message('C', `${tag}\0`);
const failure = (code: string, text: string, detail?: string): Buffer =>
  message('E', `SFEHLER\0VERROR\0C${code}\0M${text}\0${detail === undefined ? '' : `D${detail}\0`}\0`);

const some = (...texts: string[]): Buffer => Buffer.concat(texts.map((text) => message('d', text)));

const statement = (rows: readonly Uint8Array[]): Buffer =>
  Buffer.concat([
    copyOutResponse,
    ...rows.map((row) => message('d', row)),
    copyDone,
    complete(`COPY ${rows.length}`),
  ]);

interface Received {
  /** Of each statement: its data, the rows counted on the way, and those the server said. */
  statements: { data: Buffer; counted: number; rows: number }[];
  outcome: WireOutcome;
  /** What the reader left for others. */
  rest: Buffer;
  copyInRequested: boolean;
}

/** Feeds a stream cut at these positions, as a socket with a buffer of its own would. */
function receive(stream: Buffer, cuts: readonly number[]): Received {
  const statements: Received['statements'] = [];
  let pieces: Buffer[] = [];
  let counted = 0;
  const reader = new CopyStreamReader({
    data(piece, rows) {
      assert.ok(piece.length > 0, 'no empty pieces');
      // Valid only during the call: a copy, as the contract says.
      pieces.push(Buffer.from(piece));
      counted += rows;
    },
    statementEnd(rows) {
      statements.push({ data: Buffer.concat(pieces), counted, rows });
      pieces = [];
      counted = 0;
    },
  });
  const places = [...new Set([...cuts.map((cut) => Math.min(cut, stream.length)), stream.length])].toSorted(
    (a, b) => a - b,
  );
  const reused = Buffer.alloc(stream.length + 3);
  let at = 0;
  for (const place of places) {
    // The same memory for every read, at an odd address, and full of the last read's leftovers.
    const read = reused.subarray(3, 3 + place - at);
    stream.copy(read, 0, at, place);
    const outcome = reader.feed(read);
    if (outcome.done) {
      const rest = Buffer.concat([read.subarray(outcome.consumed), stream.subarray(place)]);
      return { statements, outcome, rest, copyInRequested: reader.copyInRequested };
    }
    at = place;
  }
  return {
    statements,
    outcome: { done: false },
    rest: Buffer.alloc(0),
    copyInRequested: reader.copyInRequested,
  };
}

function errorOf({ outcome }: Received): ServerError | undefined {
  assert.ok(outcome.done);
  return outcome.error;
}

// Lengths around the one where moving by hand gives way to copyWithin, and some longer than any read.
const rowLength = fc.oneof(
  fc.integer({ min: 1, max: 12 }),
  fc.integer({ min: 60, max: 70 }),
  fc.integer({ min: 1, max: 2000 }),
);
const row = fc.tuple(rowLength, fc.integer({ min: 0, max: 255 })).map(([length, first]) => {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = first + i * 7;
  return bytes;
});
const rows = fc.array(row, { maxLength: 30 });
const cuts = fc.array(fc.nat(20_000), { maxLength: 60 });
/** What a server may say at any time; it must not show. */
const aside = fc.constantFrom(
  Buffer.alloc(0),
  message('N', 'SNOTICE\0C00000\0Mby the way\0\0'),
  message('S', 'TimeZone\0UTC\0'),
);

test('however a stream is cut into reads, the same rows come out', () => {
  fc.assert(
    fc.property(
      fc.array(rows, { minLength: 1, maxLength: 4 }),
      cuts,
      aside,
      row,
      (all, where, noise, next) => {
        const stream = Buffer.concat([...all.flatMap((each) => [statement(each), noise]), ready, next]);
        const received = receive(stream, where);
        assert.deepEqual(
          received.statements,
          all.map((each) => ({ data: Buffer.concat(each), counted: each.length, rows: each.length })),
        );
        assert.equal(errorOf(received), undefined);
        assert.deepEqual(received.rest, next);
      },
    ),
    { numRuns: 300 },
  );
});

test('cut at every single byte, and at any one byte', () => {
  const all = [
    [Buffer.from('a\tb\n'), Buffer.alloc(64, 'x'), Buffer.alloc(65, 'y')],
    [],
    [Buffer.from('\n')],
  ];
  const stream = Buffer.concat([...all.map(statement), ready, Buffer.from('next')]);
  const expected = receive(stream, []);
  assert.equal(expected.statements.length, 3);
  for (let at = 0; at <= stream.length; at++) {
    const { outcome, ...received } = receive(stream, [at]);
    assert.ok(outcome.done);
    const { outcome: _, ...wanted } = expected;
    assert.deepEqual(received, wanted, `cut at ${at}`);
  }
  const everywhere = receive(stream, [...stream.keys()]);
  assert.deepEqual(everywhere.statements, expected.statements);
  assert.equal(everywhere.rest.toString(), 'next');
});

test('rows come in one piece a read, with the headers taken out', () => {
  const pieces: [string, number][] = [];
  const reader = new CopyStreamReader({
    data: (piece, count) => pieces.push([Buffer.from(piece).toString(), count]),
    statementEnd: () => {},
  });
  reader.feed(some('one\n', 'two\n', 'three\n'));
  const [head, tail] = [some('four\n').subarray(0, 7), some('four\n').subarray(7)];
  reader.feed(Buffer.concat([some('3\n'), head]));
  reader.feed(Buffer.concat([tail, some('5\n')]));
  assert.deepEqual(pieces, [
    ['one\ntwo\nthree\n', 3],
    ['3\nfo', 1],
    ['ur\n5\n', 2],
  ]);
});

test('an error ends the statement and the query; its fields are named as the driver names them', () => {
  fc.assert(
    fc.property(rows, rows, cuts, (first, broken, where) => {
      const stream = Buffer.concat([
        statement(first),
        copyOutResponse,
        ...broken.map((each) => message('d', each)),
        failure('22P02', 'kaputt: é', 'the detail'),
        ready,
      ]);
      const received = receive(stream, where);
      const error = errorOf(received);
      assert.deepEqual(
        { message: error?.message, code: error?.code, severity: error?.severity, detail: error?.detail },
        { message: 'kaputt: é', code: '22P02', severity: 'ERROR', detail: 'the detail' },
      );
      // The broken statement did not end: nobody may take what came of it for the whole.
      assert.equal(received.statements.length, 1);
      assert.equal(received.rest.length, 0);
    }),
    { numRuns: 100 },
  );
});

test('of several errors the first one counts', () => {
  const received = receive(
    Buffer.concat([failure('42P01', 'first'), failure('57P01', 'second'), ready]),
    [9, 40],
  );
  assert.equal(errorOf(received)?.message, 'first');
  assert.equal(errorOf(received)?.detail, undefined);
});

test('messages without a body, and statements that are no COPY', () => {
  for (const where of [[], [5], [4], [6], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]) {
    const received = receive(Buffer.concat([message('I'), copyDone, complete('SET'), ready]), where);
    assert.deepEqual(received.statements, []);
    assert.equal(errorOf(received), undefined);
  }
  const empty = receive(
    Buffer.concat([message('d'), message('d', 'x\n'), message('d'), complete('COPY 3'), ready]),
    [],
  );
  assert.deepEqual(empty.statements, [{ data: Buffer.from('x\n'), counted: 3, rows: 3 }]);
});

test('nothing read is nothing done', () => {
  const { statements, outcome } = receive(Buffer.alloc(0), []);
  assert.deepEqual([statements, outcome], [[], { done: false }]);
  assert.deepEqual(receive(statement([Buffer.from('a\n')]), []).outcome, { done: false });
});

test('a server that asks for data is noticed', () => {
  for (const type of ['G', 'W']) {
    assert.equal(receive(message(type, Buffer.from([0, 0, 0])), [3]).copyInRequested, true);
  }
  assert.equal(receive(statement([]), []).copyInRequested, false);
});
