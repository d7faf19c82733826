import { createHash, type Hash } from 'node:crypto';
import { codecThreads } from '../../format/codec-threads.ts';
import { addRow, addSum, emptySum, sumText, type RowSum } from '../../format/row-sum.ts';

/** What goes to a thread at once. */
const pieceBytes = 1024 * 1024;
/** A row that is longer is hashed as it comes, so that it need not be kept. */
const longRowBytes = 4 * 1024 * 1024;
/** Pieces under way; with more, the caller waits before it gives more. */
const piecesAhead = 4;
const lineFeed = 0x0a;

export interface HashedRows {
  rows: number;
  /** As docs/PROOF.md defines it; does not depend on the order of the rows. */
  hash: string;
}

/** Hashes rows of COPY text in the codec threads. */
export class RowHash {
  readonly sum: RowSum = emptySum();
  /** The lines that wait until they are worth a thread, and the beginning of the next one. */
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** Of a long row, as far as it has come. */
  #long: Hash | undefined;
  #underWay = 0;
  #roomFor: (() => void) | undefined;
  #failure: unknown;

  /** Takes the next bytes, cut anywhere; does not keep them. @returns a promise when the caller must wait before it gives more */
  add(bytes: Uint8Array): Promise<void> | undefined {
    let rest = bytes;
    if (this.#long) {
      const end = rest.indexOf(lineFeed);
      this.#long.update(end < 0 ? rest : rest.subarray(0, end));
      if (end < 0) return undefined;
      addRow(this.sum, this.#long.digest('binary'));
      this.#long = undefined;
      rest = rest.subarray(end + 1);
    }
    if (rest.length === 0) return undefined;
    // Copied; slice() of a Buffer would share its memory.
    this.#waiting.push(new Uint8Array(rest));
    this.#waitingBytes += rest.length;
    if (this.#waitingBytes < pieceBytes) return undefined;
    this.#send();
    return this.#underWay < piecesAhead ? undefined : this.room();
  }

  /** Resolves when more can be given. @throws what a thread failed with */
  async room(): Promise<void> {
    while (this.#underWay >= piecesAhead && this.#failure === undefined) {
      await new Promise<void>((resolve) => (this.#roomFor = resolve));
    }
    this.#throwIfFailed();
  }

  /** Once all bytes were added. */
  async end(): Promise<RowSum> {
    this.#send();
    // COPY text ends with a line feed. What does not is counted all the same, and differs from what it should be.
    if (this.#long || this.#waitingBytes > 0) {
      const last = this.#long ?? createHash('sha256');
      for (const piece of this.#waiting) last.update(piece);
      addRow(this.sum, last.digest('binary'));
    }
    while (this.#underWay > 0) await new Promise<void>((resolve) => (this.#roomFor = resolve));
    this.#throwIfFailed();
    return this.sum;
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #send(): void {
    const all = new Uint8Array(this.#waitingBytes);
    let at = 0;
    for (const piece of this.#waiting) {
      all.set(piece, at);
      at += piece.length;
    }
    const end = all.lastIndexOf(lineFeed) + 1;
    const rest = all.slice(end);
    this.#waiting = rest.length > 0 ? [rest] : [];
    this.#waitingBytes = rest.length;
    if (rest.length > longRowBytes) {
      this.#long = createHash('sha256').update(rest);
      this.#waiting = [];
      this.#waitingBytes = 0;
    }
    if (end === 0) return;
    this.#underWay++;
    codecThreads
      .sum(all.slice(0, end))
      .then((sum) => addSum(this.sum, sum))
      .catch((error: unknown) => (this.#failure ??= error))
      .finally(() => {
        this.#underWay--;
        this.#roomFor?.();
      });
  }
}

export function hashedRows(sums: readonly RowSum[]): HashedRows {
  const all = emptySum();
  for (const sum of sums) addSum(all, sum);
  return { rows: all.rows, hash: sumText(all) };
}
