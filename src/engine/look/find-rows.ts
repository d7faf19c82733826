/*
 * look/ owns finding rows of a backup without restoring it. It never connects to a database and never changes a store.
 */
import { HoldfastError } from '../../base/errors.ts';
import { sum } from '../../base/sum.ts';
import { fieldIn, fieldsOf, lineCutter, valueOf } from '../../format/copy-fields.ts';
import type { Manifest, ManifestRange, ManifestTable } from '../../format/manifest.ts';
import { displayName } from '../../postgres/identifiers.ts';
import type { Store } from '../../store/store.ts';
import { primaryKeyOf } from '../entries/unique-keys.ts';
import { tablesNamed } from '../entries/named-tables.ts';
import { readRows } from '../read/rows.ts';
import { boundedRows } from './bounded-rows.ts';
import { keyValues, mayHold, sameValue, type KeyValue, type WantedKey } from './key-values.ts';

export interface RowsWanted {
  /** As tables are named for a backup; of a partitioned table those of its partitions. */
  table: string;
  /** Without one every row is wanted. */
  key?: WantedKey | undefined;
  limit: number;
  /** `next` of an earlier answer for the same: `tables.ranges.rows` that were seen. */
  after?: string | undefined;
  /** Nothing more is read when it is aborted. */
  signal?: AbortSignal | undefined;
}

export interface FoundRows {
  columns: { name: string; type: string }[];
  /** The primary key; null without one. */
  keyColumns: string[] | null;
  /** Values as PostgreSQL writes them in COPY, null for NULL; in the order of the columns. */
  rows: (string | null)[][];
  /** Where the next one is looked for; null when all were seen. */
  next: string | null;
  /** What of the answer is not whole, as sentences; null when all is. */
  truncated: string | null;
  /** How many ranges were read, of all that the table has. */
  rangesRead: number;
  ranges: number;
}

/**
 * The rows of a table as the backup has them. Where the backup knows the least and greatest key of its ranges, only those that can
 * hold a row with that key are read.
 * @throws TABLES_NOT_FOUND; INVALID_REQUEST for a column that the table does not have; CHUNK_MISSING, CHUNK_CORRUPT; the reason
 *   of the signal
 */
export async function findRows(store: Store, manifest: Manifest, wanted: RowsWanted): Promise<FoundRows> {
  const tables = tablesNamed(manifest, wanted.table);
  const columns = storedColumns(tables[0]!);
  const keyColumns = primaryKeyOf(manifest, tables[0]!);
  const key = keyOf(wanted, tables[0]!);
  const answer = boundedRows(wanted.limit);
  const ranges = sum(tables.map((table) => table.ranges.length));
  let rangesRead = 0;
  const found = (next: string | null): FoundRows => ({
    columns,
    keyColumns,
    rows: answer.rows,
    next,
    truncated: answer.truncated,
    rangesRead,
    ranges,
  });
  const [seenTables = 0, seenRanges = 0, seenRows = 0] = wanted.after?.split('.').map(Number) ?? [];
  for (const [t, table] of tables.entries()) {
    if (t < seenTables) continue;
    const isWanted = matcher(table, key);
    for (const [r, range] of table.ranges.entries()) {
      if (t === seenTables && r < seenRanges) continue;
      const skipped = t === seenTables && r === seenRanges ? seenRows : 0;
      if (range.rows === 0 || !mayHoldKey(table, range, key)) continue;
      rangesRead++;
      let seen = 0;
      for await (const line of linesOf(store, table, range, wanted.signal)) {
        if (++seen <= skipped || !isWanted(line)) continue;
        if (!answer.hasRoom(line)) return found(`${t}.${r}.${seen - 1}`);
        const own = storedColumns(table);
        const cut: string[] = [];
        const fields = fieldsOf(line, answer.most(line, own.length), (at) => cut.push(own[at]?.name ?? ''));
        answer.add(line, inOrder(fields, own, columns), cut);
      }
    }
  }
  return found(null);
}

export function storedColumns({ columns }: ManifestTable): FoundRows['columns'] {
  return columns.filter(({ generated }) => generated === null).map(({ name, type }) => ({ name, type }));
}

export function keyOf(
  { key, table: named }: Pick<RowsWanted, 'key' | 'table'>,
  table: ManifestTable,
): readonly KeyValue[] {
  const values = keyValues(key, table.keyColumn);
  if (!values) {
    throw invalid(
      `The backup does not know which column of ${named} the key is: name it, as in {"id": ${JSON.stringify(key)}}.`,
    );
  }
  for (const { column } of values) {
    if (!storedColumns(table).some(({ name }) => name === column)) {
      throw invalid(`${named} has no column ${column} in this backup whose values are stored.`);
    }
  }
  return values;
}

function invalid(message: string): HoldfastError {
  return new HoldfastError('INVALID_REQUEST', message, {
    hint: 'Name a table and columns as the backup shows them.',
  });
}

export function mayHoldKey(table: ManifestTable, { keys }: ManifestRange, key: readonly KeyValue[]): boolean {
  const first = key.find(({ column }) => column === table.keyColumn);
  if (!first || !keys) return true;
  const { type } = table.columns.find(({ name }) => name === table.keyColumn)!;
  return mayHold(keys, first.value, type);
}

async function* linesOf(
  store: Store,
  table: ManifestTable,
  range: ManifestRange,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const lines = lineCutter();
  signal?.throwIfAborted();
  for await (const piece of readRows(store, [range], displayName(table))) {
    signal?.throwIfAborted();
    yield* lines.take(piece);
  }
}

export function matcher(table: ManifestTable, key: readonly KeyValue[]): (line: Uint8Array) => boolean {
  const columns = storedColumns(table);
  const parts = key.map(({ column, value }) => {
    const at = columns.findIndex(({ name }) => name === column);
    return { at, value, type: columns[at]?.type ?? '' };
  });
  return (line) =>
    parts.every(({ at, value, type }) => {
      const field = at < 0 ? undefined : fieldIn(line, at);
      return field !== undefined && sameValue(valueOf(field), value, type);
    });
}

/** Partitions may have their columns in another order than the first of them. */
function inOrder(
  fields: readonly (string | null)[],
  own: FoundRows['columns'],
  columns: FoundRows['columns'],
): (string | null)[] {
  return columns.map(({ name }) => fields[own.findIndex((each) => each.name === name)] ?? null);
}
