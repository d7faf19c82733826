import { HoldfastError } from '../base/errors.ts';
import type { BackupRecord } from '../catalog/backup-record.ts';
import type { DeletedBackup } from '../catalog/cleanup-log.ts';
import type { HeldRun } from '../catalog/runs.ts';
import { isFinal } from '../contract/states.ts';
import type { Store } from '../store/store.ts';
import { held, inSpiteOf, requireNotHeld } from './brake.ts';
import type { RunContext } from './context.ts';
import { openLocks, type LockConnection } from './locks.ts';
import { backupNotFound } from './open-backup.ts';
import { sweep, type Deletion } from './sweep.ts';

/**
 * Deletes a backup in a final state, then every chunk no backup refers to any more.
 *
 * Whether it is in use is decided by an advisory lock that every reader holds: unlike a mark in a row it is seen by
 * every process and is gone when the reader is.
 * @param options.despiteFinding also one that a finding of damage keeps
 * @throws BACKUP_NOT_FOUND, BACKUP_IN_USE, BACKUP_HELD
 */
export async function deleteBackup(
  context: RunContext,
  id: number,
  { despiteFinding }: { despiteFinding: boolean },
): Promise<Deletion> {
  const startedAt = new Date();
  if (!despiteFinding) await requireNotHeld(context, id);
  const locks = await openLocks(context.databases.locks, context.catalog.schema);
  try {
    const record = await takeForDeletion(context, locks, id);
    const findings = await context.catalog.backups.heldBy(id);
    if (!despiteFinding && findings.length > 0) throw held(id, findings);
    await removeBackup(context, record);
    const { errors, ...deletion } = await sweep(context);
    await context.catalog.cleanupLog.insert({
      startedAt,
      trigger: 'manual',
      reason: inSpiteOf(findings),
      backups: [describeDeleted(record)],
      swept: true,
      chunksDeleted: deletion.chunksDeleted,
      bytesFreed: deletion.bytesFreed,
      pending: deletion.cleanupPending,
      errors,
    });
    return deletion;
  } finally {
    await locks.close();
  }
}

/** As the log of cleanups keeps it. */
export function describeDeleted(
  { id, uuid, createdAt, status }: BackupRecord,
  reasons?: string[],
): DeletedBackup {
  return { id, uuid, createdAt: createdAt.toISOString(), status, ...(reasons ? { reasons } : {}) };
}

/**
 * Deletes a backup's manifest and row; its chunks are left to the next sweep. The caller holds its deletion lock.
 * @param cleanup the run that does it, which must still be the caller's
 */
export async function removeBackup(
  context: RunContext,
  record: BackupRecord,
  cleanup?: HeldRun,
): Promise<void> {
  const { id, uuid } = record;
  const { catalog, stores } = context;
  // Every store before anything is deleted: while one of them is away, the backup stays as it is.
  const copies: Store[] = [];
  for (const copy of await catalog.copies.kept(id)) {
    const store = await stores.openToWriteIfMade(copy.store);
    if (store) copies.push(store);
  }
  const home = await storeToDelete(context, record);
  // Should this be cut short, the row says so and can be deleted again; a manifest without a row would hold its
  // chunks for ever, and a row without its manifest must not look completed.
  await catalog.backups.markDeleting(id, deletionInterrupted(id).toJSON(), cleanup);
  for (const copy of copies) await copy.deleteManifest(uuid);
  await home?.deleteManifest(uuid);
  await catalog.copies.forget(id);
  await catalog.backups.remove(id);
  context.logger.log('info', 'backup deleted', { kind: 'backup', id });
}

/**
 * Deletes a backup in one of its stores, where retention no longer keeps it; it stays in the others. The caller holds its
 * deletion lock.
 * @param stays a store that has it whole, which becomes its home where it was at home in the other one
 * @returns false when it is not as it was decided about
 */
export async function removeFromStore(
  context: RunContext,
  record: BackupRecord,
  store: string,
  stays: string | undefined,
): Promise<boolean> {
  const { copies } = context.catalog;
  const place = await context.stores.openToWriteIfMade(store);
  if (record.store === store) {
    if (stays === undefined || !(await copies.move(record.id, store, stays))) return false;
  } else {
    // What a killed process leaves in this state the next cleanup goes on with.
    await copies.setState(record.id, store, 'removing');
  }
  await place?.deleteManifest(record.uuid);
  await copies.setState(record.id, store, 'removed');
  context.logger.log('info', `backup deleted in ${store}`, { kind: 'backup', id: record.id });
  return true;
}

/**
 * Where the manifest of a backup is. A run that failed before it could make its store has none.
 */
async function storeToDelete({ stores }: RunContext, record: BackupRecord): Promise<Store | undefined> {
  if (record.status === 'completed') await stores.open(record.store);
  return stores.openToWriteIfMade(record.store);
}

async function takeForDeletion(
  context: RunContext,
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
    hint: 'The next cleanup goes on with it; or delete it again.',
    details: { id, deleting: true },
  });
}

function inUse(id: number, how: string): HoldfastError {
  return new HoldfastError('BACKUP_IN_USE', `The backup ${id} ${how}.`, { details: { id } });
}
