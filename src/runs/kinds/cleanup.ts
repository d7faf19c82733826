import type { BackupRecord } from '../../catalog/backups.ts';
import type { CleanupFigures, CleanupRecord, DeletedBackup } from '../../catalog/cleanup-log.ts';
import type { RetentionDecision } from '../../retention/policy.ts';
import { describeRetentionReason } from '../../retention/words.ts';
import type { RunControl } from '../../engine/run.ts';
import type { Progress } from '../../contract/progress.ts';
import type { RunContext } from '../context.ts';
import { examineBackups } from '../damage.ts';
import { describeDeleted, removeBackup } from '../deletion.ts';
import { dropUnfinishedDatabases } from '../unfinished-databases.ts';
import type { HeldRun } from '../../catalog/runs.ts';
import type { LaneHold } from '../locks.ts';
import type { Kind, RunInHand } from '../kind.ts';
import { withHeartbeat } from '../with-heartbeat.ts';
import { decideBySchedule } from '../schedule-retention.ts';
import { sweepStore } from '../sweep.ts';

/** How often a cleanup that deletes no backup looks for orphaned chunks. */
const sweepEveryHours = 24;
const eventDays = 90;
/** How many deletions may be missing in the log of a cleanup whose process was killed. */
const notedAtOnce = 20;

/** What a cleanup would delete now; changes nothing. */
export async function previewCleanup(context: RunContext): Promise<{ id: number; reasons: string[] }[]> {
  const { decisions } = await decideBySchedule(context);
  return decisions.filter(({ action }) => action === 'delete').map(inWords);
}

/**
 * Deletes the backups that the policies no longer keep, then every chunk that no backup needs any more. It is ordered by its
 * trigger.
 */
export const cleanupKind: Kind<CleanupRecord, CleanupRecord['trigger']> = {
  name: 'cleanup',
  failureCode: 'BACKUP_FAILED',
  resumable: true,
  rows: ({ cleanupLog }) => cleanupLog,
  order: ({ catalog }, trigger) => catalog.cleanupLog.order(trigger),
  begin: ({ catalog }, run) => catalog.cleanupLog.begin(run),
  perform(context, run) {
    const { cleanupLog } = context.catalog;
    return withHeartbeat<CleanupFigures, CleanupRecord>(context, cleanupKind, run, {
      do: (control) => cleanUp(context, run, control),
      complete: (figures) => cleanupLog.complete({ id: run.record.id, fence: run.hold.fence }, figures),
    });
  },
};

async function cleanUp(
  context: RunContext,
  { record, hold }: RunInHand<CleanupRecord>,
  { signal, report }: RunControl,
): Promise<CleanupFigures> {
  const { cleanupLog, events } = context.catalog;
  const run = { id: record.id, fence: hold.fence };
  await dropUnfinishedDatabases(context);
  const { decisions } = await decideBySchedule(context);
  const deleted: DeletedBackup[] = [];
  const inUse: number[] = [];
  try {
    for (const decision of decisions.filter(({ action }) => action === 'delete')) {
      signal.throwIfAborted();
      const backup = await takeAndRemove(context, hold, run, decision.id);
      if (backup === 'in use') inUse.push(decision.id);
      else if (backup) deleted.push(describeDeleted(backup, inWords(decision).reasons));
      if (deleted.length % notedAtOnce === 1) await cleanupLog.noteDeleted(run, deleted, inUse);
    }
  } finally {
    if (deleted.length + inUse.length > 0) await cleanupLog.noteDeleted(run, deleted, inUse);
  }
  await events.forget(eventDays);
  const nothingNew = deleted.length === 0 && record.trigger === 'schedule';
  if (nothingNew && (await cleanupLog.sweptWithin(sweepEveryHours))) {
    return { swept: false, chunksDeleted: 0, bytesFreed: 0, pending: false, errors: [] };
  }
  const { cleanupPending, ...freed } = await sweepStore(context, signal, ({ bytesFreed }) =>
    report({ ...noProgress, storedBytes: bytesFreed }),
  );
  await examineBackups(context);
  return { swept: freed.errors.length === 0, ...freed, pending: cleanupPending };
}

const noProgress: Progress = {
  phase: 'cleanup',
  tablesDone: 0,
  tablesTotal: 0,
  rows: 0,
  rawBytes: 0,
  storedBytes: 0,
  rawBytesPerSecond: null,
  estimatedRawBytes: 0,
  currentTable: null,
};

function inWords(decision: RetentionDecision): { id: number; reasons: string[] } {
  return { id: decision.id, reasons: decision.reasons.map(describeRetentionReason) };
}

async function takeAndRemove(
  context: RunContext,
  { locks }: LaneHold,
  run: HeldRun,
  id: number,
): Promise<BackupRecord | 'in use' | undefined> {
  if (!(await locks.tryDelete(id))) return 'in use';
  try {
    // Since it was decided about, it may have been deleted or pinned, or a restore of it ordered.
    const record = await context.catalog.backups.get(id);
    if (!record || record.pinned || (await context.catalog.backups.isNeeded(id))) return undefined;
    await removeBackup(context, record, run);
    return record;
  } finally {
    await locks.endDelete(id);
  }
}
