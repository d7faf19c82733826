import { setTimeout as pause } from 'node:timers/promises';
import { unlessAborted } from '../../base/abort.ts';
import { abortReason } from '../../base/errors.ts';
import type { ListedObject, Objects } from './objects.ts';

export interface Limits {
  /** Sent and received together. Default: no limit. */
  bytesPerSecond?: number | undefined;
  /** Calls that are under way; the others wait in their order. Default: no limit. */
  callsAtOnce?: number | undefined;
}

/**
 * Keeps calls within limits. An object is sent at full speed and the calls after it wait for as long as its bytes should have
 * taken, so that the rate holds from one object to the next and not within one.
 */
export function throttled(
  inner: Objects,
  { bytesPerSecond = Infinity, callsAtOnce = Infinity }: Limits,
): Objects {
  let free = callsAtOnce;
  const waiting: (() => void)[] = [];
  /** When the bytes so far should have been sent. */
  let paidAt = 0;

  const take = async (signal: AbortSignal | undefined): Promise<void> => {
    if (signal?.aborted) throw abortReason(signal);
    if (free > 0) {
      free--;
      return;
    }
    const turn = Promise.withResolvers<void>();
    waiting.push(turn.resolve);
    if (!signal) return turn.promise;
    try {
      await unlessAborted(turn.promise, signal);
    } catch {
      const at = waiting.indexOf(turn.resolve);
      // Its turn came at the same moment: it goes to the next.
      if (at < 0) give();
      else waiting.splice(at, 1);
      throw abortReason(signal);
    }
  };

  const give = (): void => {
    const next = waiting.shift();
    if (next) next();
    else free++;
  };

  const pay = (bytes: number): void => {
    if (bytesPerSecond < Infinity) {
      paidAt = Math.max(paidAt, performance.now()) + (bytes / bytesPerSecond) * 1_000;
    }
  };

  /** Runs a call in its turn. @param sentBytes that it sends @param received how many bytes an answer has */
  const within = async <T>(
    signal: AbortSignal | undefined,
    sentBytes: number,
    call: () => Promise<T>,
    received?: (answer: T) => number,
  ): Promise<T> => {
    await take(signal);
    try {
      const startAt = paidAt;
      pay(sentBytes);
      const waitMs = startAt - performance.now();
      if (waitMs > 0) {
        await pause(waitMs, undefined, { signal }).catch(() => {
          throw abortReason(signal!);
        });
      }
      const answer = await call();
      if (received) pay(received(answer));
      return answer;
    } finally {
      give();
    }
  };

  return {
    address: inner.address,
    get conditionalPuts() {
      return inner.conditionalPuts;
    },
    put: (name, content, options = {}) =>
      within(options.signal, content.length, () => inner.put(name, content, options)),
    get: (name, options = {}) =>
      within(
        options.signal,
        0,
        () => inner.get(name, options),
        (found) => found?.content.length ?? 0,
      ),
    getRange: (name, range, options = {}) =>
      within(
        options.signal,
        0,
        () => inner.getRange(name, range, options),
        (found) => found?.length ?? 0,
      ),
    head: (name, options = {}) => within(options.signal, 0, () => inner.head(name, options)),
    delete: (name, options = {}) => within(options.signal, 0, () => inner.delete(name, options)),
    async *list(prefix, options = {}) {
      const listing = inner.list(prefix, options)[Symbol.asyncIterator]();
      try {
        for (;;) {
          // While the caller works on these names, the listing counts as no call: the caller may make others meanwhile.
          const { names, end } = await within(options.signal, 0, () => nextNames(listing));
          yield* names;
          if (end?.error !== undefined) throw end.error;
          if (end) return;
        }
      } finally {
        await listing.return?.();
      }
    },
    keeping: inner.keeping && {
      look: (options = {}) => within(options.signal, 0, () => inner.keeping!.look(options)),
      lock: (name, lock, options = {}) =>
        within(options.signal, 0, () => inner.keeping!.lock(name, lock, options)),
      deleteForGood: (name, options = {}) =>
        within(options.signal, 0, () => inner.keeping!.deleteForGood(name, options)),
    },
    close: () => inner.close(),
  };
}

/** Of a listing, in one turn of the queue. */
const namesAtOnce = 200;

/** The next names of a listing, those before a failure included. */
async function nextNames(
  listing: AsyncIterator<ListedObject>,
): Promise<{ names: ListedObject[]; end?: { error?: unknown } }> {
  const names: ListedObject[] = [];
  try {
    while (names.length < namesAtOnce) {
      const next = await listing.next();
      if (next.done) return { names, end: {} };
      names.push(next.value);
    }
  } catch (error) {
    return { names, end: { error } };
  }
  return { names };
}
