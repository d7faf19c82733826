import type { ObjectsCredentials, S3Credentials } from './store/objects/credentials.ts';
import { HoldfastError } from './base/errors.ts';
import { stderrLogger, type Logger, type LogLevel } from './base/logger.ts';
import type { ConfigOptions, Options } from './options.ts';
import type { ConnectionTarget } from './postgres/connection.ts';
import { fileVariable, withSecretFiles, type Lookup } from './secret-files.ts';
import { settings, type Setting } from './settings.ts';

export type Environment = Record<string, string | undefined>;

/** A variable without the space around it; undefined when it is not set or empty. */
type Given = (name: string) => string | undefined;

/**
 * Options out of environment variables; what is not set is left out. The table in docs/OPERATIONS.md has the variables.
 * @throws INVALID_CONFIGURATION when no database is named, or a variable cannot be read
 */
export function optionsFromEnvironment(environment: Environment): Options {
  return requireDatabase(givenOptions(environment));
}

/**
 * Options out of environment variables, over those of a configuration file; what neither says is left out.
 * @throws INVALID_CONFIGURATION when a variable cannot be read
 */
export function givenOptions(environment: Environment, file: ConfigOptions = {}): ConfigOptions {
  const lookup = withSecretFiles(environment);
  const given: Given = (name) => lookup(name)?.trim() || undefined;
  const databases = databasesFrom(given);
  // A host may set the variable in every process: with several by name it is not looked at.
  const url = databases === undefined ? given('DATABASE_URL') : undefined;
  // Another database than that of the file: what the file says of the way to its own is of no use there.
  const below = url === undefined && databases === undefined ? file : without(file, namingDatabases);
  const options: ConfigOptions = {};
  for (const setting of settings) {
    const value = valueOf(setting, given) ?? at(below, setting.path);
    if (value !== undefined) put(options, setting.path, value);
  }
  const several = databases ?? below.databases;
  // Variables of the driver are its defaults: they name a database where nothing else does.
  const named = url ?? below.database ?? options.directDatabase;
  const database = several || named || options.enrol?.server ? named : databaseOfDriver(given);
  return {
    auth: {},
    ...options,
    ...(several === undefined ? {} : { databases: several }),
    ...(database === undefined
      ? {}
      : { database: withPassword(database, passwordOfFile(environment, lookup)) }),
    storeCredentials: credentialsOver(credentialsFrom(environment, lookup), file.storeCredentials),
    logger: loggerFrom(given) ?? file.logger ?? stderrLogger(),
  };
}

/** @throws INVALID_CONFIGURATION when no database is named */
export function requireDatabase(options: ConfigOptions): Options {
  const { database, databases, enrol, auth = {} } = options;
  if (database ?? databases ?? enrol?.server) return { ...options, auth };
  throw new HoldfastError('INVALID_CONFIGURATION', 'DATABASE_URL is not set', {
    hint: 'Set DATABASE_URL=postgres://user:password@host:5432/database, or `database` in holdfast.config.ts',
  });
}

/**
 * What a configuration file says of its databases; `DATABASE_URL` and `--database-url` replace all of it: in the catalog of one
 * database there must be nothing of another.
 */
const namingDatabases = [
  'database',
  'directDatabase',
  'databases',
  'catalog',
  'enrol',
] as const satisfies (keyof ConfigOptions)[];

/**
 * Credentials of stores outside the database, of variables that are not options: those that the tools of the place know too,
 * or HOLDFAST_SFTP_…. The AWS SDK reads AWS_… and its own files itself. docs/STORES.md lists them.
 * @throws INVALID_CONFIGURATION when the file of a secret cannot be read
 */
export function credentialsFromEnvironment(environment: Environment): ObjectsCredentials {
  return credentialsFrom(environment, withSecretFiles(environment));
}

function credentialsFrom(environment: Environment, lookup: Lookup): ObjectsCredentials {
  const given: Given = (name) => lookup(name)?.trim() || undefined;
  const s3 = s3CredentialsOfFiles(environment, given);
  return {
    ...(s3 === undefined ? {} : { s3 }),
    azure: withoutUndefined({
      accountKey: given('AZURE_STORAGE_KEY'),
      sasToken: given('AZURE_STORAGE_SAS_TOKEN'),
    }),
    sftp: withoutUndefined({
      // A password may begin or end with a space.
      password: lookup('HOLDFAST_SFTP_PASSWORD') || undefined,
      privateKeyFile: given('HOLDFAST_SFTP_KEY_FILE'),
      passphrase: lookup('HOLDFAST_SFTP_KEY_PASSPHRASE') || undefined,
      agentSocket: given('SSH_AUTH_SOCK'),
      knownHostsFile: given('HOLDFAST_SFTP_KNOWN_HOSTS'),
    }),
  };
}

/** What the SDK does not read itself: keys in files of secrets. */
function s3CredentialsOfFiles(environment: Environment, given: Given): S3Credentials | undefined {
  const names = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] as const;
  if (!names.some((name) => environment[fileVariable(name)]?.trim())) return undefined;
  const [accessKeyId, secretAccessKey, sessionToken] = names.map(given);
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return { accessKeyId, secretAccessKey, sessionToken };
  }
  throw new HoldfastError(
    'INVALID_CONFIGURATION',
    'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together, and one of the two is not given.',
    { hint: 'Set both, each by its value or by a file: AWS_ACCESS_KEY_ID_FILE, AWS_SECRET_ACCESS_KEY_FILE.' },
  );
}

/** Of Azure one of the two is used, so what is given replaces both; of SFTP each has its place. */
function credentialsOver(over: ObjectsCredentials, file: ObjectsCredentials | undefined): ObjectsCredentials {
  const azure = Object.keys(over.azure ?? {}).length > 0 ? over.azure : file?.azure;
  const s3 = over.s3 ?? file?.s3;
  return {
    ...(s3 === undefined ? {} : { s3 }),
    azure: azure ?? {},
    sftp: { ...file?.sftp, ...over.sftp },
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

/** In the file of a secret each may have a line. Undefined for a list of nothing but commas. */
function items(text: string): string[] | undefined {
  const list = text
    .split(/[,\n]/)
    .map((item) => item.trim())
    .filter((item) => item !== '');
  return list.length === 0 ? undefined : list;
}

/** Undefined when no level is set. */
function loggerFrom(given: Given): Logger | undefined {
  const level = given('HOLDFAST_LOG_LEVEL');
  if (level === undefined) return undefined;
  if (['debug', 'info', 'warn', 'error'].includes(level)) return stderrLogger(level as LogLevel);
  throw new HoldfastError('INVALID_CONFIGURATION', 'HOLDFAST_LOG_LEVEL must be debug, info, warn or error');
}

function databasesFrom(given: Given): Record<string, string> | undefined {
  const named = given('HOLDFAST_DATABASES');
  if (named === undefined) return undefined;
  const databases: Record<string, string> = {};
  for (const pair of named.split(/\s+/)) {
    const [, name, address] = /^([^=:/]+)=(.+)$/s.exec(pair) ?? [];
    if (name === undefined || address === undefined) {
      throw new HoldfastError(
        'INVALID_CONFIGURATION',
        'HOLDFAST_DATABASES must be name=ADDRESS, separated by spaces',
        {
          hint: 'HOLDFAST_DATABASES="shop=postgres://user:password@host/shop crm=postgres://user:password@host/crm"',
        },
      );
    }
    if (Object.hasOwn(databases, name)) {
      throw new HoldfastError('INVALID_CONFIGURATION', `HOLDFAST_DATABASES names "${name}" twice`);
    }
    databases[name] = address;
  }
  return databases;
}

/** What the variables of the driver say; they are its defaults, so they count where nothing else names a database. */
function databaseOfDriver(given: Given): ConnectionTarget | undefined {
  if (given('PGHOST') === undefined && given('PGDATABASE') === undefined) return undefined;
  const port = given('PGPORT');
  return withoutUndefined({
    host: given('PGHOST'),
    port: port === undefined ? undefined : wholeNumber('PGPORT', port),
    user: given('PGUSER'),
    password: given('PGPASSWORD'),
    database: given('PGDATABASE'),
  });
}

/** PGPASSWORD out of its file; the driver reads the variable itself. */
function passwordOfFile(environment: Environment, lookup: Lookup): string | undefined {
  return environment[fileVariable('PGPASSWORD')]?.trim() ? lookup('PGPASSWORD') : undefined;
}

/** A database with a password, where it has none of its own. */
function withPassword(
  database: string | ConnectionTarget,
  password: string | undefined,
): string | ConnectionTarget {
  if (password === undefined) return database;
  if (typeof database === 'string') return addressWithPassword(database, password);
  return { password, ...database };
}

/** An address with a password, where it has none of its own; one that is no URL stays as it is. */
export function addressWithPassword(address: string, password: string): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  if (url.password !== '' || url.searchParams.has('password')) return address;
  url.password = encodeURIComponent(password);
  return url.href;
}

function at(options: object, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (group, name) => (group as Record<string, unknown> | undefined)?.[name],
    options,
  );
}

function without<T extends object, K extends keyof T>(
  fields: T,
  names: readonly K[],
): Omit<T, K> & Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name as K))) as never;
}

function withoutUndefined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
