import { unlessAborted } from '../../base/abort.ts';
import { abortReason, HoldfastError } from '../../base/errors.ts';
import { causeText, storeFailure } from './failure.ts';
import type { CallOptions } from './objects.ts';

export interface Patience {
  /** A connection that takes longer to make is given up. */
  connectTimeoutMs: number;
  /** A connection that moves no byte for longer is given up. */
  silenceTimeoutMs: number;
  /** What any call may take, and besides it 1 s for each 100 kB. */
  callTimeoutMs: number;
}

export const usualPatience: Readonly<Patience> = {
  connectTimeoutMs: 10_000,
  silenceTimeoutMs: 30_000,
  callTimeoutMs: 60_000,
};

/** Of the slowest line that is good enough. */
const slowestBytesPerSecond = 100_000;

export interface Call extends CallOptions {
  address: string;
  /** What is done, for the message: `put chunks/ab/…`. */
  what: string;
  /** That are sent, or may be received. */
  bytes?: number;
  patience?: Patience;
}

/**
 * Settles as `work` does, unless the time is over or the caller's signal is aborted first; `work` learns of either by its
 * signal. What it does after that, nobody waits for.
 * @throws STORE_UNREACHABLE when the time is over; the reason of the caller's signal; STORE_FAILED for an error that is not ours
 */
export async function withDeadline<T>(call: Call, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { address, what, bytes = 0, signal } = call;
  if (signal?.aborted) throw abortReason(signal);
  const timeoutMs = (call.patience ?? usualPatience).callTimeoutMs + (bytes / slowestBytesPerSecond) * 1_000;
  const ending = new AbortController();
  const onAbort = (): void => ending.abort(abortReason(signal!));
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => {
    const message = `${address} has not answered within ${Math.ceil(timeoutMs / 1_000)} s: ${what}.`;
    ending.abort(storeFailure('STORE_UNREACHABLE', message, { details: { address } }));
  }, timeoutMs);
  try {
    return await unlessAborted(work(ending.signal), ending.signal);
  } catch (error) {
    // Work that heard the signal may fail with an error of its own about it.
    if (ending.signal.aborted) throw ending.signal.reason;
    if (error instanceof HoldfastError) throw error;
    throw storeFailure('STORE_FAILED', `${address}: ${what} failed: ${causeText(error)}.`, {
      details: { address },
      cause: error,
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
