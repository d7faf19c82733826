/*
 * alone/ owns the commands that read a backup store with nothing but its address and keys: no catalog, no database of the
 * application. They call the verbs of the engine, because a system with its API needs a catalog. It never writes to a store, and
 * never holds a rule of backups or restores.
 */
import type { HoldfastError } from '../../base/errors.ts';
import { configureStores } from '../../engine/stores/configured-stores.ts';
import { documentOf, openStoreAlone, type StoreAlone } from '../../engine/stores/read-alone.ts';
import { lackingError, lossWith, partsOfScope } from '../../engine/read/lacking.ts';
import { openManifest } from '../../engine/read/manifest.ts';
import { namesIn } from '../../engine/read/names.ts';
import type { Manifest } from '../../format/manifest.ts';
import type { Invocation } from '../invocation.ts';
import { givenTo } from '../system.ts';
import { remark } from '../terminal/output.ts';
import type { AloneOptions } from './options.ts';

export const lockTimeoutMs = 30_000;
/** What an outlook has of an installation, where there is none. */
export const withoutCatalog = { lockedMs: null, measuredRestores: 0, planId: null };

/** Opens the store for as long as the work takes. */
export async function withStore<T>(
  invocation: Invocation,
  { identity }: AloneOptions,
  address: string,
  work: (opened: StoreAlone) => Promise<T>,
): Promise<T> {
  const { stores: named, writerKey, storeCredentials, ...given } = await givenTo(invocation);
  const opening = identity ?? given.identity;
  const { stores, written } = configureStores({
    store: address,
    ...(named === undefined ? {} : { stores: named }),
    ...(writerKey === undefined ? {} : { writerKey }),
    ...(opening === undefined ? {} : { identity: opening }),
    ...(storeCredentials === undefined ? {} : { storeCredentials }),
  });
  const opened = await openStoreAlone(stores.find(({ name }) => name === written)!);
  try {
    return await work(opened);
  } finally {
    await opened.store.close();
  }
}

/** One backup that was found in a store. */
export interface FoundBackup extends StoreAlone {
  uuid: string;
  document: unknown;
  manifest: Manifest;
}

/**
 * Finds a backup, and reads its manifest.
 * @throws BACKUP_NOT_FOUND, KEY_REQUIRED, SIGNATURE_INVALID, BACKUP_ROLLED_BACK, MANIFEST_INVALID, CHUNK_MISSING, CHUNK_CORRUPT
 */
export async function findBackup(
  invocation: Invocation,
  opened: StoreAlone,
  name: string,
): Promise<FoundBackup> {
  const { store, readIndex } = opened;
  const { uuid, document } = await documentOf(store, name);
  const manifest = await openManifest(store, document, uuid);
  if (name === 'latest') remark(invocation, `The latest backup is ${uuid}.`);
  await readIndex();
  return { ...opened, uuid, document, manifest: await manifest.read() };
}

/**
 * What a backup, or a restore of a part of it, needs and the store does not have, by the listing.
 * @returns CHUNK_MISSING or CHUNK_CORRUPT naming the tables
 */
export async function lackingIn(
  { store, uuid, document, manifest }: Omit<FoundBackup, 'readIndex'>,
  scope?: Parameters<typeof partsOfScope>[0],
): Promise<HoldfastError | undefined> {
  const lacking = await store.lackingChunks(await namesIn(store, document, uuid));
  if (lacking.count === 0) return undefined;
  const loss = lossWith(manifest, lacking, partsOfScope(scope));
  return loss.names.length > 0 ? lackingError(uuid, lacking, loss) : undefined;
}

/** @throws what `lackingIn` returns */
export async function requireWhole(found: FoundBackup): Promise<void> {
  const lacking = await lackingIn(found);
  if (lacking) throw lacking;
}
