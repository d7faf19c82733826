import type { ErrorBody } from '../base/errors.ts';
import type { BackupType, Passwords } from '../contract/backup-type.ts';
import type { BackupTrigger, RunState } from '../contract/states.ts';
import type { BackupReuse } from '../contract/reuse.ts';
import type { BackupDamage } from './backup-damage.ts';
import { runColumns, type RunRecord } from './runs.ts';

/** A row of `system_backups` without its manifest, which is the store's. */
export interface BackupRecord extends RunRecord {
  uuid: string;
  type: BackupType;
  trigger: BackupTrigger;
  /** Of one of globals. */
  passwords: Passwords;
  description: string | null;
  tables: string[];
  store: string;
  scheduleName: string | null;
  dueAt: Date | null;
  pinned: boolean;
  /** When all of it was last read and found to be there. */
  verifiedAt: Date | null;
  /** How it was last proved, and when: by a drill or all of its content, or, where neither was, by its stored bytes. */
  proved: { how: 'drill' | 'content' | 'checksum'; at: string } | null;
  /** A later read found data missing or altered; the backup no longer counts as good. */
  damaged: boolean;
  /** What it is; null also for what was noticed by an earlier version. */
  damage: BackupDamage | null;
  /** 1 for the first; more when it was begun again by another process. */
  attempt: number;
  tableCount: number | null;
  rowCount: number | null;
  rawBytes: number | null;
  storedBytes: number | null;
  newBytes: number | null;
  chunkCount: number | null;
  /** How many warnings its manifest has; null while unknown, or from before they were counted. */
  warningCount: number | null;
  serverVersion: string | null;
  /** Whether it was to read everything, whatever had not changed. */
  full: boolean;
  /** How many machines may work on it at once; null for what the one that performs it is configured with. */
  maxWorkers: number | null;
  /** How much of it was read; null while unknown, and for one of an earlier version. */
  reuse: BackupReuse | null;
  /** The stores that it is to be copied to. */
  copyTo: string[];
  /** Where else it is, or is to be. */
  copies: CopyFacts[];
}

/** What the rows say of one copy of a backup. */
export interface CopyFacts {
  store: string;
  /** Null while it is not there. */
  state: 'copied' | 'damaged' | 'removing' | 'removed' | null;
  provedAt: string | null;
  damage: BackupDamage | null;
  /** Of the last run that copied it. */
  runId: number | null;
  run: RunState | null;
  error: ErrorBody | null;
}

/** SQL of the columns of a BackupRecord. @param own our schema, quoted */
export const backupColumns = (
  own: string,
): string => `${runColumns}, uuid, type, passwords, trigger, description, tables, store, schedule_name as "scheduleName",
  due_at as "dueAt", pinned, verified_at as "verifiedAt", damaged, damage, attempt, table_count as "tableCount",
  row_count as "rowCount", raw_bytes as "rawBytes", stored_bytes as "storedBytes", new_bytes as "newBytes", chunk_count as "chunkCount",
  warning_count as "warningCount", server_version as "serverVersion", full_read as "full", max_workers as "maxWorkers", reuse, copy_to as "copyTo",
  (select pg_catalog.jsonb_build_object('how', p.how, 'at', p.at)
     from (select 'drill' as how, d.finished_at as at from ${own}.backup_drill_log d
            where d.backup_id = system_backups.id and d.verdict = 'passed' and d.status = 'completed'
           union all
           select v.level, v.finished_at from ${own}.backup_verification_log v
            where v.backup_id = system_backups.id and v.status = 'completed' and v.level in ('content', 'checksum') and v.share is null) as p
    order by p.how = 'checksum', p.at desc limit 1) as proved,
  array(select pg_catalog.jsonb_build_object('store', place.store, 'state', c.state, 'provedAt', c.proved_at,
           'damage', c.damage, 'runId', l.id, 'run', l.status, 'error', l.error)
     from (select pg_catalog.unnest(system_backups.copy_to)
           union select k.store from ${own}.system_backup_copies k where k.backup_id = system_backups.id
           union select r.store from ${own}.backup_copy_log r where r.backup_id = system_backups.id) as place (store)
     left join ${own}.system_backup_copies c on c.backup_id = system_backups.id and c.store = place.store
     left join lateral (select id, status, error from ${own}.backup_copy_log r
                         where r.backup_id = system_backups.id and r.store = place.store order by r.id desc limit 1) l on true
    where place.store <> system_backups.store order by place.store) as copies`;
