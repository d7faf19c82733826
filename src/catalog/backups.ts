import type { ErrorBody } from '../base/errors.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';
import { jsonParameter } from './json.ts';
import { page, runColumns, runsOf, type Page, type PageRequest, type RunRecord, type Runs } from './runs.ts';
import type { BackupTrigger, RunState } from './states.ts';

/** A row of `system_backups` without its manifest, which is the store's. */
export interface BackupRecord extends RunRecord {
  uuid: string;
  type: 'full' | 'partial';
  trigger: BackupTrigger;
  description: string | null;
  tables: string[];
  store: string;
  tableCount: number | null;
  rowCount: number | null;
  rawBytes: number | null;
  storedBytes: number | null;
  chunkCount: number | null;
  serverVersion: string | null;
}

export interface NewBackup {
  uuid: string;
  type: 'full' | 'partial';
  trigger: BackupTrigger;
  description: string | null;
  tables: readonly string[];
  store: string;
}

/** The sums of a completed backup. */
export interface BackupFigures {
  tableCount: number;
  rowCount: number;
  rawBytes: number;
  storedBytes: number;
  chunkCount: number;
  serverVersion: string;
}

export interface Backups extends Runs {
  /** Adds a running backup. */
  insert(backup: NewBackup): Promise<BackupRecord>;
  get(id: number): Promise<BackupRecord | undefined>;
  list(request: PageRequest): Promise<Page<BackupRecord>>;
  complete(id: number, figures: BackupFigures): Promise<void>;
  fail(id: number, status: RunState, error: ErrorBody): Promise<void>;
  remove(id: number): Promise<void>;
  summary(): Promise<BackupsSummary>;
}

export interface BackupsSummary {
  total: number;
  completed: number;
  /** Of every chunk in the database. */
  storedBytes: number;
  /** The newest good one; a safety backup shows the very state that someone wanted to leave. */
  lastCompleted: BackupRecord | null;
}

const columns = `${runColumns}, uuid, type, trigger, description, tables, store, table_count as "tableCount",
  row_count as "rowCount", raw_bytes as "rawBytes", stored_bytes as "storedBytes", chunk_count as "chunkCount",
  server_version as "serverVersion"`;

export function backups(pool: Queryable, schema: string): Backups {
  const table = `${quoteIdentifier(schema)}.system_backups`;
  return {
    ...runsOf(pool, schema, 'system_backups'),
    async insert(backup) {
      const [row] = await pool.query<BackupRecord>(
        `insert into ${table} (uuid, type, status, trigger, description, tables, store, started_at, heartbeat_at)
         values ($1, $2, 'running', $3, $4, $5, $6, now(), now()) returning ${columns}`,
        [backup.uuid, backup.type, backup.trigger, backup.description, backup.tables, backup.store],
      );
      return row!;
    },
    async get(id) {
      const [row] = await pool.query<BackupRecord>(`select ${columns} from ${table} where id = $1`, [id]);
      return row;
    },
    list: (request) => page<BackupRecord>(pool, table, columns, request),
    async complete(id, figures) {
      // The only place that makes a backup completed. A run knows its own end better than whoever took it for dead.
      await pool.query(
        `update ${table} set status = 'completed', error = null, progress = null, finished_at = now(),
           heartbeat_at = now(), table_count = $2, row_count = $3, raw_bytes = $4, stored_bytes = $5,
           chunk_count = $6, server_version = $7
          where id = $1`,
        [
          id,
          figures.tableCount,
          figures.rowCount,
          figures.rawBytes,
          figures.storedBytes,
          figures.chunkCount,
          figures.serverVersion,
        ],
      );
    },
    async fail(id, status, error) {
      await pool.query(
        `update ${table} set status = $2, error = $3, finished_at = now(), heartbeat_at = now() where id = $1`,
        [id, status, jsonParameter(error)],
      );
    },
    async remove(id) {
      await pool.query(`delete from ${table} where id = $1`, [id]);
    },
    async summary() {
      const [counts] = await pool.query<Omit<BackupsSummary, 'lastCompleted'>>(
        `select count(*) as total, count(*) filter (where status = 'completed') as completed,
           (select coalesce(sum(stored_bytes), 0)::bigint
              from ${quoteIdentifier(schema)}.system_backup_chunks) as "storedBytes"
           from ${table}`,
      );
      const [last] = await pool.query<BackupRecord>(
        `select ${columns} from ${table} where status = 'completed' and trigger <> 'safety' order by id desc limit 1`,
      );
      return { ...counts!, lastCompleted: last ?? null };
    },
  };
}
