import type { QueuedRun } from '../catalog/queue.ts';
import type { Runs } from '../catalog/runs.ts';
import type { RunKind } from '../catalog/states.ts';
import type { ActiveRun } from './active-run.ts';
import { performBackup } from './backup-job.ts';
import { cleanUpAfter } from './cleanup-job.ts';
import type { JobContext } from './context.ts';
import type { LockConnection } from './locks.ts';
import { performRestore } from './restore-job.ts';
import { launch } from './start.ts';
import { performVerification } from './verification-job.ts';

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

/** Sets a run going whose row says `running`. Undefined when the row has gone meanwhile. */
export async function perform(
  context: JobContext,
  locks: LockConnection,
  { kind, id }: QueuedRun,
): Promise<ActiveRun | undefined> {
  const { backups, restores, verifications } = context.catalog;
  const run = { kind, id, locks };
  if (kind === 'backup') {
    const record = await backups.get(id);
    return (
      record &&
      launch(context, run, async (signal, onProgress) => {
        await performBackup(context, { record, locks, signal, onProgress });
        if (record.trigger === 'schedule' && !signal.aborted) await cleanUpAfter(context, locks);
      })
    );
  }
  if (kind === 'restore') {
    const record = await restores.get(id);
    return (
      record &&
      launch(context, run, (signal, onProgress) =>
        performRestore(context, { record, locks, signal, onProgress }),
      )
    );
  }
  const record = await verifications.get(id);
  return (
    record &&
    launch(context, run, (signal, onProgress) =>
      performVerification(context, { record, locks, signal, onProgress }),
    )
  );
}
