-- Written by scripts/old-installation.ts with Holdfast 2fb6def on PostgreSQL 14.
create table customers (id serial primary key, name text not null);
create table orders (id serial primary key, customer_id int not null references customers, total numeric(10,2) not null);
insert into customers (name) select 'customer ' || n from generate_series(1, 20) n;
insert into orders (customer_id, total) select 1 + n % 20, n * 1.25 from generate_series(1, 200) n;
create table holdfast_migrations (
  version integer primary key,
  name text not null,
  applied_at timestamptz not null default now()
);
comment on table holdfast_migrations is 'Holdfast: which changes of its tables have been made.';

create table if not exists "public".system_backups (
  id bigint generated always as identity primary key,
  uuid uuid not null unique,
  type text not null check (type in ('full', 'partial')),
  status text not null check (status in ('queued', 'running', 'completed', 'failed', 'cancelled', 'interrupted')),
  trigger text not null default 'manual' check (trigger in ('manual', 'schedule', 'safety')),
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
comment on table "public".system_backups is
  'Holdfast: one row a backup. backup_data is its manifest; the data themselves are in system_backup_chunks.';
create index if not exists system_backups_alive on "public".system_backups (id) where finished_at is null;

create table if not exists "public".system_backup_chunks (
  id bytea primary key check (octet_length(id) = 32),
  raw_bytes integer not null check (raw_bytes >= 0),
  stored_bytes integer not null check (stored_bytes >= 0),
  created_at timestamptz not null default now(),
  data jsonb not null
);
-- What is inside is compressed already.
alter table "public".system_backup_chunks alter column data set storage external;
comment on table "public".system_backup_chunks is
  'Holdfast: compressed table data, each piece once whatever number of backups refer to it. id is the SHA-256 of the zstd frame.';

create table if not exists "public".system_restore_log (
  id bigint generated always as identity primary key,
  backup_id bigint not null,
  backup_uuid uuid not null,
  restore_type text not null check (restore_type in ('full', 'partial')),
  tables text[] not null default '{}',
  target jsonb not null,
  options jsonb not null default '{}',
  status text not null check (status in ('queued', 'running', 'completed', 'failed', 'cancelled', 'interrupted')),
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
comment on table "public".system_restore_log is
  'Holdfast: one row a restore. backup_id refers to system_backups, whose row may have been deleted since.';
create index if not exists system_restore_log_alive on "public".system_restore_log (id) where finished_at is null;

create table if not exists "public".backup_schedule (
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
comment on table "public".backup_schedule is 'Holdfast: when backups are taken by themselves, and how many are kept.';

create table if not exists "public".backup_cleanup_log (
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
comment on table "public".backup_cleanup_log is 'Holdfast: every deletion of a backup, by whom and why, and the space it freed.';

alter table "public".system_backups
  add column if not exists schedule_name text,
  add column if not exists due_at timestamptz,
  add column if not exists pinned boolean not null default false,
  add column if not exists attempt integer not null default 1 check (attempt > 0),
  add column if not exists not_before timestamptz;
alter table "public".system_restore_log
  add column if not exists attempt integer not null default 1 check (attempt > 0),
  add column if not exists not_before timestamptz;
alter table "public".backup_schedule
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
create table if not exists "public".backup_schedule_log (
  id bigint generated always as identity primary key,
  schedule_name text not null,
  due_at timestamptz not null,
  recorded_at timestamptz not null default now(),
  outcome text not null check (outcome in ('started', 'late', 'skipped')),
  reason text,
  backup_id bigint
);
create index if not exists backup_schedule_log_due on "public".backup_schedule_log (schedule_name, due_at);
comment on table "public".backup_schedule_log is
  'Holdfast: what became of each time a schedule was due. backup_id refers to system_backups, whose row may have been deleted since.';
-- However many processes find a schedule due, it has one run for each due time.
create unique index if not exists system_backups_due on "public".system_backups (schedule_name, due_at);

alter table "public".system_backup_chunks add column if not exists last_use bigint not null default 0;
-- A use of a chunk changes its row in place.
alter table "public".system_backup_chunks set (fillfactor = 80);
create table if not exists "public".system_backup_epoch (
  single boolean primary key default true check (single),
  epoch bigint not null
);
comment on table "public".system_backup_epoch is
  'Holdfast: counts on with every backup that begins and every clean-up. system_backup_chunks.last_use is the epoch in which a chunk was last needed.';
insert into "public".system_backup_epoch (epoch)
  select coalesce(max(last_use), 0) + 1 from "public".system_backup_chunks on conflict do nothing;
alter table "public".system_backups add column if not exists first_epoch bigint;
alter table "public".system_restore_log add column if not exists building text;
-- Earlier versions do not say which chunks they rely on. So they begin no backup any more; what one of them has begun
-- is not checked here, and keeps chunks from being deleted until it ends.
alter table "public".system_backups
  drop constraint if exists system_backups_first_epoch,
  add constraint system_backups_first_epoch check (status <> 'running' or first_epoch is not null) not valid;

create table if not exists "public".backup_event_log (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  type text not null,
  kind text not null,
  run_id bigint,
  schedule_name text,
  message text
);
create index if not exists backup_event_log_at on "public".backup_event_log (at);
comment on table "public".backup_event_log is
  'Holdfast: what happened to runs and schedules, for whoever listens. Kept for 90 days.';

create table if not exists "public".backup_verification_log (
  id bigint generated always as identity primary key,
  backup_id bigint not null,
  backup_uuid uuid not null,
  status text not null check (status in ('queued', 'running', 'completed', 'failed', 'cancelled', 'interrupted')),
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
create index if not exists backup_verification_log_alive on "public".backup_verification_log (id) where finished_at is null;
comment on table "public".backup_verification_log is
  'Holdfast: one row for each time a backup was read again and checked. backup_id refers to system_backups, whose row may have been deleted since.';

alter table "public".system_backups
  add column if not exists verified_at timestamptz,
  add column if not exists damaged boolean not null default false;
alter table "public".backup_schedule
  add column if not exists jitter_seconds integer not null default 0 check (jitter_seconds between 0 and 3600);

-- Clean-ups used to be written down when they were over.
alter table "public".backup_cleanup_log
  add column if not exists status text not null default 'completed' check (status in ('queued', 'running', 'completed', 'failed', 'cancelled', 'interrupted')),
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
create index if not exists backup_cleanup_log_alive on "public".backup_cleanup_log (id) where finished_at is null;

-- Null for backups from before.
alter table "public".system_backups add column if not exists new_bytes bigint check (new_bytes >= 0);

alter table "public".system_backup_chunks
  -- What is stored is not what it should be; the next backup that has the content stores it again.
  add column if not exists damaged_at timestamptz,
  -- When the content was last compared with what it should be; null: when it was stored.
  add column if not exists checked_at timestamptz;
create index if not exists system_backup_chunks_damaged on "public".system_backup_chunks (id) where damaged_at is not null;
alter table "public".system_backups
  -- What is wrong with a backup that says damaged.
  add column if not exists damage jsonb,
  -- SHA-256 of backup_data as text; null for backups from before.
  add column if not exists manifest_digest bytea;

alter table "public".system_backup_epoch
  add column if not exists writer_fence bigint not null default 0,
  add column if not exists upkeep_fence bigint not null default 0;
comment on column "public".system_backup_epoch.writer_fence is
  'Holdfast: counts on whenever a process takes over backups and restores. What an earlier one writes no longer counts.';

alter table "public".system_backups add column if not exists fence bigint;
alter table "public".system_backups
  drop constraint if exists system_backups_fence,
  add constraint system_backups_fence check (status <> 'running' or fence is not null) not valid;
alter table "public".system_restore_log add column if not exists fence bigint;
alter table "public".system_restore_log
  drop constraint if exists system_restore_log_fence,
  add constraint system_restore_log_fence check (status <> 'running' or fence is not null) not valid;
alter table "public".backup_verification_log add column if not exists fence bigint;
alter table "public".backup_verification_log
  drop constraint if exists backup_verification_log_fence,
  add constraint backup_verification_log_fence check (status <> 'running' or fence is not null) not valid;
alter table "public".backup_cleanup_log add column if not exists fence bigint;
alter table "public".backup_cleanup_log
  drop constraint if exists backup_cleanup_log_fence,
  add constraint backup_cleanup_log_fence check (status <> 'running' or fence is not null) not valid;
-- Where the counters were lost, they begin above all that were given out.
update "public".system_backup_epoch set
  writer_fence = greatest(writer_fence, (select max(fence) from "public".system_backups),
    (select max(fence) from "public".system_restore_log)),
  upkeep_fence = greatest(upkeep_fence, (select max(fence) from "public".backup_verification_log),
    (select max(fence) from "public".backup_cleanup_log));

-- Null for backups from before.
alter table "public".system_backups add column if not exists warning_count integer check (warning_count >= 0);

alter table "public".system_backup_epoch
  add column if not exists ended_sessions jsonb not null default '[]';
comment on column "public".system_backup_epoch.ended_sessions is
  'Holdfast: sessions of the page that were signed out of before their time, until that has come.';
delete from "backup_cleanup_log";
insert into "backup_cleanup_log" overriding system value
  select * from jsonb_populate_record(null::"backup_cleanup_log", '{"id": 1, "error": null, "fence": null, "swept": true, "errors": [], "in_use": [], "reason": "deleted on request", "status": "completed", "attempt": 1, "backups": [{"id": 4, "uuid": "a7f918f5-6f8e-4bf1-b4d1-ab4dba228fa9", "status": "completed", "createdAt": "2026-11-26T22:45:56.200Z"}], "dry_run": false, "pending": false, "trigger": "manual", "progress": null, "created_at": "2026-11-26T22:45:59.631496+00:00", "not_before": null, "started_at": "2026-11-26T22:45:59.398+00:00", "bytes_freed": 0, "finished_at": "2026-11-26T22:45:59.631496+00:00", "heartbeat_at": null, "chunks_deleted": 0, "cancel_requested_at": null}');
select setval(pg_get_serial_sequence('backup_cleanup_log', 'id'), (select coalesce(max(id), 0) + 1 from "backup_cleanup_log"), false);
delete from "backup_event_log";
insert into "backup_event_log" overriding system value
  select * from jsonb_populate_record(null::"backup_event_log", '{"at": "2026-11-26T22:45:40.965852+00:00", "id": 1, "kind": "backup", "type": "backup.started", "run_id": 1, "message": null, "schedule_name": null}');
insert into "backup_event_log" overriding system value
  select * from jsonb_populate_record(null::"backup_event_log", '{"at": "2026-11-26T22:45:43.135575+00:00", "id": 2, "kind": "backup", "type": "backup.completed", "run_id": 1, "message": null, "schedule_name": null}');
insert into "backup_event_log" overriding system value
  select * from jsonb_populate_record(null::"backup_event_log", '{"at": "2026-11-26T22:45:43.564537+00:00", "id": 3, "kind": "backup", "type": "backup.started", "run_id": 2, "message": null, "schedule_name": null}');
insert into "backup_event_log" overriding system value
  select * from jsonb_populate_record(null::"backup_event_log", '{"at": "2026-11-26T22:45:45.433792+00:00", "id": 4, "kind": "backup", "type": "backup.completed", "run_id": 2, "message": null, "schedule_name": null}');
insert into "backup_event_log" overriding system value
  select * from jsonb_populate_record(null::"backup_event_log", '{"at": "2026-11-26T22:45:48.961161+00:00", "id": 5, "kind": "restore", "type": "restore.started", "run_id": 1, "message": null, "schedule_name": null}');
insert into "backup_event_log" overriding system value
  select * from jsonb_populate_record(null::"backup_event_log", '{"at": "2026-11-26T22:45:51.162842+00:00", "id": 6, "kind": "backup", "type": "backup.completed", "run_id": 3, "message": null, "schedule_name": null}');
insert into "backup_event_log" overriding system value
  select * from jsonb_populate_record(null::"backup_event_log", '{"at": "2026-11-26T22:45:56.12309+00:00", "id": 7, "kind": "restore", "type": "restore.completed", "run_id": 1, "message": null, "schedule_name": null}');
insert into "backup_event_log" overriding system value
  select * from jsonb_populate_record(null::"backup_event_log", '{"at": "2026-11-26T22:45:56.341069+00:00", "id": 8, "kind": "backup", "type": "backup.started", "run_id": 4, "message": null, "schedule_name": null}');
insert into "backup_event_log" overriding system value
  select * from jsonb_populate_record(null::"backup_event_log", '{"at": "2026-11-26T22:45:59.370775+00:00", "id": 9, "kind": "backup", "type": "backup.completed", "run_id": 4, "message": null, "schedule_name": null}');
insert into "backup_event_log" overriding system value
  select * from jsonb_populate_record(null::"backup_event_log", '{"at": "2026-11-26T22:45:59.88294+00:00", "id": 10, "kind": "restore", "type": "restore.started", "run_id": 2, "message": null, "schedule_name": null}');
insert into "backup_event_log" overriding system value
  select * from jsonb_populate_record(null::"backup_event_log", '{"at": "2026-11-26T22:46:00.567644+00:00", "id": 11, "kind": "restore", "type": "restore.completed", "run_id": 2, "message": null, "schedule_name": null}');
select setval(pg_get_serial_sequence('backup_event_log', 'id'), (select coalesce(max(id), 0) + 1 from "backup_event_log"), false);
delete from "backup_schedule";
insert into "backup_schedule" overriding system value
  select * from jsonb_populate_record(null::"backup_schedule", '{"id": 1, "cron": null, "name": "default", "time": "02:00", "type": "full", "tables": [], "enabled": true, "timezone": "UTC", "frequency": "daily", "keep_daily": null, "updated_at": "2026-11-26T22:45:40.753862+00:00", "day_of_week": 0, "failed_days": null, "keep_hourly": null, "keep_weekly": null, "keep_yearly": null, "max_backups": 10, "missed_runs": "once", "day_of_month": "1", "keep_minimum": null, "keep_monthly": null, "handled_until": "2026-11-26T22:45:40.753862+00:00", "jitter_seconds": 0, "retention_days": 30}');
select setval(pg_get_serial_sequence('backup_schedule', 'id'), (select coalesce(max(id), 0) + 1 from "backup_schedule"), false);
delete from "backup_schedule_log";
select setval(pg_get_serial_sequence('backup_schedule_log', 'id'), (select coalesce(max(id), 0) + 1 from "backup_schedule_log"), false);
delete from "backup_verification_log";
select setval(pg_get_serial_sequence('backup_verification_log', 'id'), (select coalesce(max(id), 0) + 1 from "backup_verification_log"), false);
delete from "holdfast_migrations";
insert into "holdfast_migrations" overriding system value
  select * from jsonb_populate_record(null::"holdfast_migrations", '{"name": "first tables", "version": 1, "applied_at": "2026-11-26T22:45:40.184675+00:00"}');
insert into "holdfast_migrations" overriding system value
  select * from jsonb_populate_record(null::"holdfast_migrations", '{"name": "queue of runs", "version": 2, "applied_at": "2026-11-26T22:45:40.184675+00:00"}');
insert into "holdfast_migrations" overriding system value
  select * from jsonb_populate_record(null::"holdfast_migrations", '{"name": "chunks in use", "version": 3, "applied_at": "2026-11-26T22:45:40.184675+00:00"}');
insert into "holdfast_migrations" overriding system value
  select * from jsonb_populate_record(null::"holdfast_migrations", '{"name": "events, verifications, clean-ups as runs", "version": 4, "applied_at": "2026-11-26T22:45:40.184675+00:00"}');
insert into "holdfast_migrations" overriding system value
  select * from jsonb_populate_record(null::"holdfast_migrations", '{"name": "what a backup added to the store", "version": 5, "applied_at": "2026-11-26T22:45:40.184675+00:00"}');
insert into "holdfast_migrations" overriding system value
  select * from jsonb_populate_record(null::"holdfast_migrations", '{"name": "damaged chunks, and the backups that need them", "version": 6, "applied_at": "2026-11-26T22:45:40.184675+00:00"}');
insert into "holdfast_migrations" overriding system value
  select * from jsonb_populate_record(null::"holdfast_migrations", '{"name": "fences", "version": 7, "applied_at": "2026-11-26T22:45:40.184675+00:00"}');
insert into "holdfast_migrations" overriding system value
  select * from jsonb_populate_record(null::"holdfast_migrations", '{"name": "warnings of a backup", "version": 8, "applied_at": "2026-11-26T22:45:40.184675+00:00"}');
insert into "holdfast_migrations" overriding system value
  select * from jsonb_populate_record(null::"holdfast_migrations", '{"name": "sessions that were signed out of", "version": 11, "applied_at": "2026-11-26T22:45:40.184675+00:00"}');
delete from "system_backup_chunks";
insert into "system_backup_chunks" overriding system value
  select * from jsonb_populate_record(null::"system_backup_chunks", E'{"id": "\\\\x2f744d33398f34925fd2c423f2673e6e2cfb97785d09bfb8bba4f2a81bc9e7dd", "data": {"data": "KLUv/WSJA7ULAJZUKguw1QHMZpcNJ/n8SiUAJwAmALTyFb6s0iWVZVlGeTSj8edZxaJBRDBNAn4YEgeEg3AowBJKYQNjElNNYTKa0xSNaYZGaEoTNDbzmRrxjIyMjIiIUFgRliHCEJ7wSpN3s99eVrYSq1qFlb3+qpdfc8vdO24rv1xll6cs5RZFkZluKpNNASAiWMoyor1er3e93vV6tUYtalGLWtSiFrWo2f33uvs+d7n3HgGAtahhjFlBs38HICMJxC4GEJB9s1dG9svGflnYL+vrWct14Wc0uwTrUXt11ecyu0zd87WndeXUKOLIePBm/HcxvruOq92Ny27GWZdx1eMmCAYHeTAAD5ZaDds2qvWqYaiR6nB1LzWpDlGnsycJBkPpMAAeVntSI9Vh6lw1Ul2lzlVLqEOgDgbEYRIcBlWHJ72x5TNxugy7H7feh+v33yq4u+3C+2JffOcfXxV3sEBdrC5nS8vRRUtUjaKqeRy9dyzyqOOlx0tzoK8CgsPr2w==", "rows": 100, "codec": "zstd", "encoding": "base64", "rawBytes": 1161}, "last_use": 4, "raw_bytes": 1161, "checked_at": null, "created_at": "2026-11-26T22:45:50.750983+00:00", "damaged_at": null, "stored_bytes": 388}');
insert into "system_backup_chunks" overriding system value
  select * from jsonb_populate_record(null::"system_backup_chunks", E'{"id": "\\\\x65162c0fd304cd037dfd2c553e94e4c9810cfe320fed435d099e957ed6c53c38", "data": {"data": "KLUv/WQaAD0DADIFDxSQJ80BWH8FV1WPNxEREcIBsWxEqcvIPEbP7Ij9rpv1qk7UZ3rbpdLHOHPE7za7aqJnbkEICAaGwgFANBMAYBNgCDAEGAIMAYYAQ4AhwBCZRsfcBOwB9gB7gD3AHmAPsAfYphKLOX/M", "rows": 20, "codec": "zstd", "encoding": "base64", "rawBytes": 282}, "last_use": 5, "raw_bytes": 282, "checked_at": "2026-11-26T22:45:59.326389+00:00", "created_at": "2026-11-26T22:45:42.99856+00:00", "damaged_at": null, "stored_bytes": 117}');
insert into "system_backup_chunks" overriding system value
  select * from jsonb_populate_record(null::"system_backup_chunks", E'{"id": "\\\\xe2817ddd51d0fa761c33fe1544ced917d33e02f26bbef8155d592c5d9a64ea49", "data": {"data": "KLUv/WTUCI0XACbkRAygpTokTSwRYlWx8mJEAEQAOgANM2EY5jASxmZqhoad4XA4JMlgTMYhZAjjGHcYw46aUQcdPcJxHIccF2ZhURUVREFRQCRoNALQCiZCDCANGBMEyuBgHCabbLLJJptsdlVXdNWrueLVV3JlVmVFRjWi0UZiZEVVREUtmiqrV6Vq1KIStdShkjoFoWAN1UANbZgGNtwgDRamwlCYw5prpMZoioZoSjM0pJko1P////9DrvCH3fAHzfBzPI3ckWdkjvzIMrJRLspEuZS/7/vu++77tmWTA4BIIKWQx+PxeDwej8ejGc1IkpxzzjnnnDUnzTnnnHPata507XWuvH6Vq1nLShZqYSzQwhbEglWoClShFaYCgYCocZRZkvbvMYZEQJhT9RFAce/EUOkWCEy3QGC6BQKTOQmsHyhCEUYkpGwSWD9QfqL4gdwnph+4euL6gcATxQ/kOzH9wMuJ9YG/idwDWxPPA7mZKGUuprEOzEt8DqSWGBy4lUg3MClxNhAkuhqQkkI0ZEm4M4CQEhnyj6IYUkcxGMJGwQtZRpEL6aJYC6GigIWsiUJoxQl+xQl+xQl+xYYemNADE3qgBL/iBL/iBL/iBD9BAvqVRzNOrz9DPq+aISsvliGM15IhhVfHkH0XxRC6a8OQxHZFGUaJAEvXpdh7HqzS9DP2ngarnj+2Fgxv4wBwK0q4rQFcD7R37foQeHMQlQapKIhKglQMRKVAKgKiEiCFv2I24GUTENtAsAXWa4C5ZuI/qq5nPbvVYj0vNTW1nidP85NfR0z8jjj4N6Le94hwnxHZvkYE+x4R6zMi1bXGFOUBTGEAUxhgq9azSWrNqMZPjTp1B2p71ahTd6C2rmSAKBkgSgaIkoX6YjU91L6oI1fTQ+2LOnI1PdQ+YQoOiJADIuSAVKei9GxrzjTXlsmuHJNeHya/8ksGli7Bwv6L/Phf/8iqCPcBWKegi7dAi9Ora6gfiW5HkyO62QMo/D8h6oRQOVdYBVhein0=", "rows": 200, "codec": "zstd", "encoding": "base64", "rawBytes": 2516}, "last_use": 5, "raw_bytes": 2516, "checked_at": "2026-11-26T22:45:59.326389+00:00", "created_at": "2026-11-26T22:45:42.99856+00:00", "damaged_at": null, "stored_bytes": 767}');
delete from "system_backup_epoch";
insert into "system_backup_epoch" overriding system value
  select * from jsonb_populate_record(null::"system_backup_epoch", '{"epoch": 6, "single": true, "upkeep_fence": 0, "writer_fence": 5, "ended_sessions": []}');
delete from "system_backups";
insert into "system_backups" overriding system value
  select * from jsonb_populate_record(null::"system_backups", E'{"id": 1, "type": "full", "uuid": "a27b9d75-91ee-41ff-b0b4-28492f3e0d79", "error": null, "fence": 1, "store": "database", "damage": null, "due_at": null, "pinned": false, "status": "completed", "tables": [], "attempt": 1, "damaged": false, "trigger": "manual", "progress": null, "new_bytes": 884, "raw_bytes": 2798, "row_count": 220, "created_at": "2026-11-26T22:45:40.80765+00:00", "not_before": null, "started_at": "2026-11-26T22:45:40.960144+00:00", "backup_data": {"type": "full", "uuid": "a27b9d75-91ee-41ff-b0b4-28492f3e0d79", "roles": ["postgres"], "format": "holdfast/1", "schema": {"dumper": "pg_dump 18.3 (wasm)", "entries": [{"id": 4, "oid": 2200, "sql": "", "kind": "SCHEMA", "name": "public", "owner": "postgres", "schema": null, "section": "pre-data", "ownerSql": "ALTER SCHEMA \\"public\\" OWNER TO \\"postgres\\";", "dependsOn": [], "catalogOid": 2615}, {"id": 210, "oid": 16386, "sql": "CREATE TABLE public.customers (\\n    id integer NOT NULL,\\n    name text NOT NULL\\n);", "kind": "TABLE", "name": "customers", "owner": "postgres", "schema": "public", "section": "pre-data", "ownerSql": "ALTER TABLE \\"public\\".\\"customers\\" OWNER TO \\"postgres\\";", "dependsOn": [4], "catalogOid": 1259}, {"id": 209, "oid": 16385, "sql": "CREATE SEQUENCE public.customers_id_seq\\n    AS integer\\n    START WITH 1\\n    INCREMENT BY 1\\n    NO MINVALUE\\n    NO MAXVALUE\\n    CACHE 1;", "kind": "SEQUENCE", "name": "customers_id_seq", "owner": "postgres", "schema": "public", "section": "pre-data", "ownerSql": "ALTER SEQUENCE \\"public\\".\\"customers_id_seq\\" OWNER TO \\"postgres\\";", "dependsOn": [4, 210], "catalogOid": 1259}, {"id": 3314, "oid": 0, "sql": "ALTER SEQUENCE public.customers_id_seq OWNED BY public.customers.id;", "kind": "SEQUENCE OWNED BY", "name": "customers_id_seq", "owner": "postgres", "schema": "public", "section": "pre-data", "ownerSql": "", "dependsOn": [209], "catalogOid": 0}, {"id": 212, "oid": 16395, "sql": "CREATE TABLE public.orders (\\n    id integer NOT NULL,\\n    customer_id integer NOT NULL,\\n    total numeric(10,2) NOT NULL\\n);", "kind": "TABLE", "name": "orders", "owner": "postgres", "schema": "public", "section": "pre-data", "ownerSql": "ALTER TABLE \\"public\\".\\"orders\\" OWNER TO \\"postgres\\";", "dependsOn": [4], "catalogOid": 1259}, {"id": 211, "oid": 16394, "sql": "CREATE SEQUENCE public.orders_id_seq\\n    AS integer\\n    START WITH 1\\n    INCREMENT BY 1\\n    NO MINVALUE\\n    NO MAXVALUE\\n    CACHE 1;", "kind": "SEQUENCE", "name": "orders_id_seq", "owner": "postgres", "schema": "public", "section": "pre-data", "ownerSql": "ALTER SEQUENCE \\"public\\".\\"orders_id_seq\\" OWNER TO \\"postgres\\";", "dependsOn": [212, 4], "catalogOid": 1259}, {"id": 3315, "oid": 0, "sql": "ALTER SEQUENCE public.orders_id_seq OWNED BY public.orders.id;", "kind": "SEQUENCE OWNED BY", "name": "orders_id_seq", "owner": "postgres", "schema": "public", "section": "pre-data", "ownerSql": "", "dependsOn": [211], "catalogOid": 0}, {"id": 3157, "oid": 16389, "sql": "ALTER TABLE ONLY public.customers ALTER COLUMN id SET DEFAULT nextval(''public.customers_id_seq''::regclass);", "kind": "DEFAULT", "name": "customers id", "owner": "postgres", "schema": "public", "section": "pre-data", "ownerSql": "", "dependsOn": [209, 210], "catalogOid": 2604}, {"id": 3158, "oid": 16398, "sql": "ALTER TABLE ONLY public.orders ALTER COLUMN id SET DEFAULT nextval(''public.orders_id_seq''::regclass);", "kind": "DEFAULT", "name": "orders id", "owner": "postgres", "schema": "public", "section": "pre-data", "ownerSql": "", "dependsOn": [212, 211], "catalogOid": 2604}, {"id": 3160, "oid": 16393, "sql": "ALTER TABLE ONLY public.customers\\n    ADD CONSTRAINT customers_pkey PRIMARY KEY (id);", "kind": "CONSTRAINT", "name": "customers customers_pkey", "owner": "postgres", "schema": "public", "section": "post-data", "ownerSql": "", "dependsOn": [210], "catalogOid": 2606}, {"id": 3162, "oid": 16400, "sql": "ALTER TABLE ONLY public.orders\\n    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);", "kind": "CONSTRAINT", "name": "orders orders_pkey", "owner": "postgres", "schema": "public", "section": "post-data", "ownerSql": "", "dependsOn": [212], "catalogOid": 2606}, {"id": 3163, "oid": 16401, "sql": "ALTER TABLE ONLY public.orders\\n    ADD CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customers(id);", "kind": "FK CONSTRAINT", "name": "orders orders_customer_id_fkey", "owner": "postgres", "schema": "public", "section": "post-data", "ownerSql": "", "dependsOn": [210, 3160, 212], "catalogOid": 2606}, {"id": 3313, "oid": 0, "sql": "REVOKE USAGE ON SCHEMA public FROM PUBLIC;\\nGRANT ALL ON SCHEMA public TO PUBLIC;", "kind": "ACL", "name": "SCHEMA public", "owner": "postgres", "schema": null, "section": "pre-data", "ownerSql": "", "dependsOn": [4], "catalogOid": 0}], "leftOut": []}, "source": {"ctype": "C", "locale": null, "collate": "C", "database": "shop", "encoding": "UTF8", "icuRules": null, "evaluation": {"lc_time": "C", "TimeZone": "Etc/UTC", "DateStyle": "ISO, MDY", "xmlbinary": "base64", "xmloption": "content", "lc_numeric": "C", "array_nulls": "on", "lc_monetary": "C", "bytea_output": "hex", "IntervalStyle": "postgres", "backslash_quote": "safe_encoding", "extra_float_digits": "1", "quote_all_identifiers": "off", "transform_null_equals": "off", "timezone_abbreviations": "Default", "default_text_search_config": "pg_catalog.english", "standard_conforming_strings": "on"}, "databaseOid": 16384, "serverVersion": "14.23", "localeProvider": null, "serverVersionNum": 140023, "systemIdentifier": "7712615058335708060"}, "tables": [{"kind": "table", "name": "customers", "rows": 20, "ranges": [{"rows": 20, "chunks": [{"id": "65162c0fd304cd037dfd2c553e94e4c9810cfe320fed435d099e957ed6c53c38", "rawBytes": 282, "storedBytes": 117}], "toBlock": null, "rawBytes": 282, "fromBlock": 0}], "schema": "public", "columns": [{"name": "id", "type": "integer", "notNull": true, "identity": null, "collation": null, "generated": null}, {"name": "name", "type": "text", "notNull": true, "identity": null, "collation": null, "generated": null}], "entryId": 210, "loadVia": null, "rawBytes": 282, "ancestors": [], "condition": null}, {"kind": "table", "name": "orders", "rows": 200, "ranges": [{"rows": 200, "chunks": [{"id": "e2817ddd51d0fa761c33fe1544ced917d33e02f26bbef8155d592c5d9a64ea49", "rawBytes": 2516, "storedBytes": 767}], "toBlock": null, "rawBytes": 2516, "fromBlock": 0}], "schema": "public", "columns": [{"name": "id", "type": "integer", "notNull": true, "identity": null, "collation": null, "generated": null}, {"name": "customer_id", "type": "integer", "notNull": true, "identity": null, "collation": null, "generated": null}, {"name": "total", "type": "numeric(10,2)", "notNull": true, "identity": null, "collation": null, "generated": null}], "entryId": 212, "loadVia": null, "rawBytes": 2516, "ancestors": [], "condition": null}], "totals": {"rows": 220, "chunks": 2, "tables": 2, "rawBytes": 2798, "storedBytes": 884, "largeObjects": 0}, "database": {"owner": "postgres", "comment": null, "settings": [], "isTemplate": false, "privileges": null, "tablespace": null, "securityLabels": [], "connectionLimit": -1}, "settings": {"TimeZone": "UTC", "DateStyle": "ISO, YMD", "xmloption": "content", "array_nulls": "on", "lc_monetary": "C", "search_path": "", "bytea_output": "hex", "row_security": "off", "IntervalStyle": "postgres", "client_encoding": "UTF8", "extra_float_digits": "3", "standard_conforming_strings": "on"}, "snapshot": {"at": "2026-11-26T22:45:41.113521Z", "lsn": "0/17849E0", "xids": "744:744:"}, "warnings": [], "sequences": [{"name": "customers_id_seq", "schema": "public", "ownedBy": {"name": "customers", "column": "id", "schema": "public"}, "isCalled": true, "lastValue": "20"}, {"name": "orders_id_seq", "schema": "public", "ownedBy": {"name": "orders", "column": "id", "schema": "public"}, "isCalled": true, "lastValue": "200"}], "extensions": [], "largeObjects": {"rows": 0, "chunks": [], "objects": [], "rawBytes": 0}, "requestedTables": []}, "chunk_count": 2, "description": "the first one", "finished_at": "2026-11-26T22:45:43.134561+00:00", "first_epoch": 2, "table_count": 2, "verified_at": null, "heartbeat_at": "2026-11-26T22:45:43.134561+00:00", "stored_bytes": 884, "schedule_name": null, "warning_count": 0, "server_version": "14.23", "manifest_digest": "\\\\x536893fc0d367ea3a1e127f456dfef5d215e68bc48cecd73fd7afd88937aa2f1", "cancel_requested_at": null}');
insert into "system_backups" overriding system value
  select * from jsonb_populate_record(null::"system_backups", E'{"id": 2, "type": "partial", "uuid": "c6417242-f5d6-4ce3-bf35-ce64e9dd63bc", "error": null, "fence": 2, "store": "database", "damage": null, "due_at": null, "pinned": false, "status": "completed", "tables": ["customers"], "attempt": 1, "damaged": false, "trigger": "manual", "progress": null, "new_bytes": 0, "raw_bytes": 282, "row_count": 20, "created_at": "2026-11-26T22:45:43.427534+00:00", "not_before": null, "started_at": "2026-11-26T22:45:43.563846+00:00", "backup_data": {"type": "partial", "uuid": "c6417242-f5d6-4ce3-bf35-ce64e9dd63bc", "roles": ["postgres"], "format": "holdfast/1", "schema": {"dumper": "pg_dump 18.3 (wasm)", "entries": [{"id": 4, "oid": 2200, "sql": "", "kind": "SCHEMA", "name": "public", "owner": "postgres", "schema": null, "section": "pre-data", "ownerSql": "ALTER SCHEMA \\"public\\" OWNER TO \\"postgres\\";", "dependsOn": [], "catalogOid": 2615}, {"id": 210, "oid": 16386, "sql": "CREATE TABLE public.customers (\\n    id integer NOT NULL,\\n    name text NOT NULL\\n);", "kind": "TABLE", "name": "customers", "owner": "postgres", "schema": "public", "section": "pre-data", "ownerSql": "ALTER TABLE \\"public\\".\\"customers\\" OWNER TO \\"postgres\\";", "dependsOn": [4], "catalogOid": 1259}, {"id": 209, "oid": 16385, "sql": "CREATE SEQUENCE public.customers_id_seq\\n    AS integer\\n    START WITH 1\\n    INCREMENT BY 1\\n    NO MINVALUE\\n    NO MAXVALUE\\n    CACHE 1;", "kind": "SEQUENCE", "name": "customers_id_seq", "owner": "postgres", "schema": "public", "section": "pre-data", "ownerSql": "ALTER SEQUENCE \\"public\\".\\"customers_id_seq\\" OWNER TO \\"postgres\\";", "dependsOn": [4, 210], "catalogOid": 1259}, {"id": 3314, "oid": 0, "sql": "ALTER SEQUENCE public.customers_id_seq OWNED BY public.customers.id;", "kind": "SEQUENCE OWNED BY", "name": "customers_id_seq", "owner": "postgres", "schema": "public", "section": "pre-data", "ownerSql": "", "dependsOn": [209], "catalogOid": 0}, {"id": 212, "oid": 16395, "sql": "CREATE TABLE public.orders (\\n    id integer NOT NULL,\\n    customer_id integer NOT NULL,\\n    total numeric(10,2) NOT NULL\\n);", "kind": "TABLE", "name": "orders", "owner": "postgres", "schema": "public", "section": "pre-data", "ownerSql": "ALTER TABLE \\"public\\".\\"orders\\" OWNER TO \\"postgres\\";", "dependsOn": [4], "catalogOid": 1259}, {"id": 211, "oid": 16394, "sql": "CREATE SEQUENCE public.orders_id_seq\\n    AS integer\\n    START WITH 1\\n    INCREMENT BY 1\\n    NO MINVALUE\\n    NO MAXVALUE\\n    CACHE 1;", "kind": "SEQUENCE", "name": "orders_id_seq", "owner": "postgres", "schema": "public", "section": "pre-data", "ownerSql": "ALTER SEQUENCE \\"public\\".\\"orders_id_seq\\" OWNER TO \\"postgres\\";", "dependsOn": [212, 4], "catalogOid": 1259}, {"id": 3315, "oid": 0, "sql": "ALTER SEQUENCE public.orders_id_seq OWNED BY public.orders.id;", "kind": "SEQUENCE OWNED BY", "name": "orders_id_seq", "owner": "postgres", "schema": "public", "section": "pre-data", "ownerSql": "", "dependsOn": [211], "catalogOid": 0}, {"id": 3157, "oid": 16389, "sql": "ALTER TABLE ONLY public.customers ALTER COLUMN id SET DEFAULT nextval(''public.customers_id_seq''::regclass);", "kind": "DEFAULT", "name": "customers id", "owner": "postgres", "schema": "public", "section": "pre-data", "ownerSql": "", "dependsOn": [209, 210], "catalogOid": 2604}, {"id": 3158, "oid": 16398, "sql": "ALTER TABLE ONLY public.orders ALTER COLUMN id SET DEFAULT nextval(''public.orders_id_seq''::regclass);", "kind": "DEFAULT", "name": "orders id", "owner": "postgres", "schema": "public", "section": "pre-data", "ownerSql": "", "dependsOn": [212, 211], "catalogOid": 2604}, {"id": 3160, "oid": 16393, "sql": "ALTER TABLE ONLY public.customers\\n    ADD CONSTRAINT customers_pkey PRIMARY KEY (id);", "kind": "CONSTRAINT", "name": "customers customers_pkey", "owner": "postgres", "schema": "public", "section": "post-data", "ownerSql": "", "dependsOn": [210], "catalogOid": 2606}, {"id": 3162, "oid": 16400, "sql": "ALTER TABLE ONLY public.orders\\n    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);", "kind": "CONSTRAINT", "name": "orders orders_pkey", "owner": "postgres", "schema": "public", "section": "post-data", "ownerSql": "", "dependsOn": [212], "catalogOid": 2606}, {"id": 3163, "oid": 16401, "sql": "ALTER TABLE ONLY public.orders\\n    ADD CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customers(id);", "kind": "FK CONSTRAINT", "name": "orders orders_customer_id_fkey", "owner": "postgres", "schema": "public", "section": "post-data", "ownerSql": "", "dependsOn": [210, 3160, 212], "catalogOid": 2606}, {"id": 3313, "oid": 0, "sql": "REVOKE USAGE ON SCHEMA public FROM PUBLIC;\\nGRANT ALL ON SCHEMA public TO PUBLIC;", "kind": "ACL", "name": "SCHEMA public", "owner": "postgres", "schema": null, "section": "pre-data", "ownerSql": "", "dependsOn": [4], "catalogOid": 0}], "leftOut": []}, "source": {"ctype": "C", "locale": null, "collate": "C", "database": "shop", "encoding": "UTF8", "icuRules": null, "evaluation": {"lc_time": "C", "TimeZone": "Etc/UTC", "DateStyle": "ISO, MDY", "xmlbinary": "base64", "xmloption": "content", "lc_numeric": "C", "array_nulls": "on", "lc_monetary": "C", "bytea_output": "hex", "IntervalStyle": "postgres", "backslash_quote": "safe_encoding", "extra_float_digits": "1", "quote_all_identifiers": "off", "transform_null_equals": "off", "timezone_abbreviations": "Default", "default_text_search_config": "pg_catalog.english", "standard_conforming_strings": "on"}, "databaseOid": 16384, "serverVersion": "14.23", "localeProvider": null, "serverVersionNum": 140023, "systemIdentifier": "7712615058335708060"}, "tables": [{"kind": "table", "name": "customers", "rows": 20, "ranges": [{"rows": 20, "chunks": [{"id": "65162c0fd304cd037dfd2c553e94e4c9810cfe320fed435d099e957ed6c53c38", "rawBytes": 282, "storedBytes": 117}], "toBlock": null, "rawBytes": 282, "fromBlock": 0}], "schema": "public", "columns": [{"name": "id", "type": "integer", "notNull": true, "identity": null, "collation": null, "generated": null}, {"name": "name", "type": "text", "notNull": true, "identity": null, "collation": null, "generated": null}], "entryId": 210, "loadVia": null, "rawBytes": 282, "ancestors": [], "condition": null}], "totals": {"rows": 20, "chunks": 1, "tables": 1, "rawBytes": 282, "storedBytes": 117, "largeObjects": 0}, "database": {"owner": "postgres", "comment": null, "settings": [], "isTemplate": false, "privileges": null, "tablespace": null, "securityLabels": [], "connectionLimit": -1}, "settings": {"TimeZone": "UTC", "DateStyle": "ISO, YMD", "xmloption": "content", "array_nulls": "on", "lc_monetary": "C", "search_path": "", "bytea_output": "hex", "row_security": "off", "IntervalStyle": "postgres", "client_encoding": "UTF8", "extra_float_digits": "3", "standard_conforming_strings": "on"}, "snapshot": {"at": "2026-11-26T22:45:43.779830Z", "lsn": "0/1788CA8", "xids": "756:756:"}, "warnings": [], "sequences": [{"name": "customers_id_seq", "schema": "public", "ownedBy": {"name": "customers", "column": "id", "schema": "public"}, "isCalled": true, "lastValue": "20"}, {"name": "orders_id_seq", "schema": "public", "ownedBy": {"name": "orders", "column": "id", "schema": "public"}, "isCalled": true, "lastValue": "200"}], "extensions": [], "largeObjects": {"rows": 0, "chunks": [], "objects": [], "rawBytes": 0}, "requestedTables": ["customers"]}, "chunk_count": 1, "description": null, "finished_at": "2026-11-26T22:45:45.432975+00:00", "first_epoch": 3, "table_count": 1, "verified_at": null, "heartbeat_at": "2026-11-26T22:45:45.432975+00:00", "stored_bytes": 117, "schedule_name": null, "warning_count": 0, "server_version": "14.23", "manifest_digest": "\\\\xac7219ed29325f45c0610a02431b459173f5e18b2c0dce405305914fb61b9fd5", "cancel_requested_at": null}');
insert into "system_backups" overriding system value
  select * from jsonb_populate_record(null::"system_backups", E'{"id": 3, "type": "full", "uuid": "fea10e44-5012-43cb-bed3-cf5feb26c735", "error": null, "fence": 3, "store": "database", "damage": null, "due_at": null, "pinned": false, "status": "completed", "tables": [], "attempt": 1, "damaged": false, "trigger": "safety", "progress": null, "new_bytes": 388, "raw_bytes": 1443, "row_count": 120, "created_at": "2026-11-26T22:45:49.111829+00:00", "not_before": null, "started_at": "2026-11-26T22:45:49.111829+00:00", "backup_data": {"type": "full", "uuid": "fea10e44-5012-43cb-bed3-cf5feb26c735", "roles": ["postgres"], "format": "holdfast/1", "schema": {"dumper": "pg_dump 18.3 (wasm)", "entries": [{"id": 4, "oid": 2200, "sql": "", "kind": "SCHEMA", "name": "public", "owner": "postgres", "schema": null, "section": "pre-data", "ownerSql": "ALTER SCHEMA \\"public\\" OWNER TO \\"postgres\\";", "dependsOn": [], "catalogOid": 2615}, {"id": 210, "oid": 16386, "sql": "CREATE TABLE public.customers (\\n    id integer NOT NULL,\\n    name text NOT NULL\\n);", "kind": "TABLE", "name": "customers", "owner": "postgres", "schema": "public", "section": "pre-data", "ownerSql": "ALTER TABLE \\"public\\".\\"customers\\" OWNER TO \\"postgres\\";", "dependsOn": [4], "catalogOid": 1259}, {"id": 209, "oid": 16385, "sql": "CREATE SEQUENCE public.customers_id_seq\\n    AS integer\\n    START WITH 1\\n    INCREMENT BY 1\\n    NO MINVALUE\\n    NO MAXVALUE\\n    CACHE 1;", "kind": "SEQUENCE", "name": "customers_id_seq", "owner": "postgres", "schema": "public", "section": "pre-data", "ownerSql": "ALTER SEQUENCE \\"public\\".\\"customers_id_seq\\" OWNER TO \\"postgres\\";", "dependsOn": [4, 210], "catalogOid": 1259}, {"id": 3314, "oid": 0, "sql": "ALTER SEQUENCE public.customers_id_seq OWNED BY public.customers.id;", "kind": "SEQUENCE OWNED BY", "name": "customers_id_seq", "owner": "postgres", "schema": "public", "section": "pre-data", "ownerSql": "", "dependsOn": [209], "catalogOid": 0}, {"id": 212, "oid": 16395, "sql": "CREATE TABLE public.orders (\\n    id integer NOT NULL,\\n    customer_id integer NOT NULL,\\n    total numeric(10,2) NOT NULL\\n);", "kind": "TABLE", "name": "orders", "owner": "postgres", "schema": "public", "section": "pre-data", "ownerSql": "ALTER TABLE \\"public\\".\\"orders\\" OWNER TO \\"postgres\\";", "dependsOn": [4], "catalogOid": 1259}, {"id": 211, "oid": 16394, "sql": "CREATE SEQUENCE public.orders_id_seq\\n    AS integer\\n    START WITH 1\\n    INCREMENT BY 1\\n    NO MINVALUE\\n    NO MAXVALUE\\n    CACHE 1;", "kind": "SEQUENCE", "name": "orders_id_seq", "owner": "postgres", "schema": "public", "section": "pre-data", "ownerSql": "ALTER SEQUENCE \\"public\\".\\"orders_id_seq\\" OWNER TO \\"postgres\\";", "dependsOn": [212, 4], "catalogOid": 1259}, {"id": 3315, "oid": 0, "sql": "ALTER SEQUENCE public.orders_id_seq OWNED BY public.orders.id;", "kind": "SEQUENCE OWNED BY", "name": "orders_id_seq", "owner": "postgres", "schema": "public", "section": "pre-data", "ownerSql": "", "dependsOn": [211], "catalogOid": 0}, {"id": 3157, "oid": 16389, "sql": "ALTER TABLE ONLY public.customers ALTER COLUMN id SET DEFAULT nextval(''public.customers_id_seq''::regclass);", "kind": "DEFAULT", "name": "customers id", "owner": "postgres", "schema": "public", "section": "pre-data", "ownerSql": "", "dependsOn": [209, 210], "catalogOid": 2604}, {"id": 3158, "oid": 16398, "sql": "ALTER TABLE ONLY public.orders ALTER COLUMN id SET DEFAULT nextval(''public.orders_id_seq''::regclass);", "kind": "DEFAULT", "name": "orders id", "owner": "postgres", "schema": "public", "section": "pre-data", "ownerSql": "", "dependsOn": [212, 211], "catalogOid": 2604}, {"id": 3160, "oid": 16393, "sql": "ALTER TABLE ONLY public.customers\\n    ADD CONSTRAINT customers_pkey PRIMARY KEY (id);", "kind": "CONSTRAINT", "name": "customers customers_pkey", "owner": "postgres", "schema": "public", "section": "post-data", "ownerSql": "", "dependsOn": [210], "catalogOid": 2606}, {"id": 3162, "oid": 16400, "sql": "ALTER TABLE ONLY public.orders\\n    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);", "kind": "CONSTRAINT", "name": "orders orders_pkey", "owner": "postgres", "schema": "public", "section": "post-data", "ownerSql": "", "dependsOn": [212], "catalogOid": 2606}, {"id": 3163, "oid": 16401, "sql": "ALTER TABLE ONLY public.orders\\n    ADD CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customers(id);", "kind": "FK CONSTRAINT", "name": "orders orders_customer_id_fkey", "owner": "postgres", "schema": "public", "section": "post-data", "ownerSql": "", "dependsOn": [210, 3160, 212], "catalogOid": 2606}, {"id": 3313, "oid": 0, "sql": "REVOKE USAGE ON SCHEMA public FROM PUBLIC;\\nGRANT ALL ON SCHEMA public TO PUBLIC;", "kind": "ACL", "name": "SCHEMA public", "owner": "postgres", "schema": null, "section": "pre-data", "ownerSql": "", "dependsOn": [4], "catalogOid": 0}], "leftOut": []}, "source": {"ctype": "C", "locale": null, "collate": "C", "database": "shop", "encoding": "UTF8", "icuRules": null, "evaluation": {"lc_time": "C", "TimeZone": "Etc/UTC", "DateStyle": "ISO, MDY", "xmlbinary": "base64", "xmloption": "content", "lc_numeric": "C", "array_nulls": "on", "lc_monetary": "C", "bytea_output": "hex", "IntervalStyle": "postgres", "backslash_quote": "safe_encoding", "extra_float_digits": "1", "quote_all_identifiers": "off", "transform_null_equals": "off", "timezone_abbreviations": "Default", "default_text_search_config": "pg_catalog.english", "standard_conforming_strings": "on"}, "databaseOid": 16384, "serverVersion": "14.23", "localeProvider": null, "serverVersionNum": 140023, "systemIdentifier": "7712615058335708060"}, "tables": [{"kind": "table", "name": "customers", "rows": 20, "ranges": [{"rows": 20, "chunks": [{"id": "65162c0fd304cd037dfd2c553e94e4c9810cfe320fed435d099e957ed6c53c38", "rawBytes": 282, "storedBytes": 117}], "toBlock": null, "rawBytes": 282, "fromBlock": 0}], "schema": "public", "columns": [{"name": "id", "type": "integer", "notNull": true, "identity": null, "collation": null, "generated": null}, {"name": "name", "type": "text", "notNull": true, "identity": null, "collation": null, "generated": null}], "entryId": 210, "loadVia": null, "rawBytes": 282, "ancestors": [], "condition": null}, {"kind": "table", "name": "orders", "rows": 100, "ranges": [{"rows": 100, "chunks": [{"id": "2f744d33398f34925fd2c423f2673e6e2cfb97785d09bfb8bba4f2a81bc9e7dd", "rawBytes": 1161, "storedBytes": 388}], "toBlock": null, "rawBytes": 1161, "fromBlock": 0}], "schema": "public", "columns": [{"name": "id", "type": "integer", "notNull": true, "identity": null, "collation": null, "generated": null}, {"name": "customer_id", "type": "integer", "notNull": true, "identity": null, "collation": null, "generated": null}, {"name": "total", "type": "numeric(10,2)", "notNull": true, "identity": null, "collation": null, "generated": null}], "entryId": 212, "loadVia": null, "rawBytes": 1161, "ancestors": [], "condition": null}], "totals": {"rows": 120, "chunks": 2, "tables": 2, "rawBytes": 1443, "storedBytes": 505, "largeObjects": 0}, "database": {"owner": "postgres", "comment": null, "settings": [], "isTemplate": false, "privileges": null, "tablespace": null, "securityLabels": [], "connectionLimit": -1}, "settings": {"TimeZone": "UTC", "DateStyle": "ISO, YMD", "xmloption": "content", "array_nulls": "on", "lc_monetary": "C", "search_path": "", "bytea_output": "hex", "row_security": "off", "IntervalStyle": "postgres", "client_encoding": "UTF8", "extra_float_digits": "3", "standard_conforming_strings": "on"}, "snapshot": {"at": "2026-11-26T22:45:49.194851Z", "lsn": "0/178BDE0", "xids": "769:769:"}, "warnings": [], "sequences": [{"name": "customers_id_seq", "schema": "public", "ownedBy": {"name": "customers", "column": "id", "schema": "public"}, "isCalled": true, "lastValue": "20"}, {"name": "orders_id_seq", "schema": "public", "ownedBy": {"name": "orders", "column": "id", "schema": "public"}, "isCalled": true, "lastValue": "200"}], "extensions": [], "largeObjects": {"rows": 0, "chunks": [], "objects": [], "rawBytes": 0}, "requestedTables": []}, "chunk_count": 2, "description": "Before restore 1 of backup 1", "finished_at": "2026-11-26T22:45:51.162241+00:00", "first_epoch": 4, "table_count": 2, "verified_at": null, "heartbeat_at": "2026-11-26T22:45:51.162241+00:00", "stored_bytes": 505, "schedule_name": null, "warning_count": 0, "server_version": "14.23", "manifest_digest": "\\\\x7901fb4414f8a33c219077a9851f9efe494d905b24b7fcccc31442786a7475e1", "cancel_requested_at": null}');
select setval(pg_get_serial_sequence('system_backups', 'id'), (select coalesce(max(id), 0) + 1 from "system_backups"), false);
delete from "system_restore_log";
insert into "system_restore_log" overriding system value
  select * from jsonb_populate_record(null::"system_restore_log", '{"id": 2, "plan": {"drift": [], "extra": [], "locks": [], "create": [], "tables": [{"table": "public.orders", "action": "create", "rowsNow": null, "rowsInBackup": 200, "rowsNowIsEstimate": false}], "target": {"mode": "new-database", "database": "elsewhere"}, "differs": [], "leftOut": [], "rawBytes": 2516, "warnings": ["Foreign key public.orders orders_customer_id_fkey is left out: the table it refers to is not among the restored ones."], "foreignKeys": [], "missingRoles": [], "otherDatabase": null, "extensionProblems": [], "missingExtensions": []}, "error": null, "fence": 5, "report": {"rows": 200, "tables": [{"rows": 200, "table": "public.orders", "expectedRows": 200}], "target": {"mode": "new-database", "database": "elsewhere"}, "created": [], "leftOut": [], "phaseMs": {"schema": 245, "finishing": 1, "constraints": 0, "data and indexes": 60, "large objects and sequences": 1}, "notValid": [], "rawBytes": 2516, "warnings": ["Foreign key public.orders orders_customer_id_fkey is left out: the table it refers to is not among the restored ones."], "leftEmpty": [], "sequences": 2, "largeObjects": 0}, "status": "completed", "tables": ["orders"], "target": {"mode": "new-database", "database": "elsewhere"}, "attempt": 1, "options": {"owners": true, "onDrift": "fail", "onInvalid": "fail", "safetyBackup": true, "onRefreshFailure": "fail", "withoutExtensions": [], "allowOtherDatabase": false}, "building": "holdfast_unfinished_7a043247_elsewhere", "progress": null, "backup_id": 1, "created_at": "2026-11-26T22:45:59.845444+00:00", "not_before": null, "started_at": "2026-11-26T22:45:59.882366+00:00", "backup_uuid": "a27b9d75-91ee-41ff-b0b4-28492f3e0d79", "finished_at": "2026-11-26T22:46:00.567476+00:00", "heartbeat_at": "2026-11-26T22:46:00.567476+00:00", "restore_type": "partial", "safety_backup_id": null, "cancel_requested_at": null}');
insert into "system_restore_log" overriding system value
  select * from jsonb_populate_record(null::"system_restore_log", '{"id": 1, "plan": {"drift": [], "extra": [], "locks": ["public.customers", "public.orders"], "create": [], "tables": [{"table": "public.customers", "action": "replace", "rowsNow": 20, "rowsInBackup": 20, "rowsNowIsEstimate": false}, {"table": "public.orders", "action": "replace", "rowsNow": 100, "rowsInBackup": 200, "rowsNowIsEstimate": false}], "target": {"mode": "in-place"}, "differs": [], "leftOut": [], "rawBytes": 2798, "warnings": [], "foreignKeys": ["public.orders orders_customer_id_fkey"], "missingRoles": [], "otherDatabase": null, "extensionProblems": [], "missingExtensions": []}, "error": null, "fence": 3, "report": {"rows": 220, "tables": [{"rows": 20, "table": "public.customers", "expectedRows": 20}, {"rows": 200, "table": "public.orders", "expectedRows": 200}], "target": {"mode": "in-place"}, "created": [], "leftOut": [], "phaseMs": {"data": 956, "schema": 267, "indexes": 12, "constraints": 63, "proof of the schema": 1778}, "notValid": [], "rawBytes": 2798, "warnings": [], "leftEmpty": [], "sequences": 2, "largeObjects": 0}, "status": "completed", "tables": [], "target": {"mode": "in-place"}, "attempt": 1, "options": {"owners": true, "onDrift": "fail", "onInvalid": "fail", "safetyBackup": true, "onRefreshFailure": "fail", "withoutExtensions": [], "allowOtherDatabase": false}, "building": null, "progress": null, "backup_id": 1, "created_at": "2026-11-26T22:45:48.561058+00:00", "not_before": null, "started_at": "2026-11-26T22:45:48.960324+00:00", "backup_uuid": "a27b9d75-91ee-41ff-b0b4-28492f3e0d79", "finished_at": "2026-11-26T22:45:56.12282+00:00", "heartbeat_at": "2026-11-26T22:45:56.12282+00:00", "restore_type": "full", "safety_backup_id": 3, "cancel_requested_at": null}');
select setval(pg_get_serial_sequence('system_restore_log', 'id'), (select coalesce(max(id), 0) + 1 from "system_restore_log"), false);
