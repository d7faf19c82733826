import { setTimeout as pause } from 'node:timers/promises';
import { redact } from '../base/redaction.ts';
import type { QueuedRun } from '../catalog/queue.ts';
import { databaseFailure } from '../postgres/failure.ts';
import { runKey, type ActiveRun } from './active-run.ts';
import { performBackup } from './backup-job.ts';
import { cleanUpAfter } from './cleanup-job.ts';
import type { JobContext } from './context.ts';
import { openLocks, type LockConnection } from './locks.ts';
import { interruptLeftovers, reap } from './reaper.ts';
import { repeatBackup } from './repeat.ts';
import { performRestore } from './restore-job.ts';
import { orderDueRuns } from './scheduler.ts';
import { launch } from './start.ts';

/** How often the queue is looked at for runs that other processes ordered, and for runs of dead ones. */
const listenEveryMs = 2_000;
/** How often a run that waits for another one, of whichever process, tries again. */
const busyPauseMs = 250;

/** Takes queued runs and performs them, one at a time: of all processes at most one writes. */
export interface Worker {
  /**
   * There is a run in the queue: takes it when its turn comes. Resolves as soon as the next run has begun, or is known
   * to have to wait for another one.
   * @throws when the database does not let a run begin
   */
  wake(): Promise<void>;
  /** From now on looks by itself, until it is stopped. */
  listen(): void;
  /** Takes no more runs; resolves when the one under way has ended. */
  stop(): Promise<void>;
}

export function createWorker(context: JobContext): Worker {
  const { stopping } = context;
  let timer: NodeJS.Timeout | undefined;
  let emptying: Promise<void> | undefined;
  let wokenMeanwhile = false;

  async function wake(): Promise<void> {
    if (stopping.aborted) return;
    if (emptying) {
      // It may have found the queue empty just before.
      wokenMeanwhile = true;
      return;
    }
    const first = Promise.withResolvers<void>();
    emptying = emptyQueue(context, first.resolve)
      .catch((error: unknown) => {
        const failure = databaseFailure(error);
        context.logger.log('error', `queued runs could not be begun: ${redact(failure.message)}`);
        first.reject(failure);
      })
      .finally(() => {
        emptying = undefined;
        first.resolve();
        if (!wokenMeanwhile) return;
        wokenMeanwhile = false;
        // What goes wrong is in the log.
        wake().catch(() => {});
      });
    await first.promise;
  }

  async function look(): Promise<void> {
    try {
      if (!(await context.catalog.isInitialized())) return;
      await reap(context);
      await orderDueRuns(context);
      if (await context.catalog.queue.next()) await wake();
    } catch (error) {
      context.logger.log('warn', `the queue could not be read: ${redact(databaseFailure(error).message)}`);
    }
  }

  return {
    wake,
    listen() {
      if (timer || stopping.aborted) return;
      context.listening = true;
      void look();
      timer = setInterval(() => void look(), listenEveryMs);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await emptying;
    },
  };
}

/** @param onDecided called when the first run has begun, has to wait, or is no longer there */
async function emptyQueue(context: JobContext, onDecided: () => void): Promise<void> {
  while (!context.stopping.aborted && (await mayTakeOne(context))) {
    const taken = await takeNext(context, onDecided);
    onDecided();
    if (!taken) await briefly(context);
  }
}

/**
 * A process that does not listen works for its own orders only, and for those before them: what others order is not
 * begun by one that is about to end.
 */
async function mayTakeOne({ catalog, listening, ordered }: JobContext): Promise<boolean> {
  if ((await catalog.queue.next()) === undefined) return false;
  if (listening) return true;
  for (const key of ordered) {
    const [kind, id] = key.split(':') as [QueuedRun['kind'], string];
    const run = await (kind === 'backup' ? catalog.backups : catalog.restores).get(Number(id));
    if (run?.status === 'queued') return true;
    ordered.delete(key);
  }
  return false;
}

async function briefly(context: JobContext): Promise<void> {
  await pause(busyPauseMs, undefined, { signal: context.stopping }).catch(() => {});
}

/** @returns false when another run is in progress, or a clean-up */
async function takeNext(context: JobContext, onBegun: () => void): Promise<boolean> {
  const locks = await openLocks(context.target, context.catalog.schema);
  try {
    if (!(await locks.tryWriter())) return false;
    await interruptLeftovers(context, context.catalog.pool);
    // Read under the lock: nobody else takes one now.
    const next = await context.catalog.queue.next();
    if (next && !context.stopping.aborted) await perform(context, locks, next, onBegun);
    return true;
  } finally {
    await locks.close();
  }
}

async function perform(
  context: JobContext,
  locks: LockConnection,
  { kind, id }: QueuedRun,
  onBegun: () => void,
): Promise<void> {
  const { backups, restores } = context.catalog;
  // It may have been cancelled meanwhile.
  if (!(await (kind === 'backup' ? backups : restores).begin(id))) return;
  const run = await begun(context, locks, { kind, id });
  onBegun();
  await run?.done;
  const own = context.ordered.delete(runKey(kind, id));
  if (kind === 'restore') return;
  // Other processes go on with what this one had to leave; without any, it goes on when one is started.
  if (context.stopping.aborted && (context.listening || !own))
    await backups.requeue(context.catalog.pool, id, 0);
  else await repeatBackup(context, context.catalog.pool, id);
}

async function begun(
  context: JobContext,
  locks: LockConnection,
  { kind, id }: QueuedRun,
): Promise<ActiveRun | undefined> {
  if (kind === 'backup') {
    const record = await context.catalog.backups.get(id);
    return (
      record &&
      launch(context, { kind, id, locks }, async (signal, onProgress) => {
        await performBackup(context, { record, locks, signal, onProgress });
        if (record.trigger === 'schedule' && !signal.aborted) await cleanUpAfter(context, locks);
      })
    );
  }
  const record = await context.catalog.restores.get(id);
  return (
    record &&
    launch(context, { kind, id, locks }, (signal, onProgress) =>
      performRestore(context, { record, locks, signal, onProgress }),
    )
  );
}
