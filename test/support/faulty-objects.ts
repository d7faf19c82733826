import { setTimeout as pause } from 'node:timers/promises';
import { abortReason } from '../../src/base/errors.ts';
import { storeFailure } from '../../src/store/objects/failure.ts';
import type { CallOptions, Objects } from '../../src/store/objects/objects.ts';

/**
 * `error`: it fails and nothing is done. `error-after`: it is done and fails all the same. `hang`: nothing is heard until the
 * caller gives up, or a deadline passes. `short-read`: a get gives half of the bytes, though no place may. `cut-write`: half of
 * the bytes are written and the put fails, though no place may. `slow`: it takes `slowMs` longer.
 */
export type ObjectsFault = 'error' | 'error-after' | 'hang' | 'short-read' | 'cut-write' | 'slow';

export interface FaultyOptions {
  fault: ObjectsFault;
  /** Which calls of all, from 1; what a listing gives counts as one call for each name. */
  at: (call: number, operation: string) => boolean;
  slowMs?: number;
  hangMs?: number;
}

export interface FaultyObjects extends Objects {
  /** How many calls there were. */
  readonly calls: number;
  /** How many of them were disturbed. */
  readonly faults: number;
}

/** Objects on their worst day. */
export function faultyObjects(
  inner: Objects,
  { fault, at, slowMs = 200, hangMs = 3_000 }: FaultyOptions,
): FaultyObjects {
  let calls = 0;
  let faults = 0;
  const failed = (what: string) => storeFailure('STORE_FAILED', `A test lets ${what} fail.`);

  const disturb = async <T>(
    operation: string,
    { signal }: CallOptions,
    call: () => Promise<T>,
    altered: { [F in ObjectsFault]?: () => Promise<T> } = {},
  ): Promise<T> => {
    if (!at(++calls, operation)) return call();
    faults++;
    const other = altered[fault];
    if (other) return other();
    if (fault === 'error') throw failed(operation);
    if (fault === 'error-after') {
      await call();
      throw failed(operation);
    }
    if (fault === 'hang') {
      await pause(hangMs, undefined, { signal }).catch(() => {
        throw abortReason(signal!);
      });
      throw storeFailure('STORE_UNREACHABLE', `A test lets ${operation} hang.`);
    }
    if (fault === 'slow') await pause(slowMs);
    return call();
  };

  return {
    address: inner.address,
    conditionalPuts: inner.conditionalPuts,
    get calls() {
      return calls;
    },
    get faults() {
      return faults;
    },
    put: (name, content, options = {}) =>
      disturb('put', options, () => inner.put(name, content, options), {
        'cut-write': async () => {
          await inner.put(name, content.subarray(0, content.length / 2));
          throw failed(`put ${name}`);
        },
      }),
    get: (name, options = {}) =>
      disturb('get', options, () => inner.get(name, options), {
        'short-read': async () => {
          const found = await inner.get(name, options);
          return found && { ...found, content: found.content.subarray(0, found.content.length / 2) };
        },
      }),
    getRange: (name, range, options = {}) =>
      disturb('getRange', options, () => inner.getRange(name, range, options), {
        'short-read': async () => {
          const found = await inner.getRange(name, range, options);
          return found?.subarray(0, found.length / 2);
        },
      }),
    head: (name, options = {}) => disturb('head', options, () => inner.head(name, options)),
    delete: (name, options = {}) => disturb('delete', options, () => inner.delete(name, options)),
    async *list(prefix, options = {}) {
      for await (const listed of inner.list(prefix, options)) {
        yield await disturb('list', options, async () => listed);
      }
    },
    close: () => inner.close(),
  };
}
