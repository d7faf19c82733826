import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { HoldfastError } from '../../base/errors.ts';
import type { Manifest, ManifestSequence } from '../../format/manifest.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { publicSchemaDefaults } from '../../format/sql-script.ts';
import { createDatabase, dropDatabase, renameDatabase } from '../../postgres/databases.ts';
import { databaseFailure, endsConnection } from '../../postgres/failure.ts';
import { displayName, quoteIdentifier } from '../../postgres/identifiers.ts';
import { setvalCall } from '../../postgres/inspect/sequences.ts';
import { Session } from '../../postgres/wire/session.ts';
import type { Store } from '../../store/store.ts';
import { isLate } from '../entries/sql.ts';
import { putIntoForce } from '../plan/evaluation.ts';
import { loadExtensionTables } from './extension-tables.ts';
import { lendCreate, schemasFirst, watchGrants } from './lent-privileges.ts';
import { leftOutForeignKeys } from '../entries/omitted-foreign-keys.ts';
import { phaseClock } from '../progress/phase-clock.ts';
import { planRestore, refusePlan, type PreparedRestore } from '../plan/plan.ts';
import { ProgressMeter } from '../progress/meter.ts';
import { beginRebuild } from './rebuild.ts';
import type { RestoreRequest } from '../requests.ts';
import type { RestoreReport } from '../../contract/restore.ts';
import { applyDatabase, planDatabase, type PlannedDatabase } from '../plan/database-settings.ts';
import { replaceLargeObjects } from './large-objects.ts';
import { restoreScope } from '../entries/scope.ts';
import { restoreTasks } from './tasks.ts';
import { runEntries } from './run-entries.ts';
import type { RunControl } from '../run.ts';
import { setAsideChecks } from './suspend-checks.ts';
import { runTasks } from './task-graph.ts';
import { textSettings } from '../text-encoding.ts';

const sequencesPerStatement = 500;
const maxNameBytes = 63;
const dropForMs = 60_000;
const dropPauseMs = 1_000;

/**
 * Restores into a database that does not exist yet. It is built under another name and gets its own when all
 * is proved, so that a database of that name is a complete one even if this process is killed.
 */
export async function restoreNewDatabase(
  target: ConnectionTarget,
  store: Store,
  manifest: Manifest,
  request: RestoreRequest,
  control: RunControl,
  prepared?: PreparedRestore,
): Promise<RestoreReport> {
  if (request.target.mode !== 'new-database') throw new Error('not a restore into a new database');
  const { database } = request.target;
  const plan = prepared?.plan ?? (await planRestore(target, manifest, request));
  refusePlan(plan);
  control.signal.throwIfAborted();
  const building = buildingName(database);
  await request.onBuilding?.(building);
  await createDatabase(target, building, manifest.source);
  try {
    const report = await fill({ ...target, database: building }, store, manifest, request, control);
    const whole = {
      ...report,
      leftOut: [...plan.leftOut, ...report.leftOut],
      warnings: plan.warnings,
    };
    const { statements } = await planOfDatabase(target, manifest, request, database);
    await renameDatabase(target, building, database, async (connection) => {
      await connection.query(`grant connect on database ${quoteIdentifier(database)} to public`, []);
      // Last of all, for these may hinder every statement that comes after them.
      whole.leftOut.push(...(await applyDatabase(connection, statements)));
      await request.record?.(whole, connection);
    });
    return whole;
  } catch (error) {
    try {
      await dropUnfinished(target, building);
    } catch (dropError) {
      throw new HoldfastError(
        'RESTORE_FAILED',
        `${error instanceof Error ? error.message : String(error)} The unfinished database could not be dropped either: ${String(dropError)}`,
        {
          cause: error,
          hint: `Drop the database "${building}" by hand; it is incomplete.`,
          details: { unfinishedDatabase: building },
        },
      );
    }
    throw error;
  }
}

async function planOfDatabase(
  target: ConnectionTarget,
  manifest: Manifest,
  request: RestoreRequest,
  database: string,
): Promise<PlannedDatabase> {
  const session = await Session.open(target, { applicationName: 'holdfast restore' });
  try {
    return await planDatabase(session, manifest, request, database);
  } finally {
    await session.close();
  }
}

/** The server may be starting again, or our own connections may still count: tried for a while. */
async function dropUnfinished(target: ConnectionTarget, name: string): Promise<void> {
  for (const started = Date.now(); ;) {
    try {
      await dropDatabase(target, name);
      return;
    } catch (error) {
      if (Date.now() - started > dropForMs || !endsConnection(databaseFailure(error))) throw error;
    }
    await sleep(dropPauseMs);
  }
}

function buildingName(database: string): string {
  const prefix = `holdfast_unfinished_${randomBytes(4).toString('hex')}_`;
  let name = prefix + database;
  while (Buffer.byteLength(name) > maxNameBytes) name = name.slice(0, -1);
  return name;
}

async function fill(
  target: ConnectionTarget,
  store: Store,
  manifest: Manifest,
  request: RestoreRequest,
  control: RunControl,
): Promise<Omit<RestoreReport, 'warnings'>> {
  const failing = new AbortController();
  const signal = AbortSignal.any([control.signal, failing.signal]);
  const scope = restoreScope(manifest, request);
  const leftOut = new Set(leftOutForeignKeys(manifest, scope));
  const entries = manifest.schema.entries.filter(
    (entry) => !leftOut.has(entry) && !scope.leftOut.entries.has(entry),
  );
  const expected =
    scope.tables.reduce((sum, table) => sum + table.rawBytes, 0) +
    (scope.largeObjects ? manifest.largeObjects.rawBytes : 0);
  const meter = new ProgressMeter(control, scope.tables.length, expected);
  const clock = phaseClock();
  const sessions: Session[] = [];
  try {
    meter.phase('schema');
    const lead = await openSession(target, manifest, signal);
    sessions.push(lead);
    const refusedGrants = watchGrants(lead);
    if (request.owners) await lead.execute(publicSchemaDefaults);
    const rebuild = await beginRebuild(lead, manifest, request, { inTransaction: false });
    const [schemas, others] = schemasFirst(
      entries.filter((entry) => entry.section === 'pre-data' && !isLate(entry)),
    );
    await runEntries(lead, schemas, rebuild);
    const lent = await lendCreate(lead, request.owners ? entries : []);
    await runEntries(lead, others, rebuild);
    const checks = await setAsideChecks(lead, null, rebuild);
    clock.lap('schema');

    meter.phase('data');
    const loaded: RestoreReport['tables'] = scope.tables.map((table) => ({
      table: displayName(table),
      rows: 0,
      expectedRows: table.rows,
    }));
    const main = entries.filter((entry) => entry.section === 'post-data' && !isLate(entry));
    await loadExtensionTables(lead, store, scope.tables, meter, rebuild, loaded);
    const tasks = restoreTasks(manifest, scope, main, { store, meter, loaded, rebuild });
    while (sessions.length < Math.min(request.jobs, Math.max(1, tasks.length))) {
      const session = await openSession(target, manifest, signal);
      sessions.push(session);
      await putIntoForce(session, rebuild.evaluation);
    }
    await runTasks(tasks, sessions, (error) => failing.abort(error));
    clock.lap('data and indexes');
    meter.phase('constraints');
    await checks.putBack();
    clock.lap('constraints');

    meter.phase('large-objects');
    let largeObjects = 0;
    if (scope.largeObjects && manifest.largeObjects.objects.length > 0) {
      await lead.execute('begin');
      largeObjects = await replaceLargeObjects(lead, store, manifest.largeObjects, request.owners, meter);
      await lead.execute('commit');
    }
    const sequences = manifest.sequences.filter((each) => !scope.leftOut.sequences.has(each));
    await setSequences(lead, sequences);
    clock.lap('large objects and sequences');

    meter.phase('finishing');
    await lent.takeBack();
    await runEntries(lead, entries.filter(isLate), rebuild);
    // The loads did not wait for the disk; this commit does, and with it the log of all of them.
    await lead.execute('set synchronous_commit = on; begin; select pg_catalog.pg_current_xact_id(); commit');
    clock.lap('finishing');
    return {
      target: request.target,
      tables: loaded,
      rows: loaded.reduce((sum, table) => sum + table.rows, 0),
      rawBytes: expected,
      created: [],
      largeObjects,
      sequences: sequences.length,
      leftEmpty: rebuild.leftEmpty,
      notValid: rebuild.notValid,
      leftOut: [...rebuild.leftOut, ...refusedGrants],
      phaseMs: clock.phases,
    };
  } catch (error) {
    failing.abort(error);
    throw control.signal.aborted ? control.signal.reason : error;
  } finally {
    meter.stop();
    await Promise.all(sessions.map((session) => session.close()));
  }
}

function openSession(target: ConnectionTarget, manifest: Manifest, signal: AbortSignal): Promise<Session> {
  const settings = {
    check_function_bodies: 'off',
    synchronous_commit: 'off',
    // Connections share the work by tables already; see restore-tasks.ts about large ones.
    max_parallel_maintenance_workers: '0',
    ...textSettings(manifest),
  };
  return Session.open(target, { applicationName: 'holdfast restore', settings }, signal);
}

async function setSequences(session: Session, sequences: readonly ManifestSequence[]): Promise<void> {
  const calls = sequences.map(setvalCall);
  for (let at = 0; at < calls.length; at += sequencesPerStatement) {
    await session.execute(`select ${calls.slice(at, at + sequencesPerStatement).join(', ')}`);
  }
}
