import { database } from './database/database.ts';
import { memory } from './memory.ts';
import { objects } from './object-store/kind.ts';
import type { StoreKind } from './store.ts';

/** Every kind of store. `test/store/stores.test.ts` runs the conformance suite on each. */
export const storeKinds: readonly StoreKind[] = [database, memory, objects];

/** The one in the catalog's database, where backups go unless another one is configured. */
export const defaultStore: StoreKind = database;
