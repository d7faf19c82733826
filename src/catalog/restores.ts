import type { ChosenRows } from '../contract/chosen-rows.ts';
import type { TenantGiven } from '../contract/chosen-tenant.ts';
import type { RestoreCoverage } from '../contract/restore-choice.ts';
import type { RestoreContent } from '../contract/restore-depth.ts';
import type { TargetChoices } from '../contract/ownership.ts';
import type { AdaptWishes, OnDrift } from '../contract/adapt.ts';
import type { RestoreTarget } from '../contract/restore-target.ts';
import type { UndoneRestore } from '../contract/undo.ts';
import type { KeptTable } from '../engine/rows/kept-rows.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';
import { jsonParameter } from './json.ts';
import {
  completeSql,
  heldBy,
  isHeld,
  page,
  rowOf,
  requireHeld,
  runColumns,
  runsOf,
  type HeldRun,
  type Page,
  type PageRequest,
  type RunRecord,
  type PlainRunRows,
} from './runs.ts';

/** What was asked for beside what, from which backup and where to. */
export interface RestoreOptions extends TargetChoices, AdaptWishes {
  content: RestoreContent;
  intoSchema: string | null;
  as: string | null;
  onDrift: OnDrift;
  dropNew: boolean;
  /** `tables`: of the whole tables also where rows are restored. */
  safetyBackup: boolean | 'tables';
  onRefreshFailure: 'fail' | 'leave-empty';
  onInvalid: 'fail' | 'not-valid';
  withoutExtensions: string[];
  allowOtherDatabase: boolean;
  /** Of a restore of rows. */
  rows?: ChosenRows | undefined;
  /** Of one of a tenant. */
  tenant?: TenantGiven | undefined;
  /** How many machines may work on it at once; null for what the one that performs it is configured with. */
  maxWorkers: number | null;
  /** The plan that it was ordered by. */
  planId?: string | undefined;
  /** Of one that undoes another. */
  undone?: UndoneRestore | undefined;
}

/** What a row has that was written before an option existed. */
const optionDefaults = {
  content: 'all',
  intoSchema: null,
  as: null,
  fill: {},
  renames: {},
  dropColumns: {},
  values: {},
  timestampZone: null,
  dropNew: false,
  onRefreshFailure: 'fail',
  onInvalid: 'fail',
  withoutExtensions: [],
  allowOtherDatabase: false,
  onMissingTablespace: 'fail',
  extensionVersions: 'newest',
  maxWorkers: null,
} as const;

/** A row of `system_restore_log`; `Detail` adds the two large columns. */
export interface RestoreRecord extends RunRecord {
  backupId: number;
  backupUuid: string;
  restoreType: RestoreCoverage;
  tables: string[];
  target: RestoreTarget;
  options: RestoreOptions;
  safetyBackupId: number | null;
  /** What undoes it: the rows that it has kept, or its safety backup. */
  wayBack: 'rows' | 'backup' | null;
  /** The restore that this one undoes. */
  undoes: number | null;
  /** The restore that undoes this one, unless it ended without success. */
  undoneBy: number | null;
}

export interface RestoreDetailRecord extends RestoreRecord {
  /** The name under which a new database was built; null once it is known to be dropped. */
  building: string | null;
  plan: unknown;
  report: unknown;
  /** Of which tables it has kept rows; null for one that kept none. */
  kept: readonly KeptTable[] | null;
}

export interface NewRestore {
  backupId: number;
  backupUuid: string;
  restoreType: RestoreCoverage;
  tables: readonly string[];
  target: RestoreTarget;
  options: RestoreOptions;
  plan: unknown;
  /** Of the key that this process has for it. */
  keyTicket?: string | undefined;
}

export interface Restores extends PlainRunRows {
  /** Adds a restore that waits in the queue. */
  insert(restore: NewRestore): Promise<RestoreRecord>;
  get(id: number): Promise<RestoreDetailRecord | undefined>;
  list(request: PageRequest): Promise<Page<RestoreRecord>>;
  /** As the next two: @throws INTERRUPTED when the run was taken over by another process. */
  setSafetyBackup(run: HeldRun, backupId: number): Promise<void>;
  /** The plan as it is when the restore begins. */
  setPlan(run: HeldRun, plan: unknown): Promise<void>;
  /** The name under which a new database is built. */
  setUnfinishedDatabase(run: HeldRun, database: string): Promise<void>;
  /** These are no longer there. */
  forgetUnfinished(databases: readonly string[]): Promise<void>;
  /** What restores onto other servers may have left there that ended without success. */
  leftElsewhere(): Promise<{ id: number; server: string; database: string }[]>;
  /** Databases that restores which ended without success were building; they may be there still. */
  unfinishedDatabases(): Promise<string[]>;
  /** How fast the newest restores in place went while they held their locks; null while none was large enough to tell. */
  rateInPlace(): Promise<{ bytesPerMs: number; restores: number } | null>;
  /** Completed ones in place, whose work fell between two moments. `tables` is empty for everything. */
  inPlaceDuring(connection: Queryable, after: Date, until: Date): Promise<RestoreInPlace[]>;
  /**
   * The only place that makes a restore completed.
   * @param connection of the transaction that makes the restore take effect, so that neither is there without the other
   * @param kept of which tables it has kept rows
   * @throws INTERRUPTED when the run was taken over by another process
   */
  complete(
    run: HeldRun,
    report: unknown,
    connection: RunStatement,
    kept?: readonly KeptTable[],
  ): Promise<void>;
  /**
   * The same for one onto another server, whose end cannot be part of the transaction that makes it take effect.
   * @returns false when the run was taken over by another process, or its end was written before
   */
  completeElsewhere(run: HeldRun, report: unknown): Promise<boolean>;
  /** @throws INTERRUPTED when the run was taken over by another process */
  requireHeld(run: HeldRun): Promise<void>;
}

/** When a restore changed which tables. */
export interface RestoreInPlace {
  id: number;
  backupId: number;
  tables: string[];
  from: Date;
  until: Date;
}

/** As much of a connection as one statement needs. */
export interface RunStatement {
  query(text: string, values: unknown[]): Promise<readonly unknown[]>;
}

/** In place, and not beside the live tables. */
const overLiveTables = `target->>'mode' = 'in-place' and coalesce(options->>'intoSchema', options->>'as') is null`;

/** Of smaller ones most of the time goes elsewhere. */
const tellingBytes = 1_000_000;
const tellingRestores = 5;

const columnsOf = (
  table: string,
  keptTable: string,
): string => `${runColumns}, backup_id as "backupId", backup_uuid as "backupUuid",
  restore_type as "restoreType", tables, target, options, safety_backup_id as "safetyBackupId", undoes,
  (select u.id from ${table} u where u.undoes = system_restore_log.id
    and u.status in ('queued', 'running', 'completed')) as "undoneBy",
  case when kept is not null and exists (
      select from ${keptTable} k where k.restore_id = system_restore_log.id) then 'rows'
    when safety_backup_id is not null then 'backup' end as "wayBack"`;

export function restores(pool: Queryable, schema: string): Restores {
  const table = `${quoteIdentifier(schema)}.system_restore_log`;
  const columns = columnsOf(table, `${quoteIdentifier(schema)}.system_restore_rows`);
  const set = async (run: HeldRun, column: string, value: unknown): Promise<void> => {
    const sql = `update ${table} set ${column} = $3 where ${isHeld} returning id`;
    requireHeld(await pool.query(sql, [...heldBy(run), value]));
  };
  return {
    ...runsOf(pool, schema, 'restore'),
    async insert(restore) {
      const [row] = await pool.query<RestoreRecord>(
        `insert into ${table} (backup_id, backup_uuid, restore_type, tables, target, options, plan, key_ticket, undoes, status)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'queued') returning ${columns}`,
        [
          restore.backupId,
          restore.backupUuid,
          restore.restoreType,
          restore.tables,
          jsonParameter(restore.target),
          jsonParameter(restore.options),
          jsonParameter(restore.plan),
          restore.keyTicket ?? null,
          restore.options.undone?.id ?? null,
        ],
      );
      return row!;
    },
    async get(id) {
      const row = await rowOf<RestoreDetailRecord>(
        pool,
        table,
        `${columns}, building, plan, report, kept`,
        id,
      );
      return row && withDefaults(row);
    },
    async list(request) {
      const found = await page<RestoreRecord>(pool, table, columns, request);
      return { ...found, rows: found.rows.map(withDefaults) };
    },
    setSafetyBackup: (run, backupId) => set(run, 'safety_backup_id', backupId),
    setPlan: (run, plan) => set(run, 'plan', jsonParameter(plan)),
    setUnfinishedDatabase: (run, database) => set(run, 'building', database),
    async forgetUnfinished(databases) {
      await pool.query(`update ${table} set building = null where building = any ($1)`, [databases]);
    },
    leftElsewhere: () =>
      pool.query(
        `select id, target->>'server' as server, building as database from ${table}
          where building is not null and target->>'server' is not null and status in ('failed', 'cancelled', 'interrupted')
          order by id`,
      ),
    async unfinishedDatabases() {
      const rows = await pool.query<{ building: string }>(
        `select building from ${table} where building is not null and finished_at is not null
            and status <> 'completed' order by id`,
      );
      return rows.map((row) => row.building);
    },
    async rateInPlace() {
      const [sum] = await pool.query<{ bytes: number | null; ms: number | null; restores: number }>(
        `select pg_catalog.sum(bytes)::pg_catalog.float8 as bytes, pg_catalog.sum(ms)::pg_catalog.float8 as ms,
           pg_catalog.count(*)::pg_catalog.int4 as restores
         from (
           select (report->>'rawBytes')::pg_catalog.float8 as bytes,
             (select pg_catalog.sum(value::pg_catalog.float8) from pg_catalog.jsonb_each_text(report->'phaseMs')
               where key <> 'schema') as ms
             from ${table}
            where status = 'completed' and ${overLiveTables}
              and (report->>'rawBytes')::pg_catalog.float8 >= $1
            order by id desc limit $2) as newest`,
        [tellingBytes, tellingRestores],
      );
      if (!sum?.bytes || !sum.ms) return null;
      return { bytesPerMs: sum.bytes / sum.ms, restores: sum.restores };
    },
    inPlaceDuring: (connection, after, until) =>
      connection.query<RestoreInPlace>(
        `select id, backup_id as "backupId", tables,
           started_at as "from", finished_at as "until"
          from ${table} where status = 'completed' and ${overLiveTables} and started_at <= $2 and finished_at >= $1
          order by id desc limit 100`,
        [after, until],
      ),
    async completeElsewhere(run, report) {
      const rows = await pool.query(completeSql(schema, 'restore', `report = $3`), [
        ...heldBy(run),
        jsonParameter(report),
      ]);
      return rows.length > 0;
    },
    async requireHeld(run) {
      requireHeld(await pool.query(`select from ${table} where ${isHeld}`, heldBy(run)));
    },
    async complete(run, report, connection, kept = []) {
      const rows = await connection.query(completeSql(schema, 'restore', `report = $3, kept = $4`), [
        ...heldBy(run),
        jsonParameter(report),
        kept.length === 0 ? null : jsonParameter(kept),
      ]);
      requireHeld(rows);
    },
  };
}

function withDefaults<Row extends RestoreRecord>(row: Row): Row {
  return { ...row, options: { ...optionDefaults, ...row.options } };
}
