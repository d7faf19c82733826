import { hash } from 'node:crypto';

/** What becomes of a row of one side when a row of the other comes. */
export type Meeting =
  /** Of a key that is not there. */
  | 'new'
  | 'same'
  /** Of the same key, with other values. */
  | 'other'
  /** Of a key that had come already. */
  | 'again';

const wordsPerHash = 3;
const wordsPerRow = 2 * wordsPerHash;
const spareShare = 1.5;
const [empty, waiting, metSame, metOther] = [0, 1, 2, 3];

/**
 * The rows of one side by their keys, in 37 bytes a row: 96 bits of the SHA-256 of its key and of its values. Two that differ are taken
 * for the same with a probability of 2^-96.
 */
export class KeyedRows {
  readonly #rowsMax: number;
  readonly #capacity: number;
  readonly #words: Uint32Array;
  readonly #states: Uint8Array;
  /** Of the key and the row that are looked at. */
  readonly #key = new Uint32Array(wordsPerHash);
  readonly #row = new Uint32Array(wordsPerHash);
  #rows = 0;

  constructor(rowsMax: number) {
    this.#rowsMax = rowsMax;
    this.#capacity = Math.ceil(rowsMax * spareShare) + 1;
    this.#words = new Uint32Array(this.#capacity * wordsPerRow);
    this.#states = new Uint8Array(this.#capacity);
  }

  get rows(): number {
    return this.#rows;
  }

  get isFull(): boolean {
    return this.#rows === this.#rowsMax;
  }

  /** Before anything is met, and not when it is full. @returns whether its key was not there yet */
  add(key: Uint8Array, row: Uint8Array): boolean {
    const at = this.#placeOf(key);
    if (this.#states[at] !== empty) return false;
    this.#states[at] = waiting;
    this.#words.set(this.#key, at * wordsPerRow);
    hashInto(row, this.#row);
    this.#words.set(this.#row, at * wordsPerRow + wordsPerHash);
    this.#rows++;
    return true;
  }

  meet(key: Uint8Array, row: Uint8Array): Meeting {
    const at = this.#placeOf(key);
    const state = this.#states[at];
    if (state === empty) return 'new';
    if (state !== waiting) return 'again';
    hashInto(row, this.#row);
    const isSame = this.#has(this.#row, at * wordsPerRow + wordsPerHash);
    this.#states[at] = isSame ? metSame : metOther;
    return isSame ? 'same' : 'other';
  }

  /** Whether a row of that key is there and none of it was met. */
  isAlone(key: Uint8Array): boolean {
    return this.#states[this.#placeOf(key)] === waiting;
  }

  /** Where a key is, or would be. */
  #placeOf(key: Uint8Array): number {
    hashInto(key, this.#key);
    let at = Math.floor((this.#key[0]! / 2 ** 32) * this.#capacity);
    while (this.#states[at] !== empty && !this.#has(this.#key, at * wordsPerRow)) {
      at = at + 1 === this.#capacity ? 0 : at + 1;
    }
    return at;
  }

  #has(hashed: Uint32Array, at: number): boolean {
    for (let i = 0; i < wordsPerHash; i++) if (this.#words[at + i] !== hashed[i]) return false;
    return true;
  }
}

function hashInto(bytes: Uint8Array, words: Uint32Array): void {
  const digest = hash('sha256', bytes, 'buffer');
  for (let i = 0; i < wordsPerHash; i++) words[i] = digest.readUInt32LE(i * 4);
}
