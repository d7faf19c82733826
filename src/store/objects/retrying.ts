import { setTimeout as pause } from 'node:timers/promises';
import { abortReason } from '../../base/errors.ts';
import { isWorthRepeating } from './failure.ts';
import type { CallOptions, Objects, PutOptions } from './objects.ts';

export interface RetryOptions {
  /** Calls in all, the first one included. Default: 6. */
  attempts?: number;
  /** Before the second call; doubled before each further one, and shortened by chance. Default: 250. */
  firstDelayMs?: number;
  /** Default: 10 000. */
  longestDelayMs?: number;
}

/**
 * Repeats calls whose failure may pass, and no others. All of them may be repeated: a put writes the same object again. A put
 * with an `expected` version may have been done by an attempt that failed; what is there then tells.
 */
export function retrying(
  inner: Objects,
  { attempts = 6, firstDelayMs = 250, longestDelayMs = 10_000 }: RetryOptions = {},
): Objects {
  const wait = async (failed: number, signal: AbortSignal | undefined): Promise<void> => {
    const longest = Math.min(longestDelayMs, firstDelayMs * 2 ** (failed - 1));
    try {
      await pause(longest * (0.5 + Math.random() / 2), undefined, { signal });
    } catch {
      throw abortReason(signal!);
    }
  };

  const repeat = async <T>(options: CallOptions, call: () => Promise<T>): Promise<T> => {
    for (let failed = 0; ;) {
      try {
        return await call();
      } catch (error) {
        failed++;
        if (failed >= attempts || !isWorthRepeating(error)) throw error;
      }
      await wait(failed, options.signal);
    }
  };

  const put = async (name: string, content: Uint8Array, options: PutOptions): Promise<string | undefined> => {
    let attempt = 0;
    const version = await repeat(options, () => {
      attempt++;
      return inner.put(name, content, options);
    });
    if (version !== undefined || attempt === 1) return version;
    const found = await repeat(options, () => inner.get(name, { signal: options.signal }));
    return found && Buffer.compare(found.content, content) === 0 ? found.version : undefined;
  };

  return {
    address: inner.address,
    get conditionalPuts() {
      return inner.conditionalPuts;
    },
    put: (name, content, options = {}) => put(name, content, options),
    get: (name, options = {}) => repeat(options, () => inner.get(name, options)),
    getRange: (name, range, options = {}) => repeat(options, () => inner.getRange(name, range, options)),
    head: (name, options = {}) => repeat(options, () => inner.head(name, options)),
    delete: (name, options = {}) => repeat(options, () => inner.delete(name, options)),
    async *list(prefix, options = {}) {
      let { after } = options;
      for (let failed = 0; ;) {
        try {
          for await (const listed of inner.list(prefix, { ...options, after })) {
            yield listed;
            after = listed.name;
            failed = 0;
          }
          return;
        } catch (error) {
          failed++;
          if (failed >= attempts || !isWorthRepeating(error)) throw error;
        }
        await wait(failed, options.signal);
      }
    },
    keeping: inner.keeping && {
      look: (options = {}) => repeat(options, () => inner.keeping!.look(options)),
      lock: (name, lock, options = {}) => repeat(options, () => inner.keeping!.lock(name, lock, options)),
      deleteForGood: (name, options = {}) => inner.keeping!.deleteForGood(name, options),
    },
    close: () => inner.close(),
  };
}
