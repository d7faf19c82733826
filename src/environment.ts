import type { ObjectsCredentials } from './store/objects/credentials.ts';
import { HoldfastError } from './base/errors.ts';
import { stderrLogger, type LogLevel } from './base/logger.ts';
import type { Options } from './options.ts';
import type { ConnectionTarget } from './postgres/connection.ts';
import { settings, type Setting } from './settings.ts';

export type Environment = Record<string, string | undefined>;

/** A variable without the space around it; undefined when it is not set or empty. */
type Given = (name: string) => string | undefined;

/**
 * Options out of environment variables; what is not set is left out. The table in docs/OPERATIONS.md has the variables.
 * @throws INVALID_CONFIGURATION when no database is named, or a variable cannot be read
 */
export function optionsFromEnvironment(environment: Environment): Options {
  const given: Given = (name) => environment[name]?.trim() || undefined;
  const options: Options = {
    database: databaseFrom(given),
    auth: {},
    storeCredentials: credentialsFromEnvironment(environment),
    logger: stderrLogger(logLevelFrom(given)),
  };
  for (const setting of settings) {
    const value = valueOf(setting, given);
    if (value !== undefined) put(options, setting.path, value);
  }
  return options;
}

/**
 * Credentials of stores outside the database, of variables that are not options: those that the tools of the place know too,
 * or HOLDFAST_SFTP_…. The AWS SDK reads AWS_… and its own files itself. docs/STORES.md lists them.
 */
export function credentialsFromEnvironment(environment: Environment): ObjectsCredentials {
  const given: Given = (name) => environment[name]?.trim() || undefined;
  return {
    azure: withoutUndefined({
      accountKey: given('AZURE_STORAGE_KEY'),
      sasToken: given('AZURE_STORAGE_SAS_TOKEN'),
    }),
    sftp: withoutUndefined({
      // A password may begin or end with a space.
      password: environment['HOLDFAST_SFTP_PASSWORD'] || undefined,
      privateKeyFile: given('HOLDFAST_SFTP_KEY_FILE'),
      passphrase: environment['HOLDFAST_SFTP_KEY_PASSPHRASE'] || undefined,
      agentSocket: given('SSH_AUTH_SOCK'),
      knownHostsFile: given('HOLDFAST_SFTP_KNOWN_HOSTS'),
    }),
  };
}

function valueOf({ variable, as }: Setting, given: Given): unknown {
  const text = variable === undefined || as === undefined ? undefined : given(variable);
  if (variable === undefined || text === undefined) return undefined;
  if (as === 'number') return wholeNumber(variable, text);
  if (as === 'switch') return isOn(variable, text);
  return as === 'list' ? items(text) : text;
}

/** The paths are those of the options' own schema, and parseOptions checks every value. */
function put(options: object, path: readonly string[], value: unknown): void {
  const [name = '', ...inner] = path;
  const group = options as Record<string, unknown>;
  if (inner.length === 0) group[name] = value;
  else put((group[name] ??= {}) as object, inner, value);
}

function wholeNumber(variable: string, text: string): number {
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  throw new HoldfastError('INVALID_CONFIGURATION', `${variable} must be a whole number`);
}

function isOn(variable: string, text: string): boolean {
  if (text === 'on' || text === 'off') return text === 'on';
  throw new HoldfastError('INVALID_CONFIGURATION', `${variable} must be on or off`);
}

/** Undefined for a list of nothing but commas. */
function items(text: string): string[] | undefined {
  const list = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  return list.length === 0 ? undefined : list;
}

function logLevelFrom(given: Given): LogLevel {
  const level = given('HOLDFAST_LOG_LEVEL') ?? 'info';
  if (['debug', 'info', 'warn', 'error'].includes(level)) return level as LogLevel;
  throw new HoldfastError('INVALID_CONFIGURATION', 'HOLDFAST_LOG_LEVEL must be debug, info, warn or error');
}

function databaseFrom(given: Given): string | ConnectionTarget {
  // With the direct address alone nothing is missing.
  const url = given('DATABASE_URL') ?? given('HOLDFAST_DIRECT_URL');
  if (url !== undefined) return url;
  if (given('PGHOST') === undefined && given('PGDATABASE') === undefined) {
    throw new HoldfastError('INVALID_CONFIGURATION', 'DATABASE_URL is not set', {
      hint: 'Set DATABASE_URL=postgres://user:password@host:5432/database',
    });
  }
  const port = given('PGPORT');
  return withoutUndefined({
    host: given('PGHOST'),
    port: port === undefined ? undefined : wholeNumber('PGPORT', port),
    user: given('PGUSER'),
    password: given('PGPASSWORD'),
    database: given('PGDATABASE'),
  });
}

function withoutUndefined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
