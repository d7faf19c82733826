import { HoldfastError } from '../../base/errors.ts';
import { listQuery } from '../../contract/backup.ts';
import { id as idSchema } from '../../contract/fields.ts';
import type { BackupApi } from '../contract.ts';
import type { ApiContext } from '../context.ts';
import { presentVerification } from '../present.ts';
import { validate } from '../validate.ts';
import { runOperations } from './runs.ts';

type VerificationOperations = Pick<
  BackupApi,
  'verifyBackup' | 'listVerifications' | 'getVerification' | 'cancelVerification' | 'waitForVerification'
>;

export function verificationOperations({ catalog, jobs }: ApiContext): VerificationOperations {
  const runs = runOperations(jobs, {
    kind: 'verification',
    read: (id) => catalog.verifications.get(id),
    notFound: (id) =>
      new HoldfastError('VERIFICATION_NOT_FOUND', `There is no verification ${id}.`, { details: { id } }),
    present: presentVerification,
  });

  return {
    async verifyBackup(id, { wait } = {}) {
      validate(idSchema, id);
      runs.checkWait(wait);
      return runs.ordered(await jobs.orderVerification(id), wait);
    },

    async listVerifications(query = {}) {
      const { rows, ...page } = await runs.list(validate(listQuery, query), catalog.verifications.list);
      return { verifications: rows, ...page };
    },

    getVerification: async (id) => runs.present(await runs.find(id)),
    cancelVerification: runs.cancel,
    waitForVerification: (id, options = {}) => runs.waitFor(id, options),
  };
}
