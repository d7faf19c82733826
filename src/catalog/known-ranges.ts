import type { KnownPiece, KnownPlace } from '../engine/requests.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Pool } from '../postgres/pool.ts';

/** What backups have found out about ranges: rows of `system_backup_ranges`. */
export interface KnownRanges {
  /** Of one store. */
  of(store: string): KnownPlace;
}

export function knownRanges(pool: Pool, schema: string): KnownRanges {
  const table = `${quoteIdentifier(schema)}.system_backup_ranges`;
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
      async keepOnly(tables) {
        await pool.query(
          `delete from ${table} where store = $1 and relation <> all ($2::pg_catalog.int8[])`,
          [store, tables],
        );
      },
    }),
  };
}
