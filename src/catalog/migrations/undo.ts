import type { TableChange } from '../../postgres/table-change.ts';

export const undo: TableChange = {
  version: 28,
  name: 'restores that undo others',
  columns: { system_restore_log: ['undoes bigint'] },
  sql: (schema) => `
alter table ${schema}.system_restore_log add column if not exists undoes bigint;
comment on column ${schema}.system_restore_log.undoes is 'Holdfast: the restore that this one undoes.';
create unique index if not exists system_restore_log_undoes on ${schema}.system_restore_log (undoes)
  where undoes is not null and status in ('queued', 'running', 'completed');
`,
};
