import { errorCatalogue } from '../base/errors.ts';
import type { Queryable } from '../postgres/pool.ts';
import type { RunContext } from './context.ts';

/** How many times a schedule's backup is started in all. */
const attempts = 3;
const delaySeconds = 30;

/**
 * Orders a schedule's backup again that ended without its own fault: its process died, the database was away. What
 * it had stored is found again. A backup ordered by hand is not started again: its caller sees how it ended.
 */
export async function retryBackup(context: RunContext, connection: Queryable, id: number): Promise<void> {
  const backup = await context.catalog.backups.get(id, connection);
  if (backup?.trigger !== 'schedule' || backup.attempt >= attempts) return;
  if (backup.status !== 'interrupted' && backup.status !== 'failed') return;
  if (backup.error && !errorCatalogue[backup.error.code].retryable) return;
  await context.catalog.backups.requeue(connection, id, delaySeconds * backup.attempt);
}
