import { HoldfastError } from '../base/errors.ts';
import { redact } from '../base/redaction.ts';
import { sweepChunks, type SweepProgress } from '../engine/sweep/sweep.ts';
import { databaseFailure } from '../postgres/failure.ts';
import type { RunContext } from './context.ts';
import { isOfStore } from './places.ts';
import { noteRefused, refusedIn } from './refused-documents.ts';
import { redactedBody } from '../base/redacted-body.ts';

const logEveryMs = 5_000;

export interface Deletion {
  chunksDeleted: number;
  bytesFreed: number;
  /**
   * Some of what no backup needs is still there, for a later cleanup: an active run may rely on it, or one that failed
   * has stored it and the next can use it; or this cleanup failed.
   */
  cleanupPending: boolean;
}

/** Frees what no backup needs any more, also while runs are active. Errors are part of the answer. */
export async function sweep(context: RunContext): Promise<Deletion & { errors: unknown[] }> {
  let latest: SweepProgress | undefined;
  try {
    const swept = await sweepStore(context, context.stopping, (progress) => (latest = progress));
    return swept;
  } catch (error) {
    const failure = databaseFailure(error);
    context.logger.log('error', `cleanup failed: ${redact(failure.message)}`, { code: failure.code });
    return {
      chunksDeleted: latest?.deleted ?? 0,
      bytesFreed: latest?.bytesFreed ?? 0,
      cleanupPending: true,
      errors: [redactedBody(failure)],
    };
  }
}

function earliest(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}

/** The same of every store, for a caller that reports what goes wrong. @throws what the engine's sweepChunks throws */
export async function sweepStore(
  context: RunContext,
  signal: AbortSignal,
  report: (progress: SweepProgress) => void,
): Promise<Deletion & { errors: unknown[] }> {
  const freed = { chunksDeleted: 0, bytesFreed: 0, cleanupPending: false, errors: [] as unknown[] };
  const failures: unknown[] = [];
  for (const name of context.stores.names) {
    try {
      const { chunksDeleted, bytesFreed } = freed;
      const store = await context.stores.openToWriteIfMade(name);
      if (!store) continue;
      const swept = await sweepChunks(store, {
        confirm: () => context.stores.confirmTurn(name),
        async keepFrom() {
          const { from, unknown } = await context.catalog.backups.keepFrom(name);
          const copied = await context.catalog.copies.keepFrom(name);
          return unknown ? 0 : earliest(from, copied);
        },
        signal,
        report: reporting(context, (progress) =>
          report({
            ...progress,
            deleted: progress.deleted + chunksDeleted,
            bytesFreed: progress.bytesFreed + bytesFreed,
          }),
        ),
      });
      await noteRefused(context, name, []);
      freed.chunksDeleted += swept.deleted;
      freed.bytesFreed += swept.bytesFreed;
      freed.cleanupPending ||= swept.kept > 0 || swept.unreadable.length > 0;
      const locked = await store.lockedRest?.();
      if (locked?.until) {
        freed.cleanupPending = true;
        context.logger.log('info', `objects of the store ${name} that no backup needs are locked`, {
          objects: locked.objects,
          bytes: locked.bytes,
          until: locked.until.toISOString(),
        });
      }
      for (const { uuid, error } of swept.unreadable) {
        freed.errors.push(redactedBody(needsUnknown(uuid, error)));
      }
    } catch (error) {
      signal.throwIfAborted();
      const refused = refusedIn(error);
      if (refused.length > 0) await noteRefused(context, name, refused);
      // One store that cannot be reached does not keep the others from being swept. Without the one that is written to, the
      // cleanup has failed.
      if (name === context.stores.written || !isOfStore(error)) {
        failures.push(error);
      } else {
        freed.cleanupPending = true;
        freed.errors.push(redactedBody(error));
      }
    }
  }
  if (failures.length > 0) throw failures[0];
  return freed;
}

function needsUnknown(uuid: string, error: HoldfastError): HoldfastError {
  return new HoldfastError(
    error.code,
    `Nothing was freed, because it is unknown what backup ${uuid} needs: ${error.message}`,
    {
      cause: error,
      hint: 'The next backup of the same data stores again what is missing. If it does not, delete this backup; then the next cleanup frees what nothing needs.',
      details: { uuid },
    },
  );
}

/** Says in the log now and then how far it is. */
function reporting(
  context: RunContext,
  keep: (progress: SweepProgress) => void,
): (progress: SweepProgress) => void {
  let next = Date.now() + logEveryMs;
  return (progress) => {
    keep(progress);
    if (Date.now() < next) return;
    next = Date.now() + logEveryMs;
    context.logger.log('info', 'cleanup in progress', { ...progress });
  };
}
