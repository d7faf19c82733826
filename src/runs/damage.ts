import { HoldfastError } from '../base/errors.ts';
import { redact } from '../base/redaction.ts';
import type { BackupRecord } from '../catalog/backup-record.ts';
import type { BackupDamage } from '../catalog/backup-damage.ts';
import { lackingError, lossWith, namedTables, partsOfScope } from '../engine/read/lacking.ts';
import type { Loss } from '../engine/read/lost-rows.ts';
import { readNames } from '../engine/read/names.ts';
import type { RestoreScope } from '../engine/entries/scope.ts';
import type { LostRows } from '../contract/lost-rows.ts';
import { databaseFailure } from '../postgres/failure.ts';
import { namesOf, type LackingChunks, type Store } from '../store/store.ts';
import type { RunContext } from './context.ts';
import { manifestIn, manifestMissing, type OpenBackup } from './open-backup.ts';
import { isOfStore } from './places.ts';

/** Where nobody can say without a key. */
const unknownLoss: Loss = { names: [], lost: [] };
const noneLacking: LackingChunks = { count: 0, missing: 0, ids: [] };

const damageCodes: ReadonlySet<string> = new Set([
  'CHUNK_MISSING',
  'CHUNK_CORRUPT',
  'MANIFEST_INVALID',
  'BACKUP_ROLLED_BACK',
]);

/**
 * Does something with a backup. When something of it turns out damaged, the rows of all backups that need the same say
 * so from then on, and none of them counts as a good one.
 */
export async function markDamagedOnError<T>(
  context: RunContext,
  backupId: number,
  work: () => Promise<T>,
  place?: string,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await noteDamage(context, backupId, error, place);
    throw error;
  }
}

/** Whether an error says that something of a backup is missing or altered. */
export function isDamage(error: unknown): error is HoldfastError {
  return error instanceof HoldfastError && damageCodes.has(error.code);
}

/**
 * Nothing, unless `error` says that a backup is damaged. Does not throw: what happened is `error`.
 * @param place the store that it was read from; default: where it is at home
 */
export async function noteDamage(
  context: RunContext,
  backupId: number,
  error: unknown,
  place?: string,
): Promise<void> {
  if (!isDamage(error)) return;
  // It may be of the store that a safety backup was to be written to.
  if (error.code === 'BACKUP_ROLLED_BACK' && error.details?.['id'] !== backupId) return;
  context.logger.log('error', `backup ${backupId} is damaged`, {
    code: error.code,
    ...(place ? { store: place } : {}),
  });
  await logged(context, async () => {
    const record = (await context.catalog.backups.get(backupId))!;
    const name = place ?? record.store;
    const found = await examinePlace(context, record, name);
    // What the store knows nothing of: a manifest, or rows that are not those that were counted.
    if (found === undefined) await setDamage(context, record, name, { ...damageOf(error), chunks: 0 });
    // A key that was given for this backup is not for the others.
    await examineBackups({ ...context, stores: context.stores.configured });
  });
}

/** To be called when chunks may have become whole again. Does not throw, because a failure here does not affect the backup. */
export async function reviewDamage(context: RunContext): Promise<void> {
  await logged(context, async () => {
    if ((await context.catalog.backups.damageKnown()) || (await isAnyDamaged(context))) {
      await examineBackups(context);
    }
  });
}

/**
 * Looks of every completed backup whether all its chunks are there, as far as the store knows, and has its row say so. Reads
 * one manifest at a time.
 * @returns the ids of those that are damaged
 */
export async function examineBackups(context: RunContext): Promise<number[]> {
  const damaged: number[] = [];
  const away = new Set<string>();
  for (const id of await context.catalog.backups.completedIds()) {
    const record = await context.catalog.backups.get(id);
    // Deleted meanwhile, or being deleted.
    if (record?.status !== 'completed') continue;
    if (await examine(context, record, away)) damaged.push(id);
  }
  return damaged;
}

/**
 * Looks at it wherever it is.
 * @param away stores that could not be asked, which are not asked again: each would be waited for
 * @returns whether it is damaged where it is at home
 */
async function examine(context: RunContext, record: BackupRecord, away: Set<string>): Promise<boolean> {
  for (const { store, state } of record.copies) {
    if (state === 'copied' || state === 'damaged') await examinePlace(context, record, store, away);
  }
  return (await examinePlace(context, record, record.store, away)) !== undefined;
}

/**
 * Has the rows say what a store lacks of a backup. Where the store cannot be asked they go on saying what they said.
 * @returns what is damaged there
 */
async function examinePlace(
  context: RunContext,
  record: BackupRecord,
  name: string,
  away = new Set<string>(),
): Promise<BackupDamage | undefined> {
  const known = knownDamage(record, name);
  if (away.has(name)) return known;
  let found: BackupDamage | undefined;
  try {
    const store = await context.stores.open(name);
    found = await lookForDamage(store, record, known);
  } catch (error) {
    if (!isOfStore(error)) throw error;
    away.add(name);
    context.logger.log(
      'warn',
      `backup ${record.id} could not be examined in ${name}: ${redact(error.message)}`,
      { code: error.code },
    );
    return known;
  }
  if (found) {
    await setDamage(context, record, name, found);
    return found;
  }
  // Damage of another kind goes when the backup has been verified.
  if (!known || known.chunks === 0) return known;
  await setDamage(context, record, name, null);
  context.logger.log('info', `backup ${record.id} is whole again`, {
    kind: 'backup',
    id: record.id,
    store: name,
  });
  return undefined;
}

function knownDamage(
  { store, damaged, damage, copies }: BackupRecord,
  name: string,
): BackupDamage | undefined {
  // What an earlier version noticed has no description.
  const unknown = (): BackupDamage => ({
    code: 'CHUNK_CORRUPT',
    message: '',
    tables: [],
    lost: [],
    chunks: 0,
  });
  if (name === store) return damaged ? (damage ?? unknown()) : undefined;
  const copy = copies.find((each) => each.store === name);
  return copy?.state === 'damaged' ? (copy.damage ?? unknown()) : undefined;
}

function setDamage(
  { catalog }: RunContext,
  record: BackupRecord,
  name: string,
  damage: BackupDamage | null,
): Promise<void> {
  return name === record.store
    ? catalog.backups.setDamage(record.id, damage)
    : catalog.copies.setDamage(record.id, name, damage);
}

async function lookForDamage(
  store: Store,
  record: BackupRecord,
  known: BackupDamage | undefined,
): Promise<BackupDamage | undefined> {
  let lacking: LackingChunks | undefined;
  try {
    const names = await readNames(store, record.uuid);
    if (!names) throw manifestMissing(record, store);
    lacking = await store.lackingChunks(names);
    if (lacking.count === 0) return undefined;
    const loss = lossWith(await manifestIn(store, record), lacking);
    return { ...damageOf(lackingError(record.id, lacking, loss)), chunks: lacking.count };
  } catch (error) {
    // Without a key nobody can say which tables they are, unless one who had it has found out already.
    if (lacking && error instanceof HoldfastError && error.code === 'KEY_REQUIRED') {
      if (known?.chunks === lacking.count) return known;
      return { ...damageOf(lackingError(record.id, lacking, unknownLoss)), chunks: lacking.count };
    }
    if (!isDamage(error)) throw error;
    // A chunk of the manifest that is stored again makes it whole; nothing does that to a document.
    return { ...damageOf(error), chunks: error.code === 'MANIFEST_INVALID' ? 0 : (lacking?.count ?? 1) };
  }
}

/**
 * Why a backup cannot be restored, or what a restore covers of it, as far as the stores that it is read from know without
 * reading it.
 * @returns CHUNK_MISSING, CHUNK_CORRUPT; undefined when nothing is known to be lacking
 */
export async function lackingIn(
  { record, store, manifest }: OpenBackup,
  scope?: Pick<RestoreScope, 'tables' | 'largeObjects'>,
): Promise<HoldfastError | undefined> {
  const lacking = await lackingOf(store, record);
  if (lacking.count === 0 || (await isElsewhere(store, record, lacking))) return undefined;
  const loss = lossWith(manifest, lacking, partsOfScope(scope));
  return loss.names.length > 0 ? lackingError(record.id, lacking, loss) : undefined;
}

/** The same of all of a backup in one store, for one who cannot or need not open it. */
export async function lackingUnread(store: Store, record: BackupRecord): Promise<HoldfastError | undefined> {
  const lacking = await lackingOf(store, record);
  return lacking.count === 0 ? undefined : lackingError(record.id, lacking, unknownLoss);
}

/** Whether the stores that a reader goes on with have what this one lacks. */
async function isElsewhere(
  { elsewhere = [] }: Store,
  { uuid }: BackupRecord,
  lacking: LackingChunks,
): Promise<boolean> {
  let ids = lacking.count === lacking.ids.length ? lacking.ids : undefined;
  for (const other of elsewhere) {
    try {
      if (ids) ({ ids } = await other.lackingChunks(namesOf(ids)));
      if (ids ? ids.length === 0 : (await lackingOf(other, { uuid })).count === 0) return true;
    } catch (error) {
      if (!isDamage(error) && !isOfStore(error)) throw error;
    }
  }
  return false;
}

async function lackingOf(store: Store, { uuid }: Pick<BackupRecord, 'uuid'>): Promise<LackingChunks> {
  const names = await readNames(store, uuid);
  return names ? store.lackingChunks(names) : noneLacking;
}

async function isAnyDamaged({ stores }: RunContext): Promise<boolean> {
  for (const name of stores.names) {
    try {
      if (await (await stores.open(name)).isDamaged()) return true;
    } catch (error) {
      if (!isOfStore(error)) throw error;
    }
  }
  return false;
}

function damageOf(error: HoldfastError): BackupDamage {
  const { tables, lost }: Record<string, unknown> = error.details ?? {};
  return {
    code: error.code,
    message: redact(error.message),
    tables: Array.isArray(tables) ? tables.slice(0, namedTables).map(String) : [],
    lost: Array.isArray(lost) ? (lost.slice(0, namedTables) as LostRows[]) : [],
    chunks: 0,
  };
}

async function logged(context: RunContext, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const failure = databaseFailure(error);
    context.logger.log('error', `could not determine which backups are damaged: ${redact(failure.message)}`, {
      code: failure.code,
    });
  }
}
