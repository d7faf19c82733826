import { HoldfastError } from '../base/errors.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { CreateStoreAnswer } from '../contract/store.ts';
import { databaseStoreName } from '../engine/stores/configured-stores.ts';
import { createStoreAt } from '../engine/stores/create-store.ts';
import { createKeySet } from '../format/sealing/key-set.ts';
import type { Stores } from './stores.ts';

/**
 * Makes a configured store whose place is empty. Of an encrypted one the answer holds the keys: they are nowhere else, so this
 * process cannot write to it before it was given the writer key.
 * @throws STORE_NOT_FOUND when no such store is configured; INVALID_REQUEST where there is one, or a writer key is configured for it;
 *   STORE_*
 */
export async function createStore(
  { stores: rows }: Pick<Catalog, 'stores'>,
  stores: Stores,
  name: string,
  sealed: boolean,
): Promise<CreateStoreAnswer> {
  const { address, credentials } = stores.placeOf(name);
  if (name === databaseStoreName) {
    throw refused('The store in the database is there already.', 'Name a store outside the database.');
  }
  if (stores.hasWriterKey(name)) {
    throw refused(
      `A writer key is configured for the store ${name}.`,
      'The first backup makes the store that this key belongs to. Take one.',
    );
  }
  const known = await rows.get(name);
  if (known) {
    throw refused(
      `This installation has written to the store ${name} before, at ${known.address}, and it is not there any more.`,
      'Find out what has become of it: an unmounted disk, another bucket. A new store there would hide that.',
    );
  }
  const keys = sealed ? await createKeySet() : undefined;
  const made = await createStoreAt(address.address, credentials, {
    writerKey: keys?.writerKey,
    recipients: [],
    // It is in the answer.
    keepWriterKey: async () => {},
  });
  return {
    success: true,
    name,
    address: made.address,
    id: made.id,
    sealed: made.sealed,
    keys: keys
      ? { recipient: keys.recipient, recoveryKey: keys.recoveryKey, writerKey: keys.writerKey }
      : null,
  };
}

function refused(message: string, hint: string): HoldfastError {
  return new HoldfastError('INVALID_REQUEST', `${message} No store was made.`, { hint });
}
