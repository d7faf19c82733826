import { HoldfastError } from '../base/errors.ts';
import { tryWriterLockInTransaction } from '../catalog/locks.ts';
import type { Queryable } from '../postgres/pool.ts';
import type { RunKind } from './active-run.ts';
import { repeatBackup } from './repeat.ts';
import type { JobContext } from './context.ts';
import { dropLeftDatabases } from './left-databases.ts';

/** The run that holds the writer lock, as far as the rows tell. A restore comes before its own safety backup. */
export async function runningNow(
  context: JobContext,
): Promise<{ kind: RunKind; id: number; startedAt: Date } | undefined> {
  const restore = await context.catalog.restores.alive();
  if (restore) return { kind: 'restore', ...restore };
  const backup = await context.catalog.backups.alive();
  return backup && { kind: 'backup', ...backup };
}

/**
 * Marks rows that claim to be alive although nobody holds the writer lock: their process was killed, or could not
 * write how it ended. Cheap when there are none.
 */
export async function reap(context: JobContext): Promise<void> {
  // A run of this process holds the lock.
  if (context.active.size > 0) return;
  if ((await runningNow(context)) === undefined) return;
  const restores = await context.catalog.pool.transaction(async (connection) => {
    const alone = await tryWriterLockInTransaction(connection, context.catalog.schema);
    return alone ? interruptLeftovers(context, connection) : 0;
  });
  if (restores > 0) await dropLeftDatabases(context);
}

/**
 * The same for one who holds the writer lock already.
 * @returns how many of them were restores
 */
export async function interruptLeftovers(context: JobContext, connection: Queryable): Promise<number> {
  const error = new HoldfastError(
    'INTERRUPTED',
    'The process that ran it ended, or lost the database, before it could record how the run ended.',
  ).toJSON();
  const restores = await context.catalog.restores.interruptAll(connection, error);
  const backups = await context.catalog.backups.interruptAll(connection, error);
  if (restores.length + backups.length === 0) return 0;
  context.logger.log('warn', 'runs of an ended process marked as interrupted', { backups, restores });
  for (const id of backups) await repeatBackup(context, connection, id);
  return restores.length;
}
