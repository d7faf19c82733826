import { database } from './database/database.ts';
import { memory } from './memory.ts';
import { objects } from './object-store/kind.ts';
import type { StoreKind, StorePlace } from './store.ts';

/** Every kind of store. `test/store/stores.test.ts` runs the conformance suite on each. */
export const storeKinds: readonly StoreKind[] = [database, memory, objects];

/** The one in the catalog's database, where backups go unless another one is configured. */
export const defaultStore: StoreKind = database;

/** Deletes what the catalog's database has noted of a store, of whichever kind. */
export async function forgetStore(place: Pick<StorePlace, 'pool' | 'schema'>, name: string): Promise<void> {
  for (const kind of storeKinds) await kind.forget?.(place, name);
}
