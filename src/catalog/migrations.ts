import { quoteIdentifier } from '../postgres/identifiers.ts';
import { backupTriggers, runStates } from './states.ts';

/** Every table of ours but `holdfast_migrations`; each name stands in a migration below. */
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

const oneOf = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(', ');

const firstTables: Migration = {
  version: 1,
  name: 'first tables',
  sql(schemaName) {
    const schema = quoteIdentifier(schemaName);
    return `
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
  backup_data jsonb,
  check (status in ('queued', 'running') = (finished_at is null)),
  check (status <> 'completed' or (error is null and row_count is not null)),
  check (type = 'full' or tables <> '{}')
);
comment on table ${schema}.system_backups is
  'Holdfast: one row a backup. backup_data is its manifest; the data themselves are in system_backup_chunks.';
create index if not exists system_backups_alive on ${schema}.system_backups (id) where finished_at is null;

create table if not exists ${schema}.system_backup_chunks (
  id bytea primary key check (octet_length(id) = 32),
  raw_bytes integer not null check (raw_bytes >= 0),
  stored_bytes integer not null check (stored_bytes >= 0),
  created_at timestamptz not null default now(),
  data jsonb not null
);
-- What is inside is compressed already.
alter table ${schema}.system_backup_chunks alter column data set storage external;
comment on table ${schema}.system_backup_chunks is
  'Holdfast: compressed table data, each piece once whatever number of backups refer to it. id is the SHA-256 of the zstd frame.';

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
`;
  },
};

const queue: Migration = {
  version: 2,
  name: 'queue of runs',
  sql(schemaName) {
    const schema = quoteIdentifier(schemaName);
    return `
alter table ${schema}.system_backups
  add column if not exists schedule_name text,
  add column if not exists due_at timestamptz,
  add column if not exists pinned boolean not null default false,
  add column if not exists attempt integer not null default 1 check (attempt > 0),
  add column if not exists not_before timestamptz;
alter table ${schema}.system_restore_log
  add column if not exists attempt integer not null default 1 check (attempt > 0),
  add column if not exists not_before timestamptz;
alter table ${schema}.backup_schedule
  add column if not exists missed_runs text not null default 'once' check (missed_runs in ('once', 'skip')),
  add column if not exists keep_hourly integer check (keep_hourly >= 0),
  add column if not exists keep_daily integer check (keep_daily >= 0),
  add column if not exists keep_weekly integer check (keep_weekly >= 0),
  add column if not exists keep_monthly integer check (keep_monthly >= 0),
  add column if not exists keep_yearly integer check (keep_yearly >= 0),
  add column if not exists keep_minimum integer check (keep_minimum > 0),
  add column if not exists failed_days integer check (failed_days > 0),
  -- What was due up to here has been started, or recorded as skipped.
  add column if not exists handled_until timestamptz not null default now();
create table if not exists ${schema}.backup_schedule_log (
  id bigint generated always as identity primary key,
  schedule_name text not null,
  due_at timestamptz not null,
  recorded_at timestamptz not null default now(),
  outcome text not null check (outcome in ('started', 'late', 'skipped')),
  reason text,
  backup_id bigint
);
create index if not exists backup_schedule_log_due on ${schema}.backup_schedule_log (schedule_name, due_at);
comment on table ${schema}.backup_schedule_log is
  'Holdfast: what became of each time a schedule was due. backup_id refers to system_backups, whose row may have been deleted since.';
-- However many processes find a schedule due, it has one run for each due time.
create unique index if not exists system_backups_due on ${schema}.system_backups (schedule_name, due_at);
`;
  },
};

const chunksInUse: Migration = {
  version: 3,
  name: 'chunks in use',
  sql(schemaName) {
    const schema = quoteIdentifier(schemaName);
    return `
alter table ${schema}.system_backup_chunks add column if not exists last_use bigint not null default 0;
-- A use of a chunk changes its row in place.
alter table ${schema}.system_backup_chunks set (fillfactor = 80);
create table if not exists ${schema}.system_backup_epoch (
  single boolean primary key default true check (single),
  epoch bigint not null
);
comment on table ${schema}.system_backup_epoch is
  'Holdfast: counts on with every backup that begins and every clean-up. system_backup_chunks.last_use is the epoch in which a chunk was last needed.';
insert into ${schema}.system_backup_epoch (epoch)
  select coalesce(max(last_use), 0) + 1 from ${schema}.system_backup_chunks on conflict do nothing;
alter table ${schema}.system_backups add column if not exists first_epoch bigint;
alter table ${schema}.system_restore_log add column if not exists building text;
-- Earlier versions do not say which chunks they rely on. So they begin no backup any more; what one of them has begun
-- is not checked here, and keeps chunks from being deleted until it ends.
alter table ${schema}.system_backups
  drop constraint if exists system_backups_first_epoch,
  add constraint system_backups_first_epoch check (status <> 'running' or first_epoch is not null) not valid;
`;
  },
};

const events: Migration = {
  version: 4,
  name: 'events, verifications, clean-ups as runs',
  sql(schemaName) {
    const schema = quoteIdentifier(schemaName);
    return `
create table if not exists ${schema}.backup_event_log (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  type text not null,
  kind text not null,
  run_id bigint,
  schedule_name text,
  message text
);
create index if not exists backup_event_log_at on ${schema}.backup_event_log (at);
comment on table ${schema}.backup_event_log is
  'Holdfast: what happened to runs and schedules, for whoever listens. Kept for 90 days.';

create table if not exists ${schema}.backup_verification_log (
  id bigint generated always as identity primary key,
  backup_id bigint not null,
  backup_uuid uuid not null,
  status text not null check (status in (${oneOf(runStates)})),
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  heartbeat_at timestamptz,
  cancel_requested_at timestamptz,
  not_before timestamptz,
  attempt integer not null default 1 check (attempt > 0),
  progress jsonb,
  report jsonb,
  error jsonb,
  check (status in ('queued', 'running') = (finished_at is null)),
  check (status <> 'completed' or (error is null and report is not null))
);
create index if not exists backup_verification_log_alive on ${schema}.backup_verification_log (id) where finished_at is null;
comment on table ${schema}.backup_verification_log is
  'Holdfast: one row for each time a backup was read again and checked. backup_id refers to system_backups, whose row may have been deleted since.';

alter table ${schema}.system_backups
  add column if not exists verified_at timestamptz,
  add column if not exists damaged boolean not null default false;
alter table ${schema}.backup_schedule
  add column if not exists jitter_seconds integer not null default 0 check (jitter_seconds between 0 and 3600);

-- Clean-ups used to be written down when they were over.
alter table ${schema}.backup_cleanup_log
  add column if not exists status text not null default 'completed' check (status in (${oneOf(runStates)})),
  add column if not exists created_at timestamptz not null default now(),
  add column if not exists heartbeat_at timestamptz,
  add column if not exists cancel_requested_at timestamptz,
  add column if not exists not_before timestamptz,
  add column if not exists attempt integer not null default 1 check (attempt > 0),
  add column if not exists progress jsonb,
  add column if not exists error jsonb,
  add column if not exists in_use jsonb not null default '[]',
  add column if not exists pending boolean not null default false,
  add column if not exists swept boolean not null default false,
  alter column started_at drop not null,
  alter column finished_at drop not null,
  alter column finished_at drop default;
create index if not exists backup_cleanup_log_alive on ${schema}.backup_cleanup_log (id) where finished_at is null;
`;
  },
};

const newBytes: Migration = {
  version: 5,
  name: 'what a backup added to the store',
  sql(schemaName) {
    const schema = quoteIdentifier(schemaName);
    return `
-- Null for backups from before.
alter table ${schema}.system_backups add column if not exists new_bytes bigint check (new_bytes >= 0);
`;
  },
};

export const migrations: readonly Migration[] = [firstTables, queue, chunksInUse, events, newBytes];

export const latestVersion = Math.max(...migrations.map((migration) => migration.version));
