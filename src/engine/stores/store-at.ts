import type { ObjectsCredentials } from '../../store/objects/credentials.ts';
import { HoldfastError } from '../../base/errors.ts';
import { plainKeys } from '../../format/sealing/keys.ts';
import { memoryIndex } from '../../store/object-store/memory-index.ts';
import { objectStore } from '../../store/object-store/object-store.ts';
import { parseAddress, type ObjectsAddress, type StoreAddress } from '../../store/objects/address.ts';
import type { Objects } from '../../store/objects/objects.ts';
import { openObjects } from '../../store/objects/open.ts';
import type { Store } from '../../store/store.ts';

/** The place of a store, without the database of an installation. */
export interface StoreAt {
  objects: Objects;
  /** Its documents, without keys. Chunks are not to be asked for: nothing has read which there are. */
  bare: Store;
}

/**
 * Works in the place of a store, and closes it then.
 * @throws INVALID_CONFIGURATION for what is no address; INVALID_REQUEST for one in the database; what `openObjects` throws
 */
export async function withStoreAt<T>(
  text: string,
  credentials: ObjectsCredentials,
  work: (at: StoreAt) => Promise<T>,
): Promise<T> {
  const address = requireOutside(parseAddress(text));
  const objects = await openObjects(address, credentials);
  try {
    return await work({ objects, bare: objectStore(objects, memoryIndex(), plainKeys) });
  } finally {
    await objects.close();
  }
}

/** @throws INVALID_REQUEST for one in the database, or in memory */
export function requireOutside(address: StoreAddress): ObjectsAddress {
  if (address.scheme !== 'database' && address.scheme !== 'memory') return address;
  throw new HoldfastError('INVALID_REQUEST', `${address.address} is not a place outside the database.`, {
    hint: 'Give an address such as file:///folder or s3://bucket/prefix. The store in the database is made by `holdfast init` and is never encrypted.',
  });
}
