import { HoldfastError } from '../../base/errors.ts';
import type { BackupRecord } from '../../catalog/backup-record.ts';
import type { RestoreOptions, RestoreRecord } from '../../catalog/restores.ts';
import { describePlan, refusalAnswer } from '../../engine/plan/describe-plan.ts';
import { makePlan, overwrittenTables } from '../../engine/plan/make-plan.ts';
import type { Plan } from '../../engine/plan/plan.ts';
import { refusalError, refuse } from '../../engine/plan/refusals.ts';
import type { RestoreRequest } from '../../engine/requests.ts';
import type { RestoreCoverage } from '../../contract/restore-choice.ts';
import { ownershipOf, roleMapOf } from '../../contract/ownership.ts';
import type { RestorePlan, RestoreReport } from '../../contract/restore.ts';
import type { RestoreTarget } from '../../contract/restore-target.ts';
import { restoreScope } from '../../engine/entries/scope.ts';
import { ofContent } from '../../engine/entries/without-rows.ts';
import { restore } from '../../engine/restore/restore.ts';
import type { OwnObjects, RunControl } from '../../engine/run.ts';
import type { Manifest } from '../../format/manifest.ts';
import { quoteName } from '../../postgres/identifiers.ts';
import type { RunContext } from '../context.ts';
import { lackingIn, markDamagedOnError } from '../damage.ts';
import type { Kind, RunInHand } from '../kind.ts';
import { settleRestored } from '../decisions.ts';
import { isElsewhere, leftOn, restoredServer, withServer } from '../another-server.ts';
import { openLocks, type LockConnection } from '../locks.ts';
import { requireAsPlanned, type AskedPlan } from '../planned-restores.ts';
import { onlyOneUndo } from '../undo.ts';
import { openBackup, type OpenBackup } from '../open-backup.ts';
import { dropUnfinishedDatabases } from '../unfinished-databases.ts';
import { recordOf, settleCommitted } from './committed-restores.ts';
import { leadPlace } from '../lead-place.ts';
import { performOfRows, planOfRows, tenantRequest } from './restore-rows.ts';
import { takeSafetyBackup } from './safety-backup.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

export interface RestoreOrder extends RestoreOptions {
  /** The address of another server, which goes into no row. */
  targetUrl?: string | undefined;
  backupId: number;
  restoreType: RestoreCoverage;
  tables: string[];
  target: RestoreTarget;
  /** The plan that it is ordered by. */
  planned?: AskedPlan | undefined;
}

/**
 * What a restore would do, with every reason why it would be refused; changes nothing and needs no writer lock.
 * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE, BACKUP_IN_USE, MANIFEST_INVALID; DATABASE_EXISTS and
 *   ENCODING_NOT_SUPPORTED, with which there is nothing to plan for; what the engine's makePlan throws
 */
export async function planOnly(
  context: RunContext,
  asked: RestoreOrder,
  { statements = false, signal }: { statements?: boolean; signal?: AbortSignal | undefined } = {},
): Promise<RestorePlan> {
  const order = withServer(asked);
  const describeRows = async (from?: Pick<OpenBackup, 'store' | 'manifest'>): Promise<RestorePlan> => {
    const request = await engineRequest(context, order);
    const { plan, refusals } = await planOfRows(context, order, { from, request, signal });
    return { ...plan, refusals: refusals.map(refusalAnswer) };
  };
  if (order.undone?.byRows) return describeRows();
  return withOpened(context, order, async ({ store, manifest, lacking }) => {
    if (order.restoreType === 'rows') return describeRows({ store, manifest });
    const plan = await planFor(context, order, manifest, { lacking });
    const [first] = plan.refusals;
    if (first && unplannable.has(first.code)) throw refusalError(first);
    const described = describePlan(plan, { statements });
    return lacking ? { ...described, warnings: [lacking.message, ...described.warnings] } : described;
  });
}

/** The target itself does not do, whatever is restored into it. */
const unplannable: ReadonlySet<string> = new Set(['DATABASE_EXISTS', 'ENCODING_NOT_SUPPORTED']);

export const restoreKind: Kind<RestoreRecord, RestoreOrder> = {
  name: 'restore',
  failureCode: 'RESTORE_FAILED',
  // The admin who asked for it decides whether it begins again.
  resumable: false,
  rows: ({ restores }) => restores,
  /**
   * Plans a restore and puts it into the queue. What cannot be restored is refused here, before anything is done.
   * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE, BACKUP_IN_USE, MANIFEST_INVALID; the first refusal of the plan; what
   *   the engine's makePlan throws
   */
  async order(context, asked, keyTicket) {
    const order = withServer(asked);
    const orderRows = async (
      backupRecord: Pick<BackupRecord, 'id' | 'uuid'>,
      from?: Pick<OpenBackup, 'store' | 'manifest'>,
    ): Promise<RestoreRecord> => {
      const planned = await planOfRows(context, order, {
        from,
        request: await engineRequest(context, order),
      });
      refuse(planned);
      const { plan } = planned;
      if (order.planned) requireAsPlanned(order.planned.plan, plan);
      const tables = plan.tables.map(({ table }) => table);
      return onlyOneUndo(order, () =>
        insertRestore(context, { order: { ...order, tables }, backupRecord, plan, keyTicket }),
      );
    };
    if (order.undone?.byRows) {
      const { backupId, backupUuid } = (await context.catalog.restores.get(order.undone.id))!;
      return orderRows({ id: backupId, uuid: backupUuid });
    }
    return withOpened(context, order, async ({ record, store, manifest, lacking }) => {
      if (order.restoreType === 'rows') return orderRows(record, { store, manifest });
      const plan = await planFor(context, order, manifest, { lacking });
      refuse(plan);
      const described = describePlan(plan);
      if (order.planned) requireAsPlanned(order.planned.plan, described);
      return onlyOneUndo(order, () =>
        insertRestore(context, { order, backupRecord: record, plan: described, keyTicket }),
      );
    });
  },
  begin: ({ catalog }, run) => catalog.restores.begin(run),
  async perform(context, run) {
    const order: RestoreOrder = { ...run.record, ...run.record.options, targetUrl: run.target };
    const { restores } = context.catalog;
    const held = { id: run.record.id, fence: run.hold.fence };
    const report = await withHeartbeat<RestoreReport, RestoreRecord>(context, restoreKind, run, {
      do: (control) =>
        markDamagedOnError(context, order.backupId, () => restoreBackup(context, run, order, control)),
      ...(isElsewhere(order) || context.databases.apart
        ? { complete: (report: RestoreReport) => restores.completeElsewhere(held, report) }
        : {}),
    });
    await settleRestored(context, run.record);
    return report;
  },
  settle: settleCommitted,
  clearAway: dropUnfinishedDatabases,
};

interface Opened extends OpenBackup {
  /** What is known to be missing or damaged of it, as far as the restore needs it. */
  lacking: HoldfastError | undefined;
}

/** Does something with a backup that nobody can delete meanwhile. When it turns out damaged, its row says so from then on. */
async function withOpened<T>(
  context: RunContext,
  order: RestoreOrder,
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  const locks = await openLocks(context.databases.locks, context.catalog.schema);
  try {
    return await markDamagedOnError(context, order.backupId, async () =>
      work(await openToRestore(context, locks, order)),
    );
  } finally {
    await locks.close();
  }
}

async function openToRestore(
  context: RunContext,
  locks: LockConnection,
  order: RestoreOrder,
): Promise<Opened> {
  const opened = await openBackup(context, locks, order.backupId);
  // Of a table whose chosen rows are whole other chunks may be missing: what is read is proved as it is read.
  if (order.restoreType === 'rows') return { ...opened, lacking: undefined };
  const needed = ofContent(opened.manifest, order.content);
  const lacking = await lackingIn(opened, restoreScope(needed, order));
  return { ...opened, lacking };
}

async function planFor(
  context: RunContext,
  order: RestoreOrder,
  manifest: Manifest,
  { lacking, signal }: { lacking?: HoldfastError | undefined; signal?: AbortSignal },
): Promise<Plan> {
  return makePlan({
    ...(await restoredServer(context, order)),
    manifest,
    request: await engineRequest(context, order),
    lacking,
    liveSchema: context.liveSchema,
    ...(signal ? { signal } : {}),
  });
}

function insertRestore(
  context: RunContext,
  {
    order,
    backupRecord,
    plan,
    keyTicket,
  }: {
    order: RestoreOrder;
    backupRecord: Pick<BackupRecord, 'id' | 'uuid'>;
    plan: RestorePlan;
    keyTicket?: string | undefined;
  },
): Promise<RestoreRecord> {
  const { restoreType, tables, target, backupId: _, targetUrl: __, planned, ...options } = order;
  return context.catalog.restores.insert({
    backupId: backupRecord.id,
    backupUuid: backupRecord.uuid,
    restoreType,
    tables,
    target,
    options: planned ? { ...options, planId: planned.id } : options,
    plan,
    keyTicket,
  });
}

async function restoreBackup(
  context: RunContext,
  run: RunInHand<RestoreRecord>,
  order: RestoreOrder,
  control: RunControl,
): Promise<RestoreReport> {
  const { databases } = context;
  const { restores } = context.catalog;
  const { signal } = control;
  if (order.undone?.byRows) {
    const request = await engineRequest(context, order);
    return performOfRows(context, run, order, { from: undefined, request, control });
  }
  const { store, manifest, lacking } = await openToRestore(context, run.hold.locks, order);
  if (lacking) throw lacking;
  const held = { id: run.record.id, fence: run.hold.fence };
  const request = await engineRequest(context, order);
  if (order.restoreType === 'rows') {
    return performOfRows(context, run, order, { from: { store, manifest }, request, control });
  }
  const overwritten = order.safetyBackup ? await overwrittenTables(databases.live, manifest, request) : [];
  if (overwritten.length > 0) {
    await takeSafetyBackup(context, run, order, overwritten.map(quoteName), signal);
  }
  // Made again: while the restore waited and its safety backup was made, the database may have changed.
  const { live } = await restoredServer(context, order);
  const plan = await planFor(context, order, manifest, { signal });
  const described = describePlan(plan);
  if (order.planId !== undefined) {
    requireAsPlanned((await restores.get(held.id))!.plan as RestorePlan, described);
  }
  await restores.setPlan(held, described);
  const elsewhere = isElsewhere(order);
  // Others do not know the address.
  const alone = elsewhere || plan.mode !== 'new-database';
  return restore(plan, {
    live,
    store,
    control,
    shared: alone ? undefined : leadPlace(context, 'restore', run, order.maxWorkers),
    onUnfinished: (name) => restores.setUnfinishedDatabase(held, name),
    leftBehind: elsewhere ? await leftOn(context, order) : [],
    onDropped: (names) => restores.forgetUnfinished(names),
    record: recordOf(context, held, elsewhere),
  });
}

/** On another server there are none of ours; a database that does not answer is not asked for them. */
async function ownObjects({ catalog, databases }: RunContext, order: RestoreOrder): Promise<OwnObjects> {
  if (databases.apart && isElsewhere(order)) return { tables: [], schemas: [] };
  return catalog.ownObjects();
}

async function engineRequest(context: RunContext, order: RestoreOrder): Promise<RestoreRequest> {
  return {
    restoreType: order.restoreType,
    tables: order.tables,
    target: order.target,
    content: order.content,
    intoSchema: order.intoSchema,
    as: order.as,
    rows: order.tenant === undefined ? order.rows : tenantRequest(context, order.tenant),
    onDrift: order.onDrift,
    dropNew: order.dropNew,
    adapt: order,
    owners: ownershipOf(order) !== 'skip',
    roleMap: roleMapOf(ownershipOf(order)),
    onMissingTablespace: order.onMissingTablespace,
    extensionVersions: order.extensionVersions,
    onRefreshFailure: order.onRefreshFailure,
    onInvalid: order.onInvalid,
    withoutExtensions: order.withoutExtensions,
    allowOtherDatabase: order.allowOtherDatabase,
    undone: order.undone,
    jobs: context.settings.jobs,
    lockTimeoutMs: context.settings.lockTimeoutMs,
    own: await ownObjects(context, order),
  };
}
