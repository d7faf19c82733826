import * as os from 'node:os';
import type { Scope } from '../contract/scopes.ts';
import type { BackupApi } from '../api/contract.ts';
import { silentLogger } from '../base/logger.ts';
import { chosenOptions } from '../databases/named.ts';
import { createBackupSystem } from '../index.ts';
import { givenOptions, requireDatabase, type Environment } from '../environment.ts';
import type { FourEyesOptions } from '../option-groups.ts';
import { parseOptions, type ConfigOptions, type Options } from '../options.ts';
import { openClient, type ConnectionTarget } from '../postgres/connection.ts';
import { configFile } from './config-file.ts';
import type { Invocation } from './invocation.ts';

/** The environment with what the command line says put over it. */
function environmentFor(invocation: Invocation, jobs?: number): Environment {
  const environment: Environment = { ...process.env };
  if (invocation.databaseUrl !== undefined) {
    environment['DATABASE_URL'] = invocation.databaseUrl;
    // They may be of another database than the one that was named just now.
    const others = [
      'HOLDFAST_DIRECT_URL',
      'HOLDFAST_DATABASES',
      'HOLDFAST_CATALOG_URL',
      'HOLDFAST_ENROL_SERVER',
      'HOLDFAST_ENROL',
    ];
    for (const name of ['DATABASE_URL_FILE', ...others, ...others.map((each) => `${each}_FILE`)]) {
      delete environment[name];
    }
  }
  if (invocation.schema !== undefined) environment['HOLDFAST_SCHEMA'] = invocation.schema;
  if (jobs !== undefined) environment['HOLDFAST_JOBS'] = String(jobs);
  return environment;
}

/**
 * What the command line, the environment and the configuration file say, in this order; what none says is left out.
 * @throws INVALID_CONFIGURATION
 */
export async function givenTo(invocation: Invocation, jobs?: number): Promise<ConfigOptions> {
  return givenOptions(environmentFor(invocation, jobs), (await configFile(invocation))?.options);
}

/** The same for a command that needs a database. @throws INVALID_CONFIGURATION when none is named */
export async function optionsFor(invocation: Invocation, jobs?: number): Promise<Options> {
  return requireDatabase(await givenTo(invocation, jobs));
}

/** What a command itself says of the options, over what the environment says. */
export interface Overrides {
  jobs?: number | undefined;
  store?: string | undefined;
  copyTo?: string[] | undefined;
  identity?: string | undefined;
  /** Instead of the rule of this process; with `{}` the one that is kept in the tables is the only one. */
  fourEyes?: FourEyesOptions;
}

/** Options of a command that serves nothing, of all databases: with their passwords, no token is needed. */
async function commandOptions(
  invocation: Invocation,
  { jobs, store, copyTo, identity, fourEyes }: Overrides = {},
): Promise<Options> {
  const options = await optionsFor(invocation, jobs);
  return {
    ...options,
    ...(store === undefined ? {} : { store }),
    ...(copyTo === undefined ? {} : { copyTo }),
    ...(identity === undefined ? {} : { identity }),
    ...(fourEyes === undefined ? {} : { fourEyes }),
    auth: { authorize: () => false },
    // The command tells what happens; a log beside it would only be in the way, unless it was asked for.
    ...(logsAnyway() ? {} : { logger: silentLogger }),
  };
}

/** The same of the database that the command line names, or the first one, alone. */
export async function localOptions(invocation: Invocation, overrides?: Overrides): Promise<Options> {
  return chosenOptions(await commandOptions(invocation, overrides), invocation.database);
}

/** Whether a log is asked for, where a command would have none. */
export function logsAnyway(): boolean {
  return Boolean(process.env['HOLDFAST_LOG_LEVEL']?.trim());
}

const answerLimitMs = 1_000;

/** Whether the database of the invocation answers, within a second. One that is not named by it is believed to. */
export async function databaseAnswers(invocation: Invocation): Promise<boolean> {
  let target: ConnectionTarget;
  try {
    const { catalog, ...config } = parseOptions(await localOptions(invocation));
    target = catalog ?? config.target;
  } catch {
    return true;
  }
  try {
    const client = await openClient(target, { connectTimeoutMs: answerLimitMs });
    client.stream.destroy();
    return true;
  } catch {
    return false;
  }
}

/** The user of this machine, in whose name a command is written into the audit. */
function operator(): { actor: string; scopes: Scope[]; address: string } {
  const machine = os.hostname();
  let user = String(process.getuid?.() ?? 'unknown');
  try {
    user = os.userInfo().username;
  } catch {
    // A container may run as a number that has no name.
  }
  return { actor: `${user}@${machine} (command line)`, scopes: ['admin'], address: machine };
}

/** Composes the system on the databases of the invocation, for as long as the work takes. */
export async function withApi<T>(
  invocation: Invocation,
  work: (api: BackupApi) => Promise<T>,
  overrides?: Overrides,
): Promise<T> {
  const system = createBackupSystem(await commandOptions(invocation, overrides));
  try {
    const { database } = invocation;
    const faces = database === undefined ? system : await system.database(database);
    return await work(faces.apiAs(operator()));
  } finally {
    await system.stop();
  }
}
