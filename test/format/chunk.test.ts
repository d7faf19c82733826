import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { HoldfastError } from '../../src/base/errors.ts';
import { decodeChunk, encodeChunk, maxChunkBytes } from '../../src/format/chunk.ts';

const corrupt = (error: unknown): boolean => error instanceof HoldfastError && error.code === 'CHUNK_CORRUPT';

for (const length of [1, 31, 32 * 1024, 32 * 1024 + 1, 256 * 1024, 8_000_003, maxChunkBytes]) {
  for (const kind of ['repeated', 'random'] as const) {
    test(`${length} ${kind} bytes survive a chunk`, async () => {
      const raw = kind === 'random' ? randomBytes(length) : Buffer.alloc(length, 'a row\tof text\n');
      const { chunk } = await encodeChunk(Buffer.from(raw), 3, undefined);
      assert.equal(chunk.id, createHash('sha256').update(chunk.frame).digest('hex'));
      assert.equal(chunk.rawBytes, length);
      assert.equal(chunk.storedBytes, chunk.frame.length);
      assert.ok(raw.equals(await decodeChunk(chunk, chunk.frame, undefined)));
    });
  }
}

test('a frame stays as it was, unless it is given away', async () => {
  const raw = randomBytes(100_000);
  const { chunk } = await encodeChunk(Buffer.from(raw), 1, undefined);
  const frame = new Uint8Array(chunk.frame);
  const withOthers = Buffer.concat([frame, frame]).subarray(0, frame.length);
  for (const stored of [frame, withOthers]) {
    assert.ok(raw.equals(await decodeChunk(chunk, stored, undefined)));
    assert.deepEqual(Buffer.from(stored), Buffer.from(chunk.frame));
  }
  // Memory that is not its alone stays with the others.
  assert.ok(raw.equals(await decodeChunk(chunk, withOthers, undefined, { give: true })));
  assert.equal(withOthers.length, chunk.storedBytes);
  assert.ok(raw.equals(await decodeChunk(chunk, frame, undefined, { give: true })));
  assert.equal(frame.length, 0);
});

test('a frame tells its content size and has a checksum', async () => {
  for (const length of [10, 100_000]) {
    const {
      chunk: { frame },
    } = await encodeChunk(randomBytes(length), 1, undefined);
    const descriptor = frame[4] as number;
    assert.equal(descriptor & 0b100, 0b100, 'checksum flag');
    assert.ok((descriptor & 0b1100_0000) !== 0 || (descriptor & 0b10_0000) !== 0, 'content size is there');
  }
});

test('every flipped bit and every cut of a frame is found', async () => {
  const { chunk } = await encodeChunk(Buffer.from('some rows\nof some table\n'.repeat(20)), 3, undefined);
  for (let bit = 0; bit < chunk.frame.length * 8; bit++) {
    const damaged = Buffer.from(chunk.frame);
    damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
    await assert.rejects(decodeChunk(chunk, damaged, undefined), corrupt);
  }
  for (let length = 0; length < chunk.frame.length; length++) {
    await assert.rejects(decodeChunk(chunk, chunk.frame.subarray(0, length), undefined), corrupt);
  }
});

test('a frame whose hash is right but whose content is not what the manifest says is refused', async () => {
  const reference = (frame: Buffer, rawBytes: number) => ({
    id: createHash('sha256').update(frame).digest('hex'),
    rawBytes,
    storedBytes: frame.length,
  });
  const short = zstdCompressSync(Buffer.from('abc'));
  await assert.rejects(decodeChunk(reference(short, 4), short, undefined), corrupt);
  const bomb = zstdCompressSync(Buffer.alloc(maxChunkBytes + 1));
  await assert.rejects(decodeChunk(reference(bomb, maxChunkBytes + 1), bomb, undefined), corrupt);
  const noZstd = Buffer.from('this is no zstd frame');
  await assert.rejects(decodeChunk(reference(noZstd, 10), noZstd, undefined), corrupt);
});
