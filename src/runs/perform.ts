import { redact } from '../base/redaction.ts';
import type { QueuedRun } from '../catalog/queue.ts';
import type { Runs } from '../catalog/runs.ts';
import type { RunKind } from '../contract/states.ts';
import { databaseFailure } from '../postgres/failure.ts';
import type { ActiveRun } from './active-run.ts';
import { performBackup } from './kinds/backup.ts';
import { orderCleanup, performCleanup } from './kinds/cleanup.ts';
import type { JobContext } from './context.ts';
import type { LaneHold } from './locks.ts';
import { performRestore } from './kinds/restore.ts';
import { launch } from './launch.ts';
import { performVerification } from './kinds/verification.ts';

/** The rows of a kind of run. */
export function runsOfKind({ catalog }: JobContext, kind: RunKind): Runs {
  const repositories: Record<RunKind, Runs> = {
    backup: catalog.backups,
    restore: catalog.restores,
    verification: catalog.verifications,
    cleanup: catalog.cleanupLog,
  };
  return repositories[kind];
}

/** The backup is good whatever becomes of this; the next one of the schedule orders another clean-up. */
async function orderCleanupAfter(context: JobContext): Promise<void> {
  await orderCleanup(context, 'schedule').catch((error: unknown) => {
    const failure = databaseFailure(error);
    context.logger.log('error', `no clean-up could be ordered: ${redact(failure.message)}`);
  });
}

/** Sets a run going whose row says `running`. Undefined when the row has gone meanwhile. */
export async function perform(
  context: JobContext,
  hold: LaneHold,
  { kind, id }: QueuedRun,
): Promise<ActiveRun | undefined> {
  const { backups, restores, verifications, cleanupLog } = context.catalog;
  const run = { kind, id, locks: hold.locks };
  if (kind === 'backup') {
    const record = await backups.get(id);
    return (
      record &&
      launch(context, run, async (signal, onProgress) => {
        await performBackup(context, { record, hold, signal, onProgress });
        // Only after a good one, so that a schedule that fails deletes nothing.
        if (record.trigger === 'schedule' && !context.stopping.aborted) await orderCleanupAfter(context);
      })
    );
  }
  if (kind === 'restore') {
    const record = await restores.get(id);
    return (
      record &&
      launch(context, run, (signal, onProgress) =>
        performRestore(context, { record, hold, signal, onProgress }),
      )
    );
  }
  if (kind === 'cleanup') {
    const record = await cleanupLog.get(id);
    return (
      record &&
      launch(context, run, (signal, onProgress) =>
        performCleanup(context, { record, hold, signal, onProgress }),
      )
    );
  }
  const record = await verifications.get(id);
  return (
    record &&
    launch(context, run, (signal, onProgress) =>
      performVerification(context, { record, hold, signal, onProgress }),
    )
  );
}
