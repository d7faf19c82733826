import type { HoldfastError } from '../base/errors.ts';
import type { BackupRecord } from '../catalog/backup-record.ts';
import type { BackupsSummary } from '../catalog/backup-summary.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { anyOutside, lateCopies } from '../catalog/late-copies.ts';
import { recoveryRows } from '../catalog/recovery.ts';
import { findingSentence } from '../contract/finding-words.ts';
import { protection } from '../contract/health-words.ts';
import type { SchedulerState } from '../contract/health.ts';
import type { ProtectionState } from '../contract/recovery.ts';
import { databaseStoreName } from '../engine/stores/configured-stores.ts';
import { addressOf } from '../postgres/connection.ts';
import { databaseFailure } from '../postgres/failure.ts';
import type { Queryable } from '../postgres/pool.ts';
import { brakeOf } from './brake.ts';
import type { RunContext } from './context.ts';
import {
  healthOf,
  newestFull,
  stateOfHealth,
  type FailedDrill,
  type FailingStore,
  type Health,
  type RefusedInStore,
} from './health.ts';
import { isOfStore } from './places.ts';
import { withoutOf } from './radar.ts';
import { missedTargets, recoveryOf, type Recovery } from './recovery.ts';
import { answerLimitMs, within } from './store-list.ts';
import { lastTestsInUse } from './store-tests.ts';
import type { Stores } from './stores.ts';

/** How the backups are now, with what that is made from. */
export interface CurrentHealth extends Health, Pick<BackupsSummary, 'failures' | 'lastFailure'> {
  backups: Pick<BackupsSummary, 'total' | 'completed' | 'damaged'> & {
    /** The newest good one with tables. */
    lastCompleted: BackupRecord | null;
  };
  /** When the last good backup began: a full one if there is any. */
  lastGoodAt: Date | null;
  /** Of the store that backups are written to; the error of one that cannot be used. */
  storedBytes: number | HoldfastError;
  scheduler: SchedulerState;
  recovery: Recovery;
  protection: { state: ProtectionState; words: string };
  database: { name: string; serverVersion: string };
  /** By the clock of the server. */
  now: Date;
}

/** Looks at everything that says whether the backups protect the database. */
export async function currentHealth(context: RunContext, scheduler: SchedulerState): Promise<CurrentHealth> {
  const { catalog, stores, settings } = context;
  const { total, completed, damaged, now: _, ...facts } = await catalog.backups.summary();
  const lastCompleted = (await catalog.backups.newestGood()) ?? null;
  const storedBytes = await storedBytesOrError(stores);
  const { now, problem, ...database } = await databaseFacts(context);
  const { pool, schema } = catalog;
  const rows = await recoveryRows(pool, schema, databaseStoreName, stores.names);
  const recovery = recoveryOf(rows, await catalog.drills.lastPassed(), settings.targets, now);
  const health = healthOf({
    ...facts,
    damaged,
    schedules: await catalog.schedules.enabled(),
    newest: facts.sizes[0] ?? lastCompleted,
    scheduler,
    written: stores.written,
    failingStores: await failingStores(catalog, stores),
    recovery: missedTargets(recovery),
    failingScrubs: await catalog.scrubs.failing(stores.names),
    ...(await storeRows(catalog)),
    suspicious: await suspicious(catalog),
    brake: await brakeOf(context),
    failedDrill: await failedDrill(catalog),
    storedBytes,
    lateCopies: await lateCopies(pool, schema, stores.names),
    anyOutside: await anyOutside(pool, schema, databaseStoreName),
    failingChannels: await catalog.channels.failing(),
    silentDatabase: problem ?? null,
    unprotected: (await context.unprotected?.()) ?? [],
    now,
  });
  const { failures, lastFailure } = facts;
  return {
    ...health,
    failures,
    lastFailure,
    backups: { lastCompleted, total, completed, damaged },
    lastGoodAt: newestFull(facts.good),
    storedBytes,
    scheduler,
    recovery,
    protection: protection({ ...recovery, health: { ...health, failures } }, now.getTime()),
    database,
    now,
  };
}

/** As much of it as an overview of many databases shows, in a few questions. */
export interface BriefHealth extends Pick<CurrentHealth, 'state' | 'finding' | 'lastGoodAt' | 'storedBytes'> {
  backups: Pick<BackupsSummary, 'total' | 'completed' | 'damaged'>;
}

/** Without warnings, and without asking the protected database. */
export async function briefHealth({ catalog, stores }: RunContext): Promise<BriefHealth> {
  const [summary, schedules, storedBytes] = await Promise.all([
    catalog.backups.summary(),
    catalog.schedules.enabled(),
    storedBytesOrError(stores),
  ]);
  const { total, completed, damaged, now, ...facts } = summary;
  const newest = facts.sizes[0] ?? (await catalog.backups.newestGood()) ?? null;
  const about = { ...facts, damaged, newest, schedules, storedBytes, written: stores.written, now };
  return {
    ...stateOfHealth(about),
    backups: { total, completed, damaged },
    lastGoodAt: newestFull(facts.good),
    storedBytes,
  };
}

function storedBytesOrError(stores: Stores): Promise<number | HoldfastError> {
  return storedBytesIn(stores).catch((error: unknown) => {
    if (isOfStore(error)) return error;
    throw error;
  });
}

/** The bytes that the store holds which backups are written to. @throws STORE_*, KEY_* when it cannot be opened */
async function storedBytesIn(stores: Stores): Promise<number> {
  const { address } = stores.addressOf(stores.written);
  const asking = stores.open(stores.written).then((store) => store.storedBytes());
  return within(answerLimitMs, address, asking);
}

/** How many findings the health names. */
const namedFindings = 5;

async function suspicious({ findings }: Catalog) {
  return (await findings.list(namedFindings, 'open')).map(({ id, backupId, signs, total }) => {
    const all = { backupId, signs: signs.map(({ sign }) => sign), total };
    return { findingId: id, backupId, problem: findingSentence(all, withoutOf(signs)?.withoutId ?? null) };
  });
}

async function storeRows({ stores }: Catalog) {
  const rows = await stores.list();
  return {
    rolledBack: rows.flatMap(({ name, rolledBack }) => (rolledBack ? [{ store: name, ...rolledBack }] : [])),
    refused: rows.flatMap(({ name, refused }): RefusedInStore[] => {
      const [first] = refused?.documents ?? [];
      if (!refused || !first) return [];
      const { since, count: documents } = refused;
      return [{ store: name, since, documents, ...first }];
    }),
  };
}

async function failedDrill({ drills }: Catalog): Promise<FailedDrill | null> {
  const last = await drills.lastDecided();
  if (last?.verdict !== 'failed') return null;
  const { backupId, finishedAt, cause } = last;
  return { backupId, at: finishedAt!.toISOString(), problem: cause?.message ?? '' };
}

async function failingStores(catalog: Catalog, stores: Stores): Promise<FailingStore[]> {
  const tests = await lastTestsInUse(catalog, stores);
  return [...tests].flatMap(([store, { failingSince, error }]) =>
    failingSince === null ? [] : [{ store, since: failingSince, problem: error?.message ?? '' }],
  );
}

interface DatabaseFacts {
  name: string;
  /** Empty while a protected database does not answer whose catalog is in another one. */
  serverVersion: string;
  /** Why it does not answer. */
  problem?: string;
  now: Date;
}

const silentAfterMs = 5_000;

/** Times are by the clock of the catalog's server. @throws what the catalog's database throws */
export async function databaseFacts({
  catalog,
  source,
  databases,
}: Pick<RunContext, 'catalog' | 'source' | 'databases'>): Promise<DatabaseFacts> {
  if (!databases.apart) return factsOf(catalog.pool);
  const name = addressOf(databases.source).database;
  const silent = (error: unknown) => ({ name, serverVersion: '', problem: databaseFailure(error).message });
  const [{ now }, facts] = await Promise.all([
    factsOf(catalog.pool),
    within(silentAfterMs, name, factsOf(source)).catch(silent),
  ]);
  return { ...facts, now };
}

async function factsOf(pool: Queryable): Promise<DatabaseFacts> {
  const [facts] = await pool.query<DatabaseFacts>(
    `select pg_catalog.current_database() as name,
       pg_catalog.current_setting('server_version') as "serverVersion", pg_catalog.now() as now`,
  );
  return facts!;
}
