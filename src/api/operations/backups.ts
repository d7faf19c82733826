import { backupNotFound } from '../../runs/open-backup.ts';
import { schemaSql } from '../../engine/read/download.ts';
import { backupBody, backupListQuery, downloadFormat, pinBody } from '../../contract/backup.ts';
import { id as idSchema } from '../../contract/fields.ts';
import type { BackupApi } from '../contract.ts';
import type { ApiContext } from '../context.ts';
import { presentBackup, presentContents } from '../present.ts';
import { validate } from '../validate.ts';
import { runOperations } from './runs.ts';

type BackupOperations = Pick<
  BackupApi,
  | 'createBackup'
  | 'listBackups'
  | 'getBackup'
  | 'getBackupSchema'
  | 'deleteBackup'
  | 'cancelBackup'
  | 'pinBackup'
  | 'downloadBackup'
  | 'waitForBackup'
>;

export function backupOperations({ catalog, jobs }: ApiContext): BackupOperations {
  const runs = runOperations(jobs, {
    kind: 'backup',
    read: (id) => catalog.backups.get(id),
    notFound: backupNotFound,
    present: presentBackup,
  });

  return {
    async createBackup({ wait, ...request } = {}) {
      const body = validate(backupBody, request);
      runs.checkWait(wait);
      return runs.ordered(await jobs.orderBackup({ ...body, trigger: 'manual' }), wait);
    },

    async listBackups(query = {}) {
      const { limit, cursor, status, ...filters } = validate(backupListQuery, query);
      const { rows, ...page } = await runs.list({ limit, cursor, status }, (request) =>
        catalog.backups.list(request, filters),
      );
      return { backups: rows, ...page };
    },

    async getBackup(id) {
      const record = await runs.find(id);
      const contents =
        record.status === 'completed' ? presentContents(await jobs.readManifest(record)) : null;
      return { ...runs.present(record), contents };
    },

    async getBackupSchema(id) {
      validate(idSchema, id);
      return schemaSql(await jobs.readManifest(await jobs.completedBackup(id)));
    },

    async deleteBackup(id) {
      validate(idSchema, id);
      await jobs.reap();
      const deletion = await jobs.deleteBackup(id);
      const message = deletion.cleanupPending
        ? `Backup ${id} is deleted. Some of its space is freed by a later clean-up.`
        : `Backup ${id} is deleted.`;
      return { success: true, id, message, ...deletion };
    },

    cancelBackup: runs.cancel,

    async pinBackup(id, pinned = true) {
      validate(pinBody, { pinned });
      await runs.find(id);
      await catalog.backups.setPinned(id, pinned);
      return runs.present(await runs.find(id));
    },

    async downloadBackup(id, format = 'sql.zst') {
      validate(idSchema, id);
      return jobs.downloadBackup(id, validate(downloadFormat, format));
    },

    waitForBackup: (id, options = {}) => runs.waitFor(id, options),
  };
}
