import { HoldfastError } from '../base/errors.ts';
import type { BackupRecord } from '../catalog/backups.ts';
import { ownObjects } from '../catalog/initialize.ts';
import type { RestoreOptions, RestoreRecord } from '../catalog/restores.ts';
import { planRestore, refusePlan } from '../engine/plan.ts';
import type { RestorePlan, RestoreReport, RestoreRequest, RestoreTarget } from '../engine/requests.ts';
import { restoreScope } from '../engine/restore-scope.ts';
import { restore } from '../engine/restore.ts';
import type { Progress } from '../engine/run.ts';
import type { Manifest } from '../format/manifest.ts';
import { displayName, quoteName } from '../postgres/identifiers.ts';
import type { ActiveRun } from './active-run.ts';
import { insertBackup, performBackup } from './backup-job.ts';
import type { JobContext } from './context.ts';
import { openLocks, type LockConnection } from './locks.ts';
import { completedBackup, openBackup } from './reading.ts';
import { recorded } from './recorded.ts';
import { launch, lockForWriting } from './start.ts';

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
export async function planOnly(context: JobContext, order: RestoreOrder): Promise<RestorePlan> {
  const locks = await openLocks(context.target, context.catalog.schema);
  try {
    const { manifest } = await openBackup(context, locks, order.backupId);
    return await planRestore(context.target, manifest, engineRequest(context, order));
  } finally {
    await locks.close();
  }
}

/**
 * Starts a restore; resolves once it is planned and its row says `running`.
 * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE, JOB_RUNNING, SCHEMA_DRIFT, ROLES_MISSING, EXTENSIONS_MISSING, and
 *   what the engine's planRestore throws
 */
export async function startRestore(
  context: JobContext,
  order: RestoreOrder,
): Promise<{ record: RestoreRecord; run: ActiveRun }> {
  // An id that cannot be restored is the caller's mistake whether or not something runs.
  await completedBackup(context, order.backupId);
  const locks = await lockForWriting(context);
  try {
    const { record: backupRecord, manifest } = await openBackup(context, locks, order.backupId);
    const plan = await planRestore(context.target, manifest, engineRequest(context, order));
    // What cannot be restored is refused before anything is done, the safety backup included.
    refusePlan(plan);
    const record = await insertRestore(context, { order, backupRecord, plan });
    const run = launch(context, { kind: 'restore', id: record.id, locks }, (signal, onProgress) =>
      performRestore(context, { record, order, manifest, plan, locks, signal, onProgress }),
    );
    return { record, run };
  } catch (error) {
    await locks.close();
    throw error;
  }
}

function insertRestore(
  context: JobContext,
  { order, backupRecord, plan }: { order: RestoreOrder; backupRecord: BackupRecord; plan: RestorePlan },
): Promise<RestoreRecord> {
  const { restoreType, tables, target, onDrift, owners, safetyBackup } = order;
  return context.catalog.restores.insert({
    backupId: backupRecord.id,
    backupUuid: backupRecord.uuid,
    restoreType,
    tables,
    target,
    options: { onDrift, owners, safetyBackup },
    plan,
  });
}

interface RestoreRun {
  record: RestoreRecord;
  order: RestoreOrder;
  manifest: Manifest;
  plan: RestorePlan;
  locks: LockConnection;
  signal: AbortSignal;
  onProgress: (progress: Progress) => void;
}

async function performRestore(context: JobContext, run: RestoreRun): Promise<void> {
  const { record, order, manifest, plan } = run;
  const { catalog, store, target } = context;
  await recorded<RestoreReport>(context, {
    kind: 'restore',
    id: record.id,
    runs: catalog.restores,
    signal: run.signal,
    onProgress: run.onProgress,
    async work(control) {
      const overwritten = order.safetyBackup ? tablesOverwritten(plan, manifest, order) : [];
      if (overwritten.length > 0) await takeSafetyBackup(context, run, overwritten, control.signal);
      return restore(target, store, manifest, engineRequest(context, order), control);
    },
    complete: (report) => catalog.restores.complete(record.id, report),
  });
}

/** In the quoted form, which names one table whatever its name contains. */
function tablesOverwritten(plan: RestorePlan, manifest: Manifest, order: RestoreOrder): string[] {
  if (plan.target.mode !== 'in-place') return [];
  const replaced = new Set(plan.tables.filter((each) => each.action === 'replace').map((each) => each.table));
  return restoreScope(manifest, order)
    .tables.filter((table) => replaced.has(displayName(table)))
    .map(quoteName);
}

/** Without a way back there is no restore: when this fails, nothing has been touched. */
async function takeSafetyBackup(
  context: JobContext,
  run: RestoreRun,
  tables: string[],
  signal: AbortSignal,
): Promise<void> {
  const { record, order, locks } = run;
  // A restore of everything replaces large objects and free sequences too, which only a full backup holds.
  const everything = order.restoreType === 'full' && order.tables.length === 0;
  const safety = await insertBackup(context, {
    type: everything ? 'full' : 'partial',
    trigger: 'safety',
    tables: everything ? [] : tables,
    description: `Before restore ${record.id} of backup ${order.backupId}`,
  });
  await context.catalog.restores.setSafetyBackup(record.id, safety.id);
  // Nobody may delete the way back while it may be needed.
  await locks.tryRead(safety.id);
  try {
    await performBackup(context, { record: safety, locks, signal });
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

function engineRequest(context: JobContext, order: RestoreOrder): RestoreRequest {
  return {
    restoreType: order.restoreType,
    tables: order.tables,
    target: order.target,
    onDrift: order.onDrift,
    owners: order.owners,
    jobs: context.settings.jobs,
    lockTimeoutMs: context.settings.lockTimeoutMs,
    own: ownObjects(context.catalog.schema),
  };
}
