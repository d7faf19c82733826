/*
 * drill/ owns the proof of a backup by restoring it: the comparison of what came back with the
 * backup, the assertions, whose fault a failure is, and what the certificate says. It never touches the source's database, and
 * never decides when a drill is due.
 */
import { requireTables } from '../with-tables.ts';
import { randomUUID } from 'node:crypto';
import { abortReason, HoldfastError } from '../../base/errors.ts';
import type { CertificateStatement } from '../../contract/certificate.ts';
import type { Progress } from '../../contract/progress.ts';
import type { Manifest } from '../../format/manifest.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import type { Store } from '../../store/store.ts';
import { proveInventory } from '../read/inventory.ts';
import { fillDatabase } from '../restore/new-database.ts';
import { restoreFailure } from '../restore/restore.ts';
import type { RunControl } from '../run.ts';
import { runChecks, type DrillCheck } from './checks.ts';
import { compareConstraints, compareSchema, compareSequences } from './compare-schema.ts';
import { compareLargeObjects, compareRows, loadedRows, openReader } from './compare-rows.ts';
import { findings, type Findings } from './findings.ts';
import { judge } from './judgement.ts';
import { createScratch, scratchName, type ScratchDatabase } from '../scratch/scratch-database.ts';
import { prepareDatabase, planScratch } from './scratch-plan.ts';
import { openScratchServer, type ScratchTarget, type ScratchServer } from '../scratch/scratch-server.ts';

export interface DrillRequest {
  target: ScratchTarget;
  checks: readonly DrillCheck[];
  /** Of the whole drill; after that it is inconclusive. */
  timeoutMs: number;
  jobs: number;
  lockTimeoutMs: number;
}

export interface DrillWork {
  /** What is drilled: this store alone is read. */
  store: Store;
  /** The backup's document there. */
  document: unknown;
  manifest: Manifest;
  /** SHA-256 of its header. */
  headerHash: string | null;
  control: RunControl;
  /** Called when the backup is restored, before anything is compared. */
  onRestored?: (database: ConnectionTarget) => Promise<void>;
}

/**
 * Restores a backup into a scratch database, compares, runs the checks, and drops the database. What goes wrong is in the
 * statement: a drill that could be carried out has a verdict.
 * @throws the abort reason; DRILL_TARGET_MISSING, DRILL_TARGET_REFUSED
 */
export async function drill(request: DrillRequest, work: DrillWork): Promise<CertificateStatement> {
  requireTables(work.manifest);
  const uuid = randomUUID();
  const startedAt = new Date();
  const found = findings(request, work);
  const limit = AbortSignal.timeout(request.timeoutMs);
  const { signal } = work.control;
  const limited = AbortSignal.any([signal, limit]);
  let scratch: ScratchServer | undefined;
  try {
    scratch = await inTime(limited, openScratchServer(request.target, work.manifest), (late) => late.close());
    found.lap('start the scratch server');
    found.server(scratch);
    const failing = scratch.failing ? AbortSignal.any([limited, scratch.failing]) : limited;
    await drillOn(scratch, request, work, found, failing);
  } catch (error) {
    if (signal.aborted) throw abortReason(signal);
    if (error instanceof HoldfastError && refused.has(error.code)) throw error;
    const why = whyEnded(error, limit, scratch, request);
    // What fails before the restore is about the server.
    const held = found.isAlike() && found.isUnderWay();
    found.ended((await isGone(why, work)) ? judge(deletedMeanwhile, false) : judge(why, held));
  } finally {
    // What was found stays, whatever becomes of the server; a later drill removes what is left.
    await scratch
      ?.close()
      .catch((error: unknown) => found.remark(`The scratch server could not be removed: ${String(error)}`));
  }
  found.lap('remove the scratch server');
  return found.statement(uuid, startedAt, new Date());
}

const deletedMeanwhile = new HoldfastError('DRILL_INCONCLUSIVE', 'The backup was deleted during the drill.');

/** Whether a chunk is missing because the backup is no longer there: in a store alone nothing keeps a cleanup away from it. */
async function isGone(error: unknown, { store, manifest }: DrillWork): Promise<boolean> {
  if (!(error instanceof HoldfastError) || error.code !== 'CHUNK_MISSING') return false;
  return store.getManifest(manifest.uuid).then(
    (document) => document === undefined,
    () => false,
  );
}

/** There was no drill. */
const refused: ReadonlySet<string> = new Set(['DRILL_TARGET_MISSING', 'DRILL_TARGET_REFUSED']);

function whyEnded(
  error: unknown,
  limit: AbortSignal,
  scratch: ScratchServer | undefined,
  { timeoutMs }: DrillRequest,
): unknown {
  if (scratch?.failing?.aborted) return scratch.failing.reason;
  if (!limit.aborted) return restoreFailure(error);
  const minutes = Math.max(1, Math.round(timeoutMs / 60_000));
  return new HoldfastError('DRILL_INCONCLUSIVE', `The drill was ended after ${minutes} min, its limit.`);
}

/** What comes too late is closed. */
async function inTime<T>(
  signal: AbortSignal,
  work: Promise<T>,
  close: (late: T) => Promise<void>,
): Promise<T> {
  const result = await work;
  if (!signal.aborted) return result;
  await close(result);
  throw signal.reason;
}

async function drillOn(
  scratch: ScratchServer,
  request: DrillRequest,
  work: DrillWork,
  found: Findings,
  signal: AbortSignal,
): Promise<void> {
  const { store, document, manifest, control } = work;
  const last: { progress: Progress | undefined } = { progress: undefined };
  const followed: RunControl = {
    signal,
    report: (progress) => control.report((last.progress = progress)),
  };
  const proving = (currentTable: string | null): void => {
    if (last.progress) control.report({ ...last.progress, phase: 'proof', currentTable });
  };
  await found.level('inventory', async () => {
    await proveInventory(store, document, manifest);
    return [];
  });
  found.lap('read the inventory');
  const name = scratchName('drill');
  const { plan, extensions, leftOut, unlike } = await planScratch(scratch, name, manifest, request, signal);
  found.remark(...leftOut);
  found.unlike(...unlike);
  let database: ScratchDatabase | undefined;
  const loaded = loadedRows();
  try {
    const restoring = performance.now();
    database = await createScratch(scratch.server, name, manifest.source, scratch.kind === 'embedded');
    if (database.otherLocale) found.unlike(database.otherLocale);
    if (scratch.superuser) {
      await prepareDatabase({ ...scratch.superuser, database: name }, scratch.server, extensions);
    }
    const { target } = database;
    await found.level('restore', async () => {
      const report = await fillDatabase(target, plan, { store, control: followed }, (table) =>
        loaded.takerOf(table),
      );
      found.remark(...report.leftOut);
      return [...report.leftEmpty.map((view) => `${view} could not be refreshed.`), ...report.notValid];
    });
    found.restored(Math.round(performance.now() - restoring));
    found.lap('restore');
    await work.onRestored?.(target);
    await compare(database, {
      scratch,
      request,
      work,
      found,
      signal,
      loaded,
      entries: plan.entries,
      proving,
    });
  } finally {
    if (database && !signal.aborted && !(await database.isKept())) found.unreliable();
    // A server of our own goes with all that is on it.
    if (database && scratch.kind !== 'embedded') await dropped(database, found);
  }
}

/** What was found stays, whatever becomes of the database; the next drill there tries again. */
async function dropped(database: ScratchDatabase, found: Findings): Promise<void> {
  try {
    await database.drop('The drill has ended.');
  } catch (error) {
    found.remark((error as Error).message);
  }
}

interface Comparing {
  scratch: ScratchServer;
  request: DrillRequest;
  work: DrillWork;
  found: Findings;
  signal: AbortSignal;
  loaded: ReturnType<typeof loadedRows>;
  entries: Manifest['schema']['entries'];
  proving: (currentTable: string | null) => void;
}

async function compare(
  { target }: ScratchDatabase,
  { scratch, request, work, found, signal, loaded, entries, proving }: Comparing,
): Promise<void> {
  const { manifest, store } = work;
  proving(null);
  await found.level('rows', async () => {
    const { tables, problems } = await compareRows(target, manifest, loaded, {
      jobs: request.jobs,
      signal,
      onTable: ({ schema, name }) => proving(`${schema}.${name}`),
    });
    found.tables(tables);
    return problems;
  });
  found.lap('compare rows');
  const session = await openReader(target, manifest, signal);
  try {
    await found.level('sequences', () => compareSequences(session, manifest), manifest.sequences.length > 0);
    await found.level(
      'large-objects',
      () => compareLargeObjects(target, store, manifest, signal),
      manifest.largeObjects.objects.length > 0,
    );
    await found.level('constraints', () => compareConstraints(session, manifest));
  } finally {
    await session.close();
  }
  found.lap('compare sequences, large objects and constraints');
  await found.level('schema', async () => {
    const { problems, byDefinition } = await compareSchema(target, manifest, entries, scratch.major, signal);
    if (!byDefinition) {
      found.remark(
        `Of the definitions it was proved that each object is there, not what it says: PostgreSQL ${scratch.major} and that of the source write them differently.`,
      );
    }
    return problems;
  });
  found.lap('compare definitions');
  const { checks } = request;
  if (checks.length > 0 && manifest.type === 'partial') {
    found.remark('The checks are about the whole database, and were not run on this partial backup.');
  } else if (checks.length > 0) {
    found.checks(await runChecks(target, checks, signal));
  }
  found.lap('checks');
}
