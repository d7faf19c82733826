import type { VerificationRecord } from '../../catalog/verifications.ts';
import { verifyBackup } from '../../engine/read/verify.ts';
import { markDamagedOnError } from '../damage.ts';
import type { Kind } from '../kind.ts';
import { completedBackup, openBackup } from '../open-backup.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

/** Reads a backup again from the store; how that ended is written into its own row and into that of the backup. */
export const verificationKind: Kind<VerificationRecord, number> = {
  name: 'verification',
  failureCode: 'BACKUP_FAILED',
  resumable: true,
  rows: ({ verifications }) => verifications,
  /** @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE */
  async order(context, backupId) {
    return context.catalog.verifications.insert(await completedBackup(context, backupId));
  },
  begin: ({ catalog }, run) => catalog.verifications.begin(run),
  perform(context, run) {
    const { record, hold } = run;
    const { verifications, backups } = context.catalog;
    return withHeartbeat(context, verificationKind, run, {
      do: (control) =>
        markDamagedOnError(context, record.backupId, async () => {
          const { manifest, store } = await openBackup(context, hold.locks, record.backupId);
          return verifyBackup(store, manifest, control);
        }),
      async complete(report) {
        const held = await verifications.complete({ id: record.id, fence: hold.fence }, report);
        if (held) await backups.markVerified(record.backupId);
        return held;
      },
    });
  },
};
