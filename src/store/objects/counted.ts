import type { Objects } from './objects.ts';

export type Operation = 'put' | 'get' | 'getRange' | 'head' | 'list' | 'delete';

export interface Counts {
  /** Calls that were made, by what they do; a listing is one. */
  calls: Record<Operation, number>;
  /** Of them, those that failed. */
  failures: Record<Operation, number>;
  sentBytes: number;
  receivedBytes: number;
  /** Names that listings gave. */
  listedNames: number;
}

const none = (): Record<Operation, number> => ({ put: 0, get: 0, getRange: 0, head: 0, list: 0, delete: 0 });

export function noCounts(): Counts {
  return { calls: none(), failures: none(), sentBytes: 0, receivedBytes: 0, listedNames: 0 };
}

/** Counts calls and bytes into `counts`. Bytes of a put that failed are not counted: nobody knows how many were sent. */
export function counted(inner: Objects, counts: Counts): Objects {
  const count = async <T>(operation: Operation, call: () => Promise<T>): Promise<T> => {
    counts.calls[operation]++;
    try {
      return await call();
    } catch (error) {
      counts.failures[operation]++;
      throw error;
    }
  };
  return {
    address: inner.address,
    get conditionalPuts() {
      return inner.conditionalPuts;
    },
    async put(name, content, options) {
      const version = await count('put', () => inner.put(name, content, options));
      counts.sentBytes += content.length;
      return version;
    },
    async get(name, options) {
      const found = await count('get', () => inner.get(name, options));
      counts.receivedBytes += found?.content.length ?? 0;
      return found;
    },
    async getRange(name, range, options) {
      const found = await count('getRange', () => inner.getRange(name, range, options));
      counts.receivedBytes += found?.length ?? 0;
      return found;
    },
    head: (name, options) => count('head', () => inner.head(name, options)),
    delete: (name, options) => count('delete', () => inner.delete(name, options)),
    async *list(prefix, options) {
      counts.calls.list++;
      const listing = inner.list(prefix, options)[Symbol.asyncIterator]();
      try {
        for (;;) {
          const next = await listing.next().catch((error: unknown) => {
            counts.failures.list++;
            throw error;
          });
          if (next.done) return;
          counts.listedNames++;
          yield next.value;
        }
      } finally {
        await listing.return?.();
      }
    },
    // Not among what is counted: a few requests of a store with locks.
    keeping: inner.keeping,
    close: () => inner.close(),
  };
}
