/*
 * postgres/ owns everything that talks to a PostgreSQL server; the only folder that loads the driver and quotes SQL.
 * It never knows backups, runs or our own tables.
 */
import pg from 'pg';
import { parse } from 'pg-connection-string';
import { errorCatalogue, HoldfastError } from '../base/errors.ts';
import { databaseFailure } from './failure.ts';
import { PreparedClient, type PreparedClientConfig } from './wire/prepared-client.ts';

/** The address of a database: options of the driver, or a connection string. */
export interface ConnectionTarget {
  /** `postgres://user:password@host:port/database?sslmode=…`; a Unix socket as `host=/path` in the query. */
  connectionString?: string;
  host?: string;
  port?: number;
  user?: string;
  password?: string | (() => string | Promise<string>);
  database?: string;
  ssl?: pg.ClientConfig['ssl'];
  /**
   * How long nothing may be heard from a server that should answer and that does not, asked on another connection,
   * confirm that it works. Default 60 000.
   */
  silenceTimeoutMs?: number;
  /**
   * Text of a lock that every connection takes in share mode: by it other processes find the connections of a run whose
   * process they have taken for dead.
   */
  mark?: string;
}

export interface OpenOptions {
  /** Shown in pg_stat_activity; begins with `holdfast`. */
  applicationName?: string;
  /** How long a statement waits for a lock. Default: without end. */
  lockTimeoutMs?: number;
  /** Instead of the settings that every connection of ours has (session-settings.ts), or beside them. */
  settings?: Readonly<Record<string, string>>;
  /** Limit for connecting and logging in. Default 15 000. */
  connectTimeoutMs?: number;
  /** Overrides the database of the target. */
  database?: string;
  /** A socket of our own making, for reading close to the wire. */
  stream?: pg.ClientConfig['stream'];
}

/** What a target may tell the driver. All else that a connection string can hold is ours to say. */
const targetKeys = ['host', 'port', 'user', 'password', 'database', 'ssl', 'sslnegotiation', 'options'];

const defaultConnectTimeoutMs = 15_000;
const defaultSilenceTimeoutMs = 60_000;
/** Of a connection that nothing is sent on. The driver's would be two hours. */
const keepAliveAfterMs = 10_000;

/**
 * The driver's configuration for a target. No setting of ours goes with the login, because poolers refuse such:
 * PreparedClient sends them.
 */
export function clientConfig(target: ConnectionTarget, options: OpenOptions = {}): PreparedClientConfig {
  const { connectionString, ...explicit } = target;
  const given: [string, unknown][] = [
    ...Object.entries(connectionString === undefined ? {} : parse(connectionString)),
    ...Object.entries(explicit).filter(([, value]) => value !== undefined),
  ];
  const config: PreparedClientConfig = {
    ...Object.fromEntries(given.filter(([key]) => targetKeys.includes(key))),
    settings: {
      ...options.settings,
      ...(options.lockTimeoutMs === undefined ? {} : { lock_timeout: String(options.lockTimeoutMs) }),
    },
    application_name: options.applicationName ?? 'holdfast',
    connectionTimeoutMillis: Math.min(
      options.connectTimeoutMs ?? defaultConnectTimeoutMs,
      target.silenceTimeoutMs ?? defaultSilenceTimeoutMs,
    ),
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveAfterMs,
    silenceTimeoutMs: target.silenceTimeoutMs ?? defaultSilenceTimeoutMs,
    ...(target.mark === undefined ? {} : { mark: target.mark }),
  };
  if (options.database !== undefined) config.database = options.database;
  if (options.stream !== undefined) config.stream = options.stream;
  return config;
}

/** The name of the database of a target, and its server as `host:port` or the folder of a socket: nothing of it is secret. */
export function addressOf(target: ConnectionTarget): { database: string; server: string } {
  // The driver fills in what the environment says.
  const { host, port, database, user } = new pg.Client(clientConfig(target));
  const server = host.startsWith('/') ? host : `${host.toLowerCase()}:${port}`;
  return { database: database ?? user ?? '', server };
}

/** Whether the driver would ask for TLS: it also looks at PGSSLMODE. */
export function usesTls(target: ConnectionTarget): boolean {
  return Boolean(new pg.Client(clientConfig(target)).ssl);
}

/**
 * Opens one connection, with the settings of ours.
 * @throws DATABASE_UNREACHABLE, DATABASE_AUTHENTICATION
 */
export async function openClient(
  target: ConnectionTarget,
  options: OpenOptions = {},
): Promise<PreparedClient> {
  const client = new PreparedClient(clientConfig(target, options));
  // Without a listener a broken idle connection would end the process; every use reports it anyway.
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => {});
    throw connectionError(error, client);
  }
  return client;
}

/** Where the server's source refuses the encoding of a login, which has no SQLSTATE of its own. */
const encodingCheck = 'InitializeClientEncoding';

/** Where it was, beside what went wrong. What does not come of the server's refusal is a server that cannot be reached. */
function connectionError(error: unknown, client: pg.Client): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const where = `${client.host}:${client.port}, database ${client.database}`;
  const { code, message, hint, details } = databaseFailure(error);
  const options = { cause: error, hint, ...(details ? { details } : {}) };
  if (code === 'DATABASE_AUTHENTICATION') {
    return new HoldfastError(code, `The server at ${where} refused the login: ${message}`, options);
  }
  if (code === 'STATEMENT_TIMEOUT') {
    return new HoldfastError(code, `The first statement at ${where} was ended: ${message}`, {
      ...options,
      hint: 'A statement_timeout of the role or the database holds until Holdfast has switched it off, and is too short even for that. Give the role of Holdfast one of its own: ALTER ROLE … SET statement_timeout = 0;',
    });
  }
  if ((error as { routine?: unknown } | null)?.routine === encodingCheck) {
    return new HoldfastError('ENCODING_NOT_SUPPORTED', `${where}: ${message}`, {
      ...options,
      hint: 'Holdfast uses UTF8, and there is no conversion from the encoding of this database. Move its contents into a database with another encoding.',
    });
  }
  if (code !== 'INTERNAL' && code !== 'DATABASE_UNREACHABLE') {
    return new HoldfastError(code, `${where}: ${message}`, options);
  }
  return new HoldfastError('DATABASE_UNREACHABLE', `Cannot connect to ${where}: ${message}`, {
    ...options,
    hint: code === 'INTERNAL' ? errorCatalogue.DATABASE_UNREACHABLE.hint : hint,
  });
}
