import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { answeredRange, partOf, readBody } from '../../src/store/objects/body.ts';
import { maxObjectBytes } from '../../src/store/objects/objects.ts';
import { failsWith } from './objects-conformance.ts';

const text = Buffer.from('abcdefghij');
const about = { address: 's3://bucket', name: 'a' };

test('a range is taken out of what a server gives, and never out of something else', () => {
  const range = { offset: 2, bytes: 3 };
  const part = (status: number, header: string | undefined, content: Buffer, asked = range): string =>
    Buffer.from(
      partOf({ ...about, range: asked, answered: answeredRange(status, header) }, content),
    ).toString();
  assert.equal(part(206, 'bytes 2-4/10', text.subarray(2, 5)), 'cde');
  assert.equal(part(200, undefined, text), 'cde');
  assert.equal(part(206, 'bytes 6-9/10', text.subarray(6), { offset: -4, bytes: 2 }), 'gh');
  assert.equal(part(206, 'bytes 8-9/10', text.subarray(8), { offset: 8, bytes: 5 }), 'ij');
  for (const [status, header, content] of [
    [206, 'bytes 2-3/10', text.subarray(2, 4)],
    [206, 'bytes 2-4/10', text.subarray(2, 4)],
    [206, 'bytes 3-5/10', text.subarray(3, 6)],
    [206, 'bytes 0-9/10', text],
    [206, 'bytes */10', text],
    [206, 'nonsense', text],
    [206, undefined, text.subarray(2, 5)],
  ] as const) {
    assert.throws(() => part(status, header, content as Buffer), { code: 'STORE_FAILED' }, header);
  }
});

test('an answer without end or with too much in it takes no memory', async () => {
  const endless = (): Readable =>
    Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(1024 * 1024);
      })(),
    );
  const { signal } = new AbortController();
  for (const expected of [undefined, 10, maxObjectBytes, maxObjectBytes + 1]) {
    const stream = endless();
    await failsWith(
      readBody(stream, { ...about, expected, silenceTimeoutMs: 5_000, signal }),
      'STORE_FAILED',
    );
    assert.ok(stream.destroyed);
  }
  const short = readBody(Readable.from([text]), { ...about, expected: 11, silenceTimeoutMs: 5_000, signal });
  await failsWith(short, 'STORE_FAILED');
});
