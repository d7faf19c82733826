import { quoteIdentifier } from '../../postgres/identifiers.ts';
import type { Migration } from '../migrations.ts';

export const chunksInUse: Migration = {
  version: 3,
  name: 'chunks in use',
  columns: {
    system_backups: ['first_epoch bigint'],
    system_backup_chunks: ['last_use bigint'],
    system_restore_log: ['building text'],
    system_backup_epoch: ['single boolean', 'epoch bigint'],
  },
  sql(schemaName) {
    const schema = quoteIdentifier(schemaName);
    return `
alter table ${schema}.system_backup_chunks add column if not exists last_use bigint not null default 0;
-- A use of a chunk changes its row in place.
alter table ${schema}.system_backup_chunks set (fillfactor = 80);
create table if not exists ${schema}.system_backup_epoch (
  single boolean primary key default true check (single),
  epoch bigint not null
);
comment on table ${schema}.system_backup_epoch is
  'Holdfast: counts on with every backup that begins and every clean-up. system_backup_chunks.last_use is the epoch in which a chunk was last needed.';
insert into ${schema}.system_backup_epoch (epoch)
  select coalesce(max(last_use), 0) + 1 from ${schema}.system_backup_chunks on conflict do nothing;
alter table ${schema}.system_backups add column if not exists first_epoch bigint;
alter table ${schema}.system_restore_log add column if not exists building text;
-- Earlier versions do not say which chunks they rely on. So they begin no backup any more; what one of them has begun
-- is not checked here, and keeps chunks from being deleted until it ends.
alter table ${schema}.system_backups
  drop constraint if exists system_backups_first_epoch,
  add constraint system_backups_first_epoch check (status <> 'running' or first_epoch is not null) not valid;
`;
  },
};
