import { HoldfastError } from '../../base/errors.ts';
import type { VerificationRecord } from '../../catalog/verifications.ts';
import { listQuery } from '../contract/backup.ts';
import { id as idSchema, wait as waitSchema } from '../contract/fields.ts';
import type { BackupApi, Verification } from '../contract.ts';
import type { ApiContext } from '../context.ts';
import { nextCursor, readCursor } from '../cursor.ts';
import { presentVerification } from '../present.ts';
import { validate } from '../validate.ts';
import { endedBadly, waitAsAsked, waitForEnd } from '../waiting.ts';

type VerificationOperations = Pick<
  BackupApi,
  'verifyBackup' | 'listVerifications' | 'getVerification' | 'cancelVerification' | 'waitForVerification'
>;

export function verificationOperations({ catalog, jobs }: ApiContext): VerificationOperations {
  async function read(id: number): Promise<VerificationRecord> {
    const record = await catalog.verifications.get(id);
    if (record) return record;
    throw new HoldfastError('VERIFICATION_NOT_FOUND', `There is no verification ${id}.`, { details: { id } });
  }
  const present = (record: VerificationRecord): Verification =>
    presentVerification(record, jobs.active('verification', record.id)?.progress);
  function presentEnd(record: VerificationRecord): Verification {
    const verification = present(record);
    const failure = endedBadly('verification', verification);
    if (failure) throw failure;
    return verification;
  }

  return {
    async verifyBackup(id, { wait = false } = {}) {
      validate(idSchema, id);
      const waiting = validate(waitSchema, wait);
      const record = await jobs.orderVerification(id);
      const run = { kind: 'verification' as const, id: record.id, read: () => read(record.id) };
      return presentEnd(waiting === false ? record : await waitAsAsked(jobs, run, waiting));
    },

    async listVerifications(query = {}) {
      const { limit, cursor, status } = validate(listQuery, query);
      await jobs.reap();
      const page = await catalog.verifications.list({
        limit,
        before: readCursor(cursor),
        status: status ?? null,
      });
      return { verifications: page.rows.map(present), total: page.total, ...nextCursor(page) };
    },

    async getVerification(id) {
      validate(idSchema, id);
      await jobs.reap();
      return present(await read(id));
    },

    async cancelVerification(id) {
      validate(idSchema, id);
      await jobs.reap();
      await read(id);
      await jobs.cancel('verification', id);
      return present(await read(id));
    },

    async waitForVerification(id, options = {}) {
      validate(idSchema, id);
      return presentEnd(await waitForEnd(jobs, { kind: 'verification', id, read: () => read(id) }, options));
    },
  };
}
