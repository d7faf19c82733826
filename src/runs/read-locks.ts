import { backupBeingDeleted } from './open-backup.ts';
import type { LockConnection } from './locks.ts';

/** A backup that nobody can delete until it is released. */
export interface ReadLock {
  /** Aborted, with INTERRUPTED as the reason, when the lock is lost with its connection. */
  readonly lost: AbortSignal;
  /** Never throws. */
  release(): Promise<void>;
}

export interface ReadLocks {
  /** @throws BACKUP_IN_USE while it is being deleted */
  hold(backupId: number): Promise<ReadLock>;
}

interface Shared {
  connection: Promise<LockConnection>;
  readers: number;
  /** What was asked of the connection last; it takes one question at a time. */
  last: Promise<unknown>;
}

/**
 * The locks of all backups that this process reads, on one connection for any number of readers: it is opened for the
 * first one and closed after the last. The server counts how often a session has taken a lock.
 */
export function createReadLocks(open: () => Promise<LockConnection>): ReadLocks {
  let current: Shared | undefined;

  const retire = (shared: Shared): void => {
    if (current === shared) current = undefined;
  };
  const share = (): Shared => {
    if (current) return current;
    const connection = open();
    const shared: Shared = { connection, readers: 0, last: connection };
    current = shared;
    shared.connection.then(
      // Those who come after the loss begin with a connection of their own.
      ({ lost }) => lost.addEventListener('abort', () => retire(shared), { once: true }),
      () => retire(shared),
    );
    return shared;
  };
  const ask = async <T>(shared: Shared, question: (locks: LockConnection) => Promise<T>): Promise<T> => {
    const locks = await shared.connection;
    const answer = shared.last.catch(() => {}).then(() => question(locks));
    shared.last = answer;
    return answer;
  };
  const leave = async (shared: Shared): Promise<void> => {
    shared.readers -= 1;
    if (shared.readers > 0) return;
    retire(shared);
    const connection = await shared.connection.catch(() => undefined);
    await connection?.close();
  };

  return {
    async hold(backupId) {
      const shared = share();
      shared.readers += 1;
      try {
        const { lost } = await shared.connection;
        if (!(await ask(shared, (locks) => locks.tryRead(backupId)))) throw backupBeingDeleted(backupId);
        let released: Promise<void> | undefined;
        return {
          lost,
          release: () =>
            (released ??= ask(shared, (locks) => locks.endRead(backupId))
              // A connection that is gone holds nothing any more.
              .catch(() => {})
              .then(() => leave(shared))),
        };
      } catch (error) {
        await leave(shared);
        throw error;
      }
    },
  };
}
