import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { decodeChunk, decodeWithFrame, encodeChunk, proveStored } from '../../../src/format/chunk.ts';
import { chunkReference } from '../../../src/format/manifest.ts';
import { storeKeys } from './keys.ts';

const { seal, open } = storeKeys();
const corrupt = { code: 'CHUNK_CORRUPT' };
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** COPY text of about this length. */
function rows(bytes: number): Uint8Array<ArrayBuffer> {
  let text = '';
  for (let n = 0; text.length < bytes; n++)
    text += `${n}\tcustomer ${n * 7919}\t2026-01-01 00:00:00+00\t\\N\n`;
  return Uint8Array.from(Buffer.from(text));
}

describe('a sealed chunk', () => {
  test('is read back, with the frame that was sealed, whatever thread does the work', async () => {
    for (const length of [1, 500, 32 * 1024, 32 * 1024 + 1, 300_000, 5_000_000]) {
      const raw = rows(length);
      const { chunk } = await encodeChunk(Uint8Array.from(raw), 2, seal);
      const reference = chunkReference.parse(chunk);
      assert.equal(reference.storedHash, sha256(chunk.frame));
      assert.equal(reference.storedBytes, chunk.frame.length);
      assert.equal(reference.rawBytes, raw.length);
      proveStored(reference, chunk.frame);
      assert.deepEqual(Buffer.from(await decodeChunk(reference, chunk.frame, open)), Buffer.from(raw));
      const both = await decodeWithFrame(reference, chunk.frame, open);
      assert.deepEqual(Buffer.from(both.raw), Buffer.from(raw));
      assert.deepEqual(zstdDecompressSync(both.frame), Buffer.from(raw));
    }
  });

  test('is the same again for the same rows, in memory that was lent too', async () => {
    const first = await encodeChunk(rows(2_000_000), 2, seal);
    const copy = Buffer.from(first.chunk.frame);
    const again = await encodeChunk(rows(2_000_000), 2, seal, first.chunk.frame.buffer);
    assert.deepEqual(Buffer.from(again.chunk.frame), copy);
    assert.equal(again.chunk.id, first.chunk.id);
    assert.equal(again.chunk.storedHash, first.chunk.storedHash);
  });

  test('may be made of bytes that change as soon as the call has returned', async () => {
    const raw = rows(1_000);
    const expected = Buffer.from(raw);
    const encoding = encodeChunk(raw, 2, seal);
    raw.fill(0);
    const { chunk, memory } = await encoding;
    assert.equal(memory, raw.buffer);
    assert.deepEqual(Buffer.from(await decodeChunk(chunk, chunk.frame, open)), expected);
  });

  test('has a name that says nothing of its rows without the name key', async () => {
    const plain = (await encodeChunk(rows(1_000), 2, undefined)).chunk;
    const { chunk } = await encodeChunk(rows(1_000), 2, seal);
    const foreign = await encodeChunk(rows(1_000), 2, storeKeys().seal);
    const names = [plain.id, chunk.id, chunk.storedHash, foreign.chunk.id, foreign.chunk.storedHash];
    assert.equal(new Set(names).size, names.length);
  });

  test('is refused with any bit of it changed, and at any other length', async () => {
    const { chunk } = await encodeChunk(rows(200), 3, seal);
    for (let bit = 0; bit < chunk.frame.length * 8; bit++) {
      const damaged = Buffer.from(chunk.frame);
      damaged[bit >> 3] = damaged[bit >> 3]! ^ (1 << (bit & 7));
      assert.throws(() => proveStored(chunk, damaged), corrupt);
    }
    await assert.rejects(decodeChunk(chunk, chunk.frame.subarray(1), open), corrupt);
    await assert.rejects(decodeChunk(chunk, Buffer.concat([chunk.frame, Buffer.of(0)]), open), corrupt);
    await assert.rejects(
      decodeChunk({ ...chunk, storedBytes: chunk.storedBytes + 1 }, chunk.frame, open),
      corrupt,
    );
    await assert.rejects(decodeChunk({ ...chunk, rawBytes: chunk.rawBytes + 1 }, chunk.frame, open), corrupt);
  });

  test('under the name of another one is refused, though both are in the store', async () => {
    for (const length of [400, 100_000]) {
      const { chunk } = await encodeChunk(rows(length), 2, seal);
      const other = (await encodeChunk(Uint8Array.from(rows(length).toReversed()), 2, seal)).chunk;
      const swapped = { ...chunk, storedBytes: other.storedBytes, storedHash: other.storedHash };
      await assert.rejects(decodeChunk(swapped, other.frame, open), (error: Error & { details: object }) => {
        assert.match(error.message, /does not match its hash/);
        // It is known by this that the store holds something else under that name.
        assert.ok('actual' in error.details);
        return true;
      });
    }
  });

  test('of another store is refused, and a chunk is not called damaged because the key is wrong', async () => {
    const { chunk } = await encodeChunk(rows(100_000), 2, storeKeys().seal);
    await assert.rejects(
      decodeChunk(chunk, chunk.frame, open),
      (error: Error & { code: string; details?: object }) => {
        assert.equal(error.code, 'CHUNK_CORRUPT');
        assert.match(error.message, new RegExp(`Chunk ${chunk.id} .*key of this store does not open it`));
        assert.ok(!('actual' in (error.details ?? {})));
        return true;
      },
    );
  });

  test('needs a key, and can be proved to be the one that was stored without', async () => {
    const { chunk } = await encodeChunk(rows(1_000), 2, seal);
    proveStored(chunk, chunk.frame);
    await assert.rejects(decodeChunk(chunk, chunk.frame, undefined), {
      code: 'KEY_REQUIRED',
      message: new RegExp(chunk.id),
      hint: /--identity FILE/,
    });
  });

  test('is not replaced by a plain one', async () => {
    for (const length of [1_000, 100_000]) {
      const { chunk } = await encodeChunk(rows(length), 2, undefined);
      for (const decode of [decodeChunk, decodeWithFrame]) {
        await assert.rejects(decode(chunk, chunk.frame, open), {
          code: 'CHUNK_CORRUPT',
          message: /is not encrypted/,
        });
      }
    }
  });

  test('holds a zstd frame and nothing else, even where the holder of the writer key made it', async () => {
    const { sealFrame, sealedBytes } = await import('../../../src/format/sealing/sealed-frame.ts');
    for (const frame of [randomBytes(100), Buffer.alloc(0)]) {
      const stored = new Uint8Array(sealedBytes(frame.length));
      const id = sealFrame(frame, seal, stored);
      const reference = { id, rawBytes: 100, storedBytes: stored.length, storedHash: sha256(stored) };
      await assert.rejects(decodeChunk(reference, stored, open), corrupt);
    }
  });
});
