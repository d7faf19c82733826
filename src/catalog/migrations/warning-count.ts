import type { TableChange } from '../../postgres/table-change.ts';

export const warningCount: TableChange = {
  version: 8,
  name: 'warnings of a backup',
  columns: { system_backups: ['warning_count integer'] },
  sql: (schema) => `
-- Null for backups from before.
alter table ${schema}.system_backups add column if not exists warning_count integer check (warning_count >= 0);
`,
};
