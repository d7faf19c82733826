import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';
import { jsonParameter } from './json.ts';
import {
  completeSql,
  heldBy,
  isHeld,
  page,
  requireHeld,
  rowOf,
  runColumns,
  runsOf,
  type HeldRun,
  type Page,
  type PageRequest,
  type RunRecord,
  type PlainRunRows,
} from './runs.ts';

/** A backup that was deleted. */
export interface DeletedBackup {
  id: number;
  uuid: string;
  createdAt: string;
  status: string;
  /** Only in this store was it deleted; another one has it. */
  store?: string;
  /** In words, where a policy decided it. */
  reasons?: readonly string[];
}

/** What a cleanup freed. */
export interface CleanupFigures {
  /** Whether it has looked for chunks that no backup needs. */
  swept: boolean;
  chunksDeleted: number;
  bytesFreed: number;
  /** Some of what no backup needs is still there, for a later cleanup. */
  pending: boolean;
  /** What went wrong without ending it. */
  errors: unknown[];
}

/** A row of `backup_cleanup_log`. */
export interface CleanupRecord extends RunRecord, CleanupFigures {
  /** `manual` also for a deletion on request. */
  trigger: 'manual' | 'schedule';
  /** Of the deletions. */
  reason: string;
  backups: DeletedBackup[];
  /** Due for deletion but in use; the next cleanup deletes them. */
  inUse: number[];
}

export interface CleanupLog extends PlainRunRows {
  /** Adds a queued cleanup. */
  order(trigger: 'manual' | 'schedule'): Promise<CleanupRecord>;
  /** Writes down a deletion that is over. */
  insert(entry: Omit<CleanupRecord, keyof RunRecord | 'inUse'> & { startedAt: Date }): Promise<void>;
  get(id: number): Promise<CleanupRecord | undefined>;
  list(request: PageRequest): Promise<Page<CleanupRecord>>;
  /**
   * What has been deleted so far: it is written before anything is freed, so that it is known however that ends.
   * @throws INTERRUPTED when the run was taken over by another process
   */
  noteDeleted(run: HeldRun, backups: readonly DeletedBackup[], inUse: readonly number[]): Promise<void>;
  /** False when the run has ended or was taken over. */
  complete(run: HeldRun, figures: CleanupFigures): Promise<boolean>;
  /** Whether a cleanup has looked for unneeded chunks in the last `hours` hours. */
  sweptWithin(hours: number): Promise<boolean>;
}

const columns = `${runColumns}, trigger, reason, backups, in_use as "inUse", chunks_deleted as "chunksDeleted",
  bytes_freed as "bytesFreed", pending, swept, errors`;

export function cleanupLog(pool: Queryable, schema: string): CleanupLog {
  const table = `${quoteIdentifier(schema)}.backup_cleanup_log`;
  return {
    ...runsOf(pool, schema, 'cleanup'),
    async order(trigger) {
      const [row] = await pool.query<CleanupRecord>(
        `insert into ${table} (trigger, reason, status) values ($1, 'retention policy', 'queued') returning ${columns}`,
        [trigger],
      );
      return row!;
    },
    async insert(entry) {
      await pool.query(
        `insert into ${table} (started_at, trigger, reason, backups, chunks_deleted, bytes_freed, pending, errors,
           swept, finished_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, pg_catalog.now())`,
        [
          entry.startedAt,
          entry.trigger,
          entry.reason,
          jsonParameter(entry.backups),
          entry.chunksDeleted,
          entry.bytesFreed,
          entry.pending,
          jsonParameter(entry.errors),
          entry.swept,
        ],
      );
    },
    get: (id) => rowOf<CleanupRecord>(pool, table, columns, id),
    list: (request) => page<CleanupRecord>(pool, table, columns, request),
    async noteDeleted(run, backups, inUse) {
      const rows = await pool.query(
        `update ${table} set backups = $3, in_use = $4 where ${isHeld} returning id`,
        [...heldBy(run), jsonParameter(backups), jsonParameter(inUse)],
      );
      requireHeld(rows);
    },
    async complete(run, figures) {
      const rows = await pool.query(
        completeSql(
          schema,
          'cleanup',
          `chunks_deleted = $3, bytes_freed = $4, pending = $5, swept = $6, errors = $7`,
        ),
        [
          ...heldBy(run),
          figures.chunksDeleted,
          figures.bytesFreed,
          figures.pending,
          figures.swept,
          jsonParameter(figures.errors),
        ],
      );
      return rows.length > 0;
    },
    async sweptWithin(hours) {
      const rows = await pool.query(
        `select from ${table} where swept and finished_at > pg_catalog.now() - pg_catalog.make_interval(hours => $1) limit 1`,
        [hours],
      );
      return rows.length > 0;
    },
  };
}
