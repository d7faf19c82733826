import type { TableChange } from '../../postgres/table-change.ts';

export const knownRanges: TableChange = {
  version: 18,
  name: 'what backups have found out about ranges',
  columns: {
    system_backups: ['full_read boolean', 'reuse jsonb'],
    system_backup_ranges: ['store text', 'relation bigint', 'piece integer', 'content bytea'],
  },
  sql: (schema) => `
alter table ${schema}.system_backups
  add column if not exists full_read boolean not null default false,
  add column if not exists reuse jsonb;
comment on column ${schema}.system_backups.full_read is 'Holdfast: whether it was to read everything, whatever had not changed.';
comment on column ${schema}.system_backups.reuse is 'Holdfast: how much was read and how much had not changed.';
create table if not exists ${schema}.system_backup_ranges (
  store text not null,
  -- Of this database.
  relation bigint not null,
  piece integer not null,
  content bytea not null,
  primary key (store, relation, piece)
);
-- It is compressed already.
alter table ${schema}.system_backup_ranges alter column content set storage external;
comment on table ${schema}.system_backup_ranges is
  'Holdfast: which chunks of a store have the rows of which ranges, as of when. Without it the next backup reads everything.';
`,
};
