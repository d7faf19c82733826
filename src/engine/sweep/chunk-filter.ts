import { randomBytes } from 'node:crypto';

const indexBits = 27;
/** 16 MiB, of which only what is written to takes memory. */
const bytes = 2 ** indexBits / 8;
const idBytes = 32;
/** Bits of each id, from as many parts of it. */
const bitsPerId = 6;

/**
 * Remembers chunk ids in a size that does not depend on how many there are: a Bloom filter. It never forgets an id; one
 * that was not added it knows by mistake in one of 10^12 cases when it has 200,000, and in 1 of 400 when it has ten
 * million. Each filter is mistaken about others, so what a sweep leaves for that reason the next one finds.
 */
export class ChunkFilter {
  readonly #bits = Buffer.alloc(bytes);
  readonly #asked = Buffer.alloc(idBytes);
  // Odd, so that no bit of the id is lost.
  readonly #factors = Array.from({ length: bitsPerId }, () => randomBytes(4).readUInt32LE() | 1);

  /** @param ids of 32 bytes each, one after another */
  addAll(ids: Uint8Array): void {
    const words = Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength);
    for (let at = 0; at < words.length; at += idBytes) {
      for (let part = 0; part < bitsPerId; part++) {
        const index = this.#index(words, at, part);
        this.#bits[index >>> 3]! |= 1 << (index & 7);
      }
    }
  }

  /** @param id in hex; true for every one that was added */
  has(id: string): boolean {
    this.#asked.write(id, 'hex');
    for (let part = 0; part < bitsPerId; part++) {
      const index = this.#index(this.#asked, 0, part);
      if ((this.#bits[index >>> 3]! & (1 << (index & 7))) === 0) return false;
    }
    return true;
  }

  #index(words: Buffer, at: number, part: number): number {
    return Math.imul(words.readUInt32LE(at + part * 4), this.#factors[part]!) >>> (32 - indexBits);
  }
}
