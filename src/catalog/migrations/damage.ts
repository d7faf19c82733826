import { quoteIdentifier } from '../../postgres/identifiers.ts';
import type { Migration } from '../migrations.ts';

export const damage: Migration = {
  version: 6,
  name: 'damaged chunks, and the backups that need them',
  columns: {
    system_backup_chunks: ['damaged_at timestamp with time zone', 'checked_at timestamp with time zone'],
    system_backups: ['damage jsonb', 'manifest_digest bytea'],
  },
  sql(schemaName) {
    const schema = quoteIdentifier(schemaName);
    return `
alter table ${schema}.system_backup_chunks
  -- What is stored is not what it should be; the next backup that has the content stores it again.
  add column if not exists damaged_at timestamptz,
  -- When the content was last compared with what it should be; null: when it was stored.
  add column if not exists checked_at timestamptz;
create index if not exists system_backup_chunks_damaged on ${schema}.system_backup_chunks (id) where damaged_at is not null;
alter table ${schema}.system_backups
  -- What is wrong with a backup that says damaged.
  add column if not exists damage jsonb,
  -- SHA-256 of backup_data as text; null for backups from before.
  add column if not exists manifest_digest bytea;
`;
  },
};
