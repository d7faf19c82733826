import { HoldfastError } from '../base/errors.ts';
import type { BackupRecord } from '../catalog/backup-record.ts';
import { bundleStream } from '../engine/copy/bundle.ts';
import { exportSql } from '../engine/read/download.ts';
import type { DownloadFormat, SqlFormat } from '../contract/backup.ts';
import type { Manifest } from '../format/manifest.ts';
import type { RunContext } from './context.ts';
import { lackingIn, lackingUnread, markDamagedOnError, noteDamage } from './damage.ts';
import { openedBy } from './given-identity.ts';
import { completedBackup, openHeld } from './open-backup.ts';
import { placesOf } from './places.ts';
import { endingStream } from './ending-stream.ts';

export interface BackupDownload {
  filename: string;
  contentType: string;
  stream: ReadableStream<Uint8Array>;
}

/** When one who was refused may ask again. */
const retryAfterSeconds = 10;

const contentTypes: Record<DownloadFormat, string> = {
  holdfast: 'application/x-tar',
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
    const { filename, open } = await markDamagedOnError(opening.context, id, async () => {
      const record = await completedBackup(context, id);
      return format === 'holdfast' ? bundleOf(context, record) : scriptOf(opening.context, record, format);
    });
    return {
      filename,
      contentType: contentTypes[format],
      stream: endingStream(open, {
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

interface Opened {
  filename: string;
  open(signal: AbortSignal): ReadableStream<Uint8Array>;
}

async function scriptOf(context: RunContext, record: BackupRecord, format: SqlFormat): Promise<Opened> {
  const opened = await openHeld(context, record);
  const lacking = await lackingIn(opened);
  if (lacking) throw lacking;
  const { store, manifest } = opened;
  return {
    filename: filenameOf(manifest, record.id, format),
    open: (signal) => exportSql(store, manifest, format, signal),
  };
}

/** Nothing of it is opened, so it needs no key. It comes from the first store that has it whole. */
async function bundleOf(context: RunContext, record: BackupRecord): Promise<Opened> {
  let failure: unknown;
  for (const name of placesOf(context, record)) {
    try {
      const store = await context.stores.open(name);
      const lacking = await lackingUnread(store, record);
      if (lacking) throw lacking;
      return {
        filename: `holdfast-backup-${record.id}.holdfast`,
        open: (signal) => bundleStream(store, record.uuid, signal),
      };
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      failure ??= error;
    }
  }
  throw failure;
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
export function filenameOf(manifest: Manifest, id: number | string, format: SqlFormat): string {
  const of = manifest.globals ? 'globals' : manifest.source.database;
  const database = of.replaceAll(/[^A-Za-z0-9_-]+/g, '_').slice(0, 63);
  const at = new Date(manifest.snapshot.at).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `holdfast-${database}-${id}-${at}.${format}`;
}
