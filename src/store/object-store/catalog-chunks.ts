import type { Queryable } from '../../postgres/pool.ts';
import { idBytes } from '../chunk-rows/chunk-rows.ts';
import { holdObjects } from './catalog-objects.ts';
import type { FoundChunk, PlacedChunk } from './chunk-index.ts';
import type { ObjectKey } from './names.ts';
import type { IndexTables } from './tables.ts';

const foundColumns = `pg_catalog.encode(c.id, 'hex') as id, c.stored_bytes as "storedBytes",
  coalesce(c.pack_offset, 0) as "offset", pg_catalog.encode(c.stored_hash, 'hex') as hash,
  pg_catalog.encode(c.object, 'hex') as object, c.pack_offset is not null as packed, c.damaged_at is not null as damaged`;

type FoundRow = Omit<FoundChunk, 'object' | 'hash'> & {
  object: string;
  packed: boolean;
  hash: string | null;
};

function foundOf({ object, packed, hash, ...row }: FoundRow): FoundChunk {
  return { ...row, hash: hash ?? undefined, object: { id: object, packed } };
}

export async function placesOf(
  connection: Queryable,
  { chunks, store }: IndexTables,
  ids: readonly string[],
): Promise<Map<string, FoundChunk>> {
  const rows = await connection.query<FoundRow>(
    `select ${foundColumns} from ${chunks} c where c.store = $1 and c.id = any($2::pg_catalog.bytea[])`,
    [store, ids.map(idBytes)],
  );
  return new Map(rows.map((row) => [row.id, foundOf(row)]));
}

export async function placedIn(
  connection: Queryable,
  { chunks, store }: IndexTables,
  { id, packed }: ObjectKey,
): Promise<FoundChunk[]> {
  const rows = await connection.query<FoundRow>(
    `select ${foundColumns} from ${chunks} c
      where c.store = $1 and c.object = $2 and (c.pack_offset is not null) = $3 order by c.pack_offset`,
    [store, idBytes(id), packed],
  );
  return rows.map(foundOf);
}

/** Inside a transaction. */
export async function place(
  connection: Queryable,
  tables: IndexTables,
  placed: readonly { key: ObjectKey; chunks: readonly PlacedChunk[] }[],
): Promise<Set<string>> {
  if (placed.length === 0) return new Set();
  const { chunks, epoch, store } = tables;
  const holding = await holdObjects(connection, tables, placed);
  const rows = placed
    .filter(({ key }) => holding.has(key.id))
    .flatMap(({ key, chunks: inside }) => inside.map((chunk) => ({ key, chunk })));
  // The same chunk twice, as a foreign pack may say, would be an error of the statement.
  const distinct = [...new Map(rows.map((row) => [row.chunk.id, row])).values()];
  const isSame = `${tables.isWhole} and c.stored_bytes = excluded.stored_bytes`;
  await connection.query(
    `insert into ${chunks} as c (store, id, stored_bytes, stored_hash, object, pack_offset, created_at, last_use)
       select $1, n.id, n.bytes, n.hash, n.object, n.pack_offset, coalesce(n.stored_at, pg_catalog.now()),
           (select epoch from ${epoch} where store = $1)
         from rows from (pg_catalog.unnest($2::pg_catalog.bytea[]), pg_catalog.unnest($3::pg_catalog.int4[]),
           pg_catalog.unnest($4::pg_catalog.bytea[]), pg_catalog.unnest($5::pg_catalog.bytea[]),
           pg_catalog.unnest($6::pg_catalog.int4[]), pg_catalog.unnest($7::pg_catalog.timestamptz[]))
           as n(id, bytes, hash, object, pack_offset, stored_at)
        order by n.id
       on conflict (store, id) do update set last_use = greatest(c.last_use, excluded.last_use),
         stored_bytes = excluded.stored_bytes, damaged_at = null,
         stored_hash = case when ${isSame} then c.stored_hash else excluded.stored_hash end,
         object = case when ${isSame} then c.object else excluded.object end,
         pack_offset = case when ${isSame} then c.pack_offset else excluded.pack_offset end,
         checked_at = case when ${isSame} then c.checked_at else excluded.created_at end`,
    [
      store,
      distinct.map(({ chunk }) => idBytes(chunk.id)),
      distinct.map(({ chunk }) => chunk.storedBytes),
      distinct.map(({ chunk }) => (chunk.hash === undefined ? null : idBytes(chunk.hash))),
      distinct.map(({ key }) => idBytes(key.id)),
      distinct.map(({ key, chunk }) => (key.packed ? chunk.offset : null)),
      distinct.map(({ chunk }) => chunk.storedAt ?? null),
    ],
  );
  return holding;
}

/** Inside a transaction. */
export async function move(
  connection: Queryable,
  tables: IndexTables,
  to: ObjectKey,
  moved: readonly { chunk: PlacedChunk; from: ObjectKey }[],
): Promise<void> {
  const { chunks, store } = tables;
  const copies = { key: to, chunks: moved.map(({ chunk }) => chunk) };
  const holding = await holdObjects(connection, tables, [copies]);
  if (!holding.has(to.id)) return;
  const sql = {
    asked: `rows from (pg_catalog.unnest($2::pg_catalog.bytea[]), pg_catalog.unnest($3::pg_catalog.bytea[]),
      pg_catalog.unnest($4::pg_catalog.int4[])) as m(id, object, pack_offset)`,
    still: 'c.store = $1 and c.id = m.id and c.object = m.object and c.pack_offset is not null',
  };
  await connection.query(
    `with locked as (
       select c.id, m.pack_offset from ${chunks} c join ${sql.asked} on ${sql.still} order by c.id for no key update of c
     )
     update ${chunks} c set object = $5, pack_offset = locked.pack_offset from locked
      where c.store = $1 and c.id = locked.id`,
    [
      store,
      moved.map(({ chunk }) => idBytes(chunk.id)),
      moved.map(({ from }) => idBytes(from.id)),
      moved.map(({ chunk }) => chunk.offset),
      idBytes(to.id),
    ],
  );
}
