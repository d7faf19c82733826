import { HoldfastError } from '../base/errors.ts';
import type { Manifest, ManifestTable, SchemaEntry } from '../format/manifest.ts';
import type { ConnectionTarget } from '../postgres/connection.ts';
import { readDependentMatviews, withAncestors } from '../postgres/dependents.ts';
import { sqlState } from '../postgres/failure.ts';
import { displayName, quoteName } from '../postgres/identifiers.ts';
import { readRelations } from '../postgres/introspection.ts';
import { Session } from '../postgres/session.ts';
import type { Store } from '../store/store.ts';
import { commitProved } from './commit.ts';
import { describeEntry } from './missing-objects.ts';
import { compareTables, findMissing, planRestore, refusePlan } from './plan.ts';
import { ProgressMeter } from './progress-meter.ts';
import type { RestoreReport, RestoreRequest } from './requests.ts';
import { replaceLargeObjects } from './restore-large-objects.ts';
import { setSequences } from './restore-sequences.ts';
import { setAsideEventTriggers, setAsideGuards } from './set-aside.ts';
import { restoreScope, type RestoreScope } from './restore-scope.ts';
import { freeze, loadTable } from './load-table.ts';
import type { RunControl } from './run.ts';
import { phaseClock } from './phase-clock.ts';
import { loadDigested, proveRows, type LoadedRows } from './extension-tables.ts';
import { inLoadOrder } from './load-order.ts';
import { beginRebuild, refresh, runEntry } from './rebuild.ts';
import { setAsideChecks } from './set-aside-checks.ts';

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
): Promise<RestoreReport> {
  const { signal } = control;
  const plan = await planRestore(target, manifest, request);
  refusePlan(plan);
  const scope = restoreScope(manifest, request);
  const expected = scope.tables.reduce((sum, table) => sum + table.rawBytes, 0);
  const meter = new ProgressMeter(control, scope.tables.length, expected);
  const clock = phaseClock();
  try {
    meter.phase('schema');
    const missing = await findMissing(target, manifest, request, scope, signal);
    const session = await Session.open(
      target,
      {
        applicationName: 'holdfast restore',
        lockTimeoutMs: request.lockTimeoutMs,
        settings: { check_function_bodies: 'off' },
      },
      signal,
    );
    try {
      const rebuild = await beginRebuild(session, manifest, request, { inTransaction: true });
      await session.execute('begin isolation level read committed read write');
      const eventTriggers = await setAsideEventTriggers(session);
      const created = missing.create;
      const beforeData = created.filter((entry) => entry.section === 'pre-data' && !isGrant(entry));
      const afterData = created.filter((entry) => !beforeData.includes(entry));
      for (const entry of beforeData) await runEntry(session, entry, rebuild);
      const live = await lockTargets(session, scope);
      const setAside = await setAsideGuards(session, live);
      const checks = await setAsideChecks(session, live, rebuild);
      clock.lap('schema');

      meter.phase('data');
      await empty(session, scope.tables);
      const { loaded, proofs } = await loadAll(session, store, manifest, scope, meter);
      const largeObjects = scope.largeObjects
        ? await replaceLargeObjects(session, store, manifest.largeObjects, request.owners, meter)
        : 0;
      const sequences = await setSequences(session, scope);
      // Deferred unique constraints are checked now: ALTER TABLE refuses a table with checks pending.
      await session.execute('set constraints all immediate');
      clock.lap('data');

      meter.phase('indexes');
      await setAside.putBack();
      const last = lastEntries(afterData);
      for (const entry of afterData) if (!last.has(entry)) await runEntry(session, entry, rebuild);
      clock.lap('indexes');
      meter.phase('constraints');
      await checks.putBack();
      await setAside.addForeignKeys(rebuild);
      for (const entry of last) if (!isRefresh(entry)) await runEntry(session, entry, rebuild);
      await setAside.forceRowSecurity();
      for (const entry of last) if (isRefresh(entry)) await runEntry(session, entry, rebuild);
      for (const view of await readDependentMatviews(session, live)) {
        const sql = `refresh materialized view ${quoteName(view)}`;
        await refresh(session, displayName(view), sql, rebuild, `${sql} with no data`);
      }
      await session.execute('set constraints all immediate');
      await eventTriggers.putBack();
      await proveRows(session, proofs, rebuild.evaluation);
      clock.lap('constraints');

      meter.phase('finishing');
      signal.throwIfAborted();
      await commitProved(session, target, loaded);
      clock.lap('commit');
      return {
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
    } finally {
      // An open transaction ends with its connection: rolled back.
      await session.close();
    }
  } finally {
    meter.stop();
  }
}

function isGrant(entry: SchemaEntry): boolean {
  return entry.kind === 'ACL';
}

function isRefresh(entry: SchemaEntry): boolean {
  return entry.kind === 'MATERIALIZED VIEW DATA';
}

/** What comes after the foreign keys that were put back, with what hangs on it; in order. */
function lastEntries(entries: readonly SchemaEntry[]): Set<SchemaEntry> {
  const last = new Set<SchemaEntry>();
  const ids = new Set<number>();
  for (const entry of entries) {
    const itself =
      ['FK CONSTRAINT', 'ROW SECURITY'].includes(entry.kind) || isRefresh(entry) || isGrant(entry);
    if (!itself && !entry.dependsOn.some((id) => ids.has(id))) continue;
    last.add(entry);
    ids.add(entry.id);
  }
  return last;
}

/**
 * Locks every table of the scope against everyone, then looks again whether it still has the form of the
 * backup: only now can nobody change it any more.
 * @returns the tables' oids with those of their ancestors
 */
async function lockTargets(session: Session, scope: RestoreScope): Promise<number[]> {
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
  const { present, drift } = await compareTables(session, await readRelations(session), scope.tables);
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
  return withAncestors(
    session,
    [...present.values()].map((relation) => relation.oid),
  );
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
