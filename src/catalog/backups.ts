import { superseded, type ErrorBody } from '../base/errors.ts';
import { backupColumns, type BackupRecord } from './backup-record.ts';
import { rowFilter, type BackupFilters } from './backup-filters.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Pool, Queryable } from '../postgres/pool.ts';
import { damageOfBackups, type DamageOfBackups } from './backup-damage.ts';
import { newestGood, summarize, type BackupsSummary } from './backup-summary.ts';
import { jsonParameter } from './json.ts';
import { latestFenceSql } from './locks.ts';
import {
  beginSql,
  completeSql,
  heldBy,
  page,
  runsOf,
  rowOf,
  type HeldRun,
  type Page,
  type PageRequest,
  type RunRows,
} from './runs.ts';
import { importOfBackups, type ImportOfBackups } from './imported-backups.ts';
import type { BackupReuse } from '../contract/reuse.ts';
import { backupsToKeep, type BackupsToKeep } from './backups-to-keep.ts';
import { tableFigures, type PackedTables } from './table-figures.ts';
import type { BackupType, Passwords } from '../contract/backup-type.ts';
import type { BackupTrigger } from '../contract/states.ts';

export interface NewBackup {
  uuid: string;
  type: BackupType;
  trigger: BackupTrigger;
  description: string | null;
  tables: readonly string[];
  /** Of one of globals. Default: none */
  passwords?: Passwords;
  store: string;
  /** Whether everything is read, whatever has not changed. */
  full?: boolean;
  /** How many machines may work on it at once. Default: what the one that performs it is configured with. */
  maxWorkers?: number | null;
  /** Where it is copied to once it has completed. */
  copyTo?: readonly string[];
  /** Of a run of a schedule: which, and when it was due. */
  scheduleName?: string;
  dueAt?: Date;
  /** It begins no earlier. */
  notBefore?: Date;
}

/** What a backup needs to run. */
export interface RunningBackup {
  /** Of the lane. */
  fence: number;
  /**
   * The point in the store's life at which it began, as the store counts: chunks used since then stay until it has ended.
   * The catalog keeps it for the store, and knows only that a later point is a greater number.
   */
  keepFrom: number;
}

/** The sums of a completed backup. */
export interface BackupFigures {
  tableCount: number;
  rowCount: number;
  rawBytes: number;
  storedBytes: number;
  /** What of that was not in the store before. */
  newBytes: number;
  chunkCount: number;
  warningCount: number;
  serverVersion: string;
  reuse: BackupReuse;
}

export interface Backups extends RunRows, DamageOfBackups, ImportOfBackups, BackupsToKeep {
  /**
   * Adds a backup that waits in the queue, or one that its caller, which holds the writer's lane, runs at once.
   * @throws INTERRUPTED when another process has taken the lane since
   */
  insert(backup: NewBackup, status: 'queued' | RunningBackup, connection?: Queryable): Promise<BackupRecord>;
  /**
   * Makes a queued backup a running one; false as for every run.
   * @param keepFrom of RunningBackup
   */
  begin(run: HeldRun, keepFrom: number): Promise<boolean>;
  hasRunOf(connection: Queryable, scheduleName: string, dueAt: Date): Promise<boolean>;
  /** A run of this schedule that has not ended yet. */
  unfinishedOf(scheduleName: string): Promise<{ id: number } | undefined>;
  /**
   * From which point in a store's life on the chunks that were used stay: runs under way rely on them, and so may the run
   * after one that failed. `from` is null when there is no such run. `unknown` when a run of an earlier version is under
   * way, which does not say what it relies on.
   */
  keepFrom(store: string): Promise<{ from: number | null; unknown: boolean }>;
  /** It has been read again, and all of it was there. */
  markVerified(id: number): Promise<void>;
  setPinned(id: number, pinned: boolean): Promise<void>;
  get(id: number, connection?: Queryable): Promise<BackupRecord | undefined>;
  ofUuid(uuid: string): Promise<BackupRecord | undefined>;
  list(request: PageRequest, filters?: BackupFilters): Promise<Page<BackupRecord>>;
  /**
   * The only place that marks a backup completed. False when the run has ended or was taken over.
   * @param tables kept with it; the radar looks at them unless it is the safety backup of a restore
   */
  complete(run: HeldRun, figures: BackupFigures, tables: PackedTables): Promise<boolean>;
  /**
   * Begins a deletion: should it be cut short, the row says so.
   * @param cleanup the run that deletes it
   * @throws INTERRUPTED when that run was taken over by another process
   */
  markDeleting(id: number, error: ErrorBody, cleanup?: HeldRun): Promise<void>;
  remove(id: number): Promise<void>;
  /** Those whose deletion was cut short. */
  halfDeleted(): Promise<number[]>;
  summary(): Promise<BackupsSummary>;
  /** With tables, full or partial unless `full`. */
  newestGood(options?: { full?: boolean }): Promise<BackupRecord | undefined>;
}

/** How long what a failed run has stored is kept for the next one, unless that completes before. */
export const resumeHours = 24;

export function backups(pool: Pool, schema: string): Backups {
  const own = quoteIdentifier(schema);
  const table = `${own}.system_backups`;
  const columns = backupColumns(own);
  return {
    ...runsOf(pool, schema, 'backup'),
    ...damageOfBackups(pool, schema),
    ...importOfBackups(pool, schema),
    ...backupsToKeep(pool, schema),
    async begin(run, keepFrom) {
      // What a run that is begun again stored the first time is still of use to it.
      const rows = await pool.query(beginSql(schema, 'backup', 'first_epoch = coalesce(first_epoch, $3)'), [
        ...heldBy(run),
        keepFrom,
      ]);
      return rows.length > 0;
    },
    async keepFrom(store) {
      const [row] = await pool.query<{ from: number | null; unknown: boolean }>(
        `select pg_catalog.min(first_epoch) as "from",
           coalesce(pg_catalog.bool_or(status = 'running' and first_epoch is null), false) as unknown
           from ${table} b
          where store = $2
            and (status in ('queued', 'running')
             or status in ('failed', 'interrupted') and finished_at > pg_catalog.now() - pg_catalog.make_interval(hours => $1)
                and not exists (select from ${table} later
                                 where later.status = 'completed' and later.finished_at > b.finished_at
                                   and later.store = b.store and (later.type = b.type or later.type = 'full' and b.type = 'partial')))`,
        [resumeHours, store],
      );
      return row!;
    },
    async hasRunOf(connection, scheduleName, dueAt) {
      const rows = await connection.query(`select from ${table} where schedule_name = $1 and due_at = $2`, [
        scheduleName,
        dueAt,
      ]);
      return rows.length > 0;
    },
    async unfinishedOf(scheduleName) {
      const [row] = await pool.query<{ id: number }>(
        `select id from ${table} where finished_at is null and schedule_name = $1 limit 1`,
        [scheduleName],
      );
      return row;
    },
    async markVerified(id) {
      await pool.query(
        `update ${table} set verified_at = pg_catalog.now(), damaged = false, damage = null where id = $1`,
        [id],
      );
    },
    async setPinned(id, pinned) {
      await pool.query(`update ${table} set pinned = $2 where id = $1`, [id, pinned]);
    },
    async insert(backup, status, connection = pool) {
      const [row] = await connection.query<BackupRecord>(
        `with ${latestFenceSql(schema, 'writer', 10)}
         insert into ${table} (uuid, type, trigger, description, tables, store, schedule_name, due_at, not_before,
           fence, status, started_at, heartbeat_at, first_epoch, copy_to, full_read, max_workers, passwords)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, case when $10::bigint is null then 'queued' else 'running' end,
           case when $10::bigint is not null then pg_catalog.now() end, case when $10::bigint is not null then pg_catalog.now() end,
           $11::bigint, $12::pg_catalog.text[], $13::pg_catalog.bool, $14::pg_catalog.int4, $15
          where $10::bigint is null or exists (select from latest)
         returning ${columns}`,
        [
          backup.uuid,
          backup.type,
          backup.trigger,
          backup.description,
          backup.tables,
          backup.store,
          backup.scheduleName ?? null,
          backup.dueAt ?? null,
          backup.notBefore ?? null,
          ...(status === 'queued' ? [null, null] : [status.fence, status.keepFrom]),
          backup.copyTo ?? [],
          backup.full ?? false,
          backup.maxWorkers ?? null,
          backup.passwords ?? 'none',
        ],
      );
      if (!row) throw superseded();
      return row;
    },
    async ofUuid(uuid) {
      const [row] = await pool.query<BackupRecord>(`select ${columns} from ${table} where uuid = $1`, [uuid]);
      return row;
    },
    get: (id, connection = pool) => rowOf<BackupRecord>(connection, table, columns, id),
    list: (request, filters = {}) => page<BackupRecord>(pool, table, columns, request, rowFilter(filters)),
    complete: (run, figures, tables) =>
      pool.transaction(async (connection) => {
        const rows = await connection.query(
          completeSql(
            schema,
            'backup',
            `table_count = $3, row_count = $4, raw_bytes = $5, stored_bytes = $6, chunk_count = $7,
             server_version = $8, new_bytes = $9, warning_count = $10, reuse = $11`,
          ),
          [
            ...heldBy(run),
            figures.tableCount,
            figures.rowCount,
            figures.rawBytes,
            figures.storedBytes,
            figures.chunkCount,
            figures.serverVersion,
            figures.newBytes,
            figures.warningCount,
            jsonParameter(figures.reuse),
          ],
        );
        if (rows.length === 0) return false;
        await tableFigures(pool, schema).insert(connection, run.id, tables);
        return true;
      }),
    async markDeleting(id, error, cleanup) {
      const held = `(select from ${own}.backup_cleanup_log
                      where id = $3 and fence = $4 and status = 'running' for share)`;
      const rows = await pool.query(
        `update ${table} set status = 'interrupted', error = $2, finished_at = pg_catalog.now()
          where id = $1 and ($3::bigint is null or exists ${held}) returning id`,
        [id, jsonParameter(error), cleanup?.id ?? null, cleanup?.fence ?? null],
      );
      if (cleanup && rows.length === 0) throw superseded();
    },
    async remove(id) {
      await pool.query(
        `with gone as (delete from ${own}.system_backup_tables where backup_id = $1) delete from ${table} where id = $1`,
        [id],
      );
    },
    async halfDeleted() {
      const rows = await pool.query<{ id: number }>(
        `select id from ${table} where status = 'interrupted' and error->'details'->'deleting' = 'true' order by id`,
      );
      return rows.map(({ id }) => id);
    },
    summary: () => summarize(pool, schema),
    newestGood: (options) => newestGood(pool, schema, columns, options),
  };
}
