import { rangeChunks, type ManifestRange, type ManifestTable } from '../../format/manifest.ts';

/** What was read of a store for an answer. What earlier questions had fetched is not read again. */
export interface ReadForAnswer {
  /** How many tables rows were read of. */
  tables: number;
  /** Chunks of these tables, and how many they have. */
  chunks: number;
  ofChunks: number;
  /** Of those chunks, as they are stored. */
  storedBytes: number;
}

export class ReadTally {
  readonly #read = new Map<ManifestTable, ReturnType<typeof rangeChunks>>();

  add(table: ManifestTable, ranges: readonly ManifestRange[]): void {
    this.#read.set(table, [...(this.#read.get(table) ?? []), ...rangeChunks(ranges)]);
  }

  get total(): ReadForAnswer {
    const total: ReadForAnswer = { tables: this.#read.size, chunks: 0, ofChunks: 0, storedBytes: 0 };
    for (const [table, chunks] of this.#read) {
      total.chunks += chunks.length;
      total.ofChunks += rangeChunks(table.ranges).length;
      for (const { storedBytes } of chunks) total.storedBytes += storedBytes;
    }
    return total;
  }
}
