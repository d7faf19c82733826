import { randomUUID } from 'node:crypto';
import type { BackupType } from '../../contract/backup-type.ts';
import type { ScheduleSettings } from '../../contract/schedule.ts';
import { redact } from '../../base/redaction.ts';
import type { BackupRecord } from '../../catalog/backup-record.ts';
import type { BackupFigures, NewBackup, RunningBackup } from '../../catalog/backups.ts';
import { packTables } from '../../catalog/table-figures.ts';
import { namedTables } from '../../catalog/application-tables.ts';
import { backup, type FinishedBackup } from '../../engine/backup/backup.ts';
import { backupGlobals, requireSealedFor } from '../../engine/backup/globals.ts';
import { selectByPattern } from '../../engine/entries/selection.ts';
import { databaseStoreName } from '../../engine/stores/configured-stores.ts';
import type { Queryable } from '../../postgres/pool.ts';
import { aboutOf, inPlace } from '../backup-place.ts';
import { tablesOf } from '../backup-tables.ts';
import type { Store } from '../../store/store.ts';
import { knownPlace } from '../known-place.ts';
import type { TableReading } from '../../engine/backup/table-reading.ts';
import type { BackupReuse } from '../../contract/reuse.ts';
import { auditSchedule } from '../audit.ts';
import type { RunContext } from '../context.ts';
import { orderDueCopies } from '../copies.ts';
import { reviewDamage } from '../damage.ts';
import { databaseFailure } from '../../postgres/failure.ts';
import type { Kind, RunInHand } from '../kind.ts';
import { lookAtNew } from '../radar.ts';
import { retryBackup } from '../retry.ts';
import { leadPlace } from '../lead-place.ts';
import { withHeartbeat } from '../with-heartbeat.ts';
import { cleanupKind } from './cleanup.ts';

/** Default of `store` and `copyTo`: what is configured. */
export type BackupOrder = Omit<NewBackup, 'uuid' | 'store' | 'copyTo'> &
  Partial<Pick<NewBackup, 'store' | 'copyTo'>>;

/**
 * A wrong name is refused at once, in the call that orders the run.
 * @throws TABLES_NOT_FOUND, INVALID_REQUEST for an ambiguous name
 */
export async function requireChosen(
  { catalog, source }: RunContext,
  tables: readonly string[],
): Promise<void> {
  if (tables.length === 0) return;
  selectByPattern(tables, await namedTables(source, (await catalog.ownObjects()).tables));
}

/**
 * Where passwords are for encrypted stores alone, every store that they would come to is one. One that cannot be opened now is asked by the run.
 * @throws PASSWORDS_UNSEALED
 */
async function requireSealedStores(
  { stores }: RunContext,
  order: Pick<BackupOrder, 'passwords' | 'store' | 'copyTo'>,
): Promise<void> {
  const { passwords = 'none' } = order;
  if (passwords !== 'sealed') return;
  for (const name of [order.store ?? stores.written, ...(order.copyTo ?? stores.copiedTo)]) {
    const store = await stores.open(name).catch(() => undefined);
    if (store) requireSealedFor(passwords, store);
  }
}

/** The same of the backups that a schedule orders. */
export function requireSealedBySchedule(
  context: RunContext,
  schedule: ScheduledStores & Pick<ScheduleSettings, 'passwords'>,
): Promise<void> {
  return requireSealedStores(context, { passwords: schedule.passwords, ...storesOf(schedule) });
}

type ScheduledStores = Pick<ScheduleSettings, 'store' | 'copyTo'>;

/** Where a schedule has its backups written and copied to, where it says so. */
export function storesOf({ store, copyTo }: ScheduledStores): Pick<BackupOrder, 'store' | 'copyTo'> {
  return {
    ...(store === null ? {} : { store }),
    ...(copyTo === null ? {} : { copyTo: copyTo.map((copy) => copy.store) }),
  };
}

export function insertBackup(
  context: RunContext,
  order: BackupOrder,
  status: 'queued' | RunningBackup,
  connection?: Queryable,
): Promise<BackupRecord> {
  const { written, copiedTo } = context.stores;
  const store = order.store ?? written;
  // The way back of one restore need not outlive the server.
  const copyTo = order.trigger === 'safety' ? [] : (order.copyTo ?? copiedTo);
  const backup = { ...order, uuid: randomUUID(), store, copyTo: copyTo.filter((name) => name !== store) };
  return context.catalog.backups.insert(backup, status, connection);
}

export const backupKind: Kind<BackupRecord, BackupOrder> = {
  name: 'backup',
  failureCode: 'BACKUP_FAILED',
  resumable: true,
  rows: ({ backups }) => backups,
  /** @throws TABLES_NOT_FOUND, INVALID_REQUEST for an ambiguous name; PASSWORDS_UNSEALED; then there is no run */
  async order(context, order) {
    await requireChosen(context, order.tables);
    await requireSealedStores(context, order);
    return insertBackup(context, order, 'queued');
  },
  async begin(context, run) {
    const record = await context.catalog.backups.get(run.id);
    // Before the row says that the backup runs: from then on it relies on what is in the store.
    return (
      record !== undefined && context.catalog.backups.begin(run, await beginEpoch(context, record.store))
    );
  },
  async perform(context, run) {
    await performBackup(context, run);
    // Only after a good one, so that a schedule that fails deletes nothing.
    if (run.record.trigger === 'schedule' && !context.stopping.aborted) {
      await orderCleanupAfter(context, run.record.scheduleName ?? 'default');
    }
  },
  retry: retryBackup,
  followUp: orderDueCopies,
};

/**
 * The point in the store's life from which on a run may rely on what is there. Where the store cannot be opened that is its
 * beginning: the run says what is wrong when it is performed.
 * @throws what says that the database cannot be used
 */
export async function beginEpoch({ stores }: RunContext, name: string): Promise<number> {
  let store: Store;
  try {
    store = await stores.open(name);
  } catch (error) {
    if (name === databaseStoreName) throw error;
    return 0;
  }
  return store.beginEpoch();
}

/** How each type of backup is taken. */
const take: Readonly<Record<BackupType, typeof backup>> = {
  full: backup,
  partial: backup,
  globals: backupGlobals,
};

/** Takes the backup of a row that says `running`, and records how it ended. The caller holds the writer's lane. */
export async function performBackup(context: RunContext, run: RunInHand<BackupRecord>): Promise<void> {
  const { record, hold } = run;
  const { catalog, databases, settings } = context;
  // The last progress of a run says what all of it has put into the store.
  let newBytes = 0;
  await withHeartbeat<FinishedBackup, BackupRecord>(context, backupKind, run, {
    async do(control) {
      const store = await context.stores.openToWrite(record.store);
      const shared = leadPlace(context, 'backup', run, record.maxWorkers);
      return await take[record.type](
        databases.source,
        store,
        {
          uuid: record.uuid,
          type: record.type,
          passwords: record.passwords,
          tables: record.tables,
          ...settings,
          own: await catalog.ownObjects(),
          fence: hold.fence,
          before: await catalog.tableFigures.newestBefore(record.id),
          full: record.full,
          known: knownPlace(context, record.store),
          ...(shared ? { shared } : {}),
          about: aboutOf(record),
          inPlace: inPlace(context, record.store, store, record.uuid),
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
    async complete(finished) {
      // It may have stored again what others lacked.
      await reviewDamage(context);
      const tables = await packTables(tablesOf(finished.manifest, finished.readings));
      return catalog.backups.complete(
        { id: record.id, fence: hold.fence },
        figuresOf(finished, newBytes),
        tables,
      );
    },
  });
  // Before any cleanup: what it finds is kept.
  if (record.trigger !== 'safety') await lookAtNew(context);
}

/** The backup is good whatever becomes of this; the next one of the schedule orders another cleanup. */
async function orderCleanupAfter(context: RunContext, schedule: string): Promise<void> {
  try {
    const { id } = await cleanupKind.order(context, 'schedule');
    await auditSchedule(context, schedule, 'cleanUp', { kind: 'cleanup', id });
  } catch (error) {
    const failure = databaseFailure(error);
    context.logger.log('error', `no cleanup could be ordered: ${redact(failure.message)}`);
  }
}

function figuresOf({ manifest, readings, walSummaries }: FinishedBackup, newBytes: number): BackupFigures {
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
    reuse: { ...reuseOf(readings), walSummaries },
  };
}

function reuseOf(readings: readonly TableReading[]): BackupReuse {
  const total = (of: (reading: TableReading) => number): number =>
    readings.reduce((sum, reading) => sum + of(reading), 0);
  return {
    rangesUnchanged: total(({ ranges }) => ranges.unchanged),
    rangesChanged: total(({ ranges }) => ranges.changed),
    rangesRead: total(({ ranges }) => ranges.read),
    rowsChanged: readings.some(({ rowsChanged }) => rowsChanged === null)
      ? null
      : total(({ rowsChanged }) => rowsChanged!),
  };
}
