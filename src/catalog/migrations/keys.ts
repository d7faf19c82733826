import type { TableChange } from '../../postgres/table-change.ts';

const runTables = [
  'system_backups',
  'system_restore_log',
  'backup_verification_log',
  'backup_cleanup_log',
  'backup_copy_log',
];

export const keys: TableChange = {
  version: 16,
  name: 'keys of runs and of stores',
  columns: {
    ...Object.fromEntries(runTables.map((table) => [table, ['key_ticket text']])),
    system_backup_stores: ['verification_keys text[]'],
  },
  sql: (schema) => `
${runTables
  .map(
    (table) => `
alter table ${schema}.${table} add column if not exists key_ticket text;
comment on column ${schema}.${table}.key_ticket is
  'Holdfast: the run needs a key that one process alone holds in its memory; this is no secret, and names neither.';`,
  )
  .join('')}
alter table ${schema}.system_backup_stores
  add column if not exists verification_keys text[];
comment on column ${schema}.system_backup_stores.verification_keys is
  'Holdfast: whose signatures counted in the store when it was last found to be the right one; public.';
`,
};
