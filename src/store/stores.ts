import { database } from './database/database.ts';
import { memory } from './memory.ts';
import { objects } from './object-store/kind.ts';
import type { StoreKind } from './store.ts';

/** Every kind of store. `test/store/stores.test.ts` runs the conformance suite on each. */
export const storeKinds: readonly StoreKind[] = [database, memory, objects];

/** Where backups go. */
export const defaultStore: StoreKind = database;
