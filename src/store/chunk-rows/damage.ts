import type { Queryable } from '../../postgres/pool.ts';
import { lackingNamed, type LackingChunks } from '../store.ts';
import { idBytes, scopeOf, type ChunkRows } from './chunk-rows.ts';
import { namedSql } from './epochs.ts';

/*
 * What is damaged is a chunk, not a backup: its row says since when. It stays until the next backup that has its content
 * stores it again, or nobody needs it any more.
 */

/** Notes damage of those that exist. */
export async function markDamaged(
  connection: Queryable,
  rows: ChunkRows,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  const { own, values } = scopeOf(rows, 2);
  await connection.query(
    `with locked as (
       select id from ${rows.chunks} c
        where ${own} and id = any($1::pg_catalog.bytea[]) and damaged_at is null order by id for no key update
     )
     update ${rows.chunks} c set damaged_at = pg_catalog.now() from locked where ${own} and c.id = locked.id`,
    [ids.map(idBytes), ...values],
  );
}

/** SQL that notes of the rows in `same` that their content is what it should be, and gives their ids. */
export function checkedSql({ chunks }: ChunkRows, own: string): string {
  return `locked as (
       select c.id from ${chunks} c join same on same.id = c.id where ${own} order by c.id for no key update of c
     )
     update ${chunks} c set checked_at = pg_catalog.now() from locked where ${own} and c.id = locked.id returning c.id`;
}

export async function isDamaged(connection: Queryable, rows: ChunkRows): Promise<boolean> {
  const { own, values } = scopeOf(rows, 1);
  const [row] = await connection.query<{ damaged: boolean }>(
    `select exists (select from ${rows.chunks} c where ${own} and damaged_at is not null) as damaged`,
    values,
  );
  return row!.damaged;
}

export async function lackingOf(
  connection: Queryable,
  rows: ChunkRows,
  names: Uint8Array,
): Promise<LackingChunks> {
  const { own, values } = scopeOf(rows, 2);
  const lacking = await connection.query<{ id: Buffer; count: number; missing: number }>(
    `select named.id, pg_catalog.count(*) over () as count,
       pg_catalog.count(*) filter (where c.id is null) over () as missing
       from (${namedSql}) as named
       left join ${rows.chunks} c on c.id = named.id and ${own}
      where (${rows.isWhole}) is not true
      order by named.id limit ${lackingNamed}`,
    [names, ...values],
  );
  const [first] = lacking;
  return {
    count: first?.count ?? 0,
    missing: first?.missing ?? 0,
    ids: lacking.map(({ id }) => id.toString('hex')),
  };
}
