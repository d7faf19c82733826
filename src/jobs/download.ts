import { HoldfastError } from '../base/errors.ts';
import { chunkIds } from '../engine/cleanup.ts';
import { exportSql, type DownloadFormat } from '../engine/download.ts';
import type { Manifest } from '../format/manifest.ts';
import type { JobContext } from './context.ts';
import { openLocks } from './locks.ts';
import { openBackup } from './reading.ts';
import { noticingDamage } from './verification-job.ts';

export interface BackupDownload {
  filename: string;
  contentType: string;
  stream: ReadableStream<Uint8Array>;
}

/** What Store.hasChunks takes at once. */
const idsAtOnce = 1_000;

const contentTypes: Record<DownloadFormat, string> = {
  sql: 'application/sql',
  'sql.gz': 'application/gzip',
  'sql.zst': 'application/zstd',
};

/**
 * Opens a backup as SQL. That every chunk is there is known before the first byte, so that a damaged backup is an
 * error rather than a broken stream. The backup cannot be deleted until the stream has ended or was cancelled.
 * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE, BACKUP_IN_USE while it is being deleted, MANIFEST_INVALID,
 *   CHUNK_MISSING
 */
export async function downloadBackup(
  context: JobContext,
  id: number,
  format: DownloadFormat,
): Promise<BackupDownload> {
  const locks = await openLocks(context.target, context.catalog.schema);
  try {
    const manifest = await noticingDamage(context, id, async () => {
      const opened = await openBackup(context, locks, id);
      await requireChunks(context, id, opened.manifest);
      return opened.manifest;
    });
    return {
      filename: filenameOf(manifest, id, format),
      contentType: contentTypes[format],
      stream: closingAfter(
        (signal) => exportSql(context.store, manifest, format, signal),
        context.stopping,
        () => locks.close(),
      ),
    };
  } catch (error) {
    await locks.close();
    throw error;
  }
}

async function requireChunks(context: JobContext, id: number, manifest: Manifest): Promise<void> {
  const ids = [...new Set(chunkIds(manifest))];
  let missing = 0;
  for (let from = 0; from < ids.length; from += idsAtOnce) {
    const batch = ids.slice(from, from + idsAtOnce);
    missing += batch.length - (await context.store.hasChunks(batch)).size;
  }
  if (missing > 0) {
    throw new HoldfastError(
      'CHUNK_MISSING',
      `${missing} of ${ids.length} chunks of backup ${id} are not in the store.`,
      {
        details: { id, missing, chunks: ids.length },
      },
    );
  }
}

/** Only characters that need no quoting in a header, a shell or a file system. */
function filenameOf(manifest: Manifest, id: number, format: DownloadFormat): string {
  const database = manifest.source.database.replaceAll(/[^A-Za-z0-9_-]+/g, '_').slice(0, 63);
  const at = new Date(manifest.snapshot.at).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `holdfast-${database}-${id}-${at}.${format}`;
}

/** Passes a stream on and calls `close` once it has ended, failed or been cancelled, or the system stops. */
function closingAfter(
  open: (signal: AbortSignal) => ReadableStream<Uint8Array>,
  stopping: AbortSignal,
  close: () => Promise<void>,
): ReadableStream<Uint8Array> {
  const ended = new AbortController();
  const reader = open(AbortSignal.any([ended.signal, stopping])).getReader();
  const end = async (reason?: unknown): Promise<void> => {
    ended.abort(reason);
    await reader.cancel(reason).catch(() => {});
    await close();
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        // Whoever reads may have stopped reading without saying so; that must not hold up the end of the process.
        const onStop = (): void => {
          controller.error(stopping.reason);
          void end(stopping.reason);
        };
        stopping.addEventListener('abort', onStop, { once: true, signal: ended.signal });
      },
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (!done) return controller.enqueue(value);
          await end();
          controller.close();
        } catch (error) {
          await end(error);
          controller.error(error);
        }
      },
      cancel: end,
    },
    // The source reads ahead as far as it sees fit.
    { highWaterMark: 0 },
  );
}
