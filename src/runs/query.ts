import { HoldfastError } from '../base/errors.ts';
import { timeLimit } from '../base/time-limit.ts';
import type { ScratchAnswer } from '../engine/query/ask.ts';
import { openScratch } from '../engine/query/scratch.ts';
import type { RunContext } from './context.ts';
import { markDamagedOnError } from './damage.ts';
import { withIdentity } from './given-identity.ts';
import { completedBackup, openHeld } from './open-backup.ts';
import { queryTarget } from './scratch-target.ts';

export interface AskedQuery {
  sql: string;
  /** Rows of the answer. */
  limit: number;
  timeoutSeconds: number;
  /** Ends the question. */
  signal?: AbortSignal | undefined;
}

/** Raw bytes of the tables that a scratch database has at once. */
const scratchBytesMax = 4_000_000_000;
const answerBytesMax = 16_000_000;
/** For all of it: waiting, making the scratch database, fetching rows and the statement. */
const fetchLimitMs = 15 * 60_000;

/**
 * The answer of a statement from a backup, which cannot be deleted meanwhile. The scratch database stays for a while for the next
 * question; but each one opens the backup itself, with its own key.
 * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE, BACKUP_IN_USE while it is being deleted, MANIFEST_INVALID; KEY_REQUIRED, KEY_INVALID;
 *   QUERY_TARGET_MISSING, SCRATCH_BUSY; what `Scratch.ask` throws
 */
export async function queryInside(
  context: RunContext,
  id: number,
  { sql, limit: rowsMax, timeoutSeconds, signal: leaving }: AskedQuery,
  identity: string | undefined,
): Promise<ScratchAnswer> {
  const { settings, scratches, stopping, readLocks } = context;
  const target = queryTarget(context);
  const lock = await readLocks.hold(id);
  const limit = timeLimit(fetchLimitMs, tookTooLong);
  const signal = AbortSignal.any([stopping, lock.lost, limit.signal, ...(leaving ? [leaving] : [])]);
  try {
    return await withIdentity(context, identity, (opened) =>
      markDamagedOnError(opened, id, async () => {
        const { record, store, manifest } = await openHeld(opened, await completedBackup(opened, id));
        const limits = { bytesMax: scratchBytesMax, jobs: settings.jobs };
        const question = { sql, rowsMax, answerBytesMax, timeoutMs: timeoutSeconds * 1_000 };
        return scratches.use(
          record.uuid,
          () => openScratch(target, manifest, limits, signal),
          (scratch) => scratch.ask(question, store, signal),
          signal,
        );
      }),
    );
  } finally {
    limit.clear();
    await lock.release();
  }
}

function tookTooLong(): HoldfastError {
  return new HoldfastError(
    'QUERY_TIMEOUT',
    `There was no answer within ${fetchLimitMs / 60_000} min, in which the scratch database is made, rows are fetched and the statement runs.`,
    { hint: 'Name fewer or smaller tables; rows of one table by their key need none of it: holdfast rows.' },
  );
}
