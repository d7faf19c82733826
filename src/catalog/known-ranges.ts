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
  return {
    of: (store) => ({
      load: () =>
        pool.query<KnownPiece>(`select relation as table, piece, content from ${table} where store = $1`, [
          store,
        ]),
      async save(pieces) {
        await pool.query(
          `insert into ${table} as t (store, relation, piece, content)
             select $1, p.relation, p.piece, p.content
               from rows from (pg_catalog.unnest($2::pg_catalog.int8[]), pg_catalog.unnest($3::pg_catalog.int4[]),
                               pg_catalog.unnest($4::pg_catalog.bytea[])) as p (relation, piece, content)
             on conflict (store, relation, piece) do update set content = excluded.content`,
          [
            store,
            pieces.map((each) => each.table),
            pieces.map(({ piece }) => piece),
            pieces.map(({ content }) => Buffer.from(content)),
          ],
        );
      },
      loadMaps: (ranges) =>
        pool.query<KnownRowMap>(
          `select m.relation as table, m.from_block as "fromBlock", m.content
             from rows from (pg_catalog.unnest($2::pg_catalog.int8[]), pg_catalog.unnest($3::pg_catalog.int8[]))
                    as r (relation, from_block)
             join ${mapTable} m using (relation, from_block) where m.store = $1`,
          [store, ranges.map((each) => each.table), ranges.map(({ fromBlock }) => fromBlock)],
        ),
      async saveMaps(maps) {
        await pool.query(
          `insert into ${mapTable} as t (store, relation, from_block, content)
             select $1, m.relation, m.from_block, m.content
               from rows from (pg_catalog.unnest($2::pg_catalog.int8[]), pg_catalog.unnest($3::pg_catalog.int8[]),
                               pg_catalog.unnest($4::pg_catalog.bytea[])) as m (relation, from_block, content)
             on conflict (store, relation, from_block) do update set content = excluded.content`,
          [
            store,
            maps.map((each) => each.table),
            maps.map(({ fromBlock }) => fromBlock),
            maps.map(({ content }) => Buffer.from(content)),
          ],
        );
      },
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
