import { redact } from '../base/redaction.ts';
import type { BackupRecord } from '../catalog/backups.ts';
import type { RetentionDecision } from '../engine/retention-policy.ts';
import { describeRetentionReason } from '../engine/retention-words.ts';
import type { JobContext } from './context.ts';
import { removeBackup, sweep, type Deletion } from './deletion.ts';
import { openLocks, type LockConnection } from './locks.ts';
import { decideBySchedule } from './schedule-retention.ts';

export interface Cleanup extends Deletion {
  /** Deleted, or in a dry run: to be deleted. */
  backups: { id: number; reasons: string[] }[];
  /** Were to be deleted, but somebody reads them right now; the next clean-up will. */
  inUse: number[];
  dryRun: boolean;
}

export interface CleanupOrder {
  trigger: 'manual' | 'schedule';
  dryRun: boolean;
}

/**
 * Deletes what the policy no longer keeps, then every chunk that no backup needs any more.
 * @param held locks of a run that has just ended and still holds the writer lock
 */
export async function cleanUp(
  context: JobContext,
  order: CleanupOrder,
  held?: LockConnection,
): Promise<Cleanup> {
  const startedAt = new Date();
  const { decisions } = await decideBySchedule(context);
  const unwanted = decisions.filter((decision) => decision.action === 'delete');
  if (order.dryRun) {
    return {
      backups: unwanted.map(inWords),
      inUse: [],
      dryRun: true,
      chunksDeleted: 0,
      bytesFreed: 0,
      cleanupPending: false,
    };
  }
  const locks = held ?? (await openLocks(context.target, context.catalog.schema));
  try {
    const deleted: { record: BackupRecord; reasons: string[] }[] = [];
    const inUse: number[] = [];
    for (const decision of unwanted) {
      const record = await takeAndRemove(context, locks, decision.id);
      if (record === 'in use') inUse.push(decision.id);
      else if (record) deleted.push({ record, reasons: inWords(decision).reasons });
    }
    const { errors, ...deletion } =
      deleted.length > 0 || order.trigger === 'manual'
        ? await sweep(context, locks, held !== undefined)
        : { chunksDeleted: 0, bytesFreed: 0, cleanupPending: false, errors: [] };
    if (deleted.length > 0 || errors.length > 0 || deletion.chunksDeleted > 0) {
      await context.catalog.cleanupLog.insert({
        startedAt,
        trigger: order.trigger,
        reason: 'retention policy',
        dryRun: false,
        backups: deleted.map(({ record, reasons }) => ({
          id: record.id,
          uuid: record.uuid,
          createdAt: record.createdAt.toISOString(),
          status: record.status,
          reasons,
        })),
        chunksDeleted: deletion.chunksDeleted,
        bytesFreed: deletion.bytesFreed,
        errors,
      });
    }
    return {
      backups: deleted.map(({ record, reasons }) => ({ id: record.id, reasons })),
      inUse,
      dryRun: false,
      ...deletion,
    };
  } finally {
    if (!held) await locks.close();
  }
}

/** The clean-up after a scheduled backup. The backup is good whatever becomes of this, so it never throws. */
export async function cleanUpAfter(context: JobContext, locks: LockConnection): Promise<void> {
  try {
    await cleanUp(context, { trigger: 'schedule', dryRun: false }, locks);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    context.logger.log('error', `clean-up failed: ${redact(message)}`);
  }
}

function inWords(decision: RetentionDecision): { id: number; reasons: string[] } {
  return { id: decision.id, reasons: decision.reasons.map(describeRetentionReason) };
}

async function takeAndRemove(
  context: JobContext,
  locks: LockConnection,
  id: number,
): Promise<BackupRecord | 'in use' | undefined> {
  if (!(await locks.tryDelete(id))) return 'in use';
  try {
    // Since it was decided about, it may have been deleted or pinned, or a restore of it ordered.
    const record = await context.catalog.backups.get(id);
    if (!record || record.pinned || (await context.catalog.backups.isNeeded(id))) return undefined;
    await removeBackup(context, record);
    return record;
  } finally {
    await locks.endDelete(id);
  }
}
