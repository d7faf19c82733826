import { chunksInUse } from './migrations/chunks-in-use.ts';
import { events } from './migrations/events.ts';
import { firstTables } from './migrations/first-tables.ts';
import { newBytes } from './migrations/new-bytes.ts';
import { queue } from './migrations/queue.ts';
import { warningCount } from './migrations/warning-count.ts';

/** Every table of ours but `holdfast_migrations`; each name stands in a migration. */
export const tableNames = [
  'system_backups',
  'system_backup_chunks',
  'system_backup_epoch',
  'system_restore_log',
  'backup_schedule',
  'backup_schedule_log',
  'backup_cleanup_log',
  'backup_verification_log',
  'backup_event_log',
] as const;

export const migrationsTable = 'holdfast_migrations';

export interface Migration {
  version: number;
  name: string;
  /**
   * SQL for one schema. Must do no harm when run again: when someone has dropped one of our tables, all
   * migrations run once more, which makes what is missing and leaves the rest as it is.
   */
  sql(schema: string): string;
}

export const migrations: readonly Migration[] = [
  firstTables,
  queue,
  chunksInUse,
  events,
  newBytes,
  warningCount,
];

export const latestVersion = Math.max(...migrations.map((migration) => migration.version));
