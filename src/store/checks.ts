/** A chunk that should be there, as far as it can be told from its reference. */
export interface ChunkSize {
  id: string;
  storedBytes: number;
}

/** One of the chunks asked for that is not there as it should be. */
export interface AbsentChunk {
  id: string;
  /** Whether it is not there at all; else it is there and cannot be what it should be. */
  missing: boolean;
  /** In words, of what is wrong. */
  problem: string;
}

/** A chunk whose turn it is to be read. */
export interface UncheckedChunk extends ChunkSize {
  /** SHA-256 of the stored bytes, where the store knows it and it is not the id. */
  storedHash?: string | undefined;
}

/**
 * When the bytes of each chunk were last read and found to be what was written, or were written. Chunks that are known to be
 * damaged are left out.
 */
export interface CheckTimes {
  /** Since when every byte has been read or written; null where there is none. */
  oldest(): Promise<Date | null>;
  /**
   * The moment before which chunks of that many bytes were last read, those read longest ago first; null where there are none.
   * @param bytes more than there are mean all
   */
  until(bytes: number): Promise<Date | null>;
  /** Which of these (at most 1 000) are there and were last read before `until`. */
  due(ids: readonly string[], until: Date): Promise<Set<string>>;
  /** Every chunk that was last read before `until`, in any order, in bounded memory. */
  list(until: Date): AsyncIterable<UncheckedChunk>;
}

/** What is known of the bytes in a store, and what can be found out of them without reading them. */
export interface ChunkChecks extends CheckTimes {
  /** The bytes of these (at most 1 000) have been read just now, and are what was written. */
  mark(ids: readonly string[]): Promise<void>;
  /**
   * Asks the place itself, by listing it or looking at its objects, whether these chunks, as many as one backup has, are there with
   * their length. Nothing is noted, and nothing of what they hold is read.
   */
  absent(chunks: readonly ChunkSize[], signal?: AbortSignal): Promise<AbsentChunk[]>;
}

export const notThere = 'is not there';
export const knownDamaged = 'is known to be damaged';
export const otherLength = (stored: number, expected: number): string =>
  `has ${stored} bytes where ${expected} were written`;

interface MemoryRow extends ChunkSize {
  hash?: string | undefined;
  checkedAt: Date;
  damaged: boolean;
}

/** Of rows in memory. */
export function checkTimesOf(rows: () => Iterable<MemoryRow>): CheckTimes {
  const sound = (): MemoryRow[] =>
    [...rows()]
      .filter(({ damaged }) => !damaged)
      .toSorted((a, b) => a.checkedAt.getTime() - b.checkedAt.getTime());
  const before = (until: Date) => (row: MemoryRow) => row.checkedAt < until;
  return {
    oldest: async () => sound()[0]?.checkedAt ?? null,
    async until(bytes) {
      let sum = 0;
      const ordered = sound();
      const last = ordered.find(({ storedBytes }) => (sum += storedBytes) >= bytes) ?? ordered.at(-1);
      return last ? new Date(last.checkedAt.getTime() + 1) : null;
    },
    async due(ids, until) {
      const asked = new Set(ids);
      return new Set(
        sound()
          .filter(before(until))
          .flatMap(({ id }) => (asked.has(id) ? [id] : [])),
      );
    },
    async *list(until) {
      for (const { id, storedBytes, hash } of sound().filter(before(until))) {
        yield { id, storedBytes, storedHash: hash };
      }
    },
  };
}
