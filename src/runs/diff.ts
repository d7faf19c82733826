import {
  compareBackups,
  compareWithLive,
  comparisonLimit,
  type ComparedBackup,
  type TableComparison,
} from '../engine/diff/compare-tables.ts';
import type { RowDiff } from '../engine/diff/diff.ts';
import type { RunContext } from './context.ts';
import { markDamagedOnError } from './damage.ts';
import { withIdentity } from './given-identity.ts';
import { completedBackup, openHeld } from './open-backup.ts';
import type { ReadLock } from './read-locks.ts';

export interface WantedDiff extends TableComparison {
  /** The database as it is now, or a backup. */
  against: 'live' | number;
  /** Ends the comparison. */
  signal?: AbortSignal | undefined;
}

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
  const { against } = wanted;
  const ids = against === 'live' || against === id ? [id] : [id, against];
  const locks: ReadLock[] = [];
  const time = comparisonLimit();
  try {
    for (const each of ids) locks.push(await context.readLocks.hold(each));
    const signal = AbortSignal.any([
      context.stopping,
      time.signal,
      ...locks.map(({ lost }) => lost),
      ...(wanted.signal ? [wanted.signal] : []),
    ]);
    return await withIdentity(context, identity, async (opened) => {
      const backup = await openCompared(opened, id);
      if (against !== 'live') {
        return compareBackups(backup, await openCompared(opened, against), wanted, signal);
      }
      const { databases, settings } = opened;
      const live = { database: databases.live, lockTimeoutMs: settings.lockTimeoutMs };
      return compareWithLive(backup, live, wanted, signal);
    });
  } finally {
    time.clear();
    for (const lock of locks) await lock.release();
  }
}

async function openCompared(context: RunContext, id: number): Promise<ComparedBackup> {
  const reading: ComparedBackup['reading'] = (work) => markDamagedOnError(context, id, work);
  const { store, manifest } = await reading(async () =>
    openHeld(context, await completedBackup(context, id)),
  );
  return { name: `backup ${id}`, store, manifest, reading };
}
