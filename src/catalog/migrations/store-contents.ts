import { runStates } from '../../contract/states.ts';
import type { TableChange } from '../../postgres/table-change.ts';
import { oneOf } from './one-of.ts';

const columns = [
  'id bigint',
  'store text',
  'status text',
  'created_at timestamp with time zone',
  'started_at timestamp with time zone',
  'finished_at timestamp with time zone',
  'heartbeat_at timestamp with time zone',
  'cancel_requested_at timestamp with time zone',
  'not_before timestamp with time zone',
  'fence bigint',
  'key_ticket text',
  'progress jsonb',
  'report jsonb',
  'error jsonb',
];

const tableOf = (schema: string, table: string, comment: string): string => `
create table if not exists ${schema}.${table} (
  id bigint generated always as identity primary key,
  store text not null,
  status text not null check (status in (${oneOf(runStates)})),
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  heartbeat_at timestamptz,
  cancel_requested_at timestamptz,
  not_before timestamptz,
  fence bigint,
  key_ticket text,
  progress jsonb,
  report jsonb,
  error jsonb,
  check (status in ('queued', 'running') = (finished_at is null)),
  check (status <> 'running' or fence is not null),
  check (status <> 'completed' or (error is null and report is not null))
);
create index if not exists ${table}_alive on ${schema}.${table} (id) where finished_at is null;
comment on table ${schema}.${table} is 'Holdfast: ${comment}';`;

export const storeContents: TableChange = {
  version: 25,
  name: 'checks and imports of stores as runs',
  columns: {
    system_backup_epoch: ['check_fence bigint'],
    backup_check_log: columns,
    backup_import_log: columns,
  },
  sql: (schema) => `
alter table ${schema}.system_backup_epoch add column if not exists check_fence bigint not null default 0;
comment on column ${schema}.system_backup_epoch.check_fence is
  'Holdfast: counts on whenever a process takes over checks and imports. What an earlier one writes no longer counts.';
${tableOf(schema, 'backup_check_log', 'one row for each time a store was compared with what the catalog believes of it.')}
${tableOf(schema, 'backup_import_log', 'one row for each time the backups of a store were taken into the catalog.')}
-- Where the counter was lost, it begins above all that were given out.
update ${schema}.system_backup_epoch set check_fence = greatest(check_fence,
  (select max(fence) from ${schema}.backup_check_log), (select max(fence) from ${schema}.backup_import_log));
`,
};
