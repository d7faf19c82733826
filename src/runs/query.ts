import type { ScratchAnswer } from '../engine/query/ask.ts';
import { answerBytesMax, questionLimit, scratchBytesMax } from '../engine/query/limits.ts';
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
  const limit = questionLimit();
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
