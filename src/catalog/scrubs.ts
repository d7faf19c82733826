import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Pool, Queryable } from '../postgres/pool.ts';
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
  type PlainRunRows,
  type RunRecord,
} from './runs.ts';

/** A row of `backup_scrub_log`. */
export interface ScrubRecord extends RunRecord {
  store: string;
  /** Which share of the store is read, more than 0, at most 1. */
  share: number;
  /** Whether it was due; else it was asked for. */
  due: boolean;
  /** What was last read before then is read; null before it has begun. */
  readUntil: Date | null;
  attempt: number;
  report: unknown;
}

/** A store whose scrubs fail. */
export interface FailingScrub {
  store: string;
  /** When the first of them failed since the last one that completed. */
  since: Date;
  problem: string;
}

export interface Scrubs extends PlainRunRows {
  /** Adds a scrub that waits in the queue. */
  insert(store: string, share: number): Promise<ScrubRecord>;
  /**
   * Orders the scrub of today, in UTC, of each of these stores that has a completed backup which is at least a day old. Of several
   * processes that ask at once, one orders it.
   * @returns their ids
   */
  orderDue(stores: readonly string[], share: number): Promise<number[]>;
  get(id: number, connection?: Queryable): Promise<ScrubRecord | undefined>;
  list(request: PageRequest): Promise<Page<ScrubRecord>>;
  /** @throws INTERRUPTED when it was taken over by another process */
  setReadUntil(run: HeldRun, until: Date): Promise<void>;
  /** False when the run has ended or was taken over. */
  complete(run: HeldRun, report: unknown): Promise<boolean>;
  /** Of these stores, those that no scrub has completed in for days, because scrubs fail. */
  failing(stores: readonly string[]): Promise<FailingScrub[]>;
}

const columns = `${runColumns}, store, share, due_on is not null as due, read_until as "readUntil", attempt, report`;

/** Days without a scrub that completed, after which those that fail are told of. */
const patienceDays = 3;

export function scrubs(pool: Pool, schema: string): Scrubs {
  const own = quoteIdentifier(schema);
  const table = `${own}.backup_scrub_log`;
  const today = `(pg_catalog.now() at time zone 'UTC')::pg_catalog.date`;
  return {
    ...runsOf(pool, schema, 'scrub'),
    async insert(store, share) {
      const [row] = await pool.query<ScrubRecord>(
        `insert into ${table} (store, share, status) values ($1, $2, 'queued') returning ${columns}`,
        [store, share],
      );
      return row!;
    },
    async orderDue(stores, share) {
      // Most of the time there is none, and then nothing is written.
      const due = await pool.query<{ name: string }>(
        `select s.name from pg_catalog.unnest($1::pg_catalog.text[]) as s(name)
          where not exists (select from ${table} l where l.store = s.name and (l.due_on = ${today} or l.finished_at is null))
            and exists (select from ${own}.system_backups b
                 where b.status = 'completed' and b.finished_at < pg_catalog.now() - interval '1 day'
                   and (b.store = s.name or exists (select from ${own}.system_backup_copies c
                          where c.backup_id = b.id and c.store = s.name and c.state in ('copied', 'damaged'))))
          order by s.name`,
        [stores],
      );
      if (due.length === 0) return [];
      const ordered = await pool.query<{ id: number }>(
        `insert into ${table} (store, share, due_on, status)
           select name, $2, ${today}, 'queued' from pg_catalog.unnest($1::pg_catalog.text[]) as name order by name
           on conflict (store, due_on) do nothing returning id`,
        [due.map(({ name }) => name), share],
      );
      return ordered.map(({ id }) => id);
    },
    get: (id, connection = pool) => rowOf<ScrubRecord>(connection, table, columns, id),
    list: (request) => page<ScrubRecord>(pool, table, columns, request),
    async setReadUntil(run, until) {
      const rows = await pool.query(`update ${table} set read_until = $3 where ${isHeld} returning id`, [
        ...heldBy(run),
        until,
      ]);
      requireHeld(rows);
    },
    async complete(run, report) {
      const rows = await pool.query(completeSql(schema, 'scrub', 'report = $3'), [
        ...heldBy(run),
        jsonParameter(report),
      ]);
      return rows.length > 0;
    },
    failing: (stores) =>
      pool.query<FailingScrub>(
        `select l.store, pg_catalog.min(l.finished_at) as since,
           (pg_catalog.array_agg(l.error->>'message' order by l.id desc))[1] as problem
           from ${table} l
          where l.store = any ($1) and l.status in ('failed', 'interrupted')
            and l.id > coalesce((select pg_catalog.max(good.id) from ${table} good
                                  where good.store = l.store and good.status = 'completed'), 0)
          group by l.store
         having pg_catalog.min(l.finished_at) < pg_catalog.now() - pg_catalog.make_interval(days => $2)
          order by l.store`,
        [stores, patienceDays],
      ),
  };
}
