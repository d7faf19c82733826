import { verdicts } from '../../contract/certificate.ts';
import { drillTriggers, runStates } from '../../contract/states.ts';
import type { TableChange } from '../../postgres/table-change.ts';
import { oneOf } from './one-of.ts';

export const drills: TableChange = {
  version: 20,
  name: 'drills and their certificates',
  columns: {
    system_backup_epoch: ['drill_fence bigint'],
    backup_drill_log: [
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
      'key_ticket text',
      'progress jsonb',
      'verdict text',
      'cause jsonb',
      'certificate text',
      'restore_ms bigint',
      'raw_bytes bigint',
      'error jsonb',
    ],
  },
  sql: (schema) => `
alter table ${schema}.system_backup_epoch add column if not exists drill_fence bigint not null default 0;
comment on column ${schema}.system_backup_epoch.drill_fence is
  'Holdfast: counts on whenever a process takes over drills. What an earlier one writes no longer counts.';

create table if not exists ${schema}.backup_drill_log (
  id bigint generated always as identity primary key,
  backup_id bigint not null,
  backup_uuid uuid not null,
  store text not null,
  trigger text not null check (trigger in (${oneOf(drillTriggers)})),
  status text not null check (status in (${oneOf(runStates)})),
  created_at timestamptz not null default pg_catalog.now(),
  started_at timestamptz,
  finished_at timestamptz,
  heartbeat_at timestamptz,
  cancel_requested_at timestamptz,
  not_before timestamptz,
  attempt integer not null default 1 check (attempt > 0),
  fence bigint,
  key_ticket text,
  progress jsonb,
  verdict text check (verdict in (${oneOf(verdicts)})),
  -- Why it was not passed: code and message.
  cause jsonb,
  -- The text of a certificate, of which every byte counts.
  certificate text,
  restore_ms bigint,
  raw_bytes bigint,
  error jsonb,
  check (status in ('queued', 'running') = (finished_at is null)),
  check (status <> 'running' or fence is not null),
  check (status <> 'completed' or (error is null and verdict is not null))
);
create index if not exists backup_drill_log_alive on ${schema}.backup_drill_log (id) where finished_at is null;
-- Of several processes one orders what is due.
create unique index if not exists backup_drill_log_due on ${schema}.backup_drill_log (trigger)
  where finished_at is null and trigger = 'schedule';
create index if not exists backup_drill_log_backup on ${schema}.backup_drill_log (backup_id, id);
comment on table ${schema}.backup_drill_log is
  'Holdfast: one row for each time a backup was restored to prove it, with the certificate. backup_id refers to system_backups, whose row may have been deleted since.';
comment on column ${schema}.backup_drill_log.key_ticket is
  'Holdfast: the run needs a key that one process alone holds in its memory; this is no secret, and names neither.';
-- Where the counter was lost, it begins above all that were given out.
update ${schema}.system_backup_epoch set
  drill_fence = greatest(drill_fence, (select max(fence) from ${schema}.backup_drill_log));
`,
};
