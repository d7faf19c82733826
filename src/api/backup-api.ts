import { databaseFailure } from '../postgres/failure.ts';
import type { BackupApi, WaitOptions } from './contract.ts';
import type { ApiContext } from './context.ts';
import { backupOperations } from './operations/backups.ts';
import { cleanupOperations } from './operations/cleanups.ts';
import { eventOperations, listenTo } from './operations/events.ts';
import { restoreOperations } from './operations/restores.ts';
import { scheduleOperations } from './operations/schedule.ts';
import { tableOperations } from './operations/tables.ts';
import { requireTables, systemOperations } from './operations/system.ts';
import { verificationOperations } from './operations/verifications.ts';

type Operation = (...values: unknown[]) => Promise<unknown>;

/**
 * The API of a system. Every operation but `init` and `status` is refused until our tables exist, and nothing but a
 * HoldfastError leaves any of them.
 */
export function createBackupApi(context: ApiContext): BackupApi {
  const always = systemOperations(context);
  const operations: Omit<BackupApi, 'on'> = {
    ...always,
    ...backupOperations(context),
    ...restoreOperations(context),
    ...scheduleOperations(context),
    ...tableOperations(context),
    ...verificationOperations(context),
    ...cleanupOperations(context),
    ...eventOperations(context),
  };
  const guarded = Object.entries(operations).map(([name, operation]) => {
    const guardedOperation: Operation = async (...values) => {
      try {
        if (!(name in always)) await requireTables(context);
        return await (operation as Operation)(...values);
      } catch (error) {
        // The reason a caller stopped waiting with is the caller's own.
        const { signal } = (values.at(-1) ?? {}) as WaitOptions;
        throw signal?.aborted && error === signal.reason ? error : databaseFailure(error);
      }
    };
    return [name, guardedOperation];
  });
  return Object.freeze({ ...Object.fromEntries(guarded), on: listenTo(context) }) as BackupApi;
}
