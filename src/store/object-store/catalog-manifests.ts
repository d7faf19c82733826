import { randomUUID } from 'node:crypto';
import { superseded, type HoldfastError } from '../../base/errors.ts';
import type { Queryable } from '../../postgres/pool.ts';
import { deleteUnused, holdEpoch, useForManifest } from '../chunk-rows/epochs.ts';
import { chunksLacking } from '../store.ts';
import type { ManifestWrite } from './chunk-index.ts';
import type { IndexTables } from './tables.ts';

/*
 * What ChunkIndex says of manifests and of removing chunks. Both transactions hold the epoch, so a sweep's epoch begins before one
 * of them or after it.
 */

export async function beginManifest(
  connection: Queryable,
  tables: IndexTables,
  uuid: string,
  names: Uint8Array,
  fence: number | undefined,
): Promise<ManifestWrite> {
  const write = { uuid, names, fence, token: randomUUID() };
  const epoch = await holdEpoch(connection, tables);
  const refusal = await useAll(connection, tables, write, epoch);
  if (refusal) throw refusal;
  await connection.query(`insert into ${tables.writes} (store, token, uuid, epoch) values ($1, $2, $3, $4)`, [
    tables.store,
    write.token,
    uuid,
    epoch,
  ]);
  return write;
}

export async function endManifest(
  connection: Queryable,
  tables: IndexTables,
  write: ManifestWrite,
): Promise<HoldfastError | undefined> {
  const epoch = await holdEpoch(connection, tables);
  const refusal = await useAll(connection, tables, write, epoch);
  await cancelManifest(connection, tables, write);
  return refusal;
}

export async function cancelManifest(
  connection: Queryable,
  { writes, store }: IndexTables,
  { token }: ManifestWrite,
): Promise<void> {
  await connection.query(`delete from ${writes} where store = $1 and token = $2`, [store, token]);
}

async function useAll(
  connection: Queryable,
  tables: IndexTables,
  { uuid, names, fence }: ManifestWrite,
  epoch: number,
): Promise<HoldfastError | undefined> {
  if (fence !== undefined) {
    const held = await connection.query(
      `select from ${tables.backups} where uuid = $1 and fence = $2 and status = 'running' for share`,
      [uuid, fence],
    );
    if (held.length === 0) return superseded();
  }
  const missing = await useForManifest(connection, tables, names, epoch);
  return missing > 0 ? chunksLacking(missing, uuid) : undefined;
}

/** Notes of processes that have died: no call to a store takes a day. */
export async function forgetDead(connection: Queryable, { writes, store }: IndexTables): Promise<void> {
  await connection.query(
    `delete from ${writes} where store = $1 and begun_at < pg_catalog.now() - interval '1 day'`,
    [store],
  );
}

export async function remove(
  connection: Queryable,
  tables: IndexTables,
  ids: readonly string[],
  epoch: number,
): Promise<{ chunks: number; bytes: number }> {
  // A note made after this has an epoch that spares its chunks anyway; for one taken away since, they are spared once more.
  const [row] = await connection.query<{ limit: number }>(
    `select least($2::bigint, pg_catalog.min(epoch)) as limit from ${tables.writes} where store = $1`,
    [tables.store, epoch],
  );
  return deleteUnused(connection, tables, ids, row!.limit);
}
