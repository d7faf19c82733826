import type { Queryable } from '../../postgres/pool.ts';
import type { CheckTimes, UncheckedChunk } from '../checks.ts';
import { idBytes, scopeOf, type ChunkRows } from './chunk-rows.ts';
import { checkedSql } from './damage.ts';

/** SQL: when the bytes of row `c` were last read, or written. */
const checkedAt = 'coalesce(c.checked_at, c.created_at)';
const pageRows = 1_000;

type Guard = <T>(work: () => Promise<T>) => Promise<T>;

/** @param guard names what fails */
export function checkTimes(connection: Queryable, rows: ChunkRows, guard: Guard): CheckTimes {
  const { chunks, storedHash } = rows;
  return {
    oldest: () =>
      guard(async () => {
        const { own, values } = scopeOf(rows, 1);
        const [row] = await connection.query<{ oldest: Date | null }>(
          `select pg_catalog.min(${checkedAt}) as oldest from ${chunks} c where ${own} and c.damaged_at is null`,
          values,
        );
        return row!.oldest;
      }),
    until: (bytes) =>
      guard(async () => {
        const { own, values } = scopeOf(rows, 2);
        // The end of a millisecond, which is all that a Date holds.
        const [row] = await connection.query<{ until: Date | null }>(
          `select pg_catalog.date_trunc('milliseconds', coalesce(pg_catalog.min(at) filter (where sum >= $1::pg_catalog.numeric),
               pg_catalog.max(at))) + interval '1 millisecond' as until
             from (select ${checkedAt} as at, pg_catalog.sum(c.stored_bytes) over (order by ${checkedAt}, c.id) as sum
                     from ${chunks} c where ${own} and c.damaged_at is null) as summed`,
          [bytes, ...values],
        );
        return row!.until;
      }),
    due: (ids, until) =>
      guard(async () => {
        const { own, values } = scopeOf(rows, 3);
        const found = await connection.query<{ id: string }>(
          `select pg_catalog.encode(c.id, 'hex') as id from ${chunks} c
            where ${own} and c.id = any($1::pg_catalog.bytea[]) and c.damaged_at is null and ${checkedAt} < $2`,
          [ids.map(idBytes), until, ...values],
        );
        return new Set(found.map(({ id }) => id));
      }),
    async *list(until) {
      const { own, values } = scopeOf(rows, 3);
      let after = '';
      for (;;) {
        const page = await guard(() =>
          connection.query<UncheckedChunk & { storedHash: string | null }>(
            `select pg_catalog.encode(c.id, 'hex') as id, c.stored_bytes as "storedBytes",
               pg_catalog.encode(${storedHash ?? 'null::pg_catalog.bytea'}, 'hex') as "storedHash"
               from ${chunks} c where ${own} and c.id > $1 and c.damaged_at is null and ${checkedAt} < $2
              order by c.id limit ${pageRows}`,
            [idBytes(after), until, ...values],
          ),
        );
        for (const row of page) yield { ...row, storedHash: row.storedHash ?? undefined };
        const last = page.at(-1);
        if (!last) return;
        after = last.id;
      }
    },
  };
}

/** Their content was read, and is what it should be. */
export async function markChecked(
  connection: Queryable,
  rows: ChunkRows,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  const { own, values } = scopeOf(rows, 2);
  await connection.query(
    `with same as (select pg_catalog.unnest($1::pg_catalog.bytea[]) as id), ${checkedSql(rows, own)}`,
    [ids.map(idBytes), ...values],
  );
}
