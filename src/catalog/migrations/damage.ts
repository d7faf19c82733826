import type { TableChange } from '../../postgres/table-change.ts';

export const damage: TableChange = {
  version: 6,
  name: 'damaged chunks, and the backups that need them',
  columns: {
    system_backups: ['damage jsonb'],
  },
  sql: (schema) => `
alter table ${schema}.system_backups
  -- What is wrong with a backup that says damaged.
  add column if not exists damage jsonb;
`,
};
