import { HoldfastError } from '../base/errors.ts';
import { redact } from '../base/redaction.ts';
import type { NewestInStore } from '../catalog/newest-in-store.ts';
import type { StoreRows } from '../catalog/stores.ts';
import { databaseStoreName } from '../engine/stores/configured-stores.ts';
import { confirmTurn, type TurnMemory } from '../engine/stores/turn.ts';
import { formatOf, isRefusal, openHeader } from '../engine/read/manifest.ts';
import { format2, openHeaderAlone } from '../format/backup-document.ts';
import type { Store } from '../store/store.ts';

/*
 * The catalog knows which backup came into a store last. Where that one is gone, or another document is in its place, the store was
 * put back to an older state, or a backup was deleted there by another hand than ours. Of the store in the database nothing is
 * known that is not in the same database.
 */

/** A store that shows an older state than the catalog knows. */
export interface Rollback {
  expected: NewestInStore;
  /** BACKUP_ROLLED_BACK */
  error: HoldfastError;
}

/**
 * Looks whether the newest backup that must be in a store is there as it was written, and has the catalog remember the answer.
 * @returns undefined when it is, and when what is there is damaged or forged: reading it says that
 * @throws STORE_* when the store cannot be asked
 */
export async function findRollback(
  rows: StoreRows,
  name: string,
  store: Store,
): Promise<Rollback | undefined> {
  if (name === databaseStoreName) return undefined;
  let found = await look(rows, name, store);
  // A backup that was being deleted, moved or put meanwhile is another one now, or has been put.
  if (found) found = await rows.exclusively(name, () => look(rows, name, store));
  await rows.setRolledBack(
    name,
    found && { backupId: found.expected.id, problem: redact(found.error.message) },
  );
  return found;
}

/**
 * In a store that shows an older state: that only a backup is gone, and the turn is this catalog's still.
 * @throws BACKUP_ROLLED_BACK when the turn was put back too; STORE_TAKEN when another installation has written there since, which
 *   may have deleted backups
 */
export async function requireOwnTurn(
  { expected, error }: Rollback,
  store: Store,
  memory: TurnMemory,
): Promise<void> {
  try {
    await confirmTurn(store, memory);
  } catch (taken) {
    if (!(taken instanceof HoldfastError) || taken.code !== 'STORE_TAKEN') throw taken;
    const at: unknown = taken.details?.['at'];
    if (typeof at === 'string' && Date.parse(at) > expected.arrivedAt.getTime()) throw taken;
    throw error;
  }
}

/**
 * For one who reads a backup: that it is not the newest one of a store that lacks it, or has another in its place.
 * @throws BACKUP_ROLLED_BACK; STORE_*
 */
export async function requireNotRolledBack(
  rows: StoreRows,
  name: string,
  store: Store,
  uuid: string,
): Promise<void> {
  if (name === databaseStoreName || (await rows.newestIn(name))?.uuid !== uuid) return;
  // A second time, for a copy may put its document there just now.
  const found = (await look(rows, name, store)) && (await look(rows, name, store));
  if (found?.expected.uuid === uuid) throw found.error;
}

async function look(rows: StoreRows, name: string, store: Store): Promise<Rollback | undefined> {
  const expected = await rows.newestIn(name);
  if (!expected) return undefined;
  const problem = await problemOf(store, expected);
  return problem === undefined ? undefined : { expected, error: rolledBack(name, expected, problem) };
}

/** What is there instead of a backup, as the end of a sentence. */
async function problemOf(store: Store, { uuid, headerHashes }: NewestInStore): Promise<string | undefined> {
  let document: unknown;
  try {
    document = await store.getManifest(uuid);
    if (document === undefined) return 'is not there';
    if (formatOf(document) !== format2) return undefined;
    const { header, headerHash } = openHeader(store, document, uuid);
    if (headerHashes.length === 0 || headerHashes.includes(headerHash)) return undefined;
    return `is not there as it was written, but as number ${header.counter} of ${header.at}`;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const other = document === undefined ? undefined : otherIn(store, document);
    if (!other || other.uuid === uuid) return undefined;
    return `is not there; in its place is backup ${other.uuid}, number ${other.counter} of ${other.at}`;
  }
}

function otherIn(store: Store, document: unknown): { uuid: string; counter: number; at: string } | undefined {
  try {
    return openHeaderAlone(document, store.keys);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

function rolledBack(name: string, { id, uuid, arrivedAt }: NewestInStore, problem: string): HoldfastError {
  return new HoldfastError(
    'BACKUP_ROLLED_BACK',
    `The store ${name} shows an older state than it had: backup ${id} (${uuid}), the newest one, complete there at ${arrivedAt.toISOString()}, ${problem}.`,
    {
      hint: `Nothing more is written to the store or deleted in it. Find out who deleted or replaced the backup, and bring it back if the place keeps old versions. To go on with the store as it is: holdfast store take ${name}`,
      details: { store: name, id, uuid, found: problem },
    },
  );
}
