import pg from 'pg';
import { HoldfastError } from '../base/errors.ts';
import { driverOf } from './wire/driver.ts';

/** So often each of two connections is asked. */
const rounds = 3;
/** How long a pooler that has been looked at is believed to work the way it did. */
const knownMs = 10_000;

/** When poolers were last found to give each connection a server connection of its own. */
const known = new Map<string, number>();

/**
 * For a connection that a pooler has opened: makes sure that its server process is its own. PgBouncer gives the same one to
 * several clients in the modes transaction and statement; then locks, settings and transactions of ours are everybody's.
 * @param config of another connection to the same place
 * @throws POOLER_NOT_SUPPORTED
 */
export async function requireOwnBackend(client: pg.Client, config: pg.ClientConfig): Promise<void> {
  const place = placeOf(client);
  if (performance.now() - (known.get(place) ?? -Infinity) < knownMs) return;
  const other = new pg.Client(config);
  other.on('error', () => {});
  const { stream } = driverOf(other);
  const limit = setTimeout(
    () => stream.destroy(new Error('timeout expired')),
    config.connectionTimeoutMillis,
  );
  try {
    await other.connect();
    if (await shareBackends(client, other)) throw poolerNotSupported(client);
    known.set(place, performance.now());
  } finally {
    clearTimeout(limit);
    await other.end().catch(() => {});
  }
}

/** What is behind an address may have changed. */
export function forgetPooler(client: pg.Client): void {
  known.delete(placeOf(client));
}

export function poolerNotSupported({ host, port }: pg.Client): HoldfastError {
  return new HoldfastError(
    'POOLER_NOT_SUPPORTED',
    `At ${host}:${port} is a connection pooler that shares server connections between its clients (PgBouncer's pool_mode transaction or statement, for example). Locks would not hold, and our settings would reach the application.`,
  );
}

/** Whether two connections meet in one server process, or one of them in several. */
async function shareBackends(one: pg.Client, other: pg.Client): Promise<boolean> {
  const ofOne = new Set<number>();
  const ofOther = new Set<number>();
  for (let round = 0; round < rounds; round++) {
    // The first twice in a row, or a pooler that takes its server connections in turn could give each its own for ever.
    ofOne.add(await backendPid(one));
    ofOne.add(await backendPid(one));
    ofOther.add(await backendPid(other));
    if (ofOne.size > 1 || ofOther.size > 1 || [...ofOne].some((pid) => ofOther.has(pid))) return true;
  }
  return false;
}

async function backendPid(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_catalog.pg_backend_pid() as pid');
  return rows[0]!.pid;
}

function placeOf({ host, port, database, user }: pg.Client): string {
  return JSON.stringify([host, port, database, user]);
}
