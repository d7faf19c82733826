import type { TableChange } from '../../postgres/table-change.ts';

export const queue: TableChange = {
  version: 2,
  name: 'queue of runs',
  columns: {
    system_backups: [
      'schedule_name text',
      'due_at timestamp with time zone',
      'pinned boolean',
      'attempt integer',
      'not_before timestamp with time zone',
    ],
    system_restore_log: ['attempt integer', 'not_before timestamp with time zone'],
    backup_schedule: [
      'missed_runs text',
      'keep_hourly integer',
      'keep_daily integer',
      'keep_weekly integer',
      'keep_monthly integer',
      'keep_yearly integer',
      'keep_minimum integer',
      'failed_days integer',
      'handled_until timestamp with time zone',
    ],
    backup_schedule_log: [
      'id bigint',
      'schedule_name text',
      'due_at timestamp with time zone',
      'recorded_at timestamp with time zone',
      'outcome text',
      'reason text',
      'backup_id bigint',
    ],
  },
  sql: (schema) => `
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
`,
};
