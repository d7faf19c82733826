import { randomUUID } from 'node:crypto';
import type { BackupFigures, BackupRecord, NewBackup } from '../../catalog/backups.ts';
import { namedTables } from '../../catalog/application-tables.ts';
import { backup } from '../../engine/backup/backup.ts';
import type { Progress } from '../../contract/progress.ts';
import { selectByPattern } from '../../engine/entries/selection.ts';
import type { Manifest } from '../../format/manifest.ts';
import type { Queryable } from '../../postgres/pool.ts';
import type { JobContext } from '../context.ts';
import { reviewDamage } from '../damage.ts';
import type { LaneHold } from '../locks.ts';
import { recorded } from '../with-heartbeat.ts';
import { throwIfStopping } from '../launch.ts';

export type BackupOrder = Omit<NewBackup, 'uuid' | 'store'>;

/**
 * Puts a backup into the queue.
 * @throws TABLES_NOT_FOUND, and then there is no run
 */
export async function orderBackup(context: JobContext, order: BackupOrder): Promise<BackupRecord> {
  throwIfStopping(context);
  await requireChosen(context, order.tables);
  return insertBackup(context, order, 'queued');
}

/**
 * A name that is written wrongly is refused while somebody is there to read it.
 * @throws TABLES_NOT_FOUND, INVALID_REQUEST for an ambiguous name
 */
export async function requireChosen({ catalog }: JobContext, tables: readonly string[]): Promise<void> {
  if (tables.length === 0) return;
  selectByPattern(tables, await namedTables(catalog.pool, (await catalog.ownObjects()).tables));
}

export function insertBackup(
  context: JobContext,
  order: BackupOrder,
  status: 'queued' | { runningUnder: number },
  connection?: Queryable,
): Promise<BackupRecord> {
  const backup = { ...order, uuid: randomUUID(), store: context.store.kind };
  return context.catalog.backups.insert(backup, status, connection);
}

export interface BackupRun {
  record: BackupRecord;
  hold: LaneHold;
  signal: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

/** Takes the backup of a row that says `running`, and records how it ended. The caller holds the writer lock. */
export async function performBackup(context: JobContext, run: BackupRun): Promise<void> {
  const { record, hold } = run;
  const { catalog, store, target, settings } = context;
  // The last progress of a run says what all of it has put into the store.
  let newBytes = 0;
  await recorded<Manifest>(context, {
    kind: 'backup',
    id: record.id,
    fence: hold.fence,
    runs: catalog.backups,
    signal: run.signal,
    ...(run.onProgress ? { onProgress: run.onProgress } : {}),
    async work(control) {
      return await backup(
        target,
        store,
        {
          uuid: record.uuid,
          type: record.type,
          tables: record.tables,
          ...settings,
          own: await catalog.ownObjects(),
          fence: hold.fence,
        },
        {
          ...control,
          report(progress) {
            newBytes = progress.storedBytes;
            control.report(progress);
          },
        },
      );
    },
    async complete(manifest) {
      // It may have stored again what others lacked.
      await reviewDamage(context);
      return catalog.backups.complete({ id: record.id, fence: hold.fence }, figuresOf(manifest, newBytes));
    },
  });
}

function figuresOf(manifest: Manifest, newBytes: number): BackupFigures {
  const { totals, source } = manifest;
  return {
    tableCount: totals.tables,
    rowCount: totals.rows,
    rawBytes: totals.rawBytes,
    storedBytes: totals.storedBytes,
    newBytes,
    chunkCount: totals.chunks,
    warningCount: manifest.warnings.length,
    serverVersion: source.serverVersion,
  };
}
