import type { StoreKeys } from '../../format/sealing/keys.ts';
import { objects as objectsKind } from '../../store/object-store/kind.ts';
import { openObjects } from '../../store/objects/open.ts';
import { defaultStore } from '../../store/stores.ts';
import type { Store, StorePlace } from '../../store/store.ts';
import type { ConfiguredStore } from './configured-stores.ts';

/**
 * The place of a store, whose keys are not known yet.
 * @returns what makes the store with its keys
 * @throws STORE_DRIVER_MISSING; STORE_DENIED where credentials are needed and missing
 */
export async function placeOf(
  { name, address, credentials, objectLock }: ConfiguredStore,
  catalog: Pick<StorePlace, 'pool' | 'schema'>,
): Promise<(keys: StoreKeys) => Store> {
  if (address.scheme === 'database' || address.scheme === 'memory') {
    return (keys) => defaultStore.open({ ...catalog, keys });
  }
  const objects = await openObjects(address, { [address.scheme]: credentials });
  return (keys) => objectsKind.open({ ...catalog, keys, outside: { name, objects, lock: objectLock } });
}
