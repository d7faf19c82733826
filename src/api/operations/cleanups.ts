import { HoldfastError } from '../../base/errors.ts';
import { listQuery } from '../../contract/backup.ts';
import { cleanupBody } from '../../contract/cleanup.ts';
import type { BackupApi, Cleanup } from '../contract.ts';
import type { ApiContext } from '../context.ts';
import { presentCleanup } from '../present.ts';
import { validate } from '../validate.ts';
import { runOperations } from './runs.ts';

type CleanupOperations = Pick<
  BackupApi,
  'cleanUp' | 'listCleanups' | 'getCleanup' | 'cancelCleanup' | 'waitForCleanup'
>;

export function cleanupOperations({ catalog, jobs }: ApiContext): CleanupOperations {
  const runs = runOperations(jobs, {
    kind: 'cleanup',
    read: (id) => catalog.cleanupLog.get(id),
    notFound: (id) =>
      new HoldfastError('CLEANUP_NOT_FOUND', `There is no clean-up ${id}.`, { details: { id } }),
    present: presentCleanup,
  });

  return {
    async cleanUp({ wait, ...request } = {}) {
      const { dryRun } = validate(cleanupBody, request);
      runs.checkWait(wait);
      if (dryRun) return dryRunOf(await jobs.previewCleanup());
      return runs.ordered(await jobs.orderCleanup(), wait);
    },

    async listCleanups(query = {}) {
      const { rows, ...page } = await runs.list(validate(listQuery, query), catalog.cleanupLog.list);
      return { cleanups: rows, ...page };
    },

    getCleanup: async (id) => runs.present(await runs.find(id)),
    cancelCleanup: runs.cancel,
    waitForCleanup: (id, options = {}) => runs.waitFor(id, options),
  };
}

function dryRunOf(backups: Cleanup['backups']): Cleanup {
  const now = new Date().toISOString();
  return {
    id: null,
    dryRun: true,
    status: 'completed',
    trigger: 'manual',
    reason: 'retention policy',
    createdAt: now,
    startedAt: now,
    finishedAt: now,
    heartbeatAt: null,
    progress: null,
    backups,
    inUse: [],
    chunksDeleted: 0,
    bytesFreed: 0,
    cleanupPending: false,
    errors: [],
    error: null,
  };
}
