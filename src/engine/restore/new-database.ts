import type { RestoreReport } from '../../contract/restore.ts';
import type { Manifest, ManifestTable } from '../../format/manifest.ts';
import { publicSchemaDefaults } from '../../format/sql-script.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { createDatabase } from '../../postgres/databases.ts';
import { displayName } from '../../postgres/identifiers.ts';
import { Session } from '../../postgres/wire/session.ts';
import { isLate } from '../entries/sql.ts';
import { leftOut } from '../plan/describe-plan.ts';
import { putIntoForce } from '../plan/evaluation.ts';
import type { NewDatabasePlan } from '../plan/plan.ts';
import { ProgressMeter } from '../progress/meter.ts';
import { phaseClock } from '../progress/phase-clock.ts';
import { textSettings } from '../text-encoding.ts';
import { createEntries } from './create-entries.ts';
import { giveName } from './give-name.ts';
import { forgetMarks, shareLoads, type LoadSharing } from './given-loads.ts';
import { loadExtensionTables } from './extension-tables.ts';
import { holdAutovacuum } from './hold-autovacuum.ts';
import { replaceLargeObjects } from './large-objects.ts';
import { dropLeftBehind, markUnfinished, type Holder } from './left-behind.ts';
import { lendCreate, schemasFirst, watchGrants } from './lent-privileges.ts';
import type { RowTaker } from './load-table.ts';
import { beginRebuild } from './rebuild.ts';
import { setNewSequences } from './sequences.ts';
import { sortMemory } from './server-memory.ts';
import { computeStatistics } from './statistics.ts';
import { suspendChecks } from './suspend-checks.ts';
import { runTasks } from './task-graph.ts';
import { restoreTasks } from './tasks.ts';
import { dropUnfinished, unfinishedName } from './unfinished-database.ts';
import type { RestoreWork } from './work.ts';

/**
 * Restores into a database that does not exist yet. It is built under another name and gets its own when all
 * is proved, so that a database of that name is a complete one even if this process is killed.
 */
export async function restoreNewDatabase(plan: NewDatabasePlan, work: RestoreWork): Promise<RestoreReport> {
  const { live } = work;
  const unfinished = unfinishedName(plan.database);
  if (plan.elsewhere) await work.onDropped?.(await dropLeftBehind(live, work.leftBehind));
  await work.onUnfinished?.(unfinished);
  await createDatabase(live, unfinished, plan.manifest.source, plan.properties);
  const target = { ...live, database: unfinished };
  let holder: Holder | undefined;
  try {
    if (plan.elsewhere) holder = await markUnfinished(target);
    const report = await fillDatabase(target, plan, { ...work, statistics: true });
    await giveName(plan, work, unfinished, report);
    return report;
  } catch (error) {
    await dropUnfinished(live, unfinished, error);
    if (plan.elsewhere) await work.onDropped?.([unfinished]);
    throw error;
  } finally {
    await holder?.close();
  }
}

interface FillingWork extends Pick<RestoreWork, 'store' | 'control' | 'shared'> {
  /** Whether the statistics of the planner are computed, for one that is used afterwards. Default: false */
  statistics?: boolean;
}

/**
 * Fills an empty database, which is not the backup's yet: its own properties are not set.
 * @param takerOf what else takes the rows of a part of a table while they are sent
 * @throws what `restore` throws
 */
export async function fillDatabase(
  database: ConnectionTarget,
  plan: NewDatabasePlan,
  { store, control, shared, statistics = false }: FillingWork,
  takerOf?: (table: ManifestTable) => RowTaker,
): Promise<RestoreReport> {
  const { manifest, request, scope, entries } = plan;
  const failing = new AbortController();
  const signal = AbortSignal.any([control.signal, failing.signal]);
  const expected = plan.rawBytes + (scope.largeObjects ? manifest.largeObjects.rawBytes : 0);
  const meter = new ProgressMeter(control, scope.tables.length, expected);
  const clock = phaseClock();
  const sessions: Session[] = [];
  let sharing: LoadSharing | undefined;
  try {
    meter.phase('schema');
    const lead = await openSession(database, manifest, signal);
    sessions.push(lead);
    const refusedGrants = watchGrants(lead);
    if (request.owners) await lead.execute(publicSchemaDefaults);
    const rebuild = await beginRebuild(lead, manifest, request, { inTransaction: false });
    const [schemas, others] = schemasFirst(
      entries.filter((entry) => entry.section === 'pre-data' && !isLate(entry)),
    );
    await createEntries(lead, schemas, rebuild);
    const lent = await lendCreate(lead, request.owners ? entries : []);
    await createEntries(lead, others, rebuild);
    const checks = await suspendChecks(lead, null, rebuild);
    const autovacuum = await holdAutovacuum(lead, scope.tables);
    clock.lap('schema');

    meter.phase('data');
    const loaded: RestoreReport['tables'] = scope.tables.map((table) => ({
      table: displayName(table),
      rows: 0,
      expectedRows: table.rows,
    }));
    const main = entries.filter((entry) => entry.section === 'post-data' && !isLate(entry));
    await loadExtensionTables(lead, store, scope.tables, meter, rebuild, loaded, takerOf);
    const { mark } = database;
    sharing =
      shared &&
      (await shareLoads(
        lead,
        shared,
        { database: database.database!, manifest, keys: store.keys, mark },
        { fail: (error) => failing.abort(error), onMachines: (count) => meter.machines(count) },
      ));
    const tasks = restoreTasks(manifest, scope, main, {
      store,
      jobs: request.jobs,
      meter,
      loaded,
      rebuild,
      sharing,
      takerOf,
    });
    while (sessions.length < Math.min(request.jobs, Math.max(1, tasks.length))) {
      const session = await openSession(database, manifest, signal);
      sessions.push(session);
      await putIntoForce(session, rebuild.evaluation);
    }
    const memory = await sortMemory(lead, sessions.length);
    if (memory !== undefined) {
      for (const session of sessions) await session.execute(`set maintenance_work_mem = ${memory}`);
    }
    const helpers = sharing && { lead: sharing.lead, signal };
    await runTasks(tasks, sessions, (error) => failing.abort(error), helpers);
    await sharing?.end();
    if (sharing) await forgetMarks(lead, sharing.marks);
    clock.lap('data and indexes');
    meter.phase('constraints');
    await checks.resume();
    await autovacuum.resume();
    clock.lap('constraints');

    meter.phase('large-objects');
    let largeObjects = 0;
    if (scope.largeObjects && manifest.largeObjects.objects.length > 0) {
      await lead.execute('begin');
      largeObjects = await replaceLargeObjects(lead, store, manifest.largeObjects, request.owners, meter);
      await lead.execute('commit');
    }
    const sequences = manifest.sequences.filter((each) => !scope.leftOut.sequences.has(each));
    await setNewSequences(lead, sequences);
    clock.lap('large objects and sequences');

    meter.phase('finishing');
    await lent.takeBack();
    await createEntries(lead, entries.filter(isLate), rebuild);
    clock.lap('finishing');
    const withoutStatistics = statistics
      ? await computeStatistics(sessions, (error) => failing.abort(error))
      : [];
    clock.lap('statistics');
    // The loads did not wait for the disk. This commit does, and it flushes the log of all of them.
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
      adapted: [],
      leftOut: [...leftOut(plan), ...rebuild.leftOut, ...refusedGrants],
      warnings: [...plan.warnings, ...withoutStatistics],
      phaseMs: clock.phases,
    };
  } catch (error) {
    failing.abort(error);
    throw control.signal.aborted ? control.signal.reason : error;
  } finally {
    await sharing?.end();
    meter.stop();
    await Promise.all(sessions.map((session) => session.close()));
  }
}

/** A connection that loads rows. */
export function openSession(
  database: ConnectionTarget,
  manifest: Manifest,
  signal: AbortSignal,
  applicationName = 'holdfast restore',
): Promise<Session> {
  const settings = {
    check_function_bodies: 'off',
    synchronous_commit: 'off',
    // The connections already work in parallel, table by table; for large tables see tasks.ts.
    max_parallel_maintenance_workers: '0',
    ...textSettings(manifest),
  };
  return Session.open(database, { applicationName, settings }, signal);
}
