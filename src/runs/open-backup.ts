import { HoldfastError } from '../base/errors.ts';
import type { BackupRecord } from '../catalog/backup-record.ts';
import { giveSameNames } from '../engine/copy/copy.ts';
import { readManifest as readStored } from '../engine/read/manifest.ts';
import { redact } from '../base/redaction.ts';
import type { Manifest } from '../format/manifest.ts';
import type { Store } from '../store/store.ts';
import type { RunContext } from './context.ts';
import type { LockConnection } from './locks.ts';
import { mayBeElsewhere, placesOf } from './places.ts';
import { requireNotRolledBack } from './rollback.ts';

export function backupNotFound(id: number): HoldfastError {
  return new HoldfastError('BACKUP_NOT_FOUND', `There is no backup ${id}.`, { details: { id } });
}

export function backupNotIn(id: number, store: string): HoldfastError {
  return new HoldfastError('BACKUP_NOT_FOUND', `The backup ${id} is not in the store ${store}.`, {
    details: { id, store },
  });
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
 * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE, BACKUP_IN_USE while it is being deleted, MANIFEST_INVALID, BACKUP_ROLLED_BACK
 */
export async function openBackup(
  context: RunContext,
  locks: LockConnection,
  id: number,
): Promise<OpenBackup> {
  // The lock before the row: a row that is read first may be gone by the time the lock is there.
  if (!(await locks.tryRead(id))) throw backupBeingDeleted(id);
  return openHeld(context, await completedBackup(context, id));
}

/**
 * The same for one who has made sure already that nobody deletes the backup. It is read where it is at home, or, where that
 * cannot be read, in the next store that has it; single chunks are read in any store that has the same.
 */
export async function openHeld(context: RunContext, record: BackupRecord): Promise<OpenBackup> {
  const places = placesOf(context, record);
  let failure: unknown;
  for (const [i, name] of places.entries()) {
    try {
      const store = await context.stores.open(name);
      await requireNotRolledBack(context.catalog.stores, name, store, record.uuid);
      const manifest = await manifestIn(store, record);
      if (i > 0)
        context.logger.log('warn', `backup ${record.id} is read from its copy in ${name}`, { id: record.id });
      return { record, store: await withOthers(context, store, places.slice(i + 1)), manifest };
    } catch (error) {
      if (places.length === 1 || !mayBeElsewhere(error)) throw error;
      context.logger.log('warn', `backup ${record.id} cannot be read in ${name}: ${redact(error.message)}`, {
        code: error.code,
      });
      failure ??= error;
    }
  }
  throw failure;
}

/** A store whose chunks are read elsewhere when they are missing or damaged; what cannot be opened now is of no help. */
async function withOthers({ stores }: RunContext, store: Store, names: readonly string[]): Promise<Store> {
  const elsewhere: Store[] = [];
  for (const name of names) {
    const other = await stores.open(name).catch(() => undefined);
    if (other && giveSameNames(store.keys, other.keys)) elsewhere.push(other);
  }
  return elsewhere.length === 0 ? store : { ...store, elsewhere };
}

/** @throws STORE_NOT_FOUND when it is no longer configured; what opening it throws */
export function storeOf({ stores }: RunContext, record: BackupRecord): Promise<Store> {
  return stores.open(record.store);
}

export async function readManifest(context: RunContext, record: BackupRecord): Promise<Manifest> {
  return (await openHeld(context, record)).manifest;
}

export async function manifestIn(store: Store, record: BackupRecord): Promise<Manifest> {
  return readStored(store, await documentIn(store, record), record.uuid);
}

/** What a store keeps of a backup beside its chunks. @throws MANIFEST_INVALID where it is not there */
export async function documentIn(store: Store, record: BackupRecord): Promise<unknown> {
  const stored = await store.getManifest(record.uuid);
  if (stored === undefined) throw manifestMissing(record, store);
  return stored;
}

export function manifestMissing({ id, uuid }: BackupRecord, { address }: Store): HoldfastError {
  return new HoldfastError(
    'MANIFEST_INVALID',
    `The manifest of backup ${id} is not in the store at ${address}.`,
    {
      details: { id, uuid },
    },
  );
}
