import { HoldfastError } from '../../base/errors.ts';
import { timeLimit, type TimeLimit } from '../../base/time-limit.ts';
import type { Manifest, ManifestTable } from '../../format/manifest.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import type { Store } from '../../store/store.ts';
import { tablesNamed } from '../entries/named-tables.ts';
import { primaryKeyOf } from '../entries/unique-keys.ts';
import { backupSide, rowsOf, withoutCommon, type Part } from './backup-side.ts';
import { diffRows, type RowDiff } from './diff.ts';
import { withLiveSide } from './live-side.ts';
import type { Side } from './side.ts';

/** A backup of which a table is compared. */
export interface ComparedBackup {
  /** What it is called in messages: `backup 12`. */
  name: string;
  store: Store;
  manifest: Manifest;
  /** Does what reads its rows: for the one who wants to know of damage. Default: nothing else. */
  reading?: <T>(work: () => Promise<T>) => Promise<T>;
}

export interface TableComparison {
  table: string;
  /** Columns that no two rows of a side have the same values of. Default: the primary key that the backup has. */
  by?: readonly string[] | undefined;
  /** Rows of each kind that are shown. */
  limit: number;
}

const limitMs = 15 * 60_000;
const hint =
  'Take a backup and compare with that one: what both share is not read. Or look at single rows by their key: holdfast rows, holdfast history.';

/** The time for one comparison, which ends with DIFF_NOT_POSSIBLE. */
export function comparisonLimit(): TimeLimit {
  return timeLimit(
    limitMs,
    () =>
      new HoldfastError('DIFF_NOT_POSSIBLE', `The rows were not compared within ${limitMs / 60_000} min.`, {
        hint,
      }),
  );
}

/** @throws DIFF_NOT_POSSIBLE, TABLES_NOT_FOUND; what reading a backup or the database throws */
export function compareWithLive(
  backup: ComparedBackup,
  { database, lockTimeoutMs }: { database: ConnectionTarget; lockTimeoutMs: number },
  { table, by, limit }: TableComparison,
  signal: AbortSignal,
): Promise<RowDiff> {
  const tables = tablesNamed(backup.manifest, table);
  const key = by ?? keyOf(backup, tables);
  const parts = tables.map((each) => ({ table: each, ranges: each.ranges }));
  const side = sideOf(backup, parts, signal);
  return withLiveSide(database, backup.manifest, table, lockTimeoutMs, signal, (other) =>
    diffRows({ backup: side, backupRows: rowsOf(parts), other, key, unchanged: 0 }, limit),
  );
}

/** Reads only what the two do not share. @throws DIFF_NOT_POSSIBLE, TABLES_NOT_FOUND; what reading a backup throws */
export function compareBackups(
  backup: ComparedBackup,
  other: ComparedBackup,
  { table, by, limit }: TableComparison,
  signal: AbortSignal,
): Promise<RowDiff> {
  const tables = tablesNamed(backup.manifest, table);
  const { a, b, rows: unchanged } = withoutCommon(tables, tablesNamed(other.manifest, table));
  return diffRows(
    {
      backup: sideOf(backup, a, signal),
      backupRows: rowsOf(a),
      other: sideOf(other, b, signal),
      key: by ?? keyOf(backup, tables),
      unchanged,
    },
    limit,
  );
}

function sideOf(
  { name, store, reading = (work) => work() }: ComparedBackup,
  parts: readonly Part[],
  signal: AbortSignal,
): Side {
  const side = backupSide(name, store, parts, signal);
  return { ...side, read: (columns, onRow) => reading(() => side.read(columns, onRow)) };
}

/** @throws DIFF_NOT_POSSIBLE */
function keyOf({ manifest, name }: ComparedBackup, tables: readonly ManifestTable[]): string[] {
  const key = primaryKeyOf(manifest, tables[0]!);
  if (key) return key;
  throw new HoldfastError(
    'DIFF_NOT_POSSIBLE',
    `The table has no primary key in ${name}, so it is not known which row is which.`,
  );
}
