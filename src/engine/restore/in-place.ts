import { HoldfastError } from '../../base/errors.ts';
import type { Manifest, ManifestTable } from '../../format/manifest.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { suspendDefaultPrivileges } from '../../postgres/inspect/default-privileges.ts';
import { readDependentMatviews, withAncestors } from '../../postgres/inspect/dependents.ts';
import { sqlState } from '../../postgres/failure.ts';
import { displayName, quoteName } from '../../postgres/identifiers.ts';
import { readRelations } from '../../postgres/inspect/relations.ts';
import { Session } from '../../postgres/wire/session.ts';
import type { Store } from '../../store/store.ts';
import { commitProved } from './commit.ts';
import { compareTables, type Attachment } from '../plan/drift.ts';
import { describeEntry } from '../entries/identity.ts';
import { prepareRestore, refusePlan, type PreparedRestore } from '../plan/plan.ts';
import { liveDumpOptions, relationName } from '../plan/planned-schema.ts';
import { ProgressMeter } from '../progress/meter.ts';
import type { RestoreRequest } from '../requests.ts';
import type { RestoreReport } from '../../contract/restore.ts';
import { replaceLargeObjects } from './large-objects.ts';
import { setSequences } from './sequences.ts';
import { setAsideEventTriggers, setAsideGuards } from './suspend-guards.ts';
import type { RestoreScope } from '../entries/scope.ts';
import { freeze, loadTable } from './load-table.ts';
import type { RunControl } from '../run.ts';
import { phaseClock } from '../progress/phase-clock.ts';
import { loadDigested, proveRows, type LoadedRows } from './extension-tables.ts';
import { inLoadOrder } from '../entries/load-order.ts';
import { beginRebuild, refresh } from './rebuild.ts';
import { setAsideChecks } from './suspend-checks.ts';
import { runEntries } from './create-entries.ts';
import { creationOrder, schemasOf } from '../plan/creation-order.ts';
import { lendCreate, schemasFirst } from './lent-privileges.ts';
import { proveSchema } from './schema-proof.ts';
import { textSettings } from '../text-encoding.ts';
import { watchTargetNames, type TargetNames } from './target-names.ts';

const namesPerStatement = 500;
const undefinedTable = '42P01';

/**
 * Replaces the rows of live tables by those of a backup, in one transaction on one connection: all or nothing.
 * Tables that are missing are created with all that hung on them.
 */
export async function restoreInPlace(
  target: ConnectionTarget,
  store: Store,
  manifest: Manifest,
  request: RestoreRequest,
  control: RunControl,
  prepared?: PreparedRestore,
): Promise<RestoreReport> {
  const { signal } = control;
  const { plan, scope, schema } = prepared ?? (await prepareRestore(target, manifest, request, signal));
  refusePlan(plan);
  if (!schema) throw new Error('a restore in place without a plan of the schema');
  const expected = scope.tables.reduce((sum, table) => sum + table.rawBytes, 0);
  const meter = new ProgressMeter(control, scope.tables.length, expected);
  const clock = phaseClock();
  try {
    meter.phase('schema');
    const session = await Session.open(
      target,
      {
        applicationName: 'holdfast restore',
        lockTimeoutMs: request.lockTimeoutMs,
        settings: { check_function_bodies: 'off', ...textSettings(manifest) },
      },
      signal,
    );
    try {
      const rebuild = await beginRebuild(session, manifest, request, { inTransaction: true });
      await session.execute('begin isolation level read committed read write');
      const eventTriggers = await setAsideEventTriggers(session);
      const created = schema.changes.create;
      const order = creationOrder(schema, scope);
      const defaultPrivileges = await suspendDefaultPrivileges(session, schemasOf(created));
      const [schemas, others] = schemasFirst(order.beforeData);
      await runEntries(session, schemas, rebuild);
      const lent = await lendCreate(session, request.owners ? created : []);
      await runEntries(session, others, rebuild);
      const names = await watchTargetNames(session, scope.tables);
      const live = await lockTargets(session, scope, [...schema.attachments.values()], names);
      const fresh = new Set(
        created
          .filter(({ kind }) => kind === 'TABLE')
          .map(relationName)
          .map(quoteName),
      );
      const setAside = await setAsideGuards(session, live, (table) => fresh.has(quoteName(table)));
      const checks = await setAsideChecks(session, live, rebuild);
      clock.lap('schema');

      meter.phase('data');
      await empty(session, scope.tables);
      await runEntries(session, order.beforeRows, rebuild, schema.attachments);
      const { loaded, proofs } = await loadAll(session, store, manifest, scope, meter);
      const largeObjects = scope.largeObjects
        ? await replaceLargeObjects(session, store, manifest.largeObjects, request.owners, meter)
        : 0;
      const sequences = await setSequences(session, scope);
      await names.requireUnchanged();
      // Deferred unique constraints are checked now: ALTER TABLE refuses a table with checks pending.
      await session.execute('set constraints all immediate');
      clock.lap('data');

      meter.phase('indexes');
      await setAside.putBack();
      await runEntries(session, order.afterData, rebuild, schema.attachments);
      await defaultPrivileges.resume();
      clock.lap('indexes');
      meter.phase('constraints');
      await checks.putBack();
      await setAside.addForeignKeys(rebuild);
      await lent.takeBack();
      await runEntries(session, order.afterForeignKeys, rebuild);
      await setAside.forceRowSecurity();
      await runEntries(session, order.last, rebuild);
      for (const view of await readDependentMatviews(session, live)) {
        const sql = `refresh materialized view ${quoteName(view)}`;
        await refresh(session, displayName(view), sql, rebuild, `${sql} with no data`);
      }
      await session.execute('set constraints all immediate');
      await eventTriggers.putBack();
      await proveRows(session, proofs, rebuild.evaluation);
      clock.lap('constraints');

      meter.phase('finishing');
      await proveSchema(session, schema, rebuild, { ...liveDumpOptions(request), signal });
      clock.lap('proof of the schema');
      signal.throwIfAborted();
      const report = {
        target: request.target,
        tables: loaded,
        rows: loaded.reduce((sum, table) => sum + table.rows, 0),
        rawBytes: expected,
        created: created.map(describeEntry),
        largeObjects,
        sequences,
        leftEmpty: rebuild.leftEmpty,
        notValid: rebuild.notValid,
        leftOut: [...plan.leftOut, ...rebuild.leftOut],
        warnings: plan.warnings,
        phaseMs: clock.phases,
      };
      await commitProved(session, target, loaded, async () => request.record?.(report, session));
      return report;
    } finally {
      // An open transaction ends with its connection: rolled back.
      await session.close();
    }
  } finally {
    meter.stop();
  }
}

/**
 * Locks every table of the scope against everyone, then looks again whether it still has the form of the
 * backup: only now can nobody change it any more.
 * @returns the tables' oids with those of their ancestors
 */
async function lockTargets(
  session: Session,
  scope: RestoreScope,
  attachments: readonly Attachment[],
  targetNames: TargetNames,
): Promise<number[]> {
  for (const names of inGroups(scope.tables)) {
    await session.execute(`lock table ${names} in access exclusive mode`).catch((error: unknown) => {
      if (sqlState(error) !== undefinedTable) throw error;
      throw new HoldfastError(
        'TABLE_VANISHED',
        `Dropped or renamed meanwhile: ${(error as Error).message}.`,
        {
          cause: error,
        },
      );
    });
  }
  const relations = await readRelations(session);
  const { present, drift } = await compareTables(session, relations, scope.tables, attachments);
  const gone = scope.tables.filter((table) => !present.has(table)).map(displayName);
  if (drift.length > 0) {
    throw new HoldfastError('SCHEMA_DRIFT', `Tables changed while the restore was being prepared.`, {
      details: { drift },
    });
  }
  if (gone.length > 0) {
    throw new HoldfastError('TABLE_VANISHED', `No longer there: ${gone.join(', ')}.`, {
      details: { tables: gone },
    });
  }
  await targetNames.requireLocked(present);
  // A partition that is attached only later, and filled by way of its parent, has the parent's triggers then.
  const roots = scope.tables.flatMap(({ loadVia }) => (loadVia ? [quoteName(loadVia)] : []));
  return withAncestors(session, [
    ...[...present.values()].map((relation) => relation.oid),
    ...relations.filter((relation) => roots.includes(quoteName(relation))).map((relation) => relation.oid),
  ]);
}

/** Removes the rows that the backup's take the place of. */
async function empty(session: Session, tables: readonly ManifestTable[]): Promise<void> {
  // Of an extension's configuration only the rows that the backup chose; the others are the extension's own.
  for (const table of tables.filter((each) => each.condition !== null)) {
    await session.execute(`delete from only ${quoteName(table)} ${table.condition}`);
  }
  const names = tables
    .filter((each) => each.condition === null)
    .map((table) => `only ${quoteName(table)}`)
    .join(', ');
  // One statement: whatever still refers from one of them to another is truncated with it.
  if (names !== '') await session.execute(`truncate table ${names}`);
}

/** It was truncated by this transaction, which shows in every snapshot anyway, and is no partitioned table. */
function mayFreeze(table: ManifestTable): boolean {
  return table.condition === null && table.loadVia === null;
}

async function loadAll(
  session: Session,
  store: Store,
  manifest: Manifest,
  scope: RestoreScope,
  meter: ProgressMeter,
): Promise<{ loaded: RestoreReport['tables']; proofs: LoadedRows[] }> {
  const counts = new Map<ManifestTable, number>();
  const proofs: LoadedRows[] = [];
  for (const table of inLoadOrder(manifest, scope.tables)) {
    meter.currentTable(table);
    if (table.kind === 'extension-config') {
      const { rows, proof } = await loadDigested(session, store, table, meter);
      counts.set(table, rows);
      proofs.push(proof);
    } else {
      const options = mayFreeze(table) ? freeze : '';
      counts.set(table, await loadTable(session, store, table, table.ranges, meter, options));
    }
    meter.tableDone();
  }
  const loaded = scope.tables.map((table) => ({
    table: displayName(table),
    rows: counts.get(table) ?? 0,
    expectedRows: table.rows,
  }));
  return { loaded, proofs };
}

function* inGroups(tables: readonly ManifestTable[]): Generator<string> {
  const names = tables.map((table) => `only ${quoteName(table)}`).toSorted();
  for (let at = 0; at < names.length; at += namesPerStatement) {
    yield names.slice(at, at + namesPerStatement).join(', ');
  }
}
