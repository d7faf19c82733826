import { HoldfastError } from '../../base/errors.ts';
import type { CleanupRecord } from '../../catalog/cleanup-log.ts';
import { listQuery } from '../contract/backup.ts';
import { cleanupBody } from '../contract/cleanup.ts';
import { id as idSchema, wait as waitSchema } from '../contract/fields.ts';
import type { BackupApi, Cleanup } from '../contract.ts';
import type { ApiContext } from '../context.ts';
import { nextCursor, readCursor } from '../cursor.ts';
import { presentCleanup } from '../present.ts';
import { validate } from '../validate.ts';
import { endedBadly, waitAsAsked, waitForEnd } from '../waiting.ts';

type CleanupOperations = Pick<
  BackupApi,
  'cleanUp' | 'listCleanups' | 'getCleanup' | 'cancelCleanup' | 'waitForCleanup'
>;

export function cleanupOperations({ catalog, jobs }: ApiContext): CleanupOperations {
  async function read(id: number): Promise<CleanupRecord> {
    const record = await catalog.cleanupLog.get(id);
    if (record) return record;
    throw new HoldfastError('CLEANUP_NOT_FOUND', `There is no clean-up ${id}.`, { details: { id } });
  }
  const present = (record: CleanupRecord): Cleanup =>
    presentCleanup(record, jobs.active('cleanup', record.id)?.progress);
  function presentEnd(record: CleanupRecord): Cleanup {
    const cleanup = present(record);
    const failure = endedBadly('cleanup', cleanup);
    if (failure) throw failure;
    return cleanup;
  }

  return {
    async cleanUp({ wait = false, ...request } = {}) {
      const { dryRun } = validate(cleanupBody, request);
      const waiting = validate(waitSchema, wait);
      if (dryRun) return dryRunOf(await jobs.previewCleanup());
      const record = await jobs.orderCleanup();
      const run = { kind: 'cleanup' as const, id: record.id, read: () => read(record.id) };
      return presentEnd(waiting === false ? record : await waitAsAsked(jobs, run, waiting));
    },

    async listCleanups(query = {}) {
      const { limit, cursor, status } = validate(listQuery, query);
      await jobs.reap();
      const page = await catalog.cleanupLog.list({
        limit,
        before: readCursor(cursor),
        status: status ?? null,
      });
      return { cleanups: page.rows.map(present), total: page.total, ...nextCursor(page) };
    },

    async getCleanup(id) {
      validate(idSchema, id);
      await jobs.reap();
      return present(await read(id));
    },

    async cancelCleanup(id) {
      validate(idSchema, id);
      await jobs.reap();
      await read(id);
      await jobs.cancel('cleanup', id);
      return present(await read(id));
    },

    async waitForCleanup(id, options = {}) {
      validate(idSchema, id);
      return presentEnd(await waitForEnd(jobs, { kind: 'cleanup', id, read: () => read(id) }, options));
    },
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
