import { HoldfastError } from '../base/errors.ts';
import { timeLimit } from '../base/time-limit.ts';
import { backupSide, rowsOf, withoutCommon, type Part } from '../engine/diff/backup-side.ts';
import { diffRows, type RowDiff } from '../engine/diff/diff.ts';
import { withLiveSide } from '../engine/diff/live-side.ts';
import { tablesNamed } from '../engine/entries/named-tables.ts';
import { primaryKeyOf } from '../engine/entries/unique-keys.ts';
import type { Side } from '../engine/diff/side.ts';
import type { ManifestTable } from '../format/manifest.ts';
import type { RunContext } from './context.ts';
import { markDamagedOnError } from './damage.ts';
import { withIdentity } from './given-identity.ts';
import { completedBackup, openHeld, type OpenBackup } from './open-backup.ts';
import type { ReadLock } from './read-locks.ts';

export interface WantedDiff {
  table: string;
  /** The database as it is now, or a backup. */
  against: 'live' | number;
  by?: string[] | undefined;
  /** Rows of each kind that are shown. */
  limit: number;
  /** Ends the comparison. */
  signal?: AbortSignal | undefined;
}

const limitMs = 15 * 60_000;

/**
 * Compares a table of a backup, which cannot be deleted meanwhile, with the database or with another backup.
 * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE, BACKUP_IN_USE while one is being deleted, MANIFEST_INVALID; KEY_REQUIRED, KEY_INVALID;
 *   DIFF_NOT_POSSIBLE, TABLES_NOT_FOUND; what reading a backup or the database throws
 */
export async function diffInside(
  context: RunContext,
  id: number,
  wanted: WantedDiff,
  identity: string | undefined,
): Promise<RowDiff> {
  const { against, limit, by } = wanted;
  const ids = against === 'live' || against === id ? [id] : [id, against];
  const locks: ReadLock[] = [];
  const time = timeLimit(limitMs, tookTooLong);
  try {
    for (const each of ids) locks.push(await context.readLocks.hold(each));
    const signal = AbortSignal.any([
      context.stopping,
      time.signal,
      ...locks.map(({ lost }) => lost),
      ...(wanted.signal ? [wanted.signal] : []),
    ]);
    return await withIdentity(context, identity, async (opened) => {
      const backup = await openTables(opened, id, wanted.table);
      const key = by ?? keyOf(backup);
      if (against === 'live') {
        const parts = backup.tables.map((table) => ({ table, ranges: table.ranges }));
        const side = sideOf(opened, backup, parts, signal);
        const { manifest } = backup;
        const { lockTimeoutMs } = opened.settings;
        return withLiveSide(opened.databases.live, manifest, wanted.table, lockTimeoutMs, signal, (other) =>
          diffRows({ backup: side, backupRows: rowsOf(parts), other, key, unchanged: 0 }, limit),
        );
      }
      const other = await openTables(opened, against, wanted.table);
      const { a, b, rows: unchanged } = withoutCommon(backup.tables, other.tables);
      return diffRows(
        {
          backup: sideOf(opened, backup, a, signal),
          backupRows: rowsOf(a),
          other: sideOf(opened, other, b, signal),
          key,
          unchanged,
        },
        limit,
      );
    });
  } finally {
    time.clear();
    for (const lock of locks) await lock.release();
  }
}

interface OpenTables extends OpenBackup {
  id: number;
  tables: ManifestTable[];
}

async function openTables(context: RunContext, id: number, table: string): Promise<OpenTables> {
  const open = await markDamagedOnError(context, id, async () =>
    openHeld(context, await completedBackup(context, id)),
  );
  return { ...open, id, tables: tablesNamed(open.manifest, table) };
}

function sideOf(
  context: RunContext,
  { id, store }: OpenTables,
  parts: readonly Part[],
  signal: AbortSignal,
): Side {
  const side = backupSide(`backup ${id}`, store, parts, signal);
  return {
    ...side,
    read: (columns, onRow) => markDamagedOnError(context, id, () => side.read(columns, onRow)),
  };
}

/** @throws DIFF_NOT_POSSIBLE */
function keyOf({ manifest, tables, id }: OpenTables): string[] {
  const key = primaryKeyOf(manifest, tables[0]!);
  if (key) return key;
  throw new HoldfastError(
    'DIFF_NOT_POSSIBLE',
    `The table has no primary key in backup ${id}, so it is not known which row is which.`,
  );
}

function tookTooLong(): HoldfastError {
  return new HoldfastError(
    'DIFF_NOT_POSSIBLE',
    `The rows were not compared within ${limitMs / 60_000} min.`,
    {
      hint: 'Take a backup and compare with that one: what both share is not read. Or look at single rows by their key: holdfast rows, holdfast history.',
    },
  );
}
