import type { KnownPiece, KnownPlace, KnownRowMap } from '../engine/requests.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Pool } from '../postgres/pool.ts';

/** What backups have found out about ranges: rows of `system_backup_ranges` and `system_backup_row_maps`. */
export interface KnownRanges {
  /** Of one store. */
  of(store: string): KnownPlace;
}

export function knownRanges(pool: Pool, schema: string): KnownRanges {
  const table = `${quoteIdentifier(schema)}.system_backup_ranges`;
  const mapTable = `${quoteIdentifier(schema)}.system_backup_row_maps`;
  /** @param column which of the rows of a table each is */
  const put = async (
    into: string,
    column: 'piece' | 'from_block',
    store: string,
    rows: readonly { table: number; at: number; content: Uint8Array }[],
  ): Promise<void> => {
    await pool.query(
      `insert into ${into} as t (store, relation, ${column}, content)
         select $1, r.relation, r.at, r.content
           from rows from (pg_catalog.unnest($2::pg_catalog.int8[]), pg_catalog.unnest($3::pg_catalog.int8[]),
                           pg_catalog.unnest($4::pg_catalog.bytea[])) as r (relation, at, content)
         on conflict (store, relation, ${column}) do update set content = excluded.content`,
      [
        store,
        rows.map((each) => each.table),
        rows.map(({ at }) => at),
        rows.map(({ content }) => Buffer.from(content)),
      ],
    );
  };
  return {
    of: (store) => ({
      load: () =>
        pool.query<KnownPiece>(`select relation as table, piece, content from ${table} where store = $1`, [
          store,
        ]),
      save: (pieces) =>
        put(
          table,
          'piece',
          store,
          pieces.map((each) => ({ ...each, at: each.piece })),
        ),
      loadMaps: (ranges) =>
        pool.query<KnownRowMap>(
          `select m.relation as table, m.from_block as "fromBlock", m.content
             from rows from (pg_catalog.unnest($2::pg_catalog.int8[]), pg_catalog.unnest($3::pg_catalog.int8[]))
                    as r (relation, from_block)
             join ${mapTable} m using (relation, from_block) where m.store = $1`,
          [store, ranges.map((each) => each.table), ranges.map(({ fromBlock }) => fromBlock)],
        ),
      saveMaps: (maps) =>
        put(
          mapTable,
          'from_block',
          store,
          maps.map((each) => ({ ...each, at: each.fromBlock })),
        ),
      async keepOnly(tables) {
        for (const each of [table, mapTable]) {
          await pool.query(
            `delete from ${each} where store = $1 and relation <> all ($2::pg_catalog.int8[])`,
            [store, tables],
          );
        }
      },
    }),
  };
}
