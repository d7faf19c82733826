import { HoldfastError } from '../base/errors.ts';
import { redact } from '../base/redaction.ts';
import type { BackupDamage, BackupRecord } from '../catalog/backups.ts';
import { lackingError, namedTables, partsNeeding, partsOfScope } from '../engine/read/lacking.ts';
import { readNames } from '../engine/read/names.ts';
import type { RestoreScope } from '../engine/entries/scope.ts';
import { databaseFailure } from '../postgres/failure.ts';
import type { LackingChunks, Store } from '../store/store.ts';
import type { RunContext } from './context.ts';
import { readManifest, storeOf, type OpenBackup } from './open-backup.ts';

const noneLacking: LackingChunks = { count: 0, missing: 0, ids: [] };

const damageCodes: ReadonlySet<string> = new Set(['CHUNK_MISSING', 'CHUNK_CORRUPT', 'MANIFEST_INVALID']);

/**
 * Does something with a backup. When something of it turns out damaged, the rows of all backups that need the same say
 * so from then on, and none of them counts as a good one.
 */
export async function markDamagedOnError<T>(
  context: RunContext,
  backupId: number,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await noteDamage(context, backupId, error);
    throw error;
  }
}

/** Nothing, unless `error` says that a backup is damaged. Does not throw: what happened is `error`. */
export async function noteDamage(context: RunContext, backupId: number, error: unknown): Promise<void> {
  if (!(error instanceof HoldfastError) || !damageCodes.has(error.code)) return;
  context.logger.log('error', `backup ${backupId} is damaged`, { code: error.code });
  await logged(context, async () => {
    const found = await examine(context, (await context.catalog.backups.get(backupId))!);
    // What the store knows nothing of: a manifest, or rows that are not those that were counted.
    if (!found) await context.catalog.backups.setDamage(backupId, { ...damageOf(error), chunks: 0 });
    await examineBackups(context);
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
  for (const id of await context.catalog.backups.completedIds()) {
    const record = await context.catalog.backups.get(id);
    // Deleted meanwhile, or being deleted.
    if (record?.status !== 'completed') continue;
    if (await examine(context, record)) damaged.push(id);
  }
  return damaged;
}

/** @returns whether it is damaged */
async function examine(context: RunContext, record: BackupRecord): Promise<boolean> {
  const { backups } = context.catalog;
  const lacking = await lackingChunks(context, record);
  if (lacking instanceof HoldfastError) {
    // A chunk of the manifest that is stored again makes it whole; nothing does that to a document.
    const chunks = lacking.code === 'MANIFEST_INVALID' ? 0 : 1;
    await backups.setDamage(record.id, { ...damageOf(lacking), chunks });
    return true;
  }
  if (lacking.count > 0) {
    await backups.setDamage(record.id, await describeLacking(context, record, lacking));
    return true;
  }
  // Damage of another kind goes when the backup has been verified.
  if (record.damaged && (record.damage?.chunks ?? 0) > 0) {
    await backups.setDamage(record.id, null);
    context.logger.log('info', `backup ${record.id} is whole again`, { kind: 'backup', id: record.id });
    return false;
  }
  return record.damaged;
}

/** @returns MANIFEST_INVALID, CHUNK_MISSING or CHUNK_CORRUPT when nobody can say: the manifest cannot be read */
async function lackingChunks(
  context: RunContext,
  record: BackupRecord,
): Promise<LackingChunks | HoldfastError> {
  try {
    return await lackingOf(await storeOf(context, record), record);
  } catch (error) {
    if (error instanceof HoldfastError && damageCodes.has(error.code)) return error;
    throw error;
  }
}

async function describeLacking(
  context: RunContext,
  record: BackupRecord,
  lacking: LackingChunks,
): Promise<BackupDamage> {
  try {
    const tables = partsNeeding(await readManifest(context, record), lacking);
    return { ...damageOf(lackingError(record.id, lacking, tables)), chunks: lacking.count };
  } catch (error) {
    if (!(error instanceof HoldfastError) || !damageCodes.has(error.code)) throw error;
    return { ...damageOf(error), chunks: error.code === 'MANIFEST_INVALID' ? 0 : lacking.count };
  }
}

/**
 * Why a backup cannot be restored, or what a restore covers of it, as far as the store knows without reading it.
 * @returns CHUNK_MISSING, CHUNK_CORRUPT; undefined when nothing is known to be lacking
 */
export async function lackingIn(
  { record, store, manifest }: OpenBackup,
  scope?: Pick<RestoreScope, 'tables' | 'largeObjects'>,
): Promise<HoldfastError | undefined> {
  const lacking = await lackingOf(store, record);
  if (lacking.count === 0) return undefined;
  const names = partsNeeding(manifest, lacking, partsOfScope(scope));
  return names.length > 0 ? lackingError(record.id, lacking, names) : undefined;
}

async function lackingOf(store: Store, { uuid }: BackupRecord): Promise<LackingChunks> {
  const names = await readNames(store, uuid);
  return names ? store.lackingChunks(names) : noneLacking;
}

async function isAnyDamaged({ stores }: RunContext): Promise<boolean> {
  for (const name of stores.names) if (await (await stores.open(name)).isDamaged()) return true;
  return false;
}

function damageOf(error: HoldfastError): BackupDamage {
  const tables: unknown = error.details?.['tables'];
  return {
    code: error.code,
    message: redact(error.message),
    tables: Array.isArray(tables) ? tables.slice(0, namedTables).map(String) : [],
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
