import { HoldfastError } from '../base/errors.ts';
import { backupLockName, lockClass, lockKey, nextFence, runMark } from '../catalog/locks.ts';
import type { Lane } from '../catalog/run-tables.ts';
import { openClient, type ConnectionTarget } from '../postgres/connection.ts';
import { databaseFailure } from '../postgres/failure.ts';
import { poolerNotSupported } from '../postgres/pooler.ts';
import type { PreparedClient } from '../postgres/wire/prepared-client.ts';

const pingEveryMs = 10_000;
const closeTimeoutMs = 2_000;

/** A connection whose only purpose is to hold advisory locks: they end with it, however the process ends. */
export interface LockConnection {
  /** Aborted, with INTERRUPTED as the reason, when the connection breaks: from then on another process may hold the locks. */
  readonly lost: AbortSignal;
  /**
   * Takes the lock of a lane, one a catalog, and with it the next number of its fence; undefined when another process has
   * the lock.
   */
  tryLane(lane: Lane): Promise<Omit<LaneHold, 'locks'> | undefined>;
  /** Takes a backup for reading, so that it is not deleted; false while it is being deleted. */
  tryRead(backupId: number): Promise<boolean>;
  /** Gives back what one `tryRead` has taken. */
  endRead(backupId: number): Promise<void>;
  /** Takes a backup for deletion; false while it is being read. */
  tryDelete(backupId: number): Promise<boolean>;
  endDelete(backupId: number): Promise<void>;
  /** Takes the ticket of a key that this process has; false when another process has taken it. */
  tryKey(ticket: string): Promise<boolean>;
  /** Gives every lock back and closes the connection. Never throws. */
  close(): Promise<void>;
}

/** A lane that this process has: the connection that has its lock, and the number of the fence that came with it. */
export interface LaneHold {
  readonly locks: LockConnection;
  readonly fence: number;
  /** Of the connections of the run that is performed under it: see runMark. */
  readonly mark: string;
}

/**
 * Opens a connection for locks. Advisory locks of a session rather than marks in rows, because a lock needs nobody
 * to clear it up when its process is killed.
 */
export async function openLocks(target: ConnectionTarget, schema: string): Promise<LockConnection> {
  const client = await openClient(target, { applicationName: 'holdfast lock' });
  const lost = new AbortController();
  let closing = false;
  const onLost = (why: string): void => {
    if (closing || lost.signal.aborted) return;
    lost.abort(
      new HoldfastError('INTERRUPTED', `The connection that held the lock of this run was lost: ${why}`),
    );
    // The server may not have noticed, and no other process would ever get the locks.
    client.breakOff();
  };
  client.on('error', (error: Error) => onLost(error.message));
  client.on('end', () => onLost('it was closed'));
  const pinging = pingWhileOpen(client, target.silenceTimeoutMs ?? pingEveryMs, onLost);

  const ask = async (sql: string, lock: number, name: string): Promise<boolean> => {
    try {
      const { rows } = await client.query<{ done: boolean; pid: number }>(
        `select ${sql}($1, ${lockKey(2)}) as done, pg_catalog.pg_backend_pid() as pid`,
        [lock, name],
      );
      if (rows[0]!.pid === client.backendPid) return rows[0]!.done;
      onLost(otherProcess);
      throw poolerNotSupported(client);
    } catch (error) {
      throw databaseFailure(error);
    }
  };
  return {
    lost: lost.signal,
    async tryLane(lane) {
      if (!(await ask('pg_catalog.pg_try_advisory_lock', lockClass[lane], schema))) return undefined;
      try {
        // By this connection, so that nobody counts on who has lost the lock already.
        const { rows } = await client.query<{ fence: string; databaseOid: string }>(nextFence(schema, lane));
        const { databaseOid } = rows[0]!;
        const fence = Number(rows[0]!.fence);
        return { fence, mark: runMark({ databaseOid, schema, lane, fence }) };
      } catch (error) {
        throw databaseFailure(error);
      }
    },
    tryRead: (id) =>
      ask('pg_catalog.pg_try_advisory_lock_shared', lockClass.backup, backupLockName(schema, id)),
    async endRead(id) {
      await ask('pg_catalog.pg_advisory_unlock_shared', lockClass.backup, backupLockName(schema, id));
    },
    tryDelete: (id) => ask('pg_catalog.pg_try_advisory_lock', lockClass.backup, backupLockName(schema, id)),
    async endDelete(id) {
      await ask('pg_catalog.pg_advisory_unlock', lockClass.backup, backupLockName(schema, id));
    },
    tryKey: (ticket) => ask('pg_catalog.pg_try_advisory_lock', lockClass.key, ticket),
    async close() {
      if (closing) return;
      closing = true;
      clearInterval(pinging);
      // A server that does not answer must not be waited for.
      const limit = setTimeout(() => client.breakOff(), closeTimeoutMs);
      await giveBack(client, !lost.signal.aborted).catch(() => {});
      clearTimeout(limit);
    },
  };
}

/** A pooler has begun to share connections since it was looked at. */
const otherProcess = 'a connection pooler answers for it with another server process';

/** A backend that is told to end gives its locks back a moment later, and the next run must not wait for that. */
async function giveBack(client: PreparedClient, unlock: boolean): Promise<void> {
  if (unlock) await client.query('select pg_catalog.pg_advisory_unlock_all()');
  await client.end();
}

/** Notices a server that has fallen silent, though nothing else is asked of it, and a pooler that has changed its ways. */
function pingWhileOpen(
  client: PreparedClient,
  silenceTimeoutMs: number,
  onLost: (why: string) => void,
): NodeJS.Timeout {
  let waiting = false;
  const timer = setInterval(
    () => {
      if (waiting) return;
      waiting = true;
      client
        .query<{ pid: number }>('select pg_catalog.pg_backend_pid() as pid')
        .then(({ rows }) => {
          if (rows[0]!.pid !== client.backendPid) onLost(otherProcess);
        })
        .catch((error: Error) => onLost(error.message))
        .finally(() => {
          waiting = false;
        });
    },
    Math.min(pingEveryMs, silenceTimeoutMs),
  );
  timer.unref();
  return timer;
}
