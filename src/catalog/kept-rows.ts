import type { KeptRows, KeptRowsPlace, KeptTable } from '../engine/rows/kept-rows.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';

/** Where a restore keeps rows, with what it has kept so far: that goes into its own row when it completes. */
export interface OpenKeptRows extends KeptRowsPlace {
  readonly tables: readonly KeptTable[];
}

/** Rows that restores of rows have replaced and written, in `system_restore_rows`. */
export interface KeptRowsOfRestores {
  /** Keeps rows in the transaction of the restore itself. */
  placeOf(restoreId: number): OpenKeptRows;
  /** Those of a restore; undefined where one is missing. @param tables as its row says */
  of(restoreId: number, tables: readonly KeptTable[]): Promise<KeptRows | undefined>;
  /** Deletes those of restores that ended more than this number of days ago. @returns how many restores lost theirs */
  forget(days: number): Promise<number>;
}

export function keptRows(pool: Queryable, schema: string): KeptRowsOfRestores {
  const own = quoteIdentifier(schema);
  const table = `${own}.system_restore_rows`;
  return {
    placeOf(restoreId) {
      const id = wholeNumber(restoreId);
      const tables: KeptTable[] = [];
      return {
        tables,
        async keep(session, form, query) {
          const [row] = await session.query<{ rows: string; bytes: string }>(
            `with kept as (
               insert into ${table} (restore_id, place, before, written)
               select ${id}, ${tables.length}, c.before, c.written from (${query}) c
               returning pg_catalog.octet_length(before) as before, pg_catalog.octet_length(written) as written)
             select pg_catalog.count(*) as rows,
               coalesce(pg_catalog.sum(coalesce(before, 0)::pg_catalog.int8 + coalesce(written, 0)), 0) as bytes from kept`,
          );
          const [rows, bytes] = [Number(row!.rows), Number(row!.bytes)];
          tables.push({ ...form, rows });
          return { rows, bytes };
        },
      };
    },
    async of(restoreId, tables) {
      const id = wholeNumber(restoreId);
      const found = await pool.query<{ place: number; rows: number }>(
        `select place, pg_catalog.count(*)::pg_catalog.int4 as rows from ${table} where restore_id = $1 group by place`,
        [id],
      );
      const counts = new Map(found.map(({ place, rows }) => [place, rows]));
      if (tables.some(({ rows }, place) => (counts.get(place) ?? 0) !== rows)) return undefined;
      return {
        tables,
        queryOf: (place) =>
          `select before, written from ${table} where restore_id = ${id} and place = ${wholeNumber(place)}`,
      };
    },
    async forget(days) {
      const rows = await pool.query(
        `with gone as (
           delete from ${table} k where not exists (
             select from ${own}.system_restore_log r where r.id = k.restore_id
               and (r.finished_at is null or r.finished_at > pg_catalog.now() - pg_catalog.make_interval(days => $1)))
           returning k.restore_id)
         select distinct restore_id from gone`,
        [days],
      );
      return rows.length;
    },
  };
}

/** It becomes SQL. */
function wholeNumber(value: number): number {
  if (!Number.isSafeInteger(value)) throw new RangeError('no whole number');
  return value;
}
