import { HoldfastError } from '../../base/errors.ts';
import type { StoreKind } from '../store.ts';
import { catalogIndex } from './catalog-index.ts';
import { objectStore, objectStoreKind } from './object-store.ts';
import { indexTables, tableChanges } from './tables.ts';

/** A store in a directory, a bucket or the like, whose index is in the catalog's database. */
export const objects: StoreKind = {
  name: objectStoreKind,
  open({ pool, schema, keys, outside }) {
    if (!outside) throw new HoldfastError('INTERNAL', 'A store of objects is opened without its objects.');
    const { name, objects: inside, lock } = outside;
    const index = catalogIndex({ pool, schema, store: name, address: inside.address });
    return objectStore(inside, index, keys, lock);
  },
  async forget({ pool, schema }, name) {
    // Its epochs go on: a process that has it open counts on them.
    const { chunks, objects: noted, writes } = indexTables(schema, name);
    for (const table of [chunks, noted, writes])
      await pool.query(`delete from ${table} where store = $1`, [name]);
  },
  tables: tableChanges,
};
