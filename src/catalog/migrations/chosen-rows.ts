import type { TableChange } from '../../postgres/table-change.ts';

export const chosenRows: TableChange = {
  version: 27,
  name: 'restores of rows',
  columns: {},
  sql: (schema) => `
alter table ${schema}.system_restore_log
  drop constraint if exists system_restore_log_restore_type_check,
  add constraint system_restore_log_restore_type_check check (restore_type in ('full', 'partial', 'rows'));
`,
};
