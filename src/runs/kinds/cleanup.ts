import type { BackupRecord } from '../../catalog/backup-record.ts';
import type { CleanupFigures, CleanupRecord, DeletedBackup } from '../../catalog/cleanup-log.ts';
import { redactedBody } from '../../base/redacted-body.ts';
import { redact } from '../../base/redaction.ts';
import type { PlacedDecisions } from '../../retention/places.ts';
import type { RetentionDecision } from '../../retention/policy.ts';
import { describeRetentionReason } from '../../retention/words.ts';
import type { RunControl } from '../../engine/run.ts';
import type { Progress } from '../../contract/progress.ts';
import type { RunContext } from '../context.ts';
import { orderDueCopies } from '../copies.ts';
import { examineBackups } from '../damage.ts';
import { describeDeleted, removeBackup, removeFromStore } from '../deletion.ts';
import { dropUnfinishedDatabases } from '../unfinished-databases.ts';
import type { HeldRun } from '../../catalog/runs.ts';
import type { LaneHold } from '../locks.ts';
import type { Kind, RunInHand } from '../kind.ts';
import { withHeartbeat } from '../with-heartbeat.ts';
import { isOfStore } from '../places.ts';
import { lookAtNew } from '../radar.ts';
import { decideBySchedule } from '../schedule-retention.ts';
import { sweepStore } from '../sweep.ts';

/** How often a cleanup that deletes no backup looks for orphaned chunks. */
const sweepEveryHours = 24;
const eventDays = 90;
/** How many deletions may be missing in the log of a cleanup whose process was killed. */
const notedAtOnce = 20;

/** What a cleanup would delete now; changes nothing. */
export async function previewCleanup(
  context: RunContext,
): Promise<{ id: number; store?: string; reasons: string[] }[]> {
  return due(await decideBySchedule(context)).map(inWords);
}

/** A backup to be deleted, or one to be deleted in one of its stores. */
type Due = Pick<RetentionDecision, 'id' | 'reasons'> & { store?: string; stays?: string };

function due({ decisions, places }: PlacedDecisions): Due[] {
  const whole = decisions.filter(({ action }) => action === 'delete');
  const gone = new Set(whole.map(({ id }) => id));
  // What is not yet copied stays in its store, whatever is decided about that store alone.
  const waiting = new Set(
    decisions.filter(({ reasons }) => reasons.some(({ code }) => code === 'copy-due')).map(({ id }) => id),
  );
  const single = places.filter(({ id, action }) => action === 'delete' && !gone.has(id) && !waiting.has(id));
  return [
    ...whole,
    ...single.map((place): Due => {
      const [stays] = (decisions.find(({ id }) => id === place.id)?.reasons ?? []).flatMap((reason) =>
        reason.code === 'in-copy' ? reason.stores : [],
      );
      return { ...place, ...(stays === undefined ? {} : { stays }) };
    }),
  ];
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
  followUp: orderDueCopies,
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
  // What it finds in backups that nobody has looked at yet is kept.
  await lookAtNew(context);
  await finishRemovals(context, hold, run);
  const deleted: DeletedBackup[] = [];
  const inUse: number[] = [];
  const failed: unknown[] = [];
  try {
    for (const each of due(await decideBySchedule(context))) {
      signal.throwIfAborted();
      try {
        const backup = await takeAndRemove(context, hold, run, each);
        if (backup === 'in use') inUse.push(each.id);
        else if (backup)
          deleted.push({ ...describeDeleted(backup, inWords(each).reasons), ...storeOf(each) });
      } catch (error) {
        // A store that is away keeps what it has, and no other from being cleaned up.
        if (!isOfStore(error)) throw error;
        failed.push(redactedBody(error));
      }
      if (deleted.length % notedAtOnce === 1) await cleanupLog.noteDeleted(run, deleted, inUse);
    }
  } finally {
    if (deleted.length + inUse.length > 0) await cleanupLog.noteDeleted(run, deleted, inUse);
  }
  await events.forget(eventDays);
  await context.catalog.keptRows.forget(context.settings.keptRows.days);
  const nothingNew = deleted.length === 0 && record.trigger === 'schedule';
  if (nothingNew && (await cleanupLog.sweptWithin(sweepEveryHours))) {
    return { swept: false, chunksDeleted: 0, bytesFreed: 0, pending: failed.length > 0, errors: failed };
  }
  const { cleanupPending, ...freed } = await sweepStore(context, signal, ({ bytesFreed }) =>
    report({ ...noProgress, storedBytes: bytesFreed }),
  );
  await examineBackups(context);
  return {
    swept: freed.errors.length === 0,
    ...freed,
    pending: cleanupPending || failed.length > 0,
    errors: [...failed, ...freed.errors],
  };
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

function inWords({ id, store, reasons }: Due): { id: number; store?: string; reasons: string[] } {
  return { id, ...(store === undefined ? {} : { store }), reasons: reasons.map(describeRetentionReason) };
}

function storeOf({ store }: Due): { store?: string } {
  return store === undefined ? {} : { store };
}

/** Goes on with what a process that was killed had begun to delete, wholly or in one store. */
async function finishRemovals(context: RunContext, hold: LaneHold, run: HeldRun): Promise<void> {
  const { copies, backups } = context.catalog;
  const { locks } = hold;
  const unlessAway = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!isOfStore(error)) throw error;
      context.logger.log('warn', `${what} could not be deleted: ${redact(error.message)}`, {
        code: error.code,
      });
    }
  };
  for (const id of await backups.halfDeleted()) {
    await unlessAway(`backup ${id}`, () => takeAndRemove(context, hold, run, { id, reasons: [] }));
  }
  for (const { backupId, store } of (await copies.kept()).filter(({ state }) => state === 'removing')) {
    const record = await backups.get(backupId);
    if (!record || !context.stores.names.includes(store) || !(await locks.tryDelete(backupId))) continue;
    try {
      await unlessAway(`backup ${backupId} in ${store}`, () =>
        removeFromStore(context, record, store, undefined),
      );
    } finally {
      await locks.endDelete(backupId);
    }
  }
}

async function takeAndRemove(
  context: RunContext,
  { locks }: LaneHold,
  run: HeldRun,
  { id, store, stays }: Due,
): Promise<BackupRecord | 'in use' | undefined> {
  if (!(await locks.tryDelete(id))) return 'in use';
  try {
    // Since it was decided about, it may have been deleted or pinned, a restore of it ordered, or damage found.
    const record = await context.catalog.backups.get(id);
    if (!record || record.pinned || (await context.catalog.backups.isNeeded(id))) return undefined;
    if ((await context.catalog.backups.heldBy(id)).length > 0) return undefined;
    if (store === undefined) await removeBackup(context, record, run);
    else if (!(await removeFromStore(context, record, store, stays))) return undefined;
    return record;
  } finally {
    await locks.endDelete(id);
  }
}
