import { HoldfastError } from '../base/errors.ts';
import { exportSql } from '../engine/read/download.ts';
import { type DownloadFormat } from '../contract/backup.ts';
import type { Manifest } from '../format/manifest.ts';
import type { RunContext } from './context.ts';
import { lackingIn, noteDamage, markDamagedOnError } from './damage.ts';
import { openedBy } from './given-identity.ts';
import { completedBackup, openHeld } from './open-backup.ts';
import { endingStream } from './ending-stream.ts';

export interface BackupDownload {
  filename: string;
  contentType: string;
  stream: ReadableStream<Uint8Array>;
}

/** When one who was refused may ask again. */
const retryAfterSeconds = 10;

const contentTypes: Record<DownloadFormat, string> = {
  sql: 'application/sql',
  'sql.gz': 'application/gzip',
  'sql.zst': 'application/zstd',
};

/**
 * Opens a backup as SQL. That no chunk is missing or known to be damaged is sure before the first byte, so
 * that such a backup is an error rather than a broken stream. The backup cannot be deleted until the stream has ended or was cancelled.
 * @throws TOO_MANY_DOWNLOADS, BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE, BACKUP_IN_USE while it is being deleted,
 *   MANIFEST_INVALID, CHUNK_MISSING, CHUNK_CORRUPT; KEY_REQUIRED, KEY_INVALID
 */
export async function downloadBackup(
  context: RunContext,
  id: number,
  format: DownloadFormat,
  identity?: string,
): Promise<BackupDownload> {
  const place = takePlace(context);
  try {
    const lock = await context.readLocks.hold(id);
    place.onLeave(() => lock.release());
    const opening = openedBy(context, identity);
    place.onLeave(() => opening.close());
    const { store, manifest } = await markDamagedOnError(opening.context, id, async () => {
      const record = await completedBackup(context, id);
      const opened = await openHeld(opening.context, record);
      const lacking = await lackingIn(opened);
      if (lacking) throw lacking;
      return opened;
    });
    return {
      filename: filenameOf(manifest, id, format),
      contentType: contentTypes[format],
      stream: endingStream((signal) => exportSql(store, manifest, format, signal), {
        idleMs: context.settings.downloadIdleMs,
        signal: AbortSignal.any([context.stopping, lock.lost]),
        async onEnd(error) {
          if (error instanceof HoldfastError && error.code === 'DOWNLOAD_STALLED') {
            context.logger.log('warn', `the download of backup ${id} was ended: ${error.message}`);
          }
          await noteDamage(context, id, error);
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
function takePlace(context: RunContext): {
  onLeave: (give: () => Promise<void>) => void;
  leave: () => Promise<void>;
} {
  const { maxDownloads } = context.settings;
  if (context.downloads >= maxDownloads) {
    throw new HoldfastError('TOO_MANY_DOWNLOADS', `${maxDownloads} downloads are active in this process.`, {
      details: { maxDownloads, retryAfterSeconds },
    });
  }
  context.downloads += 1;
  const given: (() => Promise<void>)[] = [];
  let left: Promise<void> | undefined;
  const giveBack = async (): Promise<void> => {
    await Promise.allSettled(given.map((give) => give()));
    context.downloads -= 1;
  };
  return {
    onLeave: (give) => void given.push(give),
    leave: () => (left ??= giveBack()),
  };
}

/** Only characters that need no quoting in a header, a shell or a file system. */
export function filenameOf(manifest: Manifest, id: number | string, format: DownloadFormat): string {
  const database = manifest.source.database.replaceAll(/[^A-Za-z0-9_-]+/g, '_').slice(0, 63);
  const at = new Date(manifest.snapshot.at).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `holdfast-${database}-${id}-${at}.${format}`;
}
