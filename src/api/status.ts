import type { Catalog } from '../catalog/catalog.ts';
import { anyOutside, lateCopies } from '../catalog/late-copies.ts';
import { recoveryRows } from '../catalog/recovery.ts';
import { statusFigures } from '../catalog/status-figures.ts';
import { findingSentence } from '../contract/finding-words.ts';
import { healthSentence, protection, readSentence, warningSentence } from '../contract/health-words.ts';
import type { StatusAnswer } from '../contract/system.ts';
import { databaseStoreName } from '../engine/stores/configured-stores.ts';
import { healthOf, type FailedDrill, type FailingStore, type RefusedInStore } from '../runs/health.ts';
import { isOfStore } from '../runs/places.ts';
import { withoutOf } from '../runs/radar.ts';
import { missedTargets, recoveryOf } from '../runs/recovery.ts';
import type { TenantRule } from '../runs/context.ts';
import type { Runs } from '../runs/runs.ts';
import { readSince } from '../runs/store-list.ts';
import { lastTestsInUse } from '../runs/store-tests.ts';
import type { ApiContext } from './context.ts';
import { notInitializedAnswer } from './initialized.ts';
import { presentBackup } from './present.ts';

/** What the status says, read now. */
export async function currentStatus({ catalog, config, jobs, version }: ApiContext): Promise<StatusAnswer> {
  if (!(await catalog.isInitialized())) {
    return { ...notInitializedAnswer(config.basePath), initialized: false };
  }
  await jobs.reap();
  const [running = null] = await jobs.running();
  const { lastCompleted, total, completed, damaged, ...facts } = await catalog.backups.summary();
  const storedBytes = await jobs.storedBytes().catch((error: unknown) => {
    if (isOfStore(error)) return error;
    throw error;
  });
  const { now, ...database } = await databaseFacts(catalog);
  const scheduler = await jobs.scheduler();
  const { pool, schema } = catalog;
  const rows = await recoveryRows(pool, schema, databaseStoreName, jobs.stores.names);
  const recovery = recoveryOf(rows, await catalog.drills.lastPassed(), config.targets, now);
  const health = healthOf({
    ...facts,
    damaged,
    schedules: await catalog.schedules.enabled(),
    newest: facts.sizes[0] ?? lastCompleted,
    scheduler,
    written: jobs.stores.written,
    failingStores: await failingStores(catalog, jobs),
    recovery: missedTargets(recovery),
    failingScrubs: await catalog.scrubs.failing(jobs.stores.names),
    rolledBack: (await catalog.stores.list()).flatMap(({ name, rolledBack }) =>
      rolledBack ? [{ store: name, ...rolledBack }] : [],
    ),
    refused: await refusedDocuments(catalog),
    suspicious: await suspicious(catalog),
    brake: await jobs.brake(),
    failedDrill: await failedDrill(catalog),
    storedBytes,
    lateCopies: await lateCopies(catalog.pool, catalog.schema, jobs.stores.names),
    anyOutside: await anyOutside(catalog.pool, catalog.schema, databaseStoreName),
    now,
  });
  return {
    initialized: true,
    message: 'Backup system is ready',
    version,
    health: {
      ...health,
      reason: healthSentence(health.finding),
      warnings: health.warnings.map((warning) => ({ ...warning, message: warningSentence(warning) })),
      failures: facts.failures,
      lastFailure: facts.lastFailure,
    },
    database,
    scheduler,
    tenants: tenantsOf(config.tenants),
    running: running && {
      kind: running.kind,
      id: running.id,
      startedAt: running.startedAt.toISOString(),
    },
    backups: {
      total,
      completed,
      damaged: damaged.length,
      storedBytes: typeof storedBytes === 'number' ? storedBytes : null,
    },
    lastCompleted: lastCompleted && presentBackup(lastCompleted),
    protection: protection({ ...recovery, health: { ...health, failures: facts.failures } }, now.getTime()),
    ...recovery,
    ...(await statusFigures(pool, schema, jobs.stores.names)),
    read: (await readSince(jobs.stores)).map((each) => ({ ...each, message: readSentence(each.since) })),
  };
}

function tenantsOf({ column, except }: TenantRule): { column: string; except: string[] } | null {
  return column === undefined ? null : { column, except: [...except] };
}

/** How many findings the health names. */
const namedFindings = 5;

async function suspicious({ findings }: Catalog) {
  return (await findings.list(namedFindings, 'open')).map(({ id, backupId, signs, total }) => {
    const all = { backupId, signs: signs.map(({ sign }) => sign), total };
    return { findingId: id, backupId, problem: findingSentence(all, withoutOf(signs)?.withoutId ?? null) };
  });
}

async function refusedDocuments({ stores }: Catalog): Promise<RefusedInStore[]> {
  return (await stores.list()).flatMap(({ name, refused }) => {
    const [first] = refused?.documents ?? [];
    if (!refused || !first) return [];
    const { since, count: documents } = refused;
    return [{ store: name, since, documents, ...first }];
  });
}

async function failedDrill({ drills }: Catalog): Promise<FailedDrill | null> {
  const last = await drills.lastDecided();
  if (last?.verdict !== 'failed') return null;
  const { backupId, finishedAt, cause } = last;
  return { backupId, at: finishedAt!.toISOString(), problem: cause?.message ?? '' };
}

async function failingStores(catalog: Catalog, { stores }: Runs): Promise<FailingStore[]> {
  const tests = await lastTestsInUse(catalog, stores);
  return [...tests].flatMap(([store, { failingSince, error }]) =>
    failingSince === null ? [] : [{ store, since: failingSince, problem: error?.message ?? '' }],
  );
}

interface DatabaseFacts {
  name: string;
  serverVersion: string;
  now: Date;
}

/** By the clock of the server. */
export async function databaseFacts({ pool }: Catalog): Promise<DatabaseFacts> {
  const [facts] = await pool.query<DatabaseFacts>(
    `select pg_catalog.current_database() as name,
       pg_catalog.current_setting('server_version') as "serverVersion", pg_catalog.now() as now`,
  );
  return facts!;
}
