import { HoldfastError } from '../base/errors.ts';
import { chunkIds } from '../engine/cleanup.ts';
import { exportSql, type DownloadFormat } from '../engine/download.ts';
import type { Manifest } from '../format/manifest.ts';
import type { JobContext } from './context.ts';
import { completedBackup, readManifest } from './reading.ts';
import { endingStream } from './ending-stream.ts';
import { noticingDamage } from './verification-job.ts';

export interface BackupDownload {
  filename: string;
  contentType: string;
  stream: ReadableStream<Uint8Array>;
}

/** When one who was refused may ask again. */
const retryAfterSeconds = 10;

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
 * @throws TOO_MANY_DOWNLOADS, BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE, BACKUP_IN_USE while it is being deleted,
 *   MANIFEST_INVALID, CHUNK_MISSING
 */
export async function downloadBackup(
  context: JobContext,
  id: number,
  format: DownloadFormat,
): Promise<BackupDownload> {
  const place = takePlace(context);
  try {
    const lock = await context.readLocks.hold(id);
    place.onLeave(() => lock.release());
    const manifest = await noticingDamage(context, id, async () => {
      const opened = await readManifest(context, await completedBackup(context, id));
      await requireChunks(context, id, opened);
      return opened;
    });
    return {
      filename: filenameOf(manifest, id, format),
      contentType: contentTypes[format],
      stream: endingStream((signal) => exportSql(context.store, manifest, format, signal), {
        idleMs: context.settings.downloadIdleMs,
        signal: AbortSignal.any([context.stopping, lock.lost]),
        onEnd(error) {
          if (error instanceof HoldfastError && error.code === 'DOWNLOAD_STALLED') {
            context.logger.log('warn', `the download of backup ${id} was ended: ${error.message}`);
          }
          return place.leave();
        },
      }),
    };
  } catch (error) {
    await place.leave();
    throw error;
  }
}

/**
 * One of the places for downloads, of which a process has few: each holds pieces of the backup in memory.
 * @throws TOO_MANY_DOWNLOADS
 */
function takePlace(context: JobContext): {
  onLeave: (give: () => Promise<void>) => void;
  leave: () => Promise<void>;
} {
  const { maxDownloads } = context.settings;
  if (context.downloads >= maxDownloads) {
    throw new HoldfastError(
      'TOO_MANY_DOWNLOADS',
      `${maxDownloads} downloads are under way in this process.`,
      {
        details: { maxDownloads, retryAfterSeconds },
      },
    );
  }
  context.downloads += 1;
  let giveBack = async (): Promise<void> => {};
  let left: Promise<void> | undefined;
  return {
    onLeave: (give) => (giveBack = give),
    leave: () => (left ??= giveBack().finally(() => (context.downloads -= 1))),
  };
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
