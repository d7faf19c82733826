/*
 * src/ owns the entry point of the library, which puts a system together out of options and hands out `system.api`. It
 * never does work of its own: every rule is in a folder below.
 */
import { actorCaller, application } from './api/auth/caller.ts';
import type { BackupSystem } from './api/contract.ts';
import { createFetch } from './api/router.ts';
import { requireNode } from './base/runtime.ts';
import { openDatabases } from './databases/databases.ts';
import type { ProtectedDatabase } from './databases/protected.ts';
import type { Options } from './options.ts';

export type * from './api/contract.ts';
export { errorCatalogue, HoldfastError, type ErrorBody, type ErrorCode } from './base/errors.ts';
export { version } from './base/package.ts';
export { silentLogger, stderrLogger, type Logger } from './base/logger.ts';
export { defineConfig, type ConfigExport } from './config-options.ts';
export { optionsFromEnvironment } from './environment.ts';
export type {
  AuthOptions,
  ConfigOptions,
  DrillCheckOption,
  DrillOptions,
  OidcOptions,
  Options,
} from './options.ts';
export type {
  DatabaseOptions,
  EnrolOptions,
  FourEyesOptions,
  KeptRowsOptions,
  SeveralOptions,
  TargetOptions,
  TenantOptions,
} from './option-groups.ts';
export type { ConnectionTarget } from './postgres/connection.ts';

/**
 * Puts a backup system together. It does not connect before the first call, and starts nothing on its own.
 * @throws INVALID_CONFIGURATION
 */
export function createBackupSystem(options: Options): BackupSystem {
  requireNode();
  const databases = openDatabases(options);
  const { first } = databases;
  let stopped: Promise<void> | undefined;
  return {
    fetch: createFetch(first, databases),
    ...facesOf(first),
    database: async (name) => facesOf(await databases.named(name)),
    start: () => databases.start(),
    stop() {
      stopped ??= databases.stop();
      return stopped;
    },
  };
}

function facesOf({ apiFor }: ProtectedDatabase): Pick<BackupSystem, 'api' | 'apiAs'> {
  return { api: apiFor(application), apiAs: (actor) => apiFor(actorCaller(actor)) };
}
