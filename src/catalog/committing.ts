import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';
import { jsonParameter } from './json.ts';
import { runTables } from './run-tables.ts';
import { completeSql, heldBy, isHeld, requireHeld, type HeldRun } from './runs.ts';

/** A transaction of the protected database that makes a restore take effect. */
export interface Committing {
  /** pg_control_system().system_identifier of its server; empty where the role may not read it. */
  server: string;
  transaction: string;
  /** Of the restore, should it have been committed. */
  report: unknown;
}

/**
 * Restores of a database whose catalog is in another one. No transaction is of both, so the row says before the commit
 * which transaction it will be; who finds a run of an ended process asks what became of it.
 */
export interface CommittingRestores {
  /** @throws INTERRUPTED when the run was taken over by another process */
  note(run: HeldRun, committing: Committing): Promise<void>;
  /** Those that are running by their rows. Only while holding the lock of the lane. */
  left(connection: Queryable): Promise<(HeldRun & { committing: Committing })[]>;
  /** Completes one that has taken effect. Only while holding the lock of the lane. */
  complete(connection: Queryable, run: HeldRun, report: unknown): Promise<void>;
}

export function committingRestores(pool: Queryable, schema: string): CommittingRestores {
  const table = `${quoteIdentifier(schema)}.${runTables.restore.table}`;
  return {
    async note(run, committing) {
      const sql = `update ${table} set committing = $3 where ${isHeld} returning id`;
      requireHeld(await pool.query(sql, [...heldBy(run), jsonParameter(committing)]));
    },
    left: (connection) =>
      connection.query(
        `select id, fence, committing from ${table} where status = 'running' and committing is not null order by id`,
      ),
    async complete(connection, run, report) {
      const sql = completeSql(schema, 'restore', 'report = $3');
      await connection.query(sql, [...heldBy(run), jsonParameter(report)]);
    },
  };
}
