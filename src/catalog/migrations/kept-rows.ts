import type { TableChange } from '../../postgres/table-change.ts';

export const keptRows: TableChange = {
  version: 31,
  name: 'rows that restores have replaced',
  columns: {
    system_restore_log: ['kept jsonb'],
    system_restore_rows: ['restore_id bigint', 'place integer', 'before text', 'written text'],
  },
  sql: (schema) => `
alter table ${schema}.system_restore_log add column if not exists kept jsonb;
comment on column ${schema}.system_restore_log.kept is
  'Holdfast: of which tables rows are in system_restore_rows, and what form these had.';
create table if not exists ${schema}.system_restore_rows (
  restore_id bigint not null,
  place integer not null,
  before text,
  written text,
  check (before is not null or written is not null)
);
comment on table ${schema}.system_restore_rows is
  'Holdfast: rows that a restore of rows has replaced and written, as text, so that it can be undone. Deleting them makes that impossible and nothing else.';
create index if not exists system_restore_rows_restore on ${schema}.system_restore_rows (restore_id, place);
`,
};
