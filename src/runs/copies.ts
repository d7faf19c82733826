import { redact } from '../base/redaction.ts';
import { databaseFailure } from '../postgres/failure.ts';
import type { QueuedRun } from '../catalog/queue.ts';
import type { RunContext } from './context.ts';

/**
 * Orders the copies that are due: of each store the newest backup that is to be there and is not, or is damaged there while it
 * is whole elsewhere. One at a time for each store, so that a store which is away for weeks fills no queue. Any number of
 * processes may ask at the same moment. Does not throw: what is due stays due.
 * @returns those that wait now
 */
export async function orderDueCopies({ catalog, stores, logger }: RunContext): Promise<QueuedRun[]> {
  // Where there is one store, there is nothing to copy and nothing to repair from: an idle system asks for less.
  if (stores.names.length < 2) return [];
  try {
    const ordered: QueuedRun[] = [];
    for (const due of await catalog.copies.due(stores.names)) {
      const { id } = await catalog.copies.insert(due);
      ordered.push({ kind: 'copy', id, keyTicket: null });
    }
    return ordered;
  } catch (error) {
    const failure = databaseFailure(error);
    if (failure.code !== 'STANDBY')
      logger.log('error', `no copy could be ordered: ${redact(failure.message)}`);
    return [];
  }
}
