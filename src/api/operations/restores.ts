import { HoldfastError } from '../../base/errors.ts';
import type { RestoreDetailRecord, RestoreRecord } from '../../catalog/restores.ts';
import { listQuery } from '../contract/backup.ts';
import { id as idSchema, wait as waitSchema } from '../contract/fields.ts';
import { restoreBody } from '../contract/restore.ts';
import type { BackupApi, RestoreSummary } from '../contract.ts';
import type { ApiContext } from '../context.ts';
import { nextCursor, readCursor } from '../cursor.ts';
import { presentRestore, presentRestoreDetail } from '../present.ts';
import { validate } from '../validate.ts';
import { endedBadly, waitAsAsked, waitForEnd } from '../waiting.ts';

type RestoreOperations = Pick<
  BackupApi,
  'restore' | 'planRestore' | 'listRestores' | 'getRestore' | 'cancelRestore' | 'waitForRestore'
>;

export function restoreOperations({ catalog, jobs }: ApiContext): RestoreOperations {
  async function read(id: number): Promise<RestoreDetailRecord> {
    const record = await catalog.restores.get(id);
    if (record) return record;
    throw new HoldfastError('RESTORE_NOT_FOUND', `There is no restore ${id}.`, { details: { id } });
  }
  const live = (id: number) => jobs.active('restore', id)?.progress ?? null;
  const present = (record: RestoreRecord): RestoreSummary => presentRestore(record, live(record.id));
  function presentEnd(record: RestoreRecord): RestoreSummary {
    const restore = present(record);
    const failure = endedBadly('restore', restore);
    if (failure) throw failure;
    return restore;
  }

  return {
    async restore({ wait = false, ...request }) {
      const body = validate(restoreBody, request);
      const waiting = validate(waitSchema, wait);
      const record = await jobs.orderRestore(body);
      const run = { kind: 'restore' as const, id: record.id, read: () => read(record.id) };
      return presentEnd(waiting === false ? record : await waitAsAsked(jobs, run, waiting));
    },

    async planRestore(request) {
      return jobs.planRestore(validate(restoreBody, request));
    },

    async listRestores(query = {}) {
      const { limit, cursor, status } = validate(listQuery, query);
      await jobs.reap();
      const page = await catalog.restores.list({ limit, before: readCursor(cursor), status: status ?? null });
      return { restores: page.rows.map(present), total: page.total, ...nextCursor(page) };
    },

    async getRestore(id) {
      validate(idSchema, id);
      await jobs.reap();
      return presentRestoreDetail(await read(id), live(id));
    },

    async cancelRestore(id) {
      validate(idSchema, id);
      await jobs.reap();
      await read(id);
      await jobs.cancel('restore', id);
      return present(await read(id));
    },

    async waitForRestore(id, options = {}) {
      validate(idSchema, id);
      return presentEnd(await waitForEnd(jobs, { kind: 'restore', id, read: () => read(id) }, options));
    },
  };
}
