import { release } from '../../base/memory.ts';

/** A multiple of three, so that what the pieces give joins; small, so that their strings die young. */
const pieceBytes = 48 * 1024;
const pieceCharacters = (pieceBytes / 3) * 4;

/**
 * Base64 of one frame at a time, in memory that is used again for the next: strings of megabytes would have the
 * garbage collector run several times a second.
 */
export class Base64Text {
  #memory = Buffer.alloc(0);

  /** @returns ASCII bytes, valid until the next call */
  of(frame: Uint8Array): Uint8Array {
    const length = Math.ceil(frame.length / 3) * 4;
    if (this.#memory.length < length) this.#memory = Buffer.allocUnsafeSlow(length);
    const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
    let used = 0;
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      used += this.#memory.write(bytes.toString('base64', at, at + pieceBytes), used, 'latin1');
    }
    return this.#memory.subarray(0, length);
  }
}

/**
 * The frame that `text` says.
 * @param text ASCII bytes, of no more use to the caller
 */
export function decodeBase64(text: Buffer): Uint8Array {
  const frame = Buffer.allocUnsafeSlow(Math.ceil(text.length / 4) * 3);
  let used = 0;
  for (let at = 0; at < text.length; at += pieceCharacters) {
    used += frame.write(text.toString('latin1', at, at + pieceCharacters), used, 'base64');
  }
  release(text);
  return frame.subarray(0, used);
}
