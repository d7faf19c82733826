import { findRows, type FoundRows, type RowsWanted } from '../engine/look/find-rows.ts';
import type { RunContext } from './context.ts';
import { markDamagedOnError } from './damage.ts';
import { withIdentity } from './given-identity.ts';
import { completedBackup, openHeld } from './open-backup.ts';

/**
 * Rows of a backup, which cannot be deleted while they are read.
 * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE, BACKUP_IN_USE while it is being deleted, MANIFEST_INVALID; KEY_REQUIRED,
 *   KEY_INVALID; what `findRows` throws
 */
export async function rowsInside(
  context: RunContext,
  id: number,
  wanted: RowsWanted,
  identity: string | undefined,
): Promise<FoundRows> {
  const lock = await context.readLocks.hold(id);
  try {
    return await withIdentity(context, identity, (opened) =>
      markDamagedOnError(opened, id, async () => {
        const { store, manifest } = await openHeld(opened, await completedBackup(opened, id));
        return findRows(store, manifest, wanted);
      }),
    );
  } finally {
    await lock.release();
  }
}
