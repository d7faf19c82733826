import { useQueryClient } from '@tanstack/react-query';
import { client, type BackupSummary } from '../data/client.ts';
import { useRefresh } from '../data/refresh.ts';
import { keys } from '../data/keys.ts';
import { formatBytes } from '../format/numbers.ts';
import { useNotice } from '../parts/notices.tsx';

/** What can be done to a backup from more than one place. Each rejects with what went wrong. */
export function useBackupChange(backup: Pick<BackupSummary, 'id' | 'pinned'>) {
  const queries = useQueryClient();
  const refresh = useRefresh();
  const tell = useNotice();
  const { id } = backup;
  return {
    async togglePin() {
      const { pinned } = await client.pinBackup(id, !backup.pinned);
      tell(pinned ? `Backup ${id} is kept until it is unpinned.` : `Backup ${id} is not pinned any more.`);
      await refresh();
    },
    async remove() {
      const { message, bytesFreed, cleanupPending } = await client.deleteBackup(id);
      tell(
        cleanupPending || bytesFreed === 0
          ? message
          : `${message} ${formatBytes(bytesFreed)} are free again.`,
      );
      queries.removeQueries({ queryKey: keys.backup(id) });
      await refresh();
    },
    async verify() {
      await client.verifyBackup(id);
      tell(`Backup ${id} is being read again and checked.`);
      await refresh();
    },
  };
}
