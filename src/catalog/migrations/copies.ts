import type { TableChange } from '../../postgres/table-change.ts';
import { runStates } from '../../contract/states.ts';
import { oneOf } from './one-of.ts';

export const copies: TableChange = {
  version: 14,
  name: 'copies of backups in other stores',
  columns: {
    system_backup_epoch: ['copy_fence bigint'],
    system_backups: ['copy_to text[]'],
    backup_schedule: ['store text', 'copy_to jsonb'],
    backup_verification_log: ['store text'],
    backup_copy_log: [
      'id bigint',
      'backup_id bigint',
      'backup_uuid uuid',
      'store text',
      'trigger text',
      'status text',
      'created_at timestamp with time zone',
      'started_at timestamp with time zone',
      'finished_at timestamp with time zone',
      'heartbeat_at timestamp with time zone',
      'cancel_requested_at timestamp with time zone',
      'not_before timestamp with time zone',
      'attempt integer',
      'fence bigint',
      'first_epoch bigint',
      'progress jsonb',
      'report jsonb',
      'error jsonb',
    ],
    system_backup_copies: [
      'backup_id bigint',
      'store text',
      'state text',
      'copied_at timestamp with time zone',
      'proved_at timestamp with time zone',
      'damage jsonb',
    ],
  },
  sql: (schema) => `
alter table ${schema}.system_backup_epoch add column if not exists copy_fence bigint not null default 0;
alter table ${schema}.system_backups add column if not exists copy_to text[] not null default '{}';
comment on column ${schema}.system_backups.copy_to is
  'Holdfast: the stores that this backup is to be copied to, by name.';
alter table ${schema}.backup_schedule
  add column if not exists store text,
  add column if not exists copy_to jsonb;

alter table ${schema}.backup_verification_log add column if not exists store text;

create table if not exists ${schema}.backup_copy_log (
  id bigint generated always as identity primary key,
  backup_id bigint not null,
  backup_uuid uuid not null,
  store text not null,
  trigger text not null check (trigger in ('manual', 'schedule', 'repair')),
  status text not null check (status in (${oneOf(runStates)})),
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  heartbeat_at timestamptz,
  cancel_requested_at timestamptz,
  not_before timestamptz,
  attempt integer not null default 1 check (attempt > 0),
  fence bigint,
  -- The point in the life of the store that it is copied to from which on it relies on what is there.
  first_epoch bigint,
  progress jsonb,
  report jsonb,
  error jsonb,
  check (status in ('queued', 'running') = (finished_at is null)),
  check (status <> 'running' or fence is not null),
  check (status <> 'completed' or (error is null and report is not null))
);
create unique index if not exists backup_copy_log_alive on ${schema}.backup_copy_log (backup_id, store)
  where finished_at is null;
create index if not exists backup_copy_log_backup on ${schema}.backup_copy_log (backup_id, store, id);
comment on table ${schema}.backup_copy_log is
  'Holdfast: one row for each time a backup was copied to another store, or put right where it is. backup_id refers to system_backups, whose row may have been deleted since.';

create table if not exists ${schema}.system_backup_copies (
  backup_id bigint not null,
  store text not null,
  -- removing: its manifest is being deleted. removed: retention has deleted it, so it is not made again.
  state text not null check (state in ('copied', 'damaged', 'removing', 'removed')),
  copied_at timestamptz,
  -- When the store had confirmed all of it, or it was last read again.
  proved_at timestamptz,
  damage jsonb,
  primary key (backup_id, store)
);
comment on table ${schema}.system_backup_copies is
  'Holdfast: where a backup is besides the store that its row in system_backups names.';
-- Where the counters were lost, they begin above all that were given out.
update ${schema}.system_backup_epoch set
  copy_fence = greatest(copy_fence, (select max(fence) from ${schema}.backup_copy_log));
`,
};
