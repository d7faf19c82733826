import { requireTables } from '../../engine/with-tables.ts';
import { errorCatalogue, HoldfastError } from '../../base/errors.ts';
import type { DrillOutcome, DrillRecord } from '../../catalog/drills.ts';
import { drill } from '../../engine/drill/drill.ts';
import { judge } from '../../engine/drill/judgement.ts';
import { openManifest } from '../../engine/read/manifest.ts';
import type { RunControl } from '../../engine/run.ts';
import { certificateText, makeCertificate } from '../../format/certificate.ts';
import type { RunContext } from '../context.ts';
import { markDamagedOnError, noteDamage } from '../damage.ts';
import { drillTarget } from '../scratch-target.ts';
import type { Kind, RunInHand } from '../kind.ts';
import { backupBeingDeleted, backupNotIn, completedBackup, manifestMissing } from '../open-backup.ts';
import { placesOf } from '../places.ts';
import { requireNotRolledBack } from '../rollback.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

export interface DrillOrder {
  backupId: number;
  /** Which copy of it, by the name of its store. Default: where it is at home. */
  store?: string | undefined;
  /** Whether a server to restore into is given with the order. */
  hasTarget?: boolean;
}

/** How many times a drill is begun that ended with its process. */
const attempts = 3;
const retryAfterSeconds = 30;

/** Restores a backup into a scratch database to prove it; what was found is in its row, with the certificate. */
export const drillKind: Kind<DrillRecord, DrillOrder> = {
  name: 'drill',
  failureCode: 'DRILL_INCONCLUSIVE',
  resumable: true,
  rows: ({ drills }) => drills,
  /**
   * @throws BACKUP_NOT_FOUND, also where the store does not have it; BACKUP_NOT_COMPLETE; DRILL_TARGET_MISSING; KEY_REQUIRED for a key
   *   that does not open it
   */
  async order(context, { backupId, store, hasTarget = false }, keyTicket) {
    const record = await completedBackup(context, backupId);
    requireTables(record);
    const place = store ?? record.store;
    if (!placesOf(context, record).includes(place)) throw backupNotIn(backupId, place);
    // A process that performs nothing cannot know what those have that do.
    if (!hasTarget && context.works) drillTarget(context, undefined);
    if (keyTicket !== undefined) await context.stores.open(place);
    return context.catalog.drills.insert(
      { backupId, backupUuid: record.uuid, store: place, trigger: 'manual' },
      keyTicket,
    );
  },
  begin: ({ catalog }, run) => catalog.drills.begin(run),
  perform(context, run) {
    const { record, hold } = run;
    const held = { id: record.id, fence: hold.fence };
    return withHeartbeat(context, drillKind, run, {
      async do(control) {
        const outcome = await carryOut(context, run, control);
        await context.catalog.drills.setOutcome(held, outcome);
        const { verdict, cause, backup } = outcome.statement;
        if (verdict !== 'failed') return outcome;
        // What the store gave is then known to be damaged, wherever else it is needed.
        if (cause && isCode(cause.code)) {
          await noteDamage(
            context,
            record.backupId,
            new HoldfastError(cause.code, cause.message),
            record.store,
          );
        }
        throw new HoldfastError(
          'DRILL_FAILED',
          `Backup ${record.backupId} did not come back: ${cause?.message ?? ''}`,
          { details: { backupUuid: backup.uuid, problems: problemsOf(outcome) } },
        );
      },
      async complete({ statement }) {
        const { drills, backups, copies } = context.catalog;
        if (!(await drills.complete(held))) return false;
        if (statement.verdict !== 'passed') return true;
        // All of it was read, and more was proved than by a verification.
        const home = (await backups.get(record.backupId))?.store;
        if (record.store === home) await backups.markVerified(record.backupId);
        else await copies.markProved(record.backupId, record.store);
        return true;
      },
    });
  },
  async retry({ catalog }, connection, id) {
    const record = await catalog.drills.get(id, connection);
    if (record?.status !== 'interrupted' || record.attempt >= attempts) return;
    await catalog.drills.requeue(connection, id, retryAfterSeconds * record.attempt);
  },
};

function isCode(code: string): code is keyof typeof errorCatalogue {
  return Object.hasOwn(errorCatalogue, code);
}

function problemsOf({ statement }: DrillOutcome): string[] {
  return statement.levels.flatMap(({ outcome, problems }) => (outcome === 'failed' ? problems : []));
}

async function carryOut(
  context: RunContext,
  { record, hold, target: given }: RunInHand<DrillRecord>,
  control: RunControl,
): Promise<DrillOutcome> {
  const { backupId } = record;
  const { catalog, settings } = context;
  const held = { id: record.id, fence: hold.fence };
  const target = drillTarget(context, given);
  if (!(await hold.locks.tryRead(backupId))) throw backupBeingDeleted(backupId);
  const backup = await completedBackup(context, backupId);
  // This place alone: what is read elsewhere proves nothing of it.
  const opened = await markDamagedOnError(
    context,
    backupId,
    () => openAt(context, backup, record.store),
    record.store,
  ).catch(async (error: unknown) => {
    if (control.signal.aborted) throw error;
    const { verdict, cause } = judge(error, true);
    await catalog.drills.setVerdict(held, verdict, cause);
    throw error;
  });
  const statement = await drill(
    {
      target,
      checks: settings.drill.checks,
      timeoutMs: settings.drill.timeoutMs,
      jobs: settings.jobs,
      lockTimeoutMs: settings.lockTimeoutMs,
    },
    { ...opened, control },
  );
  return { statement, certificate: certificateText(makeCertificate(statement, opened.store.keys.sign)) };
}

async function openAt(context: RunContext, backup: Parameters<typeof manifestMissing>[0], place: string) {
  const store = await context.stores.open(place);
  await requireNotRolledBack(context.catalog.stores, place, store, backup.uuid);
  const document = await store.getManifest(backup.uuid);
  if (document === undefined) throw manifestMissing(backup, store);
  const opened = await openManifest(store, document, backup.uuid);
  return { store, document, manifest: await opened.read(), headerHash: opened.headerHash ?? null };
}
