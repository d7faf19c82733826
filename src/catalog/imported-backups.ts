import type { BackupType } from '../contract/backup-type.ts';
import type { BackupTrigger, RunState } from '../contract/states.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';
import type { BackupFigures } from './backups.ts';

/** A backup that another catalog has taken, found in a store. */
export interface ImportedBackup extends Omit<BackupFigures, 'newBytes' | 'warningCount' | 'reuse'> {
  uuid: string;
  store: string;
  type: BackupType;
  tables: readonly string[];
  trigger: BackupTrigger;
  description: string | null;
  scheduleName: string | null;
  dueAt: Date | null;
  startedAt: Date;
  finishedAt: Date;
}

/** What the catalog knows of where a backup is. */
export interface BackupPlaces {
  id: number;
  status: RunState;
  /** Where it is at home. */
  store: string;
  /** Where else it is. */
  copies: string[];
}

/** The part of the repository of backups that compares the catalog with a store. */
export interface ImportOfBackups {
  /** Of every backup, by its uuid. */
  statuses(): Promise<Map<string, BackupPlaces>>;
  /** @returns the id of the new row; undefined when there is a row with this uuid */
  insertImported(backup: ImportedBackup): Promise<number | undefined>;
}

export function importOfBackups(pool: Queryable, schema: string): ImportOfBackups {
  const table = `${quoteIdentifier(schema)}.system_backups`;
  return {
    async statuses() {
      const rows = await pool.query<BackupPlaces & { uuid: string }>(
        `select id, uuid, status, store,
           array(select c.store from ${quoteIdentifier(schema)}.system_backup_copies c
                  where c.backup_id = b.id and c.state in ('copied', 'damaged')) as copies from ${table} b`,
      );
      return new Map(rows.map(({ uuid, ...row }) => [uuid, row]));
    },
    async insertImported(backup) {
      const [row] = await pool.query<{ id: number }>(
        `insert into ${table} (uuid, type, trigger, description, tables, store, schedule_name, due_at, status, created_at,
           started_at, finished_at, table_count, row_count, raw_bytes, stored_bytes, chunk_count, server_version)
         values ($1, $2, $3, $4, $5, $6, $7,
           case when not exists (select from ${table} where schedule_name = $7 and due_at = $8) then $8::pg_catalog.timestamptz end,
           'completed', $9, $9, $10, $11, $12, $13, $14, $15, $16)
         on conflict (uuid) do nothing returning id`,
        [
          backup.uuid,
          backup.type,
          backup.trigger,
          backup.description,
          backup.tables,
          backup.store,
          backup.scheduleName,
          backup.dueAt,
          backup.startedAt,
          backup.finishedAt,
          backup.tableCount,
          backup.rowCount,
          backup.rawBytes,
          backup.storedBytes,
          backup.chunkCount,
          backup.serverVersion,
        ],
      );
      return row?.id;
    },
  };
}
