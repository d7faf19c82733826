import { chunksInUse } from './migrations/chunks-in-use.ts';
import { damage } from './migrations/damage.ts';
import { endedSessions } from './migrations/ended-sessions.ts';
import { events } from './migrations/events.ts';
import { fences } from './migrations/fences.ts';
import { firstTables } from './migrations/first-tables.ts';
import { newBytes } from './migrations/new-bytes.ts';
import { queue } from './migrations/queue.ts';
import { warningCount } from './migrations/warning-count.ts';

export const migrationsTable = 'holdfast_migrations';

export interface Migration {
  version: number;
  name: string;
  /**
   * SQL for one schema. Must do no harm when run again: when someone has dropped one of our tables, all
   * migrations run once more, which makes what is missing and leaves the rest as it is.
   */
  sql(schema: string): string;
  /**
   * Every column that it adds, by table: the name and the type as format_type() has it. A table that it makes has all of
   * them. What a table has beside these is not ours, and the table is refused.
   */
  columns: Readonly<Record<string, readonly string[]>>;
}

export const migrations: readonly Migration[] = [
  firstTables,
  queue,
  chunksInUse,
  events,
  newBytes,
  damage,
  fences,
  warningCount,
  endedSessions,
];

/** Every table of ours but `holdfast_migrations`. */
export const tableNames: readonly string[] = [
  ...new Set(migrations.flatMap(({ columns }) => Object.keys(columns))),
];

export const latestVersion = Math.max(...migrations.map((migration) => migration.version));
