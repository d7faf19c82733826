import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import { Base64Text, decodeBase64 } from '../../src/store/database/base64-text.ts';

/** Around the length of a piece, and long enough for memory of its own. */
const lengths = [0, 1, 2, 3, 4, 49_151, 49_152, 49_153, 98_304, 300_001, 5, 1_000_000, 65_536];

test('the text is the base64 of the frame, whatever was in its memory before', () => {
  const text = new Base64Text();
  for (const length of lengths) {
    const frame = randomBytes(length);
    // A frame may lie anywhere in its memory.
    const inside = Buffer.concat([Buffer.alloc(7), frame, Buffer.alloc(7)]).subarray(7, 7 + length);
    assert.equal(
      Buffer.from(text.of(inside)).toString('latin1'),
      frame.toString('base64'),
      `${length} bytes`,
    );
  }
});

test('the frame comes back, and the text is given back', () => {
  const text = new Base64Text();
  for (const length of lengths) {
    const frame = randomBytes(length);
    const ascii = Buffer.from(new Uint8Array(text.of(frame)).buffer);
    assert.deepEqual(Buffer.from(decodeBase64(ascii)), frame, `${length} bytes`);
    if (length > 200_000) assert.equal(ascii.length, 0);
  }
});
