import { HoldfastError } from '../../base/errors.ts';
import type { RestoreDetailRecord, RestoreRecord } from '../../catalog/restores.ts';
import { listQuery } from '../../contract/backup.ts';
import { planOptions, restoreBody } from '../../contract/restore.ts';
import type { BackupApi, RestoreSummary } from '../contract.ts';
import type { ApiContext } from '../context.ts';
import { presentRestore, presentRestoreDetail } from '../present.ts';
import { validate } from '../validate.ts';
import { runOperations } from './runs.ts';

type RestoreOperations = Pick<
  BackupApi,
  'restore' | 'planRestore' | 'listRestores' | 'getRestore' | 'cancelRestore' | 'waitForRestore'
>;

export function restoreOperations({ catalog, jobs }: ApiContext): RestoreOperations {
  const runs = runOperations<RestoreRecord, RestoreSummary, RestoreDetailRecord>(jobs, {
    kind: 'restore',
    read: (id) => catalog.restores.get(id),
    notFound: (id) =>
      new HoldfastError('RESTORE_NOT_FOUND', `There is no restore ${id}.`, { details: { id } }),
    present: presentRestore,
  });

  return {
    async restore({ wait, ...request }) {
      const body = validate(restoreBody, request);
      runs.checkWait(wait);
      return runs.ordered(await jobs.orderRestore(body), wait);
    },

    async planRestore(request, options = {}) {
      const { statements } = validate(planOptions, options);
      const plan = await jobs.planRestore(validate(restoreBody, request), { statements });
      const rate = await catalog.restores.rateInPlace();
      const lockedMs = plan.locks.length > 0 && rate ? Math.ceil(plan.rawBytes / rate.bytesPerMs) : null;
      return { ...plan, lockedMs, measuredRestores: rate?.restores ?? 0 };
    },

    async listRestores(query = {}) {
      const { rows, ...page } = await runs.list(validate(listQuery, query), catalog.restores.list);
      return { restores: rows, ...page };
    },

    async getRestore(id) {
      return presentRestoreDetail(await runs.find(id), runs.live(id));
    },

    cancelRestore: runs.cancel,
    waitForRestore: (id, options = {}) => runs.waitFor(id, options),
  };
}
