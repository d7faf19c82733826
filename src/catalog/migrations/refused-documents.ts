import type { TableChange } from '../../postgres/table-change.ts';

export const refusedDocuments: TableChange = {
  version: 26,
  name: 'documents of stores that cannot be believed',
  columns: { system_backup_stores: ['refused jsonb'] },
  sql: (schema) => `
alter table ${schema}.system_backup_stores add column if not exists refused jsonb;
comment on column ${schema}.system_backup_stores.refused is
  'Holdfast: since when documents of backups in the store cannot be believed, and the first of them; null while there is none.';
`,
};
