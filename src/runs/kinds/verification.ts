import type { VerificationRecord } from '../../catalog/verifications.ts';
import { verifyBackup, type VerificationReport } from '../../engine/read/verify.ts';
import type { Progress } from '../../contract/progress.ts';
import type { JobContext } from '../context.ts';
import { noticingDamage } from '../damage.ts';
import type { LaneHold } from '../locks.ts';
import { completedBackup, openBackup } from '../open-backup.ts';
import { recorded } from '../with-heartbeat.ts';
import { throwIfStopping } from '../launch.ts';

/**
 * Puts the verification of a completed backup into the queue.
 * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE
 */
export async function orderVerification(context: JobContext, backupId: number): Promise<VerificationRecord> {
  throwIfStopping(context);
  return context.catalog.verifications.insert(await completedBackup(context, backupId));
}

export interface VerificationRun {
  record: VerificationRecord;
  hold: LaneHold;
  signal: AbortSignal;
  onProgress: (progress: Progress) => void;
}

/** Verifies the backup of a row that says `running`, and records how it ended, there and in the backup's own row. */
export async function performVerification(context: JobContext, run: VerificationRun): Promise<void> {
  const { record, hold } = run;
  const { verifications, backups } = context.catalog;
  await recorded<VerificationReport>(context, {
    kind: 'verification',
    id: record.id,
    fence: hold.fence,
    runs: verifications,
    signal: run.signal,
    onProgress: run.onProgress,
    work: (control) =>
      noticingDamage(context, record.backupId, async () => {
        const { manifest } = await openBackup(context, hold.locks, record.backupId);
        return verifyBackup(context.store, manifest, control);
      }),
    async complete(report) {
      const held = await verifications.complete({ id: record.id, fence: hold.fence }, report);
      if (held) await backups.markVerified(record.backupId);
      return held;
    },
  });
}
