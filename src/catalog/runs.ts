import type { ErrorBody } from '../base/errors.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';
import { jsonParameter } from './json.ts';
import type { RunState } from './states.ts';

/** The columns that a backup and a restore share: those of a run. */
export interface RunRecord {
  id: number;
  status: RunState;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  heartbeatAt: Date | null;
  progress: unknown;
  error: ErrorBody | null;
}

export const runColumns = `id, status, created_at as "createdAt", started_at as "startedAt",
  finished_at as "finishedAt", heartbeat_at as "heartbeatAt", progress, error`;

export interface PageRequest {
  limit: number;
  /** Only rows with a smaller id. */
  before: number | null;
  status: RunState | null;
}

export interface Page<Record> {
  rows: Record[];
  /** Of all pages. */
  total: number;
  /** Whether rows follow. */
  more: boolean;
}

/** The life of a run's row; the same for both tables. */
export interface Runs {
  /** A sign of life. `cancelRequested` says whether someone asked the run to stop. */
  heartbeat(id: number, progress: unknown): Promise<{ cancelRequested: boolean }>;
  /** Asks a living run to stop, whichever process it is in. */
  requestCancel(id: number): Promise<void>;
  /** Ends every living row as interrupted. Only while holding the writer lock: then nobody works on them. */
  interruptAll(connection: Queryable, error: ErrorBody): Promise<number>;
  /** The newest row that claims to be alive. */
  alive(): Promise<{ id: number; startedAt: Date } | undefined>;
}

export type RunTable = 'system_backups' | 'system_restore_log';

export function runsOf(pool: Queryable, schema: string, name: RunTable): Runs {
  const table = `${quoteIdentifier(schema)}.${name}`;
  return {
    async heartbeat(id, progress) {
      const [row] = await pool.query<{ cancel: boolean }>(
        `update ${table} set heartbeat_at = now(), progress = $2 where id = $1
         returning cancel_requested_at is not null as cancel`,
        [id, jsonParameter(progress)],
      );
      return { cancelRequested: row?.cancel === true };
    },
    async requestCancel(id) {
      await pool.query(
        `update ${table} set cancel_requested_at = coalesce(cancel_requested_at, now())
          where id = $1 and finished_at is null`,
        [id],
      );
    },
    async interruptAll(connection, error) {
      const rows = await connection.query(
        `update ${table} set status = 'interrupted', finished_at = now(), error = $1
          where finished_at is null returning id`,
        [jsonParameter(error)],
      );
      return rows.length;
    },
    async alive() {
      const [row] = await pool.query<{ id: number; startedAt: Date }>(
        `select id, coalesce(started_at, created_at) as "startedAt" from ${table}
          where finished_at is null order by id desc limit 1`,
      );
      return row;
    },
  };
}

/** A page of a table, newest first, with `id` as the key: rows that are added meanwhile shift nothing. */
export async function page<Record extends RunRecord>(
  pool: Queryable,
  table: string,
  columns: string,
  request: PageRequest,
): Promise<Page<Record>> {
  const rows = await pool.query<Record>(
    `select ${columns} from ${table}
      where ($1::bigint is null or id < $1) and ($2::text is null or status = $2)
      order by id desc limit $3`,
    [request.before, request.status, request.limit + 1],
  );
  const [count] = await pool.query<{ total: number }>(
    `select count(*) as total from ${table} where $1::text is null or status = $1`,
    [request.status],
  );
  return { rows: rows.slice(0, request.limit), total: count!.total, more: rows.length > request.limit };
}
