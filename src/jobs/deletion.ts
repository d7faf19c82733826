import { HoldfastError } from '../base/errors.ts';
import { redact } from '../base/redaction.ts';
import type { BackupRecord } from '../catalog/backups.ts';
import { isFinal } from '../catalog/states.ts';
import { sweepChunks } from '../engine/cleanup.ts';
import { databaseFailure } from '../postgres/failure.ts';
import type { Store } from '../store/store.ts';
import type { JobContext } from './context.ts';
import { openLocks, type LockConnection } from './locks.ts';
import { backupNotFound } from './reading.ts';
import { redactedBody } from './redacted-body.ts';

export interface Deletion {
  chunksDeleted: number;
  bytesFreed: number;
  /** The backup is gone, but its chunks stay until the next clean-up. */
  cleanupPending: boolean;
}

/**
 * Deletes a backup in a final state, then every chunk no backup refers to any more.
 *
 * Whether it is in use is decided by an advisory lock that every reader holds: unlike a mark in a row it is seen by
 * every process and is gone when the reader is.
 * @throws BACKUP_NOT_FOUND, BACKUP_IN_USE
 */
export async function deleteBackup(context: JobContext, id: number): Promise<Deletion> {
  const startedAt = new Date();
  const locks = await openLocks(context.target, context.catalog.schema);
  try {
    const record = await takeForDeletion(context, locks, id);
    await removeBackup(context, record);
    const { errors, ...deletion } = await sweep(context, locks);
    await context.catalog.cleanupLog.insert({
      startedAt,
      trigger: 'manual',
      reason: 'deleted on request',
      dryRun: false,
      backups: [{ id, uuid: record.uuid, createdAt: record.createdAt.toISOString(), status: record.status }],
      chunksDeleted: deletion.chunksDeleted,
      bytesFreed: deletion.bytesFreed,
      errors,
    });
    return deletion;
  } finally {
    await locks.close();
  }
}

/** Deletes a backup's manifest and row; its chunks are left to the next sweep. The caller holds its deletion lock. */
export async function removeBackup(context: JobContext, { id, uuid }: BackupRecord): Promise<void> {
  // Should this be cut short, the row says so and can be deleted again; a manifest without a row would hold its
  // chunks for ever, and a row without its manifest must not look completed.
  await context.catalog.backups.markDeleting(id, deletionInterrupted(id).toJSON());
  await context.store.deleteManifest(uuid);
  await context.catalog.backups.remove(id);
  context.logger.log('info', 'backup deleted', { kind: 'backup', id });
}

async function takeForDeletion(
  context: JobContext,
  locks: LockConnection,
  id: number,
): Promise<BackupRecord> {
  const known = await context.catalog.backups.get(id);
  if (!known) throw backupNotFound(id);
  if (!isFinal(known.status)) throw inUse(id, 'is being taken');
  if (!(await locks.tryDelete(id))) throw inUse(id, 'is read by a restore or a download');
  // Another deletion may have been first.
  const record = await context.catalog.backups.get(id);
  if (!record) throw backupNotFound(id);
  return record;
}

function deletionInterrupted(id: number): HoldfastError {
  return new HoldfastError('INTERRUPTED', `The deletion of backup ${id} was interrupted.`, {
    hint: 'Delete it again.',
  });
}

function inUse(id: number, how: string): HoldfastError {
  return new HoldfastError('BACKUP_IN_USE', `The backup ${id} ${how}.`, { details: { id } });
}

/** @param holdsWriter whether `locks` have the writer lock already, and keep it */
export async function sweep(
  context: JobContext,
  locks: LockConnection,
  holdsWriter = false,
): Promise<Deletion & { errors: unknown[] }> {
  const pending = { chunksDeleted: 0, bytesFreed: 0, cleanupPending: true };
  // A running backup relies on chunks that no manifest refers to yet, so only the holder of the writer lock sweeps.
  if (!holdsWriter && !(await locks.tryWriter())) return { ...pending, errors: [] };
  try {
    const { chunks, bytes } = await sweepChunks(deletingOnlyWhile(locks, context.store));
    return { chunksDeleted: chunks, bytesFreed: bytes, cleanupPending: false, errors: [] };
  } catch (error) {
    // The backup is deleted; the next sweep frees what this one could not.
    const failure = databaseFailure(error);
    context.logger.log('error', `clean-up failed: ${redact(failure.message)}`, { code: failure.code });
    return { ...pending, errors: [redactedBody(failure)] };
  } finally {
    if (!holdsWriter) await locks.releaseWriter().catch(() => {});
  }
}

/** A sweep that has lost its lock must not delete what a backup that has begun since may rely on. */
function deletingOnlyWhile(locks: LockConnection, store: Store): Store {
  return {
    ...store,
    async deleteChunks(ids) {
      locks.lost.throwIfAborted();
      await store.deleteChunks(ids);
    },
  };
}
