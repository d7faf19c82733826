import type { TableChange } from '../../postgres/table-change.ts';
import { runStates } from '../../contract/states.ts';
import { oneOf } from './one-of.ts';

export const events: TableChange = {
  version: 4,
  name: 'events, verifications, clean-ups as runs',
  columns: {
    system_backups: ['verified_at timestamp with time zone', 'damaged boolean'],
    backup_schedule: ['jitter_seconds integer'],
    backup_cleanup_log: [
      'status text',
      'created_at timestamp with time zone',
      'heartbeat_at timestamp with time zone',
      'cancel_requested_at timestamp with time zone',
      'not_before timestamp with time zone',
      'attempt integer',
      'progress jsonb',
      'error jsonb',
      'in_use jsonb',
      'pending boolean',
      'swept boolean',
    ],
    backup_event_log: [
      'id bigint',
      'at timestamp with time zone',
      'type text',
      'kind text',
      'run_id bigint',
      'schedule_name text',
      'message text',
    ],
    backup_verification_log: [
      'id bigint',
      'backup_id bigint',
      'backup_uuid uuid',
      'status text',
      'created_at timestamp with time zone',
      'started_at timestamp with time zone',
      'finished_at timestamp with time zone',
      'heartbeat_at timestamp with time zone',
      'cancel_requested_at timestamp with time zone',
      'not_before timestamp with time zone',
      'attempt integer',
      'progress jsonb',
      'report jsonb',
      'error jsonb',
    ],
  },
  sql: (schema) => `
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
`,
};
