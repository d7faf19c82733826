import { HoldfastError } from '../../base/errors.ts';
import type { ManifestRange, ManifestTable } from '../../format/manifest.ts';
import { displayName, quoteName } from '../../postgres/identifiers.ts';
import { copyInStatement, storedColumns } from '../../postgres/ranges.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { Store } from '../../store/store.ts';
import { readRows } from '../read/rows.ts';
import type { ProgressMeter } from '../progress/meter.ts';
import { rebuildFailure } from './rebuild.ts';

/**
 * COPY's option to write rows that count as old from the start. It spares the server from visiting every page again,
 * to mark the rows as committed, to vacuum, and one day to freeze them. Only for a table that was made or truncated in
 * the same transaction. PostgreSQL: COPY, FREEZE.
 */
export const freeze = ' with (freeze)';

/** Takes the rows of a table as they are sent. Does not keep the bytes; may have to be waited for. */
export interface RowTaker {
  add(bytes: Uint8Array): void | Promise<void> | undefined;
}

/**
 * Fills a table with the rows of these ranges, in one COPY, and proves that the server took as many as the
 * manifest says.
 * @param options of the COPY: nothing or `freeze`
 * @param digest takes the rows as they are sent
 * @returns the number of rows
 * @throws PROOF_FAILED, CHUNK_MISSING, CHUNK_CORRUPT, CONSTRAINT_VIOLATED, SEARCH_PATH_NEEDED; names the table
 */
export async function loadTable(
  session: Session,
  store: Store,
  table: ManifestTable,
  ranges: readonly ManifestRange[],
  meter: ProgressMeter,
  options: '' | typeof freeze = '',
  digest?: RowTaker,
): Promise<number> {
  const statement = copyInStatement(table.loadVia ?? table, storedColumns(table.columns), options);
  return copyRows(
    session,
    store,
    { table, ranges, statement, rows: (read) => metered(read, meter, digest) },
    meter,
  );
}

/** How rows of a table of the backup go to the server. */
export interface RowsToCopy {
  table: ManifestTable;
  ranges: readonly ManifestRange[];
  /** COPY … FROM STDIN. */
  statement: string;
  /** The text that is sent, of the text that is read. */
  rows(read: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
}

/** Runs one COPY, and proves that the server took as many rows as the manifest says. @throws what loadTable throws */
export async function copyRows(
  session: Session,
  store: Store,
  { table, ranges, statement, rows: toSend }: RowsToCopy,
  meter: ProgressMeter,
): Promise<number> {
  const expected = ranges.reduce((sum, range) => sum + range.rows, 0);
  const empty = ranges.every(({ segments }) => segments.every(({ chunks }) => chunks.length === 0));
  if (empty && expected === 0) return 0;
  const read = readRows(store, ranges, displayName(table), (stored) => meter.addStoredBytes(stored));
  const rows = await session.copyIn(statement, toSend(read)).catch((error: unknown) => {
    throw rebuildFailure(error, `The rows of ${displayName(table)}`);
  });
  if (rows !== expected) {
    throw new HoldfastError(
      'PROOF_FAILED',
      `${displayName(table)} took ${rows} rows where the backup has ${expected}.`,
      { details: { table: displayName(table), rows, expectedRows: expected } },
    );
  }
  meter.addRows(rows);
  return rows;
}

/**
 * Begins a transaction in which ranges of a new table are loaded.
 * @param options.isNew whether these are all of them: then its rows are frozen
 */
export async function loadPart(
  session: Session,
  store: Store,
  table: ManifestTable,
  ranges: readonly ManifestRange[],
  meter: ProgressMeter,
  { isNew, digest }: { isNew: boolean; digest?: RowTaker | undefined },
): Promise<number> {
  await session.execute(isNew ? `begin; truncate table only ${quoteName(table)}` : 'begin');
  return loadTable(session, store, table, ranges, meter, isNew ? freeze : '', digest);
}

async function* metered(
  rows: AsyncIterable<Uint8Array>,
  meter: ProgressMeter,
  digest: RowTaker | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const text of rows) {
    const { length } = text;
    await digest?.add(text);
    yield text;
    meter.addRawBytes(length);
  }
}
