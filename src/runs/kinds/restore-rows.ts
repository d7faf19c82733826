import { HoldfastError } from '../../base/errors.ts';
import type { RestoreRecord } from '../../catalog/restores.ts';
import { tenantOf, type TenantGiven } from '../../contract/chosen-tenant.ts';
import type { RestorePlan, RestoreReport } from '../../contract/restore.ts';
import type { RestoreRequest, TenantRequest } from '../../engine/requests.ts';
import { isWritten } from '../../engine/rows/merge.ts';
import { quotedNames } from '../../engine/entries/named-tables.ts';
import type { RowsPlan } from '../../engine/rows/plan-merge.ts';
import { planRows, type RowsRestore } from '../../engine/rows/plan-rows.ts';
import { restoreRows } from '../../engine/rows/restore-rows.ts';
import { planUndoOfRows, undoRows, type UndoOfRows } from '../../engine/rows/undo-rows.ts';
import type { RestoreConnection } from '../../engine/restore/work.ts';
import type { RunControl } from '../../engine/run.ts';
import { displayName, quoteName } from '../../postgres/identifiers.ts';
import type { RunContext } from '../context.ts';
import type { RunInHand } from '../kind.ts';
import type { OpenBackup } from '../open-backup.ts';
import { keptOf } from '../undo.ts';
import { noteCommitting } from './committed-restores.ts';
import { takeSafetyBackup } from './safety-backup.ts';
import type { RestoreOrder } from './restore.ts';

/** The backup that rows are from; none where a restore of rows is undone with what it has kept. */
type From = Pick<OpenBackup, 'store' | 'manifest'> | undefined;

/** What it would do, with every reason to refuse it, and which way back there will be. @throws as the engine's plans do */
export async function planOfRows(
  context: RunContext,
  order: RestoreOrder,
  { from, request, signal }: { from: From; request: RestoreRequest; signal?: AbortSignal | undefined },
): Promise<RowsPlan> {
  const { live } = context.databases;
  const planned = from
    ? await planRows({ live, ...from, request: request as RowsRestore, signal })
    : await planUndoOfRows(live, await undoOf(context, request), signal);
  const { plan, keptBytes } = planned;
  const replaces = (plan.rows ?? []).some(isWritten);
  // Rows are kept by the transaction that replaces them, in a table of ours: that takes a catalog in the same database.
  const inReach = !context.databases.apart && keptBytes <= context.settings.keptRows.maxBytes;
  const kept = inReach ? 'rows' : 'backup';
  return { ...planned, plan: { ...plan, wayBack: replaces && order.safetyBackup !== false ? kept : null } };
}

/** Does what was planned when it was ordered. @throws as the engine's `restoreRows` */
export async function performOfRows(
  context: RunContext,
  run: RunInHand<RestoreRecord>,
  order: RestoreOrder,
  { from, request, control }: { from: From; request: RestoreRequest; control: RunControl },
): Promise<RestoreReport> {
  const { databases, catalog, settings } = context;
  const { restores, keptRows } = catalog;
  const held = { id: run.record.id, fence: run.hold.fence };
  await keptRows.forget(settings.keptRows.days);
  // The plan is the one that was ordered: what is done must be what it says.
  const plan = (await restores.get(held.id))!.plan as RestorePlan;
  const undo = from ? undefined : await undoOf(context, request);
  const { rows: planned = [] } = plan;
  const written = planned.filter(isWritten).map(({ table }) => table);
  if (written.length > 0 && needsBackup(order, plan)) {
    const names = from ? quotedNames(from.manifest, written) : namesOf(undo!, written);
    await takeSafetyBackup(context, run, order, names, control.signal);
  }
  const place = keptRows.placeOf(held.id);
  const work = {
    live: databases.live,
    control,
    ...(plan.wayBack === 'rows' ? { keep: { place, maxBytes: settings.keptRows.maxBytes } } : {}),
    record: (report: RestoreReport, connection: RestoreConnection) =>
      databases.apart
        ? noteCommitting(context, held, report, connection)
        : restores.complete(held, report, connection, place.tables),
  };
  if (undo) return undoRows(undo, plan, work);
  const { store, manifest } = from!;
  return restoreRows({ manifest, request: request as RowsRestore, planned }, { ...work, store });
}

/** Plans of earlier versions do not say which way back there is: it was always a backup. */
function needsBackup({ safetyBackup }: RestoreOrder, { wayBack }: RestorePlan): boolean {
  return safetyBackup === 'tables' || wayBack === 'backup' || (wayBack === undefined && safetyBackup);
}

function namesOf({ kept }: UndoOfRows, written: readonly string[]): string[] {
  return kept.tables.filter((table) => written.includes(displayName(table))).map(quoteName);
}

async function undoOf(context: RunContext, request: RestoreRequest): Promise<UndoOfRows> {
  const undone = request.undone!;
  return { undone, kept: await keptOf(context, undone.id), request };
}

/** @throws INVALID_REQUEST where no setting says whose a row is */
export function tenantRequest({ settings }: Pick<RunContext, 'settings'>, given: TenantGiven): TenantRequest {
  const { column, except } = settings.tenants;
  if (column === undefined) {
    throw new HoldfastError('INVALID_REQUEST', 'tenant: no setting says which rows are those of a tenant.', {
      hint: 'Set tenants.column (HOLDFAST_TENANT_COLUMN) to the column that has the id of the tenant, such as tenant_id.',
    });
  }
  const { id, ...how } = tenantOf(given);
  return { ...how, tenant: { id, column, except } };
}
