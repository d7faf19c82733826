import { setTimeout as pause } from 'node:timers/promises';
import { HoldfastError } from '../base/errors.ts';
import type { RunRecord } from '../catalog/runs.ts';
import { isFinal } from '../contract/states.ts';
import type { Progress } from '../contract/progress.ts';
import type { RunKind } from '../runs/active-run.ts';
import type { Runs } from '../runs/runs.ts';
import { z } from 'zod';
import type { WaitOptions } from './contract.ts';

/** What the `waitFor…` methods take besides the id. */
export const waitOptions = z
  .custom<WaitOptions>((options) => typeof options === 'object' && options !== null, 'must be an object')
  .prefault({});

const pollEveryMs = 500;
const pollQueuedEveryMs = 50;

/**
 * Waits until a run, of this process or another, has ended.
 * @throws what `read` throws; the signal's reason
 */
export async function waitForEnd<Row extends RunRecord>(
  jobs: Runs,
  run: { kind: RunKind; id: number; read: () => Promise<Row> },
  { signal, onProgress }: WaitOptions,
): Promise<Row> {
  for (;;) {
    signal?.throwIfAborted();
    const active = jobs.active(run.kind, run.id);
    if (active) {
      const stopListening = onProgress && active.listen(onProgress);
      await settledOrAborted(active.done, signal).finally(stopListening);
    }
    await jobs.reap();
    const row = await run.read();
    if (isFinal(row.status)) return row;
    // The caller wants it to start, even if that failed the first time.
    if (row.status === 'queued') await jobs.wake(run.kind);
    if (onProgress && row.progress !== null) onProgress(row.progress as Progress);
    // A run that waits may begin in this process at any moment, and is then followed without polling.
    const pollMs = row.status === 'queued' ? pollQueuedEveryMs : pollEveryMs;
    await pause(pollMs, undefined, signal ? { signal } : {}).catch(() => {});
  }
}

function settledOrAborted(done: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return done;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    void done.then(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
  });
}

/** Waits for `wait` as the contract means it: not at all, until the end, or at most that many seconds. */
export async function waitAsAsked<Row extends RunRecord>(
  jobs: Runs,
  run: { kind: RunKind; id: number; read: () => Promise<Row> },
  wait: boolean | number,
): Promise<Row> {
  if (wait === false || wait === 0) return run.read();
  const limit = wait === true ? undefined : AbortSignal.timeout(wait * 1_000);
  try {
    return await waitForEnd(jobs, run, limit ? { signal: limit } : {});
  } catch (error) {
    if (limit?.aborted && error === limit.reason) return run.read();
    throw error;
  }
}

/**
 * The error that a run ended in, if it did not complete.
 * @param name what details call the row: `backup` or `restore`
 */
export function endedBadly(name: RunKind, row: { error: RunRecord['error'] }): HoldfastError | undefined {
  const { error } = row;
  if (error === null) return undefined;
  return new HoldfastError(error.code, error.message, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    details: { ...error.details, [name]: row },
  });
}
