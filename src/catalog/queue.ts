import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';
import { kindsIn, runTables, type Lane } from './run-tables.ts';
import { runKinds, type RunKind, type RunState } from '../contract/states.ts';

/** A run that waits for a worker. */
export interface QueuedRun {
  kind: RunKind;
  id: number;
  /** Of the key that one process has for it; null when any process can perform it. */
  keyTicket: string | null;
}

/** A run that has not ended. */
export interface LiveRun extends QueuedRun {
  status: RunState;
  /** When it began, or was ordered. */
  startedAt: Date;
  progress: unknown;
}

export interface Queue {
  /**
   * The run of a lane whose turn it is: the one ordered first, of those that may start by now.
   * @param tickets of the keys that this process has; a run with another one is for another process
   * @param onlyWithKey whether runs that any process can perform are left to others
   */
  next(lane: Lane, tickets: readonly string[], onlyWithKey?: boolean): Promise<QueuedRun | undefined>;
  /** For how many seconds nothing was heard of the runs of a lane that say they are running; undefined without any. */
  silentFor(lane: Lane): Promise<number | undefined>;
  /** How many runs wait. */
  waiting(): Promise<number>;
  /** Which of these tickets of keys a run that has not ended has. */
  withKeys(tickets: readonly string[]): Promise<string[]>;
  /** Every run that has not ended: those that run first, the writer's lane before the other, a restore before its safety backup. */
  live(): Promise<LiveRun[]>;
}

/**
 * The queued runs of every kind. The rows themselves are the queue: what a run is and its state are written
 * in one place only.
 */
export function queue(pool: Queryable, schema: string): Queue {
  const unfinished = (kinds: readonly RunKind[], columns: string, condition: string): string =>
    kinds
      .map(
        (kind) =>
          `select '${kind}' as kind, id, created_at, ${columns} from ${quoteIdentifier(schema)}.${runTables[kind].table}
            where finished_at is null and ${condition}`,
      )
      .join(' union all ');
  return {
    async next(lane, tickets, onlyWithKey = false) {
      const waiting = unfinished(
        kindsIn(lane),
        'status, key_ticket',
        `status = 'queued' and coalesce(not_before, created_at) <= pg_catalog.now()
           and (key_ticket is null and not $2::pg_catalog.bool or key_ticket = any ($1))`,
      );
      const [run] = await pool.query<QueuedRun>(
        `select kind, id, key_ticket as "keyTicket" from (${waiting}) as waiting order by created_at, kind, id limit 1`,
        [tickets, onlyWithKey],
      );
      return run;
    },
    async silentFor(lane) {
      const running = unfinished(kindsIn(lane), 'heartbeat_at', `status = 'running'`);
      const [row] = await pool.query<{ seconds: number | null }>(
        `select extract(epoch from pg_catalog.now() - pg_catalog.max(heartbeat_at))::pg_catalog.float8 as seconds from (${running}) as running`,
      );
      return row!.seconds ?? undefined;
    },
    async waiting() {
      const queued = unfinished(runKinds, 'status', `status = 'queued'`);
      const [row] = await pool.query<{ waiting: number }>(
        `select pg_catalog.count(*)::int as waiting from (${queued}) as queued`,
      );
      return row?.waiting ?? 0;
    },
    async withKeys(tickets) {
      const rows = await pool.query<{ ticket: string }>(
        `select key_ticket as ticket from (${unfinished(runKinds, 'key_ticket', 'key_ticket = any ($1)')}) as keyed`,
        [tickets],
      );
      return rows.map(({ ticket }) => ticket);
    },
    live: () =>
      pool.query<LiveRun>(
        `select kind, id, status, key_ticket as "keyTicket", coalesce(started_at, created_at) as "startedAt", progress
           from (${unfinished(runKinds, 'status, key_ticket, started_at, progress', 'true')}) as live
          order by status = 'queued', kind = any ($1) desc, created_at, kind desc, id`,
        [kindsIn('writer')],
      ),
  };
}
