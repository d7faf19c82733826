import type { TableChange } from '../../postgres/table-change.ts';

export const knownRowMaps: TableChange = {
  version: 21,
  name: 'which row version each line of a range is',
  columns: {
    system_backup_row_maps: ['store text', 'relation bigint', 'from_block bigint', 'content bytea'],
  },
  sql: (schema) => `
create table if not exists ${schema}.system_backup_row_maps (
  store text not null,
  -- Of this database.
  relation bigint not null,
  from_block bigint not null,
  content bytea not null,
  primary key (store, relation, from_block)
);
-- It is compressed already.
alter table ${schema}.system_backup_row_maps alter column content set storage external;
comment on table ${schema}.system_backup_row_maps is
  'Holdfast: of ranges that change, which row version each of their lines is. Without it the next backup reads such a range as a whole.';
`,
};
