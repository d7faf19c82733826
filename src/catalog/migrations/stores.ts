import type { TableChange } from '../../postgres/table-change.ts';

export const stores: TableChange = {
  version: 13,
  name: 'stores outside the database',
  columns: {
    system_backup_epoch: ['catalog_id uuid'],
    system_backup_stores: [
      'name text',
      'store_id uuid',
      'address text',
      'sealed boolean',
      'writer_turn text',
      'intended_turn text',
      'latest jsonb',
    ],
  },
  sql: (schema) => `
alter table ${schema}.system_backup_epoch
  add column if not exists catalog_id uuid not null default pg_catalog.gen_random_uuid();
comment on column ${schema}.system_backup_epoch.catalog_id is
  'Holdfast: names this catalog in the stores that it writes to. A copy of the database has the same.';
create table if not exists ${schema}.system_backup_stores (
  name text primary key check (name <> ''),
  store_id uuid not null,
  address text not null,
  sealed boolean not null,
  -- Whose turn it is to write is decided by the store; these are the turns that this catalog has taken.
  writer_turn text,
  intended_turn text,
  -- The newest backup that this catalog has written there: its uuid, its counter, the hash of its header.
  latest jsonb
);
comment on table ${schema}.system_backup_stores is
  'Holdfast: what this catalog knows of each store it has used: which one it is, and who wrote there last.';
`,
};
