import type { Queryable } from '../../postgres/pool.ts';
import { namedSql } from '../chunk-rows/epochs.ts';
import { keysSql, keyValues, liesIn } from './catalog-objects.ts';
import type { LockedRest } from '../store.ts';
import type { ObjectKey } from './names.ts';
import type { IndexTables } from './tables.ts';

/** Objects given at once. */
const pageRows = 500;

export async function noteLocked(
  connection: Queryable,
  { objects, store }: IndexTables,
  keys: readonly ObjectKey[],
  until: Date,
): Promise<void> {
  await connection.query(
    `with locked as (
       select o.id, o.packed from ${objects} o join ${keysSql} on o.id = k.id and o.packed = k.packed
        where o.store = $1 order by o.packed, o.id for no key update of o
     )
     update ${objects} o set locked_until = greatest(o.locked_until, $4::pg_catalog.timestamptz) from locked
      where o.store = $1 and o.id = locked.id and o.packed = locked.packed`,
    [store, ...keyValues(keys), until],
  );
}

export async function unlocked(
  connection: Queryable,
  { objects, chunks, store }: IndexTables,
  names: Uint8Array,
  until: Date,
): Promise<ObjectKey[]> {
  return connection.query<ObjectKey>(
    `select distinct pg_catalog.encode(o.id, 'hex') as id, o.packed
       from (${namedSql}) as named join ${chunks} c on c.id = named.id and c.store = $2
       join ${objects} o on ${liesIn}
      where o.locked_until is null or o.locked_until < $3 limit ${pageRows}`,
    [names, store, until],
  );
}

export async function lockedRest(
  connection: Queryable,
  { objects, chunks, store }: IndexTables,
): Promise<LockedRest> {
  const [row] = await connection.query<LockedRest>(
    `select pg_catalog.count(*)::int as objects, coalesce(pg_catalog.sum(o.bytes), 0)::bigint as bytes,
       pg_catalog.max(o.locked_until) as until
       from ${objects} o
      where o.store = $1 and not o.deleting and o.locked_until > pg_catalog.now()
        and not exists (select from ${chunks} c where ${liesIn})`,
    [store],
  );
  return row!;
}
