import { HoldfastError } from '../base/errors.ts';
import type { BackupRecord } from '../catalog/backups.ts';
import { readManifest as readStored } from '../engine/read/manifest.ts';
import type { Manifest } from '../format/manifest.ts';
import type { Store } from '../store/store.ts';
import type { RunContext } from './context.ts';
import type { LockConnection } from './locks.ts';

export function backupNotFound(id: number): HoldfastError {
  return new HoldfastError('BACKUP_NOT_FOUND', `There is no backup ${id}.`, { details: { id } });
}

export function backupBeingDeleted(id: number): HoldfastError {
  return new HoldfastError('BACKUP_IN_USE', `The backup ${id} is being deleted.`, { details: { id } });
}

/**
 * A completed backup's row.
 * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE
 */
export async function completedBackup(context: RunContext, id: number): Promise<BackupRecord> {
  const record = await context.catalog.backups.get(id);
  if (!record) throw backupNotFound(id);
  if (record.status !== 'completed') {
    throw new HoldfastError('BACKUP_NOT_COMPLETE', `The backup ${id} is ${record.status}, not completed.`, {
      details: { id, status: record.status },
    });
  }
  return record;
}

export interface OpenBackup {
  record: BackupRecord;
  /** Where it is read. */
  store: Store;
  manifest: Manifest;
}

/**
 * Opens a completed backup for reading: nobody can delete it while `locks` are open.
 * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE, BACKUP_IN_USE while it is being deleted, MANIFEST_INVALID
 */
export async function openBackup(
  context: RunContext,
  locks: LockConnection,
  id: number,
): Promise<OpenBackup> {
  // The lock before the row: a row that is read first may be gone by the time the lock is there.
  if (!(await locks.tryRead(id))) throw backupBeingDeleted(id);
  const record = await completedBackup(context, id);
  const store = await storeOf(context, record);
  return { record, store, manifest: await manifestIn(store, record) };
}

/** @throws STORE_NOT_FOUND when it is no longer configured; what opening it throws */
export function storeOf({ stores }: RunContext, record: BackupRecord): Promise<Store> {
  return stores.open(record.store);
}

export async function readManifest(context: RunContext, record: BackupRecord): Promise<Manifest> {
  return manifestIn(await storeOf(context, record), record);
}

export async function manifestIn(store: Store, record: BackupRecord): Promise<Manifest> {
  const stored = await store.getManifest(record.uuid);
  if (stored === undefined) {
    throw new HoldfastError('MANIFEST_INVALID', `The manifest of backup ${record.id} is not in the store.`, {
      details: { id: record.id, uuid: record.uuid },
    });
  }
  return readStored(store, stored, record.uuid);
}
