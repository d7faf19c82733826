import type { TableChange } from '../../postgres/table-change.ts';

export const rollbacks: TableChange = {
  version: 17,
  name: 'stores that show an older state',
  columns: {
    system_backup_stores: ['written jsonb', 'accepted_at timestamp with time zone', 'rolled_back jsonb'],
  },
  sql: (schema) => `
alter table ${schema}.system_backup_stores
  add column if not exists written jsonb,
  add column if not exists accepted_at timestamptz,
  add column if not exists rolled_back jsonb;
comment on column ${schema}.system_backup_stores.written is
  'Holdfast: the last backups whose documents this catalog has put there, the newest first: uuid, counter, hash of the header.';
comment on column ${schema}.system_backup_stores.accepted_at is
  'Holdfast: when a person took the store as it was; what was written before is not expected there.';
comment on column ${schema}.system_backup_stores.rolled_back is
  'Holdfast: since when the newest backup is not there as it was written, and which one; null while it is.';
`,
};
