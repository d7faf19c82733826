import type { Queryable } from '../../postgres/pool.ts';
import { idBytes } from '../chunk-rows/chunk-rows.ts';
import type { ChunkSize } from '../store.ts';
import type { IndexedObject, ObjectListing, PackedBytes } from './chunk-index.ts';
import type { ObjectKey } from './names.ts';
import type { IndexTables } from './tables.ts';

/** Rows given at once. */
const pageRows = 500;

/** SQL: whether chunk `c` lies in object `o`. */
export const liesIn = 'c.store = o.store and c.object = o.id and (c.pack_offset is not null) = o.packed';

/** SQL: the objects `$2`, `$3`, as many as each has. */
export const keysSql =
  'rows from (pg_catalog.unnest($2::pg_catalog.bytea[]), pg_catalog.unnest($3::pg_catalog.bool[])) as k(id, packed)';

/** The values of `keysSql`. */
export function keyValues(keys: readonly ObjectKey[]): [Buffer[], boolean[]] {
  return [keys.map(({ id }) => idBytes(id)), keys.map(({ packed }) => packed)];
}

export async function claim(
  connection: Queryable,
  { objects, epoch, store }: IndexTables,
  claimed: readonly { key: ObjectKey; bytes: number }[],
): Promise<Set<string>> {
  const rows = await connection.query<{ id: string }>(
    `insert into ${objects} as o (store, id, packed, bytes, last_use)
       select $1, k.id, k.packed, k.bytes, (select epoch from ${epoch} where store = $1)
         from rows from (pg_catalog.unnest($2::pg_catalog.bytea[]), pg_catalog.unnest($3::pg_catalog.bool[]),
           pg_catalog.unnest($4::pg_catalog.int4[])) as k(id, packed, bytes) order by k.packed, k.id
       on conflict (store, packed, id) do update
         set bytes = excluded.bytes, last_use = greatest(o.last_use, excluded.last_use) where not o.deleting
       returning pg_catalog.encode(o.id, 'hex') as id`,
    [store, ...keyValues(claimed.map(({ key }) => key)), claimed.map(({ bytes }) => bytes)],
  );
  return new Set(rows.map(({ id }) => id));
}

export interface HeldObject {
  key: ObjectKey;
  chunks: readonly ChunkSize[];
}

/**
 * Notes what objects hold, of those that are not being deleted, nor will be as long as the transaction goes on.
 * @returns their ids
 */
export async function holdObjects(
  connection: Queryable,
  { objects, store }: IndexTables,
  held: readonly HeldObject[],
): Promise<Set<string>> {
  const bytes = held.map(({ chunks }) => chunks.reduce((sum, { storedBytes }) => sum + storedBytes, 0));
  const rows = await connection.query<{ id: string }>(
    `with locked as (
       select o.id, o.packed, k.bytes from ${objects} o
         join rows from (pg_catalog.unnest($2::pg_catalog.bytea[]), pg_catalog.unnest($3::pg_catalog.bool[]),
           pg_catalog.unnest($4::pg_catalog.int4[])) as k(id, packed, bytes) on o.id = k.id and o.packed = k.packed
        where o.store = $1 and not o.deleting order by o.packed, o.id for no key update of o
     )
     update ${objects} o set held_bytes = locked.bytes from locked
      where o.store = $1 and o.id = locked.id and o.packed = locked.packed
      returning pg_catalog.encode(o.id, 'hex') as id`,
    [store, ...keyValues(held.map(({ key }) => key)), bytes],
  );
  return new Set(rows.map(({ id }) => id));
}

export async function condemn(
  connection: Queryable,
  { objects, chunks, store }: IndexTables,
  before: number,
  among?: readonly ObjectKey[],
): Promise<ObjectKey[]> {
  const empty = `(o.locked_until is null or o.locked_until <= pg_catalog.now())
    and not exists (select from ${chunks} c where ${liesIn})`;
  const locked = await connection.query<ObjectKey>(
    `select pg_catalog.encode(o.id, 'hex') as id, o.packed from ${objects} o
      where o.store = $1 and (o.deleting or (o.last_use < $4 and ${empty}))
        and ($2::pg_catalog.bytea[] is null or (o.id, o.packed) in (select k.id, k.packed from ${keysSql}))
      order by o.packed, o.id limit ${pageRows} for update of o`,
    [store, ...(among ? keyValues(among) : [null, null]), before],
  );
  // Under the locks nothing is placed any more, and this statement sees what was placed before.
  return connection.query<ObjectKey>(
    `update ${objects} o set deleting = true from ${keysSql}
      where o.store = $1 and o.id = k.id and o.packed = k.packed and (o.deleting or (o.last_use < $4 and ${empty}))
      returning pg_catalog.encode(o.id, 'hex') as id, o.packed`,
    [store, ...keyValues(locked), before],
  );
}

export async function forget(
  connection: Queryable,
  { objects, store }: IndexTables,
  keys: readonly ObjectKey[],
): Promise<void> {
  await connection.query(
    `with locked as (
       select o.id, o.packed from ${objects} o join ${keysSql} on o.id = k.id and o.packed = k.packed
        where o.store = $1 and o.deleting order by o.packed, o.id for update of o
     )
     delete from ${objects} o using locked where o.store = $1 and o.id = locked.id and o.packed = locked.packed`,
    [store, ...keyValues(keys)],
  );
}

/** @param condition SQL of which rows `o`, with $3 and so on; $1 is the store, $2 the id that comes before */
function objectsSql({ objects, chunks }: IndexTables, condition: string, limit: number): string {
  return `select pg_catalog.encode(o.id, 'hex') as id, o.packed, o.bytes, o.held_bytes as "heldBytes", o.deleting, l.bytes as "livingBytes"
     from ${objects} o cross join lateral (
       select coalesce(pg_catalog.sum(c.stored_bytes), 0)::bigint as bytes from ${chunks} c where ${liesIn}
     ) l
    where o.store = $1 and o.id > $2 and ${condition} order by o.id limit ${limit}`;
}

type ObjectRow = Omit<IndexedObject, 'key'> & ObjectKey;

function objectOf({ id, packed, ...row }: ObjectRow): IndexedObject {
  return { key: { id, packed }, ...row };
}

export async function listObjects(
  connection: Queryable,
  tables: IndexTables,
  { packed, after }: ObjectListing,
): Promise<IndexedObject[]> {
  const rows = await connection.query<ObjectRow>(objectsSql(tables, 'o.packed = $3', pageRows), [
    tables.store,
    idBytes(after),
    packed,
  ]);
  return rows.map(objectOf);
}

export async function sparsePacks(
  connection: Queryable,
  tables: IndexTables,
  before: number,
  after: string,
  limit: number,
): Promise<IndexedObject[]> {
  const rows = await connection.query<ObjectRow>(
    objectsSql(
      tables,
      'o.packed and not o.deleting and o.last_use < $3 and l.bytes > 0 and l.bytes * 2 < o.held_bytes',
      limit,
    ),
    [tables.store, idBytes(after), before],
  );
  return rows.map(objectOf);
}

export async function packedBytes(
  connection: Queryable,
  { objects, chunks, store }: IndexTables,
): Promise<PackedBytes> {
  const [row] = await connection.query<PackedBytes>(
    `select (select coalesce(pg_catalog.sum(held_bytes), 0)::bigint from ${objects} where store = $1 and packed and not deleting) as held,
       (select coalesce(pg_catalog.sum(stored_bytes), 0)::bigint from ${chunks} where store = $1 and pack_offset is not null) as living`,
    [store],
  );
  return row!;
}

/** Inside a transaction. */
export async function drop(
  connection: Queryable,
  { objects, chunks, store }: IndexTables,
  { id, packed }: ObjectKey,
  before: number,
): Promise<string[]> {
  const dropped = await connection.query(
    `delete from ${objects} where store = $1 and id = $2 and packed = $3 and last_use < $4 returning id`,
    [store, idBytes(id), packed, before],
  );
  if (dropped.length === 0) return [];
  const rows = await connection.query<{ id: string }>(
    `with gone as (
       select id from ${chunks} where store = $1 and object = $2 and (pack_offset is not null) = $3 order by id for update
     )
     delete from ${chunks} c using gone where c.store = $1 and c.id = gone.id
     returning pg_catalog.encode(c.id, 'hex') as id`,
    [store, idBytes(id), packed],
  );
  return rows.map((row) => row.id);
}
