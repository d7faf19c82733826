import type { TableChange } from '../../postgres/table-change.ts';

export const chunksInUse: TableChange = {
  version: 3,
  name: 'chunks in use',
  columns: {
    system_backups: ['first_epoch bigint'],
    system_restore_log: ['building text'],
    system_backup_epoch: ['single boolean'],
  },
  sql: (schema) => `
-- One row of counters: those of the catalog, and that of the store in this database.
create table if not exists ${schema}.system_backup_epoch (
  single boolean primary key default true check (single)
);
comment on table ${schema}.system_backup_epoch is
  'Holdfast: counters. epoch is raised by every backup and cleanup; system_backup_chunks.last_use is the epoch in which a chunk was last needed.';
alter table ${schema}.system_backups add column if not exists first_epoch bigint;
comment on column ${schema}.system_backups.first_epoch is
  'Holdfast: what the store counted when the backup began. It keeps every chunk that was used since, until the backup has ended.';
alter table ${schema}.system_restore_log add column if not exists building text;
-- Earlier versions do not say which chunks they rely on. So they begin no backup any more; what one of them has begun
-- is not checked here, and keeps chunks from being deleted until it ends.
alter table ${schema}.system_backups
  drop constraint if exists system_backups_first_epoch,
  add constraint system_backups_first_epoch check (status <> 'running' or first_epoch is not null) not valid;
`,
};
