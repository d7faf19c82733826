import { errorCatalogue, HoldfastError, superseded } from '../../base/errors.ts';
import type { CopyRecord } from '../../catalog/copies.ts';
import { copyBackup, type Copied } from '../../engine/copy/copy.ts';
import type { RunControl } from '../../engine/run.ts';
import type { RunContext } from '../context.ts';
import { inPlace } from '../backup-place.ts';
import { orderDueCopies } from '../copies.ts';
import { noteDamage, reviewDamage } from '../damage.ts';
import type { Kind, RunInHand } from '../kind.ts';
import { backupBeingDeleted, completedBackup } from '../open-backup.ts';
import { mayBeElsewhere, placesOf } from '../places.ts';
import { withHeartbeat } from '../with-heartbeat.ts';
import { beginEpoch } from './backup.ts';

export interface CopyOrder {
  backupId: number;
  /** By name. */
  store: string;
}

interface CopyReport extends Copied {
  /** The name of the store that it was copied from. */
  from: string;
}

/** When a copy that failed without its own fault begins again, in seconds after each try. */
const retryAfterSeconds = [30, 120, 600] as const;

export const copyKind: Kind<CopyRecord, CopyOrder> = {
  name: 'copy',
  failureCode: 'STORE_FAILED',
  resumable: true,
  rows: ({ copies }) => copies,
  /** @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE; STORE_NOT_FOUND; INVALID_REQUEST when there is nowhere to copy it from */
  async order(context, { backupId, store }) {
    const record = await completedBackup(context, backupId);
    // Refuses a name that is not configured.
    context.stores.addressOf(store);
    const others = placesOf(context, record).filter((name) => name !== store);
    if (others.length === 0) {
      throw new HoldfastError(
        'INVALID_REQUEST',
        `Backup ${backupId} is in the store ${store} and nowhere else.`,
        {
          hint: 'Name another store to copy it to. What is damaged in this one can be stored again by a new backup.',
          details: { id: backupId, store },
        },
      );
    }
    return context.catalog.copies.insert({
      backupId,
      backupUuid: record.uuid,
      store,
      trigger: 'manual',
    });
  },
  async begin(context, run) {
    const record = await context.catalog.copies.get(run.id);
    return record !== undefined && context.catalog.copies.begin(run, await beginEpoch(context, record.store));
  },
  async perform(context, run) {
    const { record, hold } = run;
    const { copies } = context.catalog;
    await withHeartbeat<CopyReport, CopyRecord>(context, copyKind, run, {
      do: (control) => copyFromAny(context, run, control),
      async complete(report) {
        const held = await copies.complete({ id: record.id, fence: hold.fence }, report);
        await reviewDamage(context);
        return held;
      },
    });
  },
  async retry(context, connection, id) {
    const copy = await context.catalog.copies.get(id, connection);
    if (!copy || (copy.status !== 'failed' && copy.status !== 'interrupted')) return;
    const delaySeconds = retryAfterSeconds[copy.attempt - 1];
    // One that was asked for tells its caller how it ended.
    if (delaySeconds === undefined || copy.trigger === 'manual') return;
    // A process that does not wait for it leaves it to the next one, which finds it due.
    if (copy.status === 'failed' && !context.listening) return;
    if (copy.error && !errorCatalogue[copy.error.code].retryable) return;
    await context.catalog.copies.requeue(connection, id, delaySeconds);
  },
  followUp: orderDueCopies,
};

/** Copies from the first place that has the backup whole. What is found damaged on the way is known from then on. */
async function copyFromAny(
  context: RunContext,
  { record, hold }: RunInHand<CopyRecord>,
  control: RunControl,
): Promise<CopyReport> {
  const { backupId, store: target } = record;
  if (!(await hold.locks.tryRead(backupId))) throw backupBeingDeleted(backupId);
  const backup = await completedBackup(context, backupId);
  let isRepair = false;
  const to = await context.stores.openToWrite(target, {
    // A copy of the very backup that is gone there puts that right.
    despite: ({ expected }) => (isRepair = expected.uuid === backup.uuid),
  });
  // More may be gone than its document.
  if (isRepair) await to.rebuildIndex?.(control.signal);
  const place = inPlace(context, target, to, backup.uuid);
  let failure: unknown;
  for (const from of placesOf(context, backup).filter((name) => name !== target)) {
    try {
      const copied = await copyBackup(
        await context.stores.open(from),
        to,
        {
          uuid: backup.uuid,
          size: { storedBytes: backup.storedBytes ?? 0, rawBytes: backup.rawBytes ?? 0 },
          compressionLevel: context.settings.compressionLevel,
          inPlace: (at) =>
            place((of) => {
              const placed = at(of);
              return {
                ...placed,
                async put() {
                  await requireStillOurs(context, { id: record.id, fence: hold.fence });
                  await placed.put();
                },
              };
            }),
        },
        control,
      );
      return { ...copied, from };
    } catch (error) {
      if (control.signal.aborted || !mayBeElsewhere(error)) throw error;
      await noteDamage(context, backupId, error, from);
      failure ??= error;
    }
  }
  throw (
    failure ??
    new HoldfastError('BACKUP_NOT_FOUND', `Backup ${backupId} is in no store that it could be copied from.`)
  );
}

/** Another process may have taken the run over while this one was paused. @throws INTERRUPTED */
async function requireStillOurs({ catalog }: RunContext, run: { id: number; fence: number }): Promise<void> {
  if (!(await catalog.copies.isHeld(run))) throw superseded();
}
