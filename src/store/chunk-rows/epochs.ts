import type { Queryable } from '../../postgres/pool.ts';
import { nameBytes, type ChunkSize, type UsedChunk } from '../store.ts';
import { idBytes, scopeOf, type ChunkRows, type Scope } from './chunk-rows.ts';

/*
 * The SQL behind epochs: see the contract in store.ts. Two rules make a use and a deletion of the same chunk at the same
 * moment safe. Each decides by `last_use` under the row's lock, so whichever comes second sees what the first did. And
 * each locks rows in the order of their ids, so neither waits for the other in a circle.
 */

/** SQL of the ids, each once, in the list of names `$1`. */
export const namedSql = `
  select distinct pg_catalog.substring($1::pg_catalog.bytea, n * ${nameBytes} + 1, ${nameBytes}) as id
    from pg_catalog.generate_series(0, pg_catalog.octet_length($1::pg_catalog.bytea) / ${nameBytes} - 1) as n`;

/**
 * SQL that marks the chunks of `asked` (ids, each once) as used in an epoch, given as SQL too; `used` is then the ids of
 * those that are there whole.
 * @param right SQL of what else a chunk of `asked` must be
 */
function useSql(
  asked: string,
  { chunks, isWhole }: ChunkRows,
  { own }: Scope,
  epoch: string,
  right = 'true',
): string {
  // What is marked already is only read: most of a large backup needs no write. It is found before its last use is looked at:
  // no statistics know of the present epoch, and for a few rows the server would compare each with everything asked for.
  return `
    with asked as materialized (${asked}), there as materialized (
      select c.id, c.last_use, coalesce(c.checked_at, c.created_at) as checked_at
        from ${chunks} c join asked using (id) where ${own} and ${isWhole} and ${right}
    ), locked as (
      select c.id from ${chunks} c join asked using (id)
       where ${own} and c.last_use < ${epoch} and ${isWhole} and ${right} order by c.id for no key update of c
    ), marked as (
      update ${chunks} c set last_use = ${epoch} from locked where ${own} and c.id = locked.id
       returning c.id, coalesce(c.checked_at, c.created_at) as checked_at
    ), used as (
      select id, checked_at from marked
      union all
      select id, checked_at from there where last_use >= ${epoch}
    )`;
}

/** @returns those that are there whole and have the length asked for, in hex */
export async function useNow(
  connection: Queryable,
  rows: ChunkRows,
  asked: readonly ChunkSize[],
): Promise<Map<string, UsedChunk>> {
  const scope = scopeOf(rows, 3);
  const used = await connection.query<{ id: Buffer; checkedAt: Date }>(
    `${useSql(
      `select distinct id, bytes from rows from
         (pg_catalog.unnest($1::pg_catalog.bytea[]), pg_catalog.unnest($2::pg_catalog.int4[])) as each(id, bytes)`,
      rows,
      scope,
      scope.currentEpoch,
      'c.stored_bytes = asked.bytes',
    )}
     select id, checked_at as "checkedAt" from used`,
    [asked.map(({ id }) => idBytes(id)), asked.map(({ storedBytes }) => storedBytes), ...scope.values],
  );
  return new Map(used.map(({ id, checkedAt }) => [id.toString('hex'), { checkedAt }]));
}

/**
 * Marks every chunk of a manifest as used, inside a transaction that has called `holdEpoch`: until that ends no epoch
 * begins, so the run that begins one finds either what else the transaction wrote or these marks.
 * @returns how many do not exist
 */
export async function useForManifest(
  connection: Queryable,
  rows: ChunkRows,
  names: Uint8Array,
  epoch: number,
): Promise<number> {
  const scope = scopeOf(rows, 3);
  const sql = `${useSql(namedSql, rows, scope, '$2::bigint')}
    select (select pg_catalog.count(*) from asked) - (select pg_catalog.count(*) from used) as missing`;
  const count = async (): Promise<number> => {
    const [row] = await connection.query<{ missing: number }>(sql, [names, epoch, ...scope.values]);
    return row!.missing;
  };
  // One that another transaction was marking is found the second time.
  return (await count()) && (await count());
}

/** The current epoch, which does not end before this transaction does. */
export async function holdEpoch(connection: Queryable, rows: ChunkRows): Promise<number> {
  const { ownEpoch, values } = scopeOf(rows, 1);
  const [row] = await connection.query<{ epoch: number }>(
    `select epoch from ${rows.epoch} where ${ownEpoch} for share`,
    values,
  );
  return row!.epoch;
}

export async function deleteUnused(
  connection: Queryable,
  rows: ChunkRows,
  ids: readonly string[],
  epoch: number,
): Promise<{ chunks: number; bytes: number }> {
  const { own, values } = scopeOf(rows, 3);
  const [row] = await connection.query<{ chunks: number; bytes: number }>(
    `with unused as (
       select id from ${rows.chunks} c
        where ${own} and id = any($1::pg_catalog.bytea[]) and last_use < $2 order by id for update
     ), deleted as (
       delete from ${rows.chunks} c using unused where ${own} and c.id = unused.id returning c.stored_bytes
     )
     select pg_catalog.count(*) as chunks, coalesce(pg_catalog.sum(stored_bytes), 0)::bigint as bytes from deleted`,
    [ids.map(idBytes), epoch, ...values],
  );
  return row!;
}

/** Waits for manifests that are being written. */
export async function beginEpoch(connection: Queryable, rows: ChunkRows): Promise<number> {
  const { ownEpoch, values } = scopeOf(rows, 1);
  const [row] = await connection.query<{ epoch: number }>(
    `update ${rows.epoch} set epoch = epoch + 1 where ${ownEpoch} returning epoch`,
    values,
  );
  return row!.epoch;
}
