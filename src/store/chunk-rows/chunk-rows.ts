/*
 * chunk-rows/ owns the SQL of epochs and damage, for every table that has a row for each chunk of a store: the chunks
 * themselves in the database store, where they lie in the others. It never reads or writes what a chunk holds.
 */
import type { Queryable } from '../../postgres/pool.ts';
import type { ChunkListing } from '../store.ts';

/**
 * Where the rows of one store's chunks are. Each has at least the columns `id`, `stored_bytes`, `last_use`, `created_at`,
 * `checked_at` and `damaged_at`.
 */
export interface ChunkRows {
  /** The table, quoted and ready for SQL. */
  chunks: string;
  /** The table that has the epoch in a column of that name, quoted. */
  epoch: string;
  /** Where several stores share the two tables: what their column `store` says of this one. */
  store?: string;
  /** SQL: the SHA-256 of the stored bytes of row `c`, where the table has it. */
  storedHash?: string;
  /** SQL: whether row `c` holds what it should, as far as the row alone tells; not true where there is no row. */
  isWhole: string;
}

/** What confines a statement to the rows of one store. */
export interface Scope {
  /** SQL: whether row `c` belongs to the store. */
  own: string;
  /** SQL: whether a row of the table of epochs does. */
  ownEpoch: string;
  /** SQL: the current epoch. */
  currentEpoch: string;
  /** The value of the parameter, where there is one. */
  values: readonly string[];
}

/** @param parameter the number of the first parameter that the statement does not use itself */
export function scopeOf({ epoch, store }: ChunkRows, parameter: number): Scope {
  const of = (table: string): string =>
    store === undefined ? 'true' : `${table}store = $${parameter}::pg_catalog.text`;
  return {
    own: of('c.'),
    ownEpoch: of(''),
    currentEpoch: `(select epoch from ${epoch} where ${of('')})`,
    values: store === undefined ? [] : [store],
  };
}

export function idBytes(id: string): Buffer {
  return Buffer.from(id, 'hex');
}

export async function storedBytes(connection: Queryable, rows: ChunkRows): Promise<number> {
  const { own, values } = scopeOf(rows, 1);
  const [row] = await connection.query<{ bytes: number }>(
    `select coalesce(pg_catalog.sum(stored_bytes), 0)::bigint as bytes from ${rows.chunks} c where ${own}`,
    values,
  );
  return row!.bytes;
}

/** Rows of one page of a listing. */
const pageRows = 1_000;

/** @param page reads one page; what fails in it is named by the caller */
export async function* listChunks(
  connection: Queryable,
  rows: ChunkRows,
  page: <T>(read: () => Promise<T>) => Promise<T>,
): AsyncGenerator<ChunkListing> {
  const { own, values } = scopeOf(rows, 2);
  let after = '';
  for (;;) {
    const listed = await page(() =>
      connection.query<ChunkListing>(
        `select pg_catalog.encode(id, 'hex') as id, stored_bytes as "storedBytes", last_use as "lastUse"
           from ${rows.chunks} c where ${own} and c.id > $1 order by c.id limit ${pageRows}`,
        [idBytes(after), ...values],
      ),
    );
    yield* listed;
    const last = listed.at(-1);
    if (!last) return;
    after = last.id;
  }
}
