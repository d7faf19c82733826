import type { BackupApi, BackupSummary } from '../api/contract.ts';

/**
 * The newest completed full backup; null when there is none. A safety backup is not
 * one: it holds what a restore was about to overwrite, which may be the very damage that was repaired.
 */
export async function lastFullBackup(api: BackupApi): Promise<BackupSummary | null> {
  let cursor: string | undefined;
  do {
    const page = await api.listBackups({ status: 'completed', limit: 200, ...(cursor ? { cursor } : {}) });
    const found = page.backups.find((backup) => backup.type === 'full' && backup.trigger !== 'safety');
    if (found) return found;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return null;
}
