import { HoldfastError } from '../../base/errors.ts';
import type { BackupRecord } from '../../catalog/backups.ts';
import type { RestoreOptions, RestoreRecord } from '../../catalog/restores.ts';
import { refuseOtherDatabase } from '../../engine/plan/other-database.ts';
import { planRestore, prepareRestore, refusePlan, tablesThere } from '../../engine/plan/plan.ts';
import type { RestoreRequest } from '../../engine/requests.ts';
import type { RestorePlan, RestoreReport, RestoreTarget } from '../../contract/restore.ts';
import { restoreScope } from '../../engine/entries/scope.ts';
import { restore } from '../../engine/restore/restore.ts';
import type { RunControl } from '../../engine/run.ts';
import type { Manifest } from '../../format/manifest.ts';
import { quoteName } from '../../postgres/identifiers.ts';
import { insertBackup, performBackup } from './backup.ts';
import type { JobContext } from '../context.ts';
import { lackingIn, noticingDamage } from '../damage.ts';
import type { Kind, RunInHand } from '../kind.ts';
import { openLocks, type LockConnection } from '../locks.ts';
import { openBackup } from '../open-backup.ts';
import { dropLeftDatabases } from '../unfinished-databases.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

export interface RestoreOrder extends RestoreOptions {
  backupId: number;
  restoreType: 'full' | 'partial';
  tables: string[];
  target: RestoreTarget;
}

/**
 * What a restore would do; changes nothing and needs no writer lock.
 * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE, BACKUP_IN_USE, and what the engine's planRestore throws
 */
export async function planOnly(
  context: JobContext,
  order: RestoreOrder,
  { statements = false }: { statements?: boolean } = {},
): Promise<RestorePlan> {
  const locks = await openLocks(context.target, context.catalog.schema);
  try {
    const opened = await noticingDamage(context, order.backupId, () =>
      openBackup(context, locks, order.backupId),
    );
    const plan = await planRestore(context.target, opened.manifest, {
      ...(await engineRequest(context, order)),
      statements,
    });
    const lacking = await lackingIn(context, opened, restoreScope(opened.manifest, order));
    return lacking ? { ...plan, warnings: [lacking.message, ...plan.warnings] } : plan;
  } finally {
    await locks.close();
  }
}

export const restoreKind: Kind<RestoreRecord, RestoreOrder> = {
  name: 'restore',
  failureCode: 'RESTORE_FAILED',
  // The admin who asked for it decides whether it begins again.
  resumable: false,
  rows: ({ restores }) => restores,
  /**
   * Plans a restore and puts it into the queue. What cannot be restored is refused here, before anything is done.
   * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE, BACKUP_IN_USE, OTHER_DATABASE, SCHEMA_DRIFT, ROLES_MISSING,
   *   EXTENSIONS_MISSING, CHUNK_MISSING, CHUNK_CORRUPT, MANIFEST_INVALID, and what the engine's planRestore throws
   */
  async order(context, order) {
    const locks = await openLocks(context.target, context.catalog.schema);
    try {
      const opened = await noticingDamage(context, order.backupId, () => openWhole(context, locks, order));
      const plan = await planRestore(context.target, opened.manifest, await engineRequest(context, order));
      refuseOtherDatabase(plan, order.allowOtherDatabase);
      refusePlan(plan);
      return await insertRestore(context, { order, backupRecord: opened.record, plan });
    } finally {
      await locks.close();
    }
  },
  begin: ({ catalog }, run) => catalog.restores.begin(run),
  perform(context, run) {
    const order: RestoreOrder = { ...run.record, ...run.record.options };
    return withHeartbeat<RestoreReport, RestoreRecord>(context, restoreKind, run, {
      do: (control) =>
        noticingDamage(context, order.backupId, () => restoreBackup(context, run, order, control)),
    });
  },
  clearAway: dropLeftDatabases,
};

/** A backup of which nothing is known to be lacking that the restore needs. */
async function openWhole(
  context: JobContext,
  locks: LockConnection,
  order: RestoreOrder,
): Promise<{ record: BackupRecord; manifest: Manifest }> {
  const opened = await openBackup(context, locks, order.backupId);
  const lacking = await lackingIn(context, opened, restoreScope(opened.manifest, order));
  if (lacking) throw lacking;
  return opened;
}

function insertRestore(
  context: JobContext,
  { order, backupRecord, plan }: { order: RestoreOrder; backupRecord: BackupRecord; plan: RestorePlan },
): Promise<RestoreRecord> {
  const { restoreType, tables, target, backupId: _, ...options } = order;
  return context.catalog.restores.insert({
    backupId: backupRecord.id,
    backupUuid: backupRecord.uuid,
    restoreType,
    tables,
    target,
    options,
    plan,
  });
}

async function restoreBackup(
  context: JobContext,
  run: RunInHand<RestoreRecord>,
  order: RestoreOrder,
  control: RunControl,
): Promise<RestoreReport> {
  const { store, target } = context;
  const { restores } = context.catalog;
  const { manifest } = await openWhole(context, run.hold.locks, order);
  const held = { id: run.record.id, fence: run.hold.fence };
  const request = await engineRequest(context, order);
  const overwritten = order.safetyBackup ? await tablesThere(target, manifest, request) : [];
  if (overwritten.length > 0) {
    await takeSafetyBackup(context, run, order, overwritten.map(quoteName), control.signal);
  }
  // Made again: while the restore waited and its way back was made, the database may have changed.
  const prepared = await prepareRestore(target, manifest, request, control.signal);
  refuseOtherDatabase(prepared.plan, order.allowOtherDatabase);
  refusePlan(prepared.plan);
  await restores.setPlan(held, prepared.plan);
  const inRun: RestoreRequest = {
    ...request,
    onBuilding: (name) => restores.setBuilding(held, name),
    record: (report, connection) => restores.complete(held, report, connection),
  };
  return restore(target, store, manifest, inRun, control, prepared);
}

/** Without a way back there is no restore: when this fails, nothing has been touched. */
async function takeSafetyBackup(
  context: JobContext,
  run: RunInHand<RestoreRecord>,
  order: RestoreOrder,
  /** In the quoted form, which names one table whatever its name contains. */
  tables: string[],
  signal: AbortSignal,
): Promise<void> {
  const { record, hold } = run;
  // A restore of everything replaces large objects and free sequences too, which only a full backup holds.
  const everything = order.restoreType === 'full' && order.tables.length === 0;
  const safety = await insertBackup(
    context,
    {
      type: everything ? 'full' : 'partial',
      trigger: 'safety',
      tables: everything ? [] : tables,
      description: `Before restore ${record.id} of backup ${order.backupId}`,
    },
    { fence: hold.fence, keepFrom: await context.store.beginEpoch() },
  );
  await context.catalog.restores.setSafetyBackup({ id: record.id, fence: hold.fence }, safety.id);
  // Nobody may delete the way back while it may be needed.
  await hold.locks.tryRead(safety.id);
  try {
    await performBackup(context, { record: safety, hold, signal });
  } catch (error) {
    const failure = error as HoldfastError;
    if (signal.aborted) throw failure;
    throw new HoldfastError(
      failure.code,
      `The safety backup ${safety.id} failed, so nothing was restored: ${failure.message}`,
      { hint: failure.hint, details: { ...failure.details, safetyBackupId: safety.id }, cause: failure },
    );
  }
}

async function engineRequest(context: JobContext, order: RestoreOrder): Promise<RestoreRequest> {
  return {
    restoreType: order.restoreType,
    tables: order.tables,
    target: order.target,
    onDrift: order.onDrift,
    owners: order.owners,
    onRefreshFailure: order.onRefreshFailure,
    onInvalid: order.onInvalid,
    withoutExtensions: order.withoutExtensions,
    jobs: context.settings.jobs,
    lockTimeoutMs: context.settings.lockTimeoutMs,
    own: await context.catalog.ownObjects(),
  };
}
