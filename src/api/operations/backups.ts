import type { BackupRecord } from '../../catalog/backups.ts';
import { backupNotFound } from '../../jobs/reading.ts';
import { schemaSql } from '../../engine/download.ts';
import { backupBody, backupListQuery, downloadFormat, pinBody } from '../contract/backup.ts';
import { id as idSchema, wait as waitSchema } from '../contract/fields.ts';
import type { BackupApi, BackupSummary } from '../contract.ts';
import type { ApiContext } from '../context.ts';
import { nextCursor, readCursor } from '../cursor.ts';
import { presentBackup, presentContents } from '../present.ts';
import { validate } from '../validate.ts';
import { endedBadly, waitAsAsked, waitForEnd } from '../waiting.ts';

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
  async function read(id: number): Promise<BackupRecord> {
    const record = await catalog.backups.get(id);
    if (!record) throw backupNotFound(id);
    return record;
  }
  const present = (record: BackupRecord): BackupSummary =>
    presentBackup(record, jobs.active('backup', record.id)?.progress);
  function presentEnd(record: BackupRecord): BackupSummary {
    const backup = present(record);
    const failure = endedBadly('backup', backup);
    if (failure) throw failure;
    return backup;
  }

  return {
    async createBackup({ wait = false, ...request } = {}) {
      const body = validate(backupBody, request);
      const waiting = validate(waitSchema, wait);
      const record = await jobs.orderBackup({ ...body, trigger: 'manual' });
      const run = { kind: 'backup' as const, id: record.id, read: () => read(record.id) };
      return presentEnd(waiting === false ? record : await waitAsAsked(jobs, run, waiting));
    },

    async listBackups(query = {}) {
      const { limit, cursor, status, ...filters } = validate(backupListQuery, query);
      await jobs.reap();
      const page = await catalog.backups.list(
        { limit, before: readCursor(cursor), status: status ?? null },
        filters,
      );
      return { backups: page.rows.map(present), total: page.total, ...nextCursor(page) };
    },

    async getBackup(id) {
      validate(idSchema, id);
      await jobs.reap();
      const record = await read(id);
      const contents =
        record.status === 'completed' ? presentContents(await jobs.readManifest(record)) : null;
      return { ...present(record), contents };
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

    async cancelBackup(id) {
      validate(idSchema, id);
      await jobs.reap();
      await read(id);
      await jobs.cancel('backup', id);
      return present(await read(id));
    },

    async pinBackup(id, pinned = true) {
      validate(idSchema, id);
      validate(pinBody, { pinned });
      await read(id);
      await catalog.backups.setPinned(id, pinned);
      return present(await read(id));
    },

    async downloadBackup(id, format = 'sql.zst') {
      validate(idSchema, id);
      return jobs.downloadBackup(id, validate(downloadFormat, format));
    },

    async waitForBackup(id, options = {}) {
      validate(idSchema, id);
      return presentEnd(await waitForEnd(jobs, { kind: 'backup', id, read: () => read(id) }, options));
    },
  };
}
