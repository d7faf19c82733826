import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';

/** A row of `backup_schedule`. */
export interface ScheduleRecord {
  enabled: boolean;
  frequency: 'hourly' | 'daily' | 'weekly' | 'monthly' | 'cron';
  time: string;
  retentionDays: number | null;
  maxBackups: number | null;
  dayOfWeek: number;
  dayOfMonth: number | 'last';
  cron: string | null;
  timezone: string;
  type: 'full' | 'partial';
  tables: string[];
  updatedAt: Date;
}

export interface Schedules {
  get(): Promise<ScheduleRecord | undefined>;
  /**
   * Reads, changes and writes the schedule as one step: of two callers at once, the second sees what the first
   * wrote. What `change` throws is thrown on, and nothing is written.
   */
  update(
    change: (current: ScheduleRecord | undefined) => Omit<ScheduleRecord, 'updatedAt'>,
  ): Promise<ScheduleRecord>;
}

const columns = `enabled, frequency, time, retention_days as "retentionDays", max_backups as "maxBackups",
  day_of_week as "dayOfWeek", day_of_month as "dayOfMonth", cron, timezone, type, tables,
  updated_at as "updatedAt"`;

type Row = Omit<ScheduleRecord, 'dayOfMonth'> & { dayOfMonth: string };

export function schedules(
  pool: Queryable & { transaction<T>(work: (connection: Queryable) => Promise<T>): Promise<T> },
  schema: string,
): Schedules {
  const table = `${quoteIdentifier(schema)}.backup_schedule`;

  async function read(connection: Queryable): Promise<ScheduleRecord | undefined> {
    const [row] = await connection.query<Row>(`select ${columns} from ${table} where name = 'default'`);
    return row && toRecord(row);
  }

  return {
    get: () => read(pool),
    update: (change) =>
      pool.transaction(async (connection) => {
        // Conflicts with itself and lets readers read.
        await connection.query(`lock table ${table} in share row exclusive mode`);
        const next = change(await read(connection));
        const [row] = await connection.query<Row>(
          `insert into ${table} (name, enabled, frequency, time, retention_days, max_backups, day_of_week,
             day_of_month, cron, timezone, type, tables)
           values ('default', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
           on conflict (name) do update set enabled = excluded.enabled, frequency = excluded.frequency,
             time = excluded.time, retention_days = excluded.retention_days,
             max_backups = excluded.max_backups, day_of_week = excluded.day_of_week,
             day_of_month = excluded.day_of_month, cron = excluded.cron, timezone = excluded.timezone,
             type = excluded.type, tables = excluded.tables, updated_at = now()
           returning ${columns}`,
          [
            next.enabled,
            next.frequency,
            next.time,
            next.retentionDays,
            next.maxBackups,
            next.dayOfWeek,
            String(next.dayOfMonth),
            next.cron,
            next.timezone,
            next.type,
            next.tables,
          ],
        );
        return toRecord(row!);
      }),
  };
}

function toRecord(row: Row): ScheduleRecord {
  return { ...row, dayOfMonth: row.dayOfMonth === 'last' ? 'last' : Number(row.dayOfMonth) };
}
