import type { ScheduleSettings } from '../contract/schedule.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';
import { jsonParameter } from './json.ts';

/** The schedule that the contract's calls are about. */
export const defaultScheduleName = 'default';

/** A row of `backup_schedule`. */
export interface ScheduleRecord extends ScheduleSettings {
  name: string;
  updatedAt: Date;
  /** What was due up to here has been started, or recorded as skipped. */
  handledUntil: Date;
}

/** What became of a due time. */
export interface ScheduleOutcome {
  dueAt: Date;
  outcome: 'started' | 'late' | 'skipped';
  /** Why it was late or skipped. */
  reason: string | null;
  backupId: number | null;
}

export interface Schedules {
  get(name: string): Promise<ScheduleRecord | undefined>;
  /** By name. */
  all(): Promise<ScheduleRecord[]>;
  enabled(): Promise<ScheduleRecord[]>;
  /** Those that are enabled, with the database's time; null when there is none. */
  enabledNow(): Promise<{ schedules: ScheduleRecord[]; now: Date } | null>;
  /**
   * Reads, changes and writes the schedule as one step: of two callers at once, the second sees what the first
   * wrote. What `change` throws is thrown on, and nothing is written.
   */
  update(
    name: string,
    change: (current: ScheduleRecord | undefined) => ScheduleSettings,
  ): Promise<ScheduleRecord>;
  /** False when there is none of this name. Its backups stay. */
  remove(name: string): Promise<boolean>;
  /**
   * Moves `handledUntil` on, if it is still what the caller has seen: of several that find the same time due, one goes
   * on. To be called in the transaction in which the run is ordered.
   */
  claim(connection: Queryable, seen: ScheduleRecord, handledUntil: Date): Promise<boolean>;
  record(connection: Queryable, name: string, outcome: ScheduleOutcome): Promise<void>;
  /** The newest outcomes of a schedule, newest first. */
  outcomes(name: string, limit: number): Promise<(ScheduleOutcome & { recordedAt: Date })[]>;
}

/** Columns that are set, by the field that holds them. */
const settings = {
  enabled: 'enabled',
  frequency: 'frequency',
  time: 'time',
  retentionDays: 'retention_days',
  maxBackups: 'max_backups',
  dayOfWeek: 'day_of_week',
  dayOfMonth: 'day_of_month',
  cron: 'cron',
  timezone: 'timezone',
  type: 'type',
  passwords: 'passwords',
  tables: 'tables',
  missedRuns: 'missed_runs',
  keepHourly: 'keep_hourly',
  keepDaily: 'keep_daily',
  keepWeekly: 'keep_weekly',
  keepMonthly: 'keep_monthly',
  keepYearly: 'keep_yearly',
  keepMinimum: 'keep_minimum',
  failedDays: 'failed_days',
  jitterSeconds: 'jitter_seconds',
  store: 'store',
  copyTo: 'copy_to',
} as const satisfies Record<keyof ScheduleSettings, string>;

/** What says when it is due. When that changes, what was due before is not made up for. */
const timing = (['enabled', 'frequency', 'time', 'dayOfWeek', 'dayOfMonth', 'cron', 'timezone'] as const).map(
  (field) => settings[field],
);

const fields = Object.keys(settings) as (keyof ScheduleSettings)[];
const columns = [
  ...fields.map((field) => `${settings[field]} as "${field}"`),
  'name',
  'updated_at as "updatedAt"',
  'handled_until as "handledUntil"',
].join(', ');

type Row = Omit<ScheduleRecord, 'dayOfMonth'> & { dayOfMonth: string };

export function schedules(
  pool: Queryable & { transaction<T>(work: (connection: Queryable) => Promise<T>): Promise<T> },
  schema: string,
): Schedules {
  const table = `${quoteIdentifier(schema)}.backup_schedule`;
  const log = `${quoteIdentifier(schema)}.backup_schedule_log`;

  async function read(connection: Queryable, name: string): Promise<ScheduleRecord | undefined> {
    const [row] = await connection.query<Row>(`select ${columns} from ${table} where name = $1`, [name]);
    return row && toRecord(row);
  }

  return {
    get: (name) => read(pool, name),
    async all() {
      const rows = await pool.query<Row>(`select ${columns} from ${table} order by name`);
      return rows.map(toRecord);
    },
    async enabled() {
      const rows = await pool.query<Row>(`select ${columns} from ${table} where enabled order by name`);
      return rows.map(toRecord);
    },
    async enabledNow() {
      const rows = await pool.query<Row & { now: Date }>(
        `select ${columns}, pg_catalog.now() as now from ${table} where enabled order by name`,
      );
      const [first] = rows;
      return first ? { now: first.now, schedules: rows.map(toRecord) } : null;
    },
    update: (name, change) =>
      pool.transaction(async (connection) => {
        // Conflicts with itself and lets readers read.
        await connection.query(`lock table ${table} in share row exclusive mode`);
        const next = change(await read(connection, name));
        const names = fields.map((field) => settings[field]);
        const [row] = await connection.query<Row>(
          `insert into ${table} (name, ${names.join(', ')})
           values ($1, ${names.map((_, i) => `$${i + 2}`).join(', ')})
           on conflict (name) do update set ${names.map((name) => `${name} = excluded.${name}`).join(', ')},
             updated_at = pg_catalog.now(),
             handled_until = case when ${timing.map((name) => `${table}.${name} is distinct from excluded.${name}`).join(' or ')}
               then pg_catalog.now() else ${table}.handled_until end
           returning ${columns}`,
          [name, ...fields.map((field) => parameterOf(next, field))],
        );
        return toRecord(row!);
      }),
    async remove(name) {
      const rows = await pool.query(`delete from ${table} where name = $1 returning name`, [name]);
      return rows.length > 0;
    },
    async claim(connection, seen, handledUntil) {
      // A timestamp of the driver has milliseconds, one of the server microseconds.
      const rows = await connection.query(
        `update ${table} set handled_until = $3
          where name = $1 and enabled and pg_catalog.date_trunc('milliseconds', handled_until) = $2 returning name`,
        [seen.name, seen.handledUntil, handledUntil],
      );
      return rows.length > 0;
    },
    async record(connection, name, outcome) {
      await connection.query(
        `insert into ${log} (schedule_name, due_at, outcome, reason, backup_id) values ($1, $2, $3, $4, $5)`,
        [name, outcome.dueAt, outcome.outcome, outcome.reason, outcome.backupId],
      );
    },
    outcomes: (name, limit) =>
      pool.query(
        `select due_at as "dueAt", outcome, reason, backup_id as "backupId", recorded_at as "recordedAt"
           from ${log} where schedule_name = $1 order by id desc limit $2`,
        [name, limit],
      ),
  };
}

function parameterOf(schedule: ScheduleSettings, field: keyof ScheduleSettings): unknown {
  if (field === 'dayOfMonth') return String(schedule[field]);
  return field === 'copyTo' ? schedule.copyTo && jsonParameter(schedule.copyTo) : schedule[field];
}

function toRecord(row: Row): ScheduleRecord {
  return { ...row, dayOfMonth: row.dayOfMonth === 'last' ? 'last' : Number(row.dayOfMonth) };
}
