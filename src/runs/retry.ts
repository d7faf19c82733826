import { errorCatalogue } from '../base/errors.ts';
import type { Queryable } from '../postgres/pool.ts';
import type { JobContext } from './context.ts';

/** A schedule's backup is begun so many times in all. */
const attempts = 3;
const delaySeconds = 30;

/**
 * Orders a schedule's backup again that ended without its own fault: its process died, the database was away. What
 * it had stored is found again. Whoever ordered a backup by hand sees how it ended, and decides himself.
 */
export async function retryBackup(context: JobContext, connection: Queryable, id: number): Promise<void> {
  const backup = await context.catalog.backups.get(id, connection);
  if (backup?.trigger !== 'schedule' || backup.attempt >= attempts) return;
  if (backup.status !== 'interrupted' && backup.status !== 'failed') return;
  if (backup.error && !errorCatalogue[backup.error.code].retryable) return;
  await context.catalog.backups.requeue(connection, id, delaySeconds * backup.attempt);
}
