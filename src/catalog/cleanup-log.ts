import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';
import { jsonParameter } from './json.ts';
import { runsOf, type Runs } from './runs.ts';

/** A row of `backup_cleanup_log`. */
export interface CleanupEntry {
  startedAt: Date;
  /** `manual` for a deletion someone asked for. */
  trigger: string;
  reason: string;
  dryRun: boolean;
  backups: readonly {
    id: number;
    uuid: string;
    createdAt: string;
    status: string;
    reasons?: readonly string[];
  }[];
  chunksDeleted: number;
  bytesFreed: number;
  errors: readonly unknown[];
}

export interface CleanupLog extends Runs {
  insert(entry: CleanupEntry): Promise<void>;
}

export function cleanupLog(pool: Queryable, schema: string): CleanupLog {
  const table = `${quoteIdentifier(schema)}.backup_cleanup_log`;
  return {
    ...runsOf(pool, schema, 'cleanup'),
    async insert(entry) {
      await pool.query(
        `insert into ${table} (started_at, trigger, reason, dry_run, backups, chunks_deleted, bytes_freed, errors,
           finished_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, now())`,
        [
          entry.startedAt,
          entry.trigger,
          entry.reason,
          entry.dryRun,
          jsonParameter(entry.backups),
          entry.chunksDeleted,
          entry.bytesFreed,
          jsonParameter(entry.errors),
        ],
      );
    },
  };
}
