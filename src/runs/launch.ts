import { HoldfastError } from '../base/errors.ts';
import type { Progress } from '../contract/progress.ts';
import { runKey, type ActiveRun, type RunKind } from './active-run.ts';
import type { RunContext } from './context.ts';
import type { LockConnection } from './locks.ts';

export function throwIfStopping(context: RunContext): void {
  if (!context.stopping.aborted) return;
  throw new HoldfastError('INTERRUPTED', 'The backup system is stopping; no run can start.');
}

/** When one who was refused may ask again. */
const retryAfterSeconds = 30;

/**
 * Ordering runs in a loop must not fill the catalog with them. Scheduled runs are limited anyway: a schedule that
 * waits is enough.
 * @throws QUEUE_FULL
 */
export async function refuseFullQueue({ catalog, settings }: RunContext): Promise<void> {
  const { maxQueued } = settings;
  const waiting = await catalog.queue.waiting();
  if (waiting < maxQueued) return;
  throw new HoldfastError('QUEUE_FULL', `${waiting} runs are queued; the limit is ${maxQueued} may.`, {
    details: { waiting, maxQueued, retryAfterSeconds },
  });
}

/**
 * Starts a run in the background, known to this process until its end is recorded, and releases its locks then.
 * @param work must have recorded how the run ended before it settles
 */
export function launch(
  context: RunContext,
  run: { kind: RunKind; id: number; locks: LockConnection },
  work: (signal: AbortSignal, onProgress: (progress: Progress) => void) => Promise<unknown>,
): ActiveRun {
  const controller = new AbortController();
  const signal = AbortSignal.any([controller.signal, run.locks.lost]);
  const listeners = new Set<(progress: Progress) => void>();
  let latest: Progress | null = null;
  const onProgress = (progress: Progress): void => {
    latest = progress;
    for (const listener of listeners) {
      try {
        listener(progress);
      } catch (error) {
        // A watcher of a run must not be able to end it.
        context.logger.log('warn', `a progress listener failed: ${String(error)}`);
      }
    }
  };
  const key = runKey(run.kind, run.id);
  const done = work(signal, onProgress)
    // The row holds the error, and so does the log.
    .catch(() => {})
    .then(() => run.locks.close())
    .finally(() => context.active.delete(key));
  const active: ActiveRun = {
    kind: run.kind,
    id: run.id,
    done,
    get progress() {
      return latest;
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    abort: (reason) => controller.abort(reason),
  };
  context.active.set(key, active);
  if (context.stopping.aborted) active.abort(interruptedByStop());
  return active;
}

export function interruptedByStop(): HoldfastError {
  return new HoldfastError('INTERRUPTED', 'The process that performed it was stopped.');
}
