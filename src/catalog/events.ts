import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';
import type { EventType } from '../contract/event.ts';
import type { RunKind, RunState } from '../contract/states.ts';
import { wakeupCall } from './wakeups.ts';

/** A row of `backup_event_log`. */
export interface EventRecord {
  id: number;
  at: Date;
  type: EventType;
  kind: RunKind | 'schedule';
  /** Of the run: its row may have been deleted since. */
  runId: number | null;
  scheduleName: string | null;
  /** Why, where it did not go well. */
  message: string | null;
  /** What a program needs to know besides, in the form of the contract. */
  details: unknown;
}

export interface Events {
  /** The newest id; 0 when there is none. */
  latest(): Promise<number>;
  /** What was written after an id, oldest first, and the time of the database. */
  after(id: number, limit: number): Promise<{ events: EventRecord[]; now: Date }>;
  record(
    connection: Queryable,
    event: { type: 'schedule.missed' | 'schedule.skipped'; scheduleName: string; message: string },
  ): Promise<void>;
  /** Deletes events older than this number of days. */
  forget(days: number): Promise<void>;
}

export function events(pool: Queryable, schema: string): Events {
  const table = `${quoteIdentifier(schema)}.backup_event_log`;
  return {
    async latest() {
      const [row] = await pool.query<{ id: number }>(
        `select coalesce(pg_catalog.max(id), 0) as id from ${table}`,
      );
      return row!.id;
    },
    async after(id, limit) {
      const rows = await pool.query<EventRecord & { now: Date }>(
        `select e.id, e.at, e.type, e.kind, e.run_id as "runId", e.schedule_name as "scheduleName", e.message, e.details,
           pg_catalog.clock_timestamp() as now
          from (select) as one left join lateral
            (select * from ${table} where id > $1 order by id limit $2) e on true`,
        [id, limit],
      );
      return {
        now: rows[0]!.now,
        // Without any there is a row all the same, for the time.
        events: rows.filter((row) => row.id !== null),
      };
    },
    async record(connection, { type, scheduleName, message }) {
      await connection.query(
        `insert into ${table} (type, kind, schedule_name, message) values ($1, 'schedule', $2, $3)`,
        [type, scheduleName, message],
      );
    },
    async forget(days) {
      await pool.query(
        `delete from ${table} where at < pg_catalog.now() - pg_catalog.make_interval(days => $1)`,
        [days],
      );
    },
  };
}

/**
 * A statement that notes damage of a backup, with an event when it was whole until now.
 * @param whole SQL of a select that locks what is to change where it is whole, and gives `id` and `place`: nothing, or words for
 *   where it is
 * @param change SQL of the update, by `$3`, the damage as JSON or null
 */
export function withDamageEvent(schema: string, whole: string, change: string): string {
  return `with before as (${whole}), changed as (${change}), told as (
      insert into ${quoteIdentifier(schema)}.backup_event_log (type, kind, run_id, message)
      select 'backup.damaged', 'backup', id, place || ($3::pg_catalog.jsonb->>'message') from before
       where $3::pg_catalog.jsonb is not null returning id)
    select ${wakeupCall(schema)} from told`;
}

/**
 * A statement that changes runs, with an event for each of them: one statement, so that of the two neither is there
 * without the other. When it is committed, the processes that wait are woken.
 * @param change an UPDATE or INSERT that returns `id` and `error`
 * @param before another common table expression, which `change` may refer to
 * @param state SQL that gives the word behind the dot
 */
export function withEvent(
  schema: string,
  kind: RunKind,
  state: Exclude<RunState, 'queued' | 'running'> | 'started' | `$${number}`,
  change: string,
  before?: string,
): string {
  const word = state.startsWith('$') ? `${state}::pg_catalog.text` : `'${state}'`;
  return `with ${before === undefined ? '' : `${before}, `}changed as (${change}), told as (
      insert into ${quoteIdentifier(schema)}.backup_event_log (type, kind, run_id, message)
      select '${kind}.' || ${word}, '${kind}', id, error->>'message' from changed)
    select changed.*, ${wakeupCall(schema)} from changed`;
}
