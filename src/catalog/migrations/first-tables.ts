/*
 * migrations/ owns the changes of our tables, in order, one file each. It never is edited once released:
 * installations have run it.
 */
import type { TableChange } from '../../postgres/table-change.ts';
import { backupTriggers, runStates } from '../../contract/states.ts';
import { oneOf } from './one-of.ts';

export const firstTables: TableChange = {
  version: 1,
  name: 'first tables',
  columns: {
    system_backups: [
      'id bigint',
      'uuid uuid',
      'type text',
      'status text',
      'trigger text',
      'description text',
      'tables text[]',
      'store text',
      'created_at timestamp with time zone',
      'started_at timestamp with time zone',
      'finished_at timestamp with time zone',
      'heartbeat_at timestamp with time zone',
      'cancel_requested_at timestamp with time zone',
      'progress jsonb',
      'error jsonb',
      'table_count integer',
      'row_count bigint',
      'raw_bytes bigint',
      'stored_bytes bigint',
      'chunk_count integer',
      'server_version text',
    ],
    system_restore_log: [
      'id bigint',
      'backup_id bigint',
      'backup_uuid uuid',
      'restore_type text',
      'tables text[]',
      'target jsonb',
      'options jsonb',
      'status text',
      'safety_backup_id bigint',
      'created_at timestamp with time zone',
      'started_at timestamp with time zone',
      'finished_at timestamp with time zone',
      'heartbeat_at timestamp with time zone',
      'cancel_requested_at timestamp with time zone',
      'progress jsonb',
      'plan jsonb',
      'report jsonb',
      'error jsonb',
    ],
    backup_schedule: [
      'id bigint',
      'name text',
      'enabled boolean',
      'frequency text',
      'time text',
      'retention_days integer',
      'max_backups integer',
      'day_of_week smallint',
      'day_of_month text',
      'cron text',
      'timezone text',
      'type text',
      'tables text[]',
      'updated_at timestamp with time zone',
    ],
    backup_cleanup_log: [
      'id bigint',
      'started_at timestamp with time zone',
      'finished_at timestamp with time zone',
      'trigger text',
      'reason text',
      'dry_run boolean',
      'backups jsonb',
      'chunks_deleted integer',
      'bytes_freed bigint',
      'errors jsonb',
    ],
  },
  sql: (schema) => `
create table if not exists ${schema}.system_backups (
  id bigint generated always as identity primary key,
  uuid uuid not null unique,
  type text not null check (type in ('full', 'partial')),
  status text not null check (status in (${oneOf(runStates)})),
  trigger text not null default 'manual' check (trigger in (${oneOf(backupTriggers)})),
  description text,
  tables text[] not null default '{}',
  store text not null,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  heartbeat_at timestamptz,
  cancel_requested_at timestamptz,
  progress jsonb,
  error jsonb,
  table_count integer check (table_count >= 0),
  row_count bigint check (row_count >= 0),
  raw_bytes bigint check (raw_bytes >= 0),
  stored_bytes bigint check (stored_bytes >= 0),
  chunk_count integer check (chunk_count >= 0),
  server_version text,
  check (status in ('queued', 'running') = (finished_at is null)),
  check (status <> 'completed' or (error is null and row_count is not null)),
  check (type = 'full' or tables <> '{}')
);
comment on table ${schema}.system_backups is
  'Holdfast: one row a backup.';
create index if not exists system_backups_alive on ${schema}.system_backups (id) where finished_at is null;

create table if not exists ${schema}.system_restore_log (
  id bigint generated always as identity primary key,
  backup_id bigint not null,
  backup_uuid uuid not null,
  restore_type text not null check (restore_type in ('full', 'partial')),
  tables text[] not null default '{}',
  target jsonb not null,
  options jsonb not null default '{}',
  status text not null check (status in (${oneOf(runStates)})),
  safety_backup_id bigint,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  heartbeat_at timestamptz,
  cancel_requested_at timestamptz,
  progress jsonb,
  plan jsonb,
  report jsonb,
  error jsonb,
  check (status in ('queued', 'running') = (finished_at is null)),
  check (status <> 'completed' or (error is null and report is not null))
);
comment on table ${schema}.system_restore_log is
  'Holdfast: one row a restore. backup_id refers to system_backups, whose row may have been deleted since.';
create index if not exists system_restore_log_alive on ${schema}.system_restore_log (id) where finished_at is null;

create table if not exists ${schema}.backup_schedule (
  id bigint generated always as identity primary key,
  name text not null unique default 'default',
  enabled boolean not null,
  frequency text not null check (frequency in ('hourly', 'daily', 'weekly', 'monthly', 'cron')),
  time text not null check (time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
  retention_days integer check (retention_days > 0),
  max_backups integer check (max_backups > 0),
  day_of_week smallint not null check (day_of_week between 0 and 6),
  day_of_month text not null check (day_of_month ~ '^([1-9]|[12][0-9]|3[01]|last)$'),
  cron text,
  timezone text not null,
  type text not null check (type in ('full', 'partial')),
  tables text[] not null default '{}',
  updated_at timestamptz not null default now(),
  check (frequency <> 'cron' or cron is not null),
  check (type = 'full' or tables <> '{}')
);
comment on table ${schema}.backup_schedule is 'Holdfast: when backups are taken by themselves, and how many are kept.';

create table if not exists ${schema}.backup_cleanup_log (
  id bigint generated always as identity primary key,
  started_at timestamptz not null,
  finished_at timestamptz not null default now(),
  trigger text not null,
  reason text not null,
  dry_run boolean not null default false,
  backups jsonb not null default '[]',
  chunks_deleted integer not null default 0,
  bytes_freed bigint not null default 0,
  errors jsonb not null default '[]'
);
comment on table ${schema}.backup_cleanup_log is 'Holdfast: every deletion of a backup, by whom and why, and the space it freed.';
`,
};
