import pg from 'pg';
import { parse } from 'pg-connection-string';
import { HoldfastError } from '../base/errors.ts';

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
  /** How long a statement waits for a lock. Default: as the server has it. */
  lockTimeoutMs?: number;
  /** Limit for connecting and logging in. Default 15 000. */
  connectTimeoutMs?: number;
  /** Overrides the database of the target. */
  database?: string;
  /** A socket of our own making, for reading close to the wire. */
  stream?: pg.ClientConfig['stream'];
}

/** The driver's configuration for a target. */
export function clientConfig(target: ConnectionTarget, options: OpenOptions = {}): pg.ClientConfig {
  const { connectionString, ...explicit } = target;
  const parsed = connectionString === undefined ? {} : (parse(connectionString) as pg.ClientConfig);
  const config: pg.ClientConfig = { ...parsed };
  for (const [key, value] of Object.entries(explicit)) {
    if (value !== undefined) Object.assign(config, { [key]: value });
  }
  if (options.database !== undefined) config.database = options.database;
  if (options.stream !== undefined) config.stream = options.stream;
  config.application_name = options.applicationName ?? 'holdfast';
  if (options.lockTimeoutMs !== undefined) config.lock_timeout = options.lockTimeoutMs;
  config.connectionTimeoutMillis = options.connectTimeoutMs ?? 15_000;
  config.keepAlive = true;
  return config;
}

/** Whether the driver would ask for TLS: it also looks at PGSSLMODE. */
export function usesTls(target: ConnectionTarget): boolean {
  return Boolean(new pg.Client(clientConfig(target)).ssl);
}

/**
 * Opens one connection.
 * @throws DATABASE_UNREACHABLE, DATABASE_AUTHENTICATION
 */
export async function openClient(target: ConnectionTarget, options: OpenOptions = {}): Promise<pg.Client> {
  const client = new pg.Client(clientConfig(target, options));
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
