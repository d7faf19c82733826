import { superseded, type ErrorBody } from '../base/errors.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';
import { withEvent } from './events.ts';
import { jsonParameter } from './json.ts';
import { latestFenceSql } from './locks.ts';
import { laneOf, runTables } from './run-tables.ts';
import type { RunKind, RunState } from '../contract/states.ts';

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

/**
 * A run that this process performs, and the fence under which it began it. What it writes counts only while the row says
 * that the run goes on under this fence: see locks.ts.
 */
export interface HeldRun {
  readonly id: number;
  readonly fence: number;
}

/** The life of a run's row; the same for every kind. */
export interface RunRows {
  /**
   * A sign of life. `held` is false when the run was taken over or ended by another process;
   * `cancelRequested` says whether it should stop.
   */
  heartbeat(run: HeldRun, progress: unknown): Promise<{ held: boolean; cancelRequested: boolean }>;
  /** Asks a running run to stop, whichever process it is in; ends one that waits in the queue at once. */
  requestCancel(id: number, error: ErrorBody): Promise<void>;
  /**
   * Ends every running row as interrupted. Only while holding the lock of the lane: then nobody works on them.
   * @param keyLost the error of those whose key was in the process that performed them
   * @returns which
   */
  interruptAll(
    connection: Queryable,
    error: ErrorBody,
    keyLost: ErrorBody,
  ): Promise<{ id: number; fence: number | null }[]>;
  /** Ends a run as interrupted that waits for the process that had this key. Only while holding the lock of the key. */
  interruptWaiting(connection: Queryable, keyTicket: string, keyLost: ErrorBody): Promise<void>;
  /** Whether it waits in the queue. */
  isWaiting(id: number): Promise<boolean>;
  /** Takes a run that waits out of the queue, as if it had never been ordered; false when it waits no longer. */
  withdraw(id: number): Promise<boolean>;
  /**
   * Puts a run that ended without success back into the queue, unless it was cancelled. Until it begins
   * again its error stays, to say why. Not one with a key, which went with the process that had it.
   */
  requeue(connection: Queryable, id: number, delaySeconds: number): Promise<void>;
  /** Ends a run without success. False when it has ended or was taken over. */
  fail(run: HeldRun, status: FailedState, error: ErrorBody): Promise<boolean>;
}

/** Runs that need nothing more to begin than their turn. */
export interface PlainRunRows extends RunRows {
  /**
   * Makes a queued run a running one. False when it is no longer queued, or when another process has taken the lane since
   * it was taken under this fence.
   */
  begin(run: HeldRun): Promise<boolean>;
}

/** How a run ends other than completed. */
export type FailedState = 'failed' | 'cancelled' | 'interrupted';

/** SQL of the condition that `$1` is a run and that it goes on under the fence `$2`: the first two of `heldBy`. */
export const isHeld = `id = $1 and fence = $2 and status = 'running'`;
export const heldBy = ({ id, fence }: HeldRun): [number, number] => [id, fence];

/** @throws INTERRUPTED when a statement with `isHeld` found no row */
export function requireHeld(rows: readonly unknown[]): void {
  if (rows.length === 0) throw superseded();
}

export function runsOf(pool: Queryable, schema: string, kind: RunKind): PlainRunRows {
  const table = `${quoteIdentifier(schema)}.${runTables[kind].table}`;
  return {
    async heartbeat(run, progress) {
      // A restore writes its end inside its own transaction. While that commits this waits, and the row that it then no
      // longer finds running still counts as held.
      const [row] = await pool.query<{ held: boolean; cancelRequested: boolean }>(
        `with beat as (
           update ${table} set heartbeat_at = pg_catalog.now(), progress = $3 where ${isHeld}
           returning cancel_requested_at is not null as wanted)
         select exists (select from ${table} where id = $1 and fence = $2 and status in ('running', 'completed')) as held,
           coalesce((select wanted from beat), false) as "cancelRequested"`,
        [...heldBy(run), jsonParameter(progress)],
      );
      return row!;
    },
    async requestCancel(id, error) {
      await pool.query(
        withEvent(
          schema,
          kind,
          'cancelled',
          `update ${table} set cancel_requested_at = coalesce(cancel_requested_at, pg_catalog.now()),
             status = 'cancelled', finished_at = pg_catalog.now(), error = $2::pg_catalog.jsonb
            where id = $1 and status = 'queued' returning id, error`,
        ),
        [id, jsonParameter(error)],
      );
      await pool.query(
        `update ${table} set cancel_requested_at = coalesce(cancel_requested_at, pg_catalog.now())
          where id = $1 and finished_at is null`,
        [id],
      );
    },
    async interruptAll(connection, error, keyLost) {
      return connection.query<{ id: number; fence: number | null }>(
        withEvent(
          schema,
          kind,
          'interrupted',
          `update ${table} set status = 'interrupted', finished_at = pg_catalog.now(),
             error = case when key_ticket is null then $1::pg_catalog.jsonb else $2::pg_catalog.jsonb end
            where status = 'running' returning id, error, fence`,
        ),
        [jsonParameter(error), jsonParameter(keyLost)],
      );
    },
    async interruptWaiting(connection, keyTicket, keyLost) {
      await connection.query(
        withEvent(
          schema,
          kind,
          'interrupted',
          `update ${table} set status = 'interrupted', finished_at = pg_catalog.now(), error = $2::pg_catalog.jsonb
            where status = 'queued' and key_ticket = $1 returning id, error`,
        ),
        [keyTicket, jsonParameter(keyLost)],
      );
    },
    async begin(run) {
      const rows = await pool.query(beginSql(schema, kind), heldBy(run));
      return rows.length > 0;
    },
    async isWaiting(id) {
      const rows = await pool.query(`select from ${table} where id = $1 and status = 'queued'`, [id]);
      return rows.length > 0;
    },
    async withdraw(id) {
      const rows = await pool.query(`delete from ${table} where id = $1 and status = 'queued' returning id`, [
        id,
      ]);
      return rows.length > 0;
    },
    async requeue(connection, id, delaySeconds) {
      await connection.query(
        `update ${table} set status = 'queued', attempt = attempt + 1, started_at = null, finished_at = null,
           heartbeat_at = null, progress = null, not_before = pg_catalog.now() + pg_catalog.make_interval(secs => $2)
          where id = $1 and status in ('failed', 'interrupted') and cancel_requested_at is null and key_ticket is null`,
        [id, delaySeconds],
      );
    },
    async fail(run, status, error) {
      const rows = await pool.query(
        withEvent(
          schema,
          kind,
          '$3',
          `update ${table} set status = $3, error = $4, finished_at = pg_catalog.now(), heartbeat_at = pg_catalog.now()
            where ${isHeld} returning id, error`,
        ),
        [...heldBy(run), status, jsonParameter(error)],
      );
      return rows.length > 0;
    },
  };
}

/**
 * SQL that makes the queued run `$1` a running one under the fence `$2`, unless that is no longer the lane's latest.
 * @param also SQL of another column to set
 */
export function beginSql(schema: string, kind: RunKind, also?: string): string {
  return withEvent(
    schema,
    kind,
    'started',
    `update ${quoteIdentifier(schema)}.${runTables[kind].table} set status = 'running', started_at = pg_catalog.now(),
       heartbeat_at = pg_catalog.now(), error = null, fence = $2${also === undefined ? '' : `, ${also}`}
      where id = $1 and status = 'queued' and exists (select from latest) returning id, error`,
    latestFenceSql(schema, laneOf(kind), 2),
  );
}

/**
 * SQL that completes the run of `heldBy`; the parameters of `also` begin with `$3`. The time is that of the statement, because
 * a restore completes inside its long transaction.
 * @param also SQL of the columns that the kind sets besides
 */
export function completeSql(schema: string, kind: RunKind, also: string): string {
  return withEvent(
    schema,
    kind,
    'completed',
    `update ${quoteIdentifier(schema)}.${runTables[kind].table} set status = 'completed', error = null, progress = null,
       finished_at = pg_catalog.clock_timestamp(), heartbeat_at = pg_catalog.clock_timestamp(), ${also}
      where ${isHeld} returning id, error`,
  );
}

/** Which rows of a table count: a condition with parameters from $1 on, and their values. */
export interface RowFilter {
  condition: string;
  values: readonly unknown[];
}

/** A row by its id; undefined where there is none. */
export async function rowOf<Record extends RunRecord>(
  connection: Queryable,
  table: string,
  columns: string,
  id: number,
): Promise<Record | undefined> {
  const [row] = await connection.query<Record>(`select ${columns} from ${table} where id = $1`, [id]);
  return row;
}

/** A page of a table, newest first, with `id` as the key: rows that are added meanwhile shift nothing. */
export async function page<Record extends RunRecord>(
  pool: Queryable,
  table: string,
  columns: string,
  request: PageRequest,
  filter: RowFilter = { condition: 'true', values: [] },
): Promise<Page<Record>> {
  const { condition, values } = filter;
  const [status, before, limit] = [1, 2, 3].map((nth) => `$${values.length + nth}`);
  const chosen = `(${condition}) and (${status}::pg_catalog.text is null or status = ${status})`;
  const rows = await pool.query<Record>(
    `select ${columns} from ${table}
      where ${chosen} and (${before}::bigint is null or id < ${before})
      order by id desc limit ${limit}`,
    [...values, request.status, request.before, request.limit + 1],
  );
  const [count] = await pool.query<{ total: number }>(
    `select pg_catalog.count(*) as total from ${table} where ${chosen}`,
    [...values, request.status],
  );
  return { rows: rows.slice(0, request.limit), total: count!.total, more: rows.length > request.limit };
}
