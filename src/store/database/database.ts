import type { StoreKind } from '../store.ts';
import { databaseStore } from './store.ts';
import { storeTables, tableChanges } from './tables.ts';

/** The store that lives beside the catalog, in the database that is backed up. */
export const database: StoreKind = {
  name: 'database',
  open: ({ pool, schema, keys }) => databaseStore(pool, storeTables(schema), keys),
  tables: tableChanges,
};
