import { createApi, type ApiFor } from '../api/api.ts';
import type { ApiContext, KnownDatabases } from '../api/context.ts';
import { pageUrl } from '../api/page/page.ts';
import { keepFourEyesRule } from '../api/second-actor.ts';
import { version } from '../base/package.ts';
import { openCatalog, type Catalog } from '../catalog/catalog.ts';
import { placeOf } from '../engine/stores/place.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import { openPool, type Pool } from '../postgres/pool.ts';
import { databasesOf } from '../runs/databases.ts';
import type { Gate } from '../runs/gate.ts';
import type { Listening } from '../runs/listening.ts';
import { createRuns } from '../runs/runs.ts';
import { createStores } from '../runs/stores.ts';
import type { NamedDatabase } from './named.ts';

/** What the databases of one process share. */
export interface Shared {
  readonly gate: Gate;
  /** Of the database that has the catalogs of all; undefined where each has its own. */
  readonly control?: { catalogPool: Pool; storePool: Pool; listening: Listening } | undefined;
  readonly databases: KnownDatabases;
  /** Whether there are several, or may be. */
  readonly several: boolean;
  /** Tokens and ended sessions are those of the first database; undefined for that one itself. */
  readonly identities?: Pick<Catalog, 'tokens' | 'endedSessions'> | undefined;
}

/** One database with its catalog, its runs and its API. It does not connect before the first call, and starts nothing on its own. */
export interface ProtectedDatabase extends NamedDatabase {
  readonly context: ApiContext;
  readonly apiFor: ApiFor;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** @param unprotected names databases that nothing protects, for the health of the one that tells of them */
export function openProtected(
  { name, config, enrolled }: NamedDatabase,
  shared: Shared,
  unprotected?: () => Promise<string[]>,
): ProtectedDatabase {
  const { target, schema, logger, lockTimeoutMs } = config;
  const databases = databasesOf(target, config.catalog);
  const own: Pool[] = [];
  const ownPool = (...values: Parameters<typeof openPool>): Pool => {
    const pool = openPool(...values);
    own.push(pool);
    return pool;
  };
  const catalogPool = shared.control?.catalogPool ?? ownPool(databases.catalog, catalogPoolOptions);
  // Separate, so that heartbeats do not wait behind chunks.
  const storePool = shared.control?.storePool ?? ownPool(databases.catalog, storePoolOptions(config));
  // Asked now and then: of many databases, none keeps a connection for that.
  const source = databases.apart
    ? ownPool(target, { max: 2, applicationName: 'holdfast', idleMs: 500 })
    : catalogPool;
  const catalog = { ...openCatalog(catalogPool, schema, source), ...shared.identities };
  const stores = createStores({
    ...config.stores,
    rows: catalog.stores,
    place: (store) => placeOf(store, { pool: storePool, schema: quoteIdentifier(schema) }),
  });
  const {
    jobs: readers,
    compressionLevel,
    maxWorkers,
    maxQueued,
    maxDownloads,
    downloadIdleMs,
    idlePollMs,
    storeTestHours,
    drill,
    tenants,
    keptRows,
    scrubDays,
    rereadDays,
    targets,
  } = config;
  const settings = {
    jobs: readers,
    maxWorkers,
    compressionLevel,
    lockTimeoutMs,
    maxQueued,
    maxDownloads,
    downloadIdleMs,
    idlePollMs,
    storeTestHours,
    drill,
    tenants,
    keptRows,
    scrubDays,
    rereadDays,
    targets,
    pageUrl: pageUrl(config),
    called: shared.several ? name : undefined,
  };
  const jobs = createRuns({
    databases,
    catalog,
    source,
    stores,
    settings,
    logger,
    works: config.worker,
    gate: shared.gate,
    sharedListening: shared.control?.listening,
    unprotected,
  });
  const context: ApiContext = { config, catalog, source, jobs, version, databases: shared.databases };
  return {
    name,
    config,
    enrolled,
    context,
    apiFor: createApi(context),
    async start() {
      // Before it listens: of two that look at once one finds the other at it, and has seen nothing marked yet.
      try {
        if (await catalog.isInitialized()) {
          await keepFourEyesRule(context);
          await jobs.reap();
        }
      } finally {
        if (config.worker) jobs.listen();
      }
    },
    async stop() {
      await jobs.stop();
      await stores.close();
      await Promise.all(own.map((pool) => pool.close()));
    },
  };
}

export const catalogPoolOptions = { max: 4, applicationName: 'holdfast catalog' };

/** @param runs how many use it at once */
export function storePoolOptions(
  { jobs, lockTimeoutMs }: Pick<NamedDatabase['config'], 'jobs' | 'lockTimeoutMs'>,
  runs = 1,
): Parameters<typeof openPool>[1] {
  return { max: runs * (jobs + 2), applicationName: 'holdfast store', lockTimeoutMs };
}
