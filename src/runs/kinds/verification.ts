import type { VerificationRecord } from '../../catalog/verifications.ts';
import type { VerificationLevel } from '../../contract/states.ts';
import { proveBackup } from '../../engine/read/prove-backup.ts';
import { markDamagedOnError } from '../damage.ts';
import type { Kind } from '../kind.ts';
import { backupBeingDeleted, backupNotIn, completedBackup, documentIn } from '../open-backup.ts';
import { placesOf } from '../places.ts';
import { requireNotRolledBack } from '../rollback.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

export interface VerificationOrder {
  backupId: number;
  /** Which copy of it, by the name of its store. Default: where it is at home. */
  store?: string | undefined;
  level: VerificationLevel;
  /** Which share of the chunks is read; default all of them. */
  share?: number | undefined;
}

/** Reads a backup again from the store; how that ended is written into its own row and into that of the backup. */
export const verificationKind: Kind<VerificationRecord, VerificationOrder> = {
  name: 'verification',
  failureCode: 'BACKUP_FAILED',
  resumable: true,
  rows: ({ verifications }) => verifications,
  /** @throws BACKUP_NOT_FOUND, also where the store does not have it; BACKUP_NOT_COMPLETE; KEY_REQUIRED for a key that does not open it */
  async order(context, { backupId, store, level, share }, keyTicket) {
    const record = await completedBackup(context, backupId);
    const place = store ?? record.store;
    if (!placesOf(context, record).includes(place)) throw backupNotIn(backupId, place);
    if (keyTicket !== undefined) await context.stores.open(place);
    return context.catalog.verifications.insert(
      { ...record, store: place },
      { level, share: share ?? null },
      keyTicket,
    );
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
            return proveBackup(
              store,
              { uuid: backup.uuid, document: await documentIn(store, backup) },
              {
                level: record.level,
                share: record.share ?? undefined,
                onSound: (ids) => store.checks.mark(ids),
              },
              control,
            );
          },
          place,
        );
      },
      async complete(report) {
        const held = await verifications.complete({ id: record.id, fence: hold.fence }, report);
        // What proves less says nothing against damage that is known.
        if (!held || record.level !== 'content') return held;
        const home = (await backups.get(backupId))?.store;
        if (record.store === null || record.store === home) await backups.markVerified(backupId);
        else await copies.markProved(backupId, record.store);
        return held;
      },
    });
  },
};
