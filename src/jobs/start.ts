import { setTimeout as pause } from 'node:timers/promises';
import { HoldfastError } from '../base/errors.ts';
import type { Progress } from '../engine/run.ts';
import { runKey, type ActiveRun, type RunKind } from './active-run.ts';
import type { JobContext } from './context.ts';
import { openLocks, type LockConnection } from './locks.ts';
import { interruptLeftovers, runningNow } from './reaper.ts';

/** A run that has ended gives its lock back a moment after its row says so; so has a sweep of a few chunks. */
const waitForLockMs = 2_000;

/**
 * Takes the writer lock, and marks whatever a dead process left behind.
 * @throws JOB_RUNNING with `{kind, id, startedAt}` of the run that holds it, in whichever process
 */
export async function lockForWriting(context: JobContext): Promise<LockConnection> {
  throwIfStopping(context);
  const locks = await openLocks(context.target, context.catalog.schema);
  try {
    const deadline = Date.now() + waitForLockMs;
    while (!(await locks.tryWriter())) {
      const running = await runningNow(context);
      if (running || Date.now() > deadline) throw jobRunning(running);
      await pause(100);
    }
    await interruptLeftovers(context, context.catalog.pool);
    return locks;
  } catch (error) {
    await locks.close();
    throw error;
  }
}

function jobRunning(running: { kind: RunKind; id: number; startedAt: Date } | undefined): HoldfastError {
  if (!running) {
    return new HoldfastError('JOB_RUNNING', 'A clean-up of the backup store is in progress.', {
      details: { kind: 'cleanup', id: null, startedAt: null },
    });
  }
  const { kind, id, startedAt } = running;
  return new HoldfastError('JOB_RUNNING', `The ${kind} ${id} is in progress.`, {
    details: { kind, id, startedAt: startedAt.toISOString() },
  });
}

export function throwIfStopping(context: JobContext): void {
  if (!context.stopping.aborted) return;
  throw new HoldfastError('INTERRUPTED', 'The backup system is stopping; no run can start.');
}

/**
 * Lets a run go on by itself, known to this process until its end is recorded, and gives its locks back then.
 * @param work must have recorded how the run ended before it settles
 */
export function launch(
  context: JobContext,
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
        // Whoever watches a run must not be able to end it.
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
  return new HoldfastError('INTERRUPTED', 'The process that ran it was stopped.');
}
