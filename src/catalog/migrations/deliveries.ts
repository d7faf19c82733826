import type { TableChange } from '../../postgres/table-change.ts';

export const deliveries: TableChange = {
  version: 38,
  name: 'what channels took and did not take',
  columns: { system_backup_channels: ['sent bigint', 'failed bigint'] },
  sql: (schema) => `
-- Counted from this version on.
alter table ${schema}.system_backup_channels add column if not exists sent bigint not null default 0;
alter table ${schema}.system_backup_channels add column if not exists failed bigint not null default 0;
`,
};
