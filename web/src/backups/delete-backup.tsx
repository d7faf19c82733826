import { useStatus } from '../data/queries.ts';
import type { BackupSummary } from '../data/client.ts';
import { formatBytes } from '../format/numbers.ts';
import { formatTime } from '../format/times.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { contentsOf } from '../format/run-words.ts';
import { useBackupChange } from './use-backup-change.ts';

interface DeleteBackupProps {
  backup: BackupSummary;
  opened: boolean;
  onClose: () => void;
  onDeleted?: () => void;
}

/** Asks before a backup is deleted, and says what is deleted with it. */
export function DeleteBackup({ backup, opened, onClose, onDeleted }: DeleteBackupProps) {
  const { remove } = useBackupChange(backup);
  const status = useStatus();
  const good = backup.status === 'completed';
  const only = good && status.data?.initialized === true && status.data.backups.completed === 1;
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={`Delete backup ${backup.id}?`}
      confirmLabel={`Delete backup ${backup.id}`}
      danger
      {...(only ? { typed: `delete ${backup.id}` } : {})}
      onConfirm={async () => {
        await remove();
        onDeleted?.();
      }}
    >
      {good ? (
        <p>
          The state of {formatTime(backup.startedAt ?? backup.createdAt)} can no longer be restored after
          this: {contentsOf(backup)}. This cannot be undone.
        </p>
      ) : (
        <p>It did not complete, so nothing can be restored from it. Only its record is deleted.</p>
      )}
      {good && backup.storedBytes !== null ? (
        <p>
          It refers to {formatBytes(backup.storedBytes)} in the store. Data that other backups share with it
          is kept; the rest is freed.
        </p>
      ) : null}
      {backup.copies.length > 0 ? (
        <p>Its copies in {backup.copies.map(({ store }) => store).join(', ')} are deleted too.</p>
      ) : null}
      {backup.pinned ? (
        <p>
          <strong>It is pinned</strong>, so that it is kept.
        </p>
      ) : null}
      {only ? (
        <p>
          <strong>It is the only good backup.</strong> Without it nothing can be restored.
        </p>
      ) : null}
    </ConfirmDialog>
  );
}
