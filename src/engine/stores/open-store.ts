import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { HoldfastError } from '../../base/errors.ts';
import { format2 } from '../../format/backup-document.ts';
import { recipientsOf, storeOfWriterKey, type WrappedKeys } from '../../format/sealing/key-set.ts';
import { plainKeys, type StoreKeys } from '../../format/sealing/keys.ts';
import { plainDescription } from '../../format/sealing/store-description.ts';
import { expectsSignatures, openStoreKeys, type GivenKeys } from '../../format/sealing/store-keys.ts';
import { formatOf, openHeader } from '../read/manifest.ts';
import type { Store } from '../../store/store.ts';

export const descriptionName = 'holdfast.json';
const keysPrefix = 'keys/';
/** Anyone who can write to the store can add to them. */
const keysMax = 100;
const documentBytesMax = 256 * 1024;

export interface OpenStoreOptions {
  /** What the process was given for it. */
  given: GivenKeys;
  /**
   * Whether a store that is not there yet is made, where its place is empty: with the keys of the writer key, or else plain.
   * The one in the database is there always.
   */
  create: boolean;
}

/**
 * Opens a store with its keys, as far as these were given.
 * @param make makes the store with these keys
 * @throws STORE_NOT_FOUND when there is none and none is to be made; what `openStoreKeys` throws; STORE_*
 */
export async function openStore(
  make: (keys: StoreKeys) => Store,
  { given, create }: OpenStoreOptions,
): Promise<Store> {
  const bare = make(plainKeys);
  let description = await readText(bare, descriptionName);
  if (description === undefined && create) {
    await requireEmpty(bare, given);
    description = await createStore(bare, await firstDescription(bare, given));
  }
  if (description === undefined) {
    if (bare.kind === 'database') {
      await requireNoneExpected(bare, given);
      return bare;
    }
    throw storeMissing(bare);
  }
  return make(await openStoreKeys(description, await readWrappedKeys(bare), given));
}

/**
 * What a store says of itself, and its own key as it is sealed to those that may open it; neither is trusted yet.
 * @throws STORE_NOT_FOUND
 */
export async function readStoreDocuments(bare: Store): Promise<FirstDocuments> {
  const description = await readText(bare, descriptionName);
  if (description === undefined) throw storeMissing(bare);
  return { description, wrappedKeys: await readWrappedKeys(bare) };
}

function storeMissing(bare: Store): HoldfastError {
  return new HoldfastError(
    'STORE_NOT_FOUND',
    `There is no backup store at ${bare.address}: ${descriptionName} is not there.`,
    {
      details: { store: bare.address },
      hint: 'Check the address. The first backup makes a store where there is none, and so does `holdfast store create`.',
    },
  );
}

/** What a new store begins with. */
export interface FirstDocuments {
  description: string;
  wrappedKeys: WrappedKeys;
}

async function firstDescription(bare: Store, { writerKey }: GivenKeys): Promise<FirstDocuments> {
  if (writerKey !== undefined) return storeOfWriterKey(writerKey);
  return {
    description: plainDescription((await idInUse(bare)) ?? randomUUID(), new Date().toISOString()),
    wrappedKeys: new Map(),
  };
}

/** What the backups of a store whose description was lost call it; undefined where there are none. */
async function idInUse(bare: Store): Promise<string | undefined> {
  for await (const uuid of bare.listManifests()) {
    const document = await bare.getManifest(uuid).catch(() => undefined);
    if (formatOf(document) !== format2) continue;
    try {
      return z.uuid().parse(openHeader(bare, document, uuid).header.store);
    } catch {
      // Damaged: another one says it too.
    }
  }
  return undefined;
}

/**
 * Makes a store. Of two who do so at once, one makes it.
 * @returns the description of the store that is there now
 * @throws MANIFEST_INVALID where the keys of another store are, without its description
 */
export async function createStore(
  bare: Store,
  { description, wrappedKeys }: FirstDocuments,
): Promise<string> {
  // The keys before the description that needs them: without it there is no store.
  for (const [name, content] of wrappedKeys) {
    if (await bare.putDocument(name, content, null)) continue;
    const there = await bare.getDocument(name);
    if (there && Buffer.compare(there.content, content) === 0) continue;
    // Replacing it would lock those out who open that store with it.
    const other = await readText(bare, descriptionName);
    if (other !== undefined) return other;
    throw new HoldfastError(
      'MANIFEST_INVALID',
      `${bare.address} holds ${name} of another store, and no ${descriptionName} that describes that store.`,
      {
        details: { store: bare.address },
        hint: 'Use another folder or prefix. If this one is left over from a store that was never finished, delete what is in it.',
      },
    );
  }
  if (await bare.putDocument(descriptionName, Buffer.from(description), null)) return description;
  return (await readText(bare, descriptionName)) ?? description;
}

/**
 * A place that holds backups or chunks and no description has lost it, or is another thing's.
 * @throws MANIFEST_INVALID; INVALID_CONFIGURATION for plain backups in the database where a key to seal them is given
 */
async function requireEmpty(bare: Store, { writerKey }: GivenKeys = {}): Promise<void> {
  const inDatabase = bare.kind === 'database';
  if (inDatabase && writerKey === undefined) return;
  for await (const uuid of bare.listManifests()) {
    if (inDatabase) {
      throw new HoldfastError(
        'INVALID_CONFIGURATION',
        'The store in the database holds backups that are not encrypted, so it cannot become an encrypted one.',
        { hint: 'Write to a store outside the database, or delete the backups in the database first.' },
      );
    }
    throw new HoldfastError(
      'MANIFEST_INVALID',
      `${bare.address} holds backups (${uuid} is one), and ${descriptionName}, which describes the store, is gone.`,
      {
        details: { store: bare.address },
        hint: `Put ${descriptionName} back from a copy of the store, or use another folder or prefix.`,
      },
    );
  }
}

/**
 * Where keys prove what is in a store, its backups are not read as if nothing had to be proved: what says that it is sealed may
 * have been deleted by the one who put them there.
 * @throws SIGNATURE_INVALID
 */
async function requireNoneExpected(bare: Store, given: GivenKeys): Promise<void> {
  if (!expectsSignatures(given)) return;
  for await (const _ of bare.listManifests()) {
    throw new HoldfastError(
      'SIGNATURE_INVALID',
      `The store in the database holds backups, and what describes it (${descriptionName}) and proves them is gone.`,
      {
        hint: 'If the store was never encrypted, leave the keys out. Else find out who deleted it, and restore from another store.',
        details: { store: bare.address },
      },
    );
  }
}

/** Who may open a store, without opening it: `age1…`, and `passphrase`. */
export async function recipientsIn(store: Store): Promise<string[]> {
  return recipientsOf((await readWrappedKeys(store)).keys());
}

async function readWrappedKeys(store: Store): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for await (const name of store.listDocuments(keysPrefix)) {
    if (found.size >= keysMax) break;
    if (!name.endsWith('.age')) continue;
    const document = await store.getDocument(name);
    if (document && document.content.length <= documentBytesMax) found.set(name, document.content);
  }
  return found;
}

async function readText(store: Store, name: string): Promise<string | undefined> {
  const document = await store.getDocument(name);
  return document && Buffer.from(document.content).toString();
}
