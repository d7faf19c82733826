import pg from 'pg';
import { parse } from 'pg-connection-string';
import { HoldfastError } from '../base/errors.ts';
import { PreparedClient, type PreparedClientConfig } from './prepared-client.ts';

/** Where a database is: whatever the driver takes, or a connection string. */
export interface ConnectionTarget {
  /** `postgres://user:password@host:port/database?sslmode=…`; a Unix socket as `host=/path` in the query. */
  connectionString?: string;
  host?: string;
  port?: number;
  user?: string;
  password?: string | (() => string | Promise<string>);
  database?: string;
  ssl?: pg.ClientConfig['ssl'];
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
    connectionTimeoutMillis: options.connectTimeoutMs ?? defaultConnectTimeoutMs,
    keepAlive: true,
  };
  if (options.database !== undefined) config.database = options.database;
  if (options.stream !== undefined) config.stream = options.stream;
  return config;
}

/** Whether the driver would ask for TLS: it also looks at PGSSLMODE. */
export function usesTls(target: ConnectionTarget): boolean {
  return Boolean(new pg.Client(clientConfig(target)).ssl);
}

/**
 * Opens one connection, with the settings of ours.
 * @throws DATABASE_UNREACHABLE, DATABASE_AUTHENTICATION
 */
export async function openClient(target: ConnectionTarget, options: OpenOptions = {}): Promise<pg.Client> {
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

function connectionError(error: unknown, client: pg.Client): HoldfastError {
  const code = (error as { code?: string }).code ?? '';
  const message = error instanceof Error ? error.message : String(error);
  const where = `${client.host}:${client.port}, database ${client.database}`;
  if (code.startsWith('28')) {
    return new HoldfastError(
      'DATABASE_AUTHENTICATION',
      `The server at ${where} refused the login: ${message}`,
      { cause: error },
    );
  }
  return new HoldfastError('DATABASE_UNREACHABLE', `Cannot connect to ${where}: ${message}`, {
    cause: error,
  });
}
