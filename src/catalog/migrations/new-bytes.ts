import type { TableChange } from '../../postgres/table-change.ts';

export const newBytes: TableChange = {
  version: 5,
  name: 'what a backup added to the store',
  columns: {
    system_backups: ['new_bytes bigint'],
  },
  sql: (schema) => `
-- Null for backups from before.
alter table ${schema}.system_backups add column if not exists new_bytes bigint check (new_bytes >= 0);
`,
};
