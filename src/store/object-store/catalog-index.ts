import type { Pool } from '../../postgres/pool.ts';
import { listChunks, storedBytes } from '../chunk-rows/chunk-rows.ts';
import { checkTimes, markChecked } from '../chunk-rows/checks.ts';
import { isDamaged, lackingOf, markDamaged } from '../chunk-rows/damage.ts';
import { beginEpoch, useNow } from '../chunk-rows/epochs.ts';
import { guardOf } from '../chunk-rows/failure.ts';
import { move, placedIn, place, placesOf } from './catalog-chunks.ts';
import { beginManifest, cancelManifest, endManifest, forgetDead, remove } from './catalog-manifests.ts';
import { claim, condemn, drop, forget, listObjects, packedBytes, sparsePacks } from './catalog-objects.ts';
import { lockedRest, noteLocked, unlocked } from './catalog-locks.ts';
import type { ChunkIndex } from './chunk-index.ts';
import { indexTables } from './tables.ts';

/** The index that the catalog keeps of a store, in its own database. */
export interface CatalogIndexPlace {
  /** The caller closes it. */
  pool: Pool;
  /** The schema of our tables, quoted. */
  schema: string;
  /** The name of the store, which it keeps. */
  store: string;
  /** Where the store is, for messages. */
  address: string;
}

export function catalogIndex({ pool, schema, store, address }: CatalogIndexPlace): ChunkIndex {
  const tables = indexTables(schema, store);
  const guard = guardOf(`The index of the backup store ${address}`);
  let counter: Promise<unknown> | undefined;
  /** Does the work once the store has an epoch. */
  const ready = <T>(work: () => Promise<T>): Promise<T> =>
    guard(async () => {
      counter ??= pool.query(`insert into ${tables.epoch} (store) values ($1) on conflict do nothing`, [
        store,
      ]);
      try {
        await counter;
      } catch (error) {
        counter = undefined;
        throw error;
      }
      return work();
    });
  return {
    useChunks: (chunks) => ready(() => useNow(pool, tables, chunks)),
    find: (ids) => guard(() => placesOf(pool, tables, ids)),
    claim: (objects) => ready(() => claim(pool, tables, objects)),
    place: (objects) => ready(() => pool.transaction((connection) => place(connection, tables, objects))),
    move: (to, chunks) => guard(() => pool.transaction((connection) => move(connection, tables, to, chunks))),
    markDamaged: (ids) => guard(() => markDamaged(pool, tables, ids)),
    markChecked: (ids) => guard(() => markChecked(pool, tables, ids)),
    checks: checkTimes(pool, tables, guard),
    remove: (ids, epoch) => guard(() => remove(pool, tables, ids, epoch)),
    condemn: (epoch, among) =>
      guard(() => pool.transaction((connection) => condemn(connection, tables, epoch, among))),
    noteLocked: (objects, until) => guard(() => noteLocked(pool, tables, objects, until)),
    unlocked: (names, until) => guard(() => unlocked(pool, tables, names, until)),
    lockedRest: () => guard(() => lockedRest(pool, tables)),
    forget: (objects) => guard(() => forget(pool, tables, objects)),
    beginEpoch: () =>
      ready(async () => {
        await forgetDead(pool, tables);
        return beginEpoch(pool, tables);
      }),
    beginManifest: (uuid, names, fence) =>
      ready(() => pool.transaction((connection) => beginManifest(connection, tables, uuid, names, fence))),
    cancelManifest: (write) => guard(() => cancelManifest(pool, tables, write)),
    endManifest: (write) =>
      ready(() => pool.transaction((connection) => endManifest(connection, tables, write))),
    lackingChunks: (names) => guard(() => lackingOf(pool, tables, names)),
    storedBytes: () => guard(() => storedBytes(pool, tables)),
    isDamaged: () => guard(() => isDamaged(pool, tables)),
    listChunks: () => listChunks(pool, tables, guard),
    listObjects: (listing) => guard(() => listObjects(pool, tables, listing)),
    packedBytes: () => guard(() => packedBytes(pool, tables)),
    sparsePacks: (epoch, after, limit) => guard(() => sparsePacks(pool, tables, epoch, after, limit)),
    chunksIn: (object) => guard(() => placedIn(pool, tables, object)),
    drop: (object, epoch) =>
      guard(() => pool.transaction((connection) => drop(connection, tables, object, epoch))),
  };
}
