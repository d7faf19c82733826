import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';

/** A run that waits for a worker. */
export interface QueuedRun {
  kind: 'backup' | 'restore';
  id: number;
}

export interface Queue {
  /** The run whose turn it is: the one ordered first, of those that may start by now. */
  next(): Promise<QueuedRun | undefined>;
}

/**
 * The runs that wait, of both tables. The rows themselves are the queue: what a run is and where it stands is written
 * in one place only.
 */
export function queue(pool: Queryable, schema: string): Queue {
  const table = (name: string): string => `${quoteIdentifier(schema)}.${name}`;
  const waiting = (kind: string, name: string): string =>
    `select '${kind}' as kind, id, created_at from ${table(name)}
      where status = 'queued' and finished_at is null and coalesce(not_before, created_at) <= now()`;
  return {
    async next() {
      const [run] = await pool.query<QueuedRun>(
        `select kind, id from (${waiting('backup', 'system_backups')}
           union all ${waiting('restore', 'system_restore_log')}) as waiting
          order by created_at, kind, id limit 1`,
      );
      return run;
    },
  };
}
