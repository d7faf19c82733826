import type { ObjectsCredentials } from '../../store/objects/credentials.ts';
import { HoldfastError } from '../../base/errors.ts';
import { addRecipient, removeRecipient } from '../../format/sealing/key-changes.ts';
import { openStoreKeys, type GivenKeys } from '../../format/sealing/store-keys.ts';
import { factsAt, type StoreFactsAt } from './create-store.ts';
import { givenKeys } from './key-texts.ts';
import { readStoreDocuments, type FirstDocuments } from './open-store.ts';
import { withStoreAt, type StoreAt } from './store-at.ts';

/** What opens a store. */
export interface OpenerOfStore {
  /** A recovery key, as a file or its content. */
  identity?: string | undefined;
  passphrase?: string | undefined;
}

/** @returns also whether what was given opens the store @throws STORE_NOT_FOUND; what `openStoreKeys` throws */
export async function listKeysAt(
  address: string,
  credentials: ObjectsCredentials,
  opener: OpenerOfStore,
): Promise<StoreFactsAt & { opened: boolean }> {
  return await withStoreAt(address, credentials, async (at) => {
    const documents = await readStoreDocuments(at.bare);
    const given = await givenOf(opener);
    const { open } = await openStoreKeys(documents.description, documents.wrappedKeys, given);
    return { ...factsAt(at, documents), opened: open !== undefined };
  });
}

/**
 * Lets one more recipient (`age1…`) open a store.
 * @throws KEY_REQUIRED unless what was given opens the store; INVALID_REQUEST for a store that is not encrypted
 */
export async function addKeyAt(
  address: string,
  credentials: ObjectsCredentials,
  recipient: string,
  opener: OpenerOfStore,
): Promise<StoreFactsAt> {
  return await changeKeys(address, credentials, opener, async ({ bare }, store) => {
    const { name, content } = await addRecipient(store, recipient);
    await bare.putDocument(name, content);
  });
}

/** Removes a recipient (`age1…`, `passphrase`) from a store. @throws KEY_REQUIRED unless what was given opens it without */
export async function removeKeyAt(
  address: string,
  credentials: ObjectsCredentials,
  recipient: string,
  opener: OpenerOfStore,
): Promise<StoreFactsAt> {
  return await changeKeys(address, credentials, opener, async ({ bare }, store) => {
    await bare.deleteDocument(await removeRecipient(store, recipient));
  });
}

async function changeKeys(
  address: string,
  credentials: ObjectsCredentials,
  opener: OpenerOfStore,
  change: (at: StoreAt, store: FirstDocuments & GivenKeys) => Promise<void>,
): Promise<StoreFactsAt> {
  return await withStoreAt(address, credentials, async (at) => {
    const documents = await readStoreDocuments(at.bare);
    if (!factsAt(at, documents).sealed) {
      throw new HoldfastError(
        'INVALID_REQUEST',
        `The store at ${at.objects.address} is not encrypted: it has no keys.`,
        { hint: 'Make an encrypted store with `holdfast store create URL --recipient age1… --out FILE`.' },
      );
    }
    await change(at, { ...documents, ...(await givenOf(opener)) });
    return factsAt(at, await readStoreDocuments(at.bare));
  });
}

async function givenOf({ identity, passphrase }: OpenerOfStore): Promise<GivenKeys> {
  return {
    ...(identity === undefined ? {} : await givenKeys({ identity })),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}
