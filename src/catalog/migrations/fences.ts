import type { TableChange } from '../../postgres/table-change.ts';

const runTables = ['system_backups', 'system_restore_log', 'backup_verification_log', 'backup_cleanup_log'];

export const fences: TableChange = {
  version: 7,
  name: 'fences',
  columns: {
    system_backup_epoch: ['writer_fence bigint', 'upkeep_fence bigint'],
    ...Object.fromEntries(runTables.map((table) => [table, ['fence bigint']])),
  },
  sql: (schema) => `
alter table ${schema}.system_backup_epoch
  add column if not exists writer_fence bigint not null default 0,
  add column if not exists upkeep_fence bigint not null default 0;
comment on column ${schema}.system_backup_epoch.writer_fence is
  'Holdfast: counts on whenever a process takes over backups and restores. What an earlier one writes no longer counts.';
${runTables
  .map(
    // Earlier versions know no fence. So they begin no run any more; what one of them has begun may still end.
    (table) => `
alter table ${schema}.${table} add column if not exists fence bigint;
alter table ${schema}.${table}
  drop constraint if exists ${table}_fence,
  add constraint ${table}_fence check (status <> 'running' or fence is not null) not valid;`,
  )
  .join('')}
-- Where the counters were lost, they begin above all that were given out.
update ${schema}.system_backup_epoch set
  writer_fence = greatest(writer_fence, (select max(fence) from ${schema}.system_backups),
    (select max(fence) from ${schema}.system_restore_log)),
  upkeep_fence = greatest(upkeep_fence, (select max(fence) from ${schema}.backup_verification_log),
    (select max(fence) from ${schema}.backup_cleanup_log));
`,
};
