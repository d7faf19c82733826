import type { TableChange } from '../../postgres/table-change.ts';
import { runStates } from '../../contract/states.ts';
import { oneOf } from './one-of.ts';

export const scrubs: TableChange = {
  version: 22,
  name: 'scrubs of stores',
  columns: {
    system_backup_epoch: ['scrub_fence bigint'],
    backup_scrub_log: [
      'id bigint',
      'store text',
      'share double precision',
      'due_on date',
      'read_until timestamp with time zone',
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
      'report jsonb',
      'error jsonb',
    ],
  },
  sql: (schema) => `
alter table ${schema}.system_backup_epoch add column if not exists scrub_fence bigint not null default 0;
comment on column ${schema}.system_backup_epoch.scrub_fence is
  'Holdfast: counts on whenever a process takes over scrubs. What an earlier one writes no longer counts.';

create table if not exists ${schema}.backup_scrub_log (
  id bigint generated always as identity primary key,
  store text not null,
  -- Which share of the store is read.
  share double precision not null check (share > 0 and share <= 1),
  -- The day, in UTC, that it was due on; null for one that was asked for.
  due_on date,
  -- What was last read before then is read. Set once, when it begins, so that one that is begun again goes on.
  read_until timestamptz,
  status text not null check (status in (${oneOf(runStates)})),
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  heartbeat_at timestamptz,
  cancel_requested_at timestamptz,
  not_before timestamptz,
  attempt integer not null default 1 check (attempt > 0),
  fence bigint,
  key_ticket text,
  progress jsonb,
  report jsonb,
  error jsonb,
  check (status in ('queued', 'running') = (finished_at is null)),
  check (status <> 'running' or fence is not null),
  check (status <> 'completed' or (error is null and report is not null))
);
-- Of several processes one orders the scrub of a day.
create unique index if not exists backup_scrub_log_due on ${schema}.backup_scrub_log (store, due_on);
create index if not exists backup_scrub_log_alive on ${schema}.backup_scrub_log (id) where finished_at is null;
comment on table ${schema}.backup_scrub_log is
  'Holdfast: one row for each time a share of a store was read, to find out whether its bytes are still those that were written.';
-- Where the counter was lost, it begins above all that were given out.
update ${schema}.system_backup_epoch set
  scrub_fence = greatest(scrub_fence, (select max(fence) from ${schema}.backup_scrub_log));
`,
};
