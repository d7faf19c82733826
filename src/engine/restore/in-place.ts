import type { RestoreReport } from '../../contract/restore.ts';
import { suspendDefaultPrivileges } from '../../postgres/inspect/default-privileges.ts';
import { readDependentMatviews } from '../../postgres/inspect/dependents.ts';
import { displayName, quoteName, type QualifiedName } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { describeEntry, relationName } from '../entries/identity.ts';
import { schemasOf } from '../plan/creation-order.ts';
import { adaptedTables, leftOut, replacedObjects } from '../plan/describe-plan.ts';
import type { InPlacePlan } from '../plan/plan.ts';
import { createdEntries } from '../plan/replacement.ts';
import { liveDumpOptions } from '../plan/planned-schema.ts';
import { ProgressMeter } from '../progress/meter.ts';
import { phaseClock } from '../progress/phase-clock.ts';
import { textSettings } from '../text-encoding.ts';
import { advanceNewSequences } from './advance-sequences.ts';
import { createEntries } from './create-entries.ts';
import { dropReplaced } from './drop-replaced.ts';
import { proveRows } from './extension-tables.ts';
import { replaceLargeObjects } from './large-objects.ts';
import { lendCreate, schemasFirst } from './lent-privileges.ts';
import { lockTables } from './lock-tables.ts';
import { onOneConnection } from './on-one-connection.ts';
import { beginRebuild, refresh, type Rebuild } from './rebuild.ts';
import { emptyTables, loadTables } from './replace-rows.ts';
import { proveSchema } from './schema-proof.ts';
import { setLiveSequences } from './sequences.ts';
import { suspendChecks } from './suspend-checks.ts';
import { suspendEventTriggers, suspendGuards } from './suspend-guards.ts';
import { watchTargetNames } from './target-names.ts';
import type { RestoreWork } from './work.ts';

/**
 * Replaces the rows of live tables by those of a backup, in one transaction on one connection: all or nothing.
 * Tables that are missing are created with all that hung on them.
 */
export async function restoreInPlace(plan: InPlacePlan, work: RestoreWork): Promise<RestoreReport> {
  const { manifest, request } = plan;
  const meter = new ProgressMeter(work.control, plan.tables.length, plan.rawBytes);
  try {
    meter.phase('schema');
    return await onOneConnection(
      work,
      {
        lockTimeoutMs: request.lockTimeoutMs,
        settings: { check_function_bodies: 'off', ...textSettings(manifest) },
      },
      (session) => replaceInTransaction(session, plan, work, meter),
    );
  } finally {
    meter.stop();
  }
}

/** Everything but the commit. */
async function replaceInTransaction(
  session: Session,
  plan: InPlacePlan,
  { store, control }: RestoreWork,
  meter: ProgressMeter,
): Promise<RestoreReport> {
  const { manifest, request, scope, schema, order } = plan;
  const { attachments } = schema;
  const created = schema.changes.create;
  const clock = phaseClock();
  const rebuild = await beginRebuild(session, manifest, request, { inTransaction: true });
  await session.execute('begin isolation level read committed read write');
  const eventTriggers = await suspendEventTriggers(session);
  const dumpOptions = { ...liveDumpOptions(request), signal: control.signal };
  const defaultPrivileges = await suspendDefaultPrivileges(session, schemasOf(created));
  const [schemas, others] = schemasFirst(order.beforeData);
  if (schema.replacement) await dropReplaced(session, plan, schema.replacement, dumpOptions);
  await createEntries(session, schemas, rebuild);
  const lent = await lendCreate(session, request.owners ? created : []);
  await createEntries(session, others, rebuild);
  const names = await watchTargetNames(session, scope.tables);
  const live = await lockTables(session, plan, names);
  const guards = await suspendGuards(session, live, createdTables(plan));
  const checks = await suspendChecks(session, live, rebuild);
  clock.lap('schema');

  meter.phase('data');
  await emptyTables(session, plan);
  await createEntries(session, order.beforeRows, rebuild, attachments);
  const { loaded, proofs, adapted } = await loadTables(session, store, plan, meter);
  const largeObjects = scope.largeObjects
    ? await replaceLargeObjects(session, store, manifest.largeObjects, request.owners, meter)
    : 0;
  const sequences = await setLiveSequences(session, scope);
  await advanceNewSequences(session, plan);
  await names.requireUnchanged();
  // Deferred unique constraints are checked now: ALTER TABLE refuses a table with checks pending.
  await session.execute('set constraints all immediate');
  clock.lap('data');

  meter.phase('indexes');
  await guards.resume();
  await createEntries(session, order.afterData, rebuild, attachments);
  await defaultPrivileges.resume();
  clock.lap('indexes');
  meter.phase('constraints');
  await checks.resume();
  await guards.addForeignKeys(rebuild);
  await lent.takeBack();
  await createEntries(session, order.afterForeignKeys, rebuild);
  await proveRows(session, adapted, rebuild.evaluation);
  await guards.forceRowSecurity();
  await createEntries(session, order.last, rebuild);
  await refreshDependents(session, live, rebuild);
  await session.execute('set constraints all immediate');
  await eventTriggers.resume();
  await proveRows(session, proofs, rebuild.evaluation);
  clock.lap('constraints');

  meter.phase('finishing');
  await proveSchema(session, schema, rebuild, dumpOptions);
  clock.lap('proof of the schema');
  control.signal.throwIfAborted();
  return {
    target: request.target,
    tables: loaded,
    rows: loaded.reduce((sum, table) => sum + table.rows, 0),
    rawBytes: plan.rawBytes,
    created: createdEntries(schema).map(describeEntry),
    largeObjects,
    sequences: sequences.length,
    sequencesSet: sequences.map(displayName),
    leftEmpty: rebuild.leftEmpty,
    notValid: rebuild.notValid,
    leftOut: [...leftOut(plan), ...rebuild.leftOut],
    adapted: adaptedTables(plan),
    ...replacedObjects(plan),
    warnings: plan.warnings,
    phaseMs: clock.phases,
  };
}

/** Tells the tables that the plan creates. */
function createdTables({ schema }: InPlacePlan): (table: QualifiedName) => boolean {
  const tables = schema.changes.create.filter(({ kind }) => kind === 'TABLE');
  const names = new Set(tables.map(relationName).map(quoteName));
  return (table) => names.has(quoteName(table));
}

async function refreshDependents(
  session: Session,
  tables: readonly number[],
  rebuild: Rebuild,
): Promise<void> {
  for (const view of await readDependentMatviews(session, tables)) {
    const sql = `refresh materialized view ${quoteName(view)}`;
    await refresh(session, displayName(view), sql, rebuild, `${sql} with no data`);
  }
}
