import type { VerificationRecord } from '../../catalog/verifications.ts';
import { verifyBackup } from '../../engine/read/verify.ts';
import { markDamagedOnError } from '../damage.ts';
import type { Kind } from '../kind.ts';
import { backupBeingDeleted, backupNotIn, completedBackup, manifestIn } from '../open-backup.ts';
import { placesOf } from '../places.ts';
import { requireNotRolledBack } from '../rollback.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

export interface VerificationOrder {
  backupId: number;
  /** Which copy of it, by the name of its store. Default: where it is at home. */
  store?: string | undefined;
}

/** Reads a backup again from the store; how that ended is written into its own row and into that of the backup. */
export const verificationKind: Kind<VerificationRecord, VerificationOrder> = {
  name: 'verification',
  failureCode: 'BACKUP_FAILED',
  resumable: true,
  rows: ({ verifications }) => verifications,
  /** @throws BACKUP_NOT_FOUND, also where the store does not have it; BACKUP_NOT_COMPLETE; KEY_REQUIRED for a key that does not open it */
  async order(context, { backupId, store }, keyTicket) {
    const record = await completedBackup(context, backupId);
    const place = store ?? record.store;
    if (!placesOf(context, record).includes(place)) throw backupNotIn(backupId, place);
    if (keyTicket !== undefined) await context.stores.open(place);
    return context.catalog.verifications.insert({ ...record, store: place }, keyTicket);
  },
  begin: ({ catalog }, run) => catalog.verifications.begin(run),
  perform(context, run) {
    const { record, hold } = run;
    const { verifications, backups, copies } = context.catalog;
    const { backupId } = record;
    return withHeartbeat(context, verificationKind, run, {
      async do(control) {
        if (!(await hold.locks.tryRead(backupId))) throw backupBeingDeleted(backupId);
        const backup = await completedBackup(context, backupId);
        const place = record.store ?? backup.store;
        return markDamagedOnError(
          context,
          backupId,
          async () => {
            // This place alone: what is read elsewhere proves nothing of it.
            const store = await context.stores.open(place);
            await requireNotRolledBack(context.catalog.stores, place, store, backup.uuid);
            return verifyBackup(store, await manifestIn(store, backup), control);
          },
          place,
        );
      },
      async complete(report) {
        const held = await verifications.complete({ id: record.id, fence: hold.fence }, report);
        if (!held) return false;
        const home = (await backups.get(backupId))?.store;
        if (record.store === null || record.store === home) await backups.markVerified(backupId);
        else await copies.markProved(backupId, record.store);
        return held;
      },
    });
  },
};
