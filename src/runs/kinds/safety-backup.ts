import { HoldfastError } from '../../base/errors.ts';
import type { RestoreRecord } from '../../catalog/restores.ts';
import type { RunContext } from '../context.ts';
import type { RunInHand } from '../kind.ts';
import { beginEpoch, insertBackup, performBackup } from './backup.ts';

/** Without a way back there is no restore: when this fails, nothing has been touched. */
export async function takeSafetyBackup(
  context: RunContext,
  run: RunInHand<RestoreRecord>,
  order: Pick<RestoreRecord, 'backupId' | 'restoreType' | 'tables'>,
  /** In the quoted form, which names one table with any characters. */
  tables: string[],
  signal: AbortSignal,
): Promise<void> {
  const { record, hold } = run;
  // A restore of everything replaces large objects and free sequences too, which only a full backup holds.
  const everything = order.restoreType === 'full' && order.tables.length === 0;
  const safety = await insertBackup(
    context,
    {
      type: everything ? 'full' : 'partial',
      trigger: 'safety',
      tables: everything ? [] : tables,
      description: `Before restore ${record.id} of backup ${order.backupId}`,
    },
    {
      fence: hold.fence,
      keepFrom: await beginEpoch(context, context.stores.written),
    },
  );
  await context.catalog.restores.setSafetyBackup({ id: record.id, fence: hold.fence }, safety.id);
  // Nobody may delete the way back while it may be needed.
  await hold.locks.tryRead(safety.id);
  try {
    await performBackup(context, { record: safety, hold, signal });
  } catch (error) {
    const failure = error as HoldfastError;
    if (signal.aborted) throw failure;
    throw new HoldfastError(
      failure.code,
      `The safety backup ${safety.id} failed, so nothing was restored: ${failure.message}`,
      { hint: failure.hint, details: { ...failure.details, safetyBackupId: safety.id }, cause: failure },
    );
  }
}
