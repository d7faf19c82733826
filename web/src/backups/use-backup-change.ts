import { useQueryClient } from '@tanstack/react-query';
import { client, type BackupSummary, type Verification } from '../data/client.ts';
import { requireReadable } from '../data/readable.ts';
import { useRefresh } from '../data/refresh.ts';
import { keys } from '../data/keys.ts';
import { formatBytes } from '../format/numbers.ts';
import { useKey } from '../parts/ask-key.tsx';
import { useNotice } from '../parts/notices.tsx';

interface VerifyChoice {
  /** Where; default: where it was written. */
  store: string | undefined;
  level: Verification['level'];
  share: number | undefined;
}

/** The changes of a backup that several screens offer. Each rejects with the error. */
export function useBackupChange(backup: Pick<BackupSummary, 'id' | 'pinned'>) {
  const queries = useQueryClient();
  const refresh = useRefresh();
  const tell = useNotice();
  const withKey = useKey();
  const { id } = backup;
  return {
    async togglePin() {
      const { pinned } = await client.pinBackup(id, !backup.pinned);
      tell(
        pinned ? `Backup ${id} is pinned and kept until you unpin it.` : `Backup ${id} is no longer pinned.`,
      );
      await refresh();
    },
    async remove() {
      const { message, bytesFreed, cleanupPending } = await client.deleteBackup(id);
      tell(cleanupPending || bytesFreed === 0 ? message : `${message} ${formatBytes(bytesFreed)} are freed.`);
      queries.removeQueries({ queryKey: keys.backup(id) });
      await refresh();
    },
    async verify({ store, level, share }: VerifyChoice) {
      const given = await withKey(async (identity) => {
        if (identity === undefined && level === 'content') await requireReadable(id);
        await client.verifyBackup(id, { store, level, share, identity });
      });
      if (!given) return;
      tell(`Backup ${id} is being verified${store === undefined ? '' : ` in ${store}`}.`);
      await refresh();
    },
    /**
     * Restores it into a scratch database and compares.
     * @param store where it is read; default: where it was written
     */
    async drill(store?: string) {
      const given = await withKey(async (identity) => {
        if (identity === undefined) await requireReadable(id);
        await client.drillBackup(id, store === undefined ? { identity } : { store, identity });
      });
      if (!given) return;
      tell(`Backup ${id} is being restored into a scratch database.`);
      await refresh();
    },
    async copyTo(store: string) {
      await client.copyBackup(id, store);
      tell(`Backup ${id} is being copied to ${store}.`);
      await refresh();
    },
    /** Puts right what is damaged in a store, out of the others. */
    async repairIn(store: string) {
      await client.copyBackup(id, store);
      tell(`Backup ${id} is being repaired in ${store}.`);
      await refresh();
    },
  };
}
