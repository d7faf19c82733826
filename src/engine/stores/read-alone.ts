import { HoldfastError } from '../../base/errors.ts';
import { factsOfType } from '../../contract/backup-type.ts';
import { openHeaderAlone } from '../../format/backup-document.ts';
import type { Root } from '../../format/root.ts';
import { memoryIndex } from '../../store/object-store/memory-index.ts';
import { objectStore } from '../../store/object-store/object-store.ts';
import { rebuildIndex } from '../../store/object-store/rebuild.ts';
import { openObjects } from '../../store/objects/open.ts';
import type { Store } from '../../store/store.ts';
import { openHeader, openManifest } from '../read/manifest.ts';
import type { ConfiguredStore } from './configured-stores.ts';
import { givenKeys } from './key-texts.ts';
import { openStore } from './open-store.ts';

/** A store that is read without a catalog. Nothing is written to it. */
export interface StoreAlone {
  store: Store;
  /** Finds out by a listing where each chunk lies. Called before chunks are read; documents need none of it. */
  readIndex(signal?: AbortSignal): Promise<void>;
}

/**
 * Opens a store outside the database with nothing but its address and keys.
 * @throws INVALID_REQUEST for the store in the database; what `openObjects`, `givenKeys` and `openStore` throw
 */
export async function openStoreAlone(configured: ConfiguredStore): Promise<StoreAlone> {
  const { address, credentials } = configured;
  if (address.scheme === 'database' || address.scheme === 'memory') {
    throw new HoldfastError('INVALID_REQUEST', 'Only a store outside the database can be read alone.', {
      hint: 'Give an address such as file:///folder or s3://bucket/prefix. Backups in the database are read without --store.',
    });
  }
  const given = await givenKeys(configured);
  const objects = await openObjects(address, { [address.scheme]: credentials });
  const index = memoryIndex();
  try {
    const store = await openStore((keys) => objectStore(objects, index, keys), { given, create: false });
    return { store, readIndex: async (signal) => void (await rebuildIndex(objects, index, signal)) };
  } catch (error) {
    await objects.close();
    throw error;
  }
}

/** What the document of a backup says of it. */
export interface BackupAlone {
  uuid: string;
  /** When it was written; null where its header is not proved, as with the next three. */
  at: string | null;
  /** Of the backups written into this store: 1, 2, … Null in version 1 of the format. */
  counter: number | null;
  sealed: boolean | null;
  /** Hashes of its header, and of the one that was written before it. */
  headerHash: string | null;
  previous: string | null;
  /** Null where it is refused, or no key that opens it was given. */
  contents: ContentsAlone | null;
  /** Why it is refused: it is forged, damaged, or of another store. */
  refused: HoldfastError | null;
  /** KEY_REQUIRED, where a key would show the contents. */
  locked: HoldfastError | null;
}

export type ContentsAlone = Pick<Root, 'type'> &
  Pick<Root['totals'], 'tables' | 'rows' | 'rawBytes' | 'storedBytes'> & {
    database: string;
    description: string | null;
  };

/** Documents read at once: each is up to 24 MiB. */
const readAtOnce = 4;

/** Why one document is listed as refused, while the others are read on. */
const refusals: ReadonlySet<string> = new Set([
  'MANIFEST_INVALID',
  'SIGNATURE_INVALID',
  'CHUNK_CORRUPT',
  'STORE_FAILED',
]);

/** Every backup in a store, newest first; those that are refused are among them, at the end. */
export async function listBackups(store: Store): Promise<BackupAlone[]> {
  const found: BackupAlone[] = [];
  let batch: string[] = [];
  const readBatch = async (): Promise<void> => {
    const uuids = batch;
    batch = [];
    for (const each of await Promise.all(uuids.map((uuid) => readDocument(store, uuid)))) {
      if (each) found.push(each);
    }
  };
  for await (const uuid of store.listManifests()) {
    if (batch.push(uuid) >= readAtOnce) await readBatch();
  }
  await readBatch();
  return found.toSorted((a, b) => (b.counter ?? 0) - (a.counter ?? 0) || compare(b.at, a.at));
}

const compare = (a: string | null, b: string | null): number => ((a ?? '') < (b ?? '') ? -1 : 1);

/** @returns undefined for one that was deleted meanwhile */
async function readDocument(store: Store, uuid: string): Promise<BackupAlone | undefined> {
  const backup: BackupAlone = {
    uuid,
    at: null,
    counter: null,
    sealed: null,
    headerHash: null,
    previous: null,
    contents: null,
    refused: null,
    locked: null,
  };
  let document: unknown;
  try {
    document = await store.getManifest(uuid);
    if (document === undefined) return undefined;
    const { root, header, headerHash, read } = await openManifest(store, document, uuid);
    if (header) Object.assign(backup, factsOf(header), { headerHash });
    const { type, source, totals, snapshot } = root ?? (await read());
    const { tables, rows, rawBytes, storedBytes } = totals;
    backup.at ??= snapshot.at;
    backup.sealed ??= false;
    backup.contents = {
      database: source.database,
      type,
      tables,
      rows,
      rawBytes,
      storedBytes,
      description: root?.about?.description ?? null,
    };
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    if (error.code === 'KEY_REQUIRED') {
      const { header, headerHash } = openHeader(store, document, uuid);
      Object.assign(backup, factsOf(header), { headerHash, locked: error });
    } else if (refusals.has(error.code)) {
      Object.assign(backup, provedFacts(store, document, uuid), { refused: error });
    } else throw error;
  }
  return backup;
}

type HeaderFacts = Pick<BackupAlone, 'at' | 'counter' | 'sealed' | 'previous'>;

const factsOf = ({ at, counter, sealed, previous }: HeaderFacts): HeaderFacts => ({
  at,
  counter,
  sealed,
  previous,
});

/** What is proved of a document that is refused: its header may be whole where its root is not. */
function provedFacts({ keys }: Store, document: unknown, uuid: string): HeaderFacts | undefined {
  try {
    return factsOf(openHeaderAlone(document, keys, uuid));
  } catch {
    return undefined;
  }
}

/**
 * The backup that was written last, of those that `listBackups` gives; one that has tables, if there is any.
 * @throws BACKUP_NOT_FOUND; SIGNATURE_INVALID or BACKUP_ROLLED_BACK when a document is refused that may be a later one, or two
 *   say that they have the same place: an older backup is never given in place of the latest
 */
export function latestOf(backups: readonly BackupAlone[], { address }: Pick<Store, 'address'>): BackupAlone {
  const accepted = backups.filter(({ refused, counter }) => refused === null && counter !== null);
  const ordered = accepted.toSorted((a, b) => b.counter! - a.counter!);
  const [newest, next] = ordered;
  const last = newest?.counter ?? 0;
  const hint = `See which backups there are with: holdfast list --store ${address}. Then name one by its uuid.`;
  // What a header says that is not proved may be any number.
  const doubtful = backups.find(({ refused, counter }) => refused && (counter === null || counter > last));
  if (doubtful?.refused) {
    const { code, message } = doubtful.refused;
    throw new HoldfastError(
      code === 'SIGNATURE_INVALID' || code === 'STORE_FAILED' ? code : 'BACKUP_ROLLED_BACK',
      `Which backup in ${address} is the latest cannot be told: backup ${doubtful.uuid} is refused, and may be a later one. ${message}`,
      { hint, details: { backup: doubtful.uuid, reason: code }, cause: doubtful.refused },
    );
  }
  if (!newest) {
    throw new HoldfastError('BACKUP_NOT_FOUND', `There is no backup in ${address}.`, {
      hint: 'Check the address of the store.',
    });
  }
  if (next?.counter === last) {
    throw new HoldfastError(
      'BACKUP_ROLLED_BACK',
      `Which backup in ${address} is the latest cannot be told: ${newest.uuid} and ${next.uuid} are both number ${last}. Two installations have written to the store.`,
      { hint, details: { backups: [newest.uuid, next.uuid] } },
    );
  }
  return ordered.find(({ contents }) => !contents || factsOfType[contents.type].holdsTables) ?? newest;
}

/**
 * What of the order of the backups no retention explains: it deletes backups, and never changes which one came before another.
 * @returns sentences
 */
export function contradictions(backups: readonly BackupAlone[]): string[] {
  const proved = backups.filter(({ headerHash }) => headerHash !== null);
  const byCounter = new Map(proved.map((each) => [each.counter, each]));
  return proved.flatMap(({ uuid, counter, previous }) => {
    const before = byCounter.get((counter ?? 0) - 1);
    if (!before || before.headerHash === previous) return [];
    return [
      `Backup ${uuid} (number ${counter}) was not written after ${before.uuid} (number ${before.counter}), which is in its place: another installation wrote to the store, or one of the two was put there later.`,
    ];
  });
}

/**
 * The document of a backup.
 * @param name a uuid, or `latest`
 * @throws BACKUP_NOT_FOUND; what `latestOf` throws; MANIFEST_INVALID
 */
export async function documentOf(store: Store, name: string): Promise<{ uuid: string; document: unknown }> {
  const uuid = name === 'latest' ? latestOf(await listBackups(store), store).uuid : name.toLowerCase();
  const document = await store.getManifest(uuid);
  if (document !== undefined) return { uuid, document };
  throw new HoldfastError('BACKUP_NOT_FOUND', `There is no backup ${uuid} in ${store.address}.`, {
    hint: `See which there are with: holdfast list --store ${store.address}`,
    details: { uuid },
  });
}
