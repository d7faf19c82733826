import { HoldfastError } from '../../base/errors.ts';
import type { StoreKind } from '../store.ts';
import { catalogIndex } from './catalog-index.ts';
import { objectStore, objectStoreKind } from './object-store.ts';
import { tableChanges } from './tables.ts';

/** A store in a directory, a bucket or the like, whose index is in the catalog's database. */
export const objects: StoreKind = {
  name: objectStoreKind,
  open({ pool, schema, keys, outside }) {
    if (!outside) throw new HoldfastError('INTERNAL', 'A store of objects is opened without its objects.');
    const { name, objects: inside, lock } = outside;
    const index = catalogIndex({ pool, schema, store: name, address: inside.address });
    return objectStore(inside, index, keys, lock);
  },
  tables: tableChanges,
};
