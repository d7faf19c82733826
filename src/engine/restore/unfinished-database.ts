import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { HoldfastError } from '../../base/errors.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { dropDatabase } from '../../postgres/databases.ts';
import { databaseFailure, endsConnection } from '../../postgres/failure.ts';

const maxNameBytes = 63;
const dropForMs = 60_000;
const dropPauseMs = 1_000;

/** What the names of all of them begin with. */
export const unfinishedPrefix = 'holdfast_unfinished_';

/** The name that a new database has until it is complete. */
export function unfinishedName(database: string): string {
  const prefix = `${unfinishedPrefix}${randomBytes(4).toString('hex')}_`;
  let name = prefix + database;
  while (Buffer.byteLength(name) > maxNameBytes) name = name.slice(0, -1);
  return name;
}

/**
 * Drops a database that was not finished. The server may be starting again, or our own connections may still count: it is
 * tried for a while.
 * @param reason why it was not finished
 * @throws RESTORE_FAILED naming the database, when it could not be dropped
 */
export async function dropUnfinished(server: ConnectionTarget, name: string, reason: unknown): Promise<void> {
  for (const started = Date.now(); ;) {
    try {
      await dropDatabase(server, name);
      return;
    } catch (error) {
      if (Date.now() - started > dropForMs || !endsConnection(databaseFailure(error))) {
        throw notDropped(name, reason, error);
      }
    }
    await sleep(dropPauseMs);
  }
}

function notDropped(name: string, reason: unknown, error: unknown): HoldfastError {
  return new HoldfastError(
    'RESTORE_FAILED',
    `${reason instanceof Error ? reason.message : String(reason)} The unfinished database could not be dropped either: ${String(error)}`,
    {
      cause: reason,
      hint: `Drop the database "${name}" by hand; it is incomplete.`,
      details: { unfinishedDatabase: name },
    },
  );
}
