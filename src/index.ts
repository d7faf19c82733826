/*
 * src/ owns the entry point of the library, which puts a system together out of options and hands out `system.api`. It
 * never does work of its own: every rule is in a folder below.
 */
import { createApi } from './api/api.ts';
import { actorCaller, application } from './api/auth/caller.ts';
import type { BackupSystem } from './api/contract.ts';
import { version } from './base/package.ts';
import { requireNode } from './base/runtime.ts';
import { keepFourEyesRule } from './api/second-actor.ts';
import { pageUrl } from './api/page/page.ts';
import { createFetch } from './api/router.ts';
import { openCatalog } from './catalog/catalog.ts';
import { oneDatabase } from './runs/databases.ts';
import { placeOf } from './engine/stores/place.ts';
import { createRuns } from './runs/runs.ts';
import { createStores } from './runs/stores.ts';
import { parseOptions, type Options } from './options.ts';
import { quoteIdentifier } from './postgres/identifiers.ts';
import { openPool } from './postgres/pool.ts';

export type * from './api/contract.ts';
export { errorCatalogue, HoldfastError, type ErrorBody, type ErrorCode } from './base/errors.ts';
export { version } from './base/package.ts';
export { silentLogger, stderrLogger, type Logger } from './base/logger.ts';
export { defineConfig, type ConfigExport } from './config-options.ts';
export { optionsFromEnvironment } from './environment.ts';
export type {
  AuthOptions,
  ConfigOptions,
  TargetOptions,
  DrillCheckOption,
  DrillOptions,
  OidcOptions,
  Options,
  TenantOptions,
} from './options.ts';
export type { ConnectionTarget } from './postgres/connection.ts';

/**
 * Puts a backup system together. It does not connect before the first call, and starts nothing on its own.
 * @throws INVALID_CONFIGURATION
 */
export function createBackupSystem(options: Options): BackupSystem {
  requireNode();
  const config = parseOptions(options);
  const { target, schema, logger, jobs: readers, compressionLevel, lockTimeoutMs } = config;
  const catalogPool = openPool(target, { max: 4, applicationName: 'holdfast catalog' });
  // Separate, so that heartbeats do not wait behind chunks.
  const storePool = openPool(target, { max: readers + 2, applicationName: 'holdfast store', lockTimeoutMs });
  const catalog = openCatalog(catalogPool, schema);
  const stores = createStores({
    ...config.stores,
    rows: catalog.stores,
    place: (store) => placeOf(store, { pool: storePool, schema: quoteIdentifier(schema) }),
  });
  const {
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
    maxWorkers: config.maxWorkers,
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
  };
  const jobs = createRuns({
    databases: oneDatabase(target),
    catalog,
    stores,
    settings,
    logger,
    works: config.worker,
  });
  const context = { config, catalog, jobs, version };
  const apiFor = createApi(context);
  let stopped: Promise<void> | undefined;

  return {
    fetch: createFetch(context, apiFor),
    api: apiFor(application),
    apiAs: (actor) => apiFor(actorCaller(actor)),
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
    stop() {
      stopped ??= (async () => {
        await jobs.stop();
        await stores.close();
        await Promise.all([catalogPool.close(), storePool.close()]);
      })();
      return stopped;
    },
  };
}
