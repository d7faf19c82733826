/** A multiple of three, so that what the pieces give joins; small, so that their strings die young. */
const pieceBytes = 48 * 1024;

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
