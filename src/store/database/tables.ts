import type { TableChange } from '../../postgres/table-change.ts';
import type { ChunkRows } from '../chunk-rows/chunk-rows.ts';

/** Names of tables, quoted and ready for SQL. The epoch is one of the catalog's row of counters. */
export interface StoreTables extends ChunkRows {
  /** The catalog's table of backups. The manifest is in its row, because people look for it there. */
  backups: string;
  documents: string;
}

/**
 * SQL: whether what row `c` holds can be what it should be, as far as it can be told without reading it. The data are a
 * JSON object of base64 and a few short fields; the size of such a value needs nothing of what is stored out of line.
 */
export const isWhole = `c.damaged_at is null
  and pg_catalog.pg_column_size(c.data) between (c.stored_bytes + 2) / 3 * 4 and (c.stored_bytes + 2) / 3 * 4 + 256`;

/** @param schema quoted */
export function storeTables(schema: string): StoreTables {
  return {
    chunks: `${schema}.system_backup_chunks`,
    backups: `${schema}.system_backups`,
    epoch: `${schema}.system_backup_epoch`,
    documents: `${schema}.system_backup_documents`,
    isWhole,
  };
}

/** What the store keeps in the database: a table of its own, and columns of two tables that the catalog creates. */
export const tableChanges: readonly TableChange[] = [
  {
    version: 1,
    name: 'first tables',
    columns: {
      system_backup_chunks: [
        'id bytea',
        'raw_bytes integer',
        'stored_bytes integer',
        'created_at timestamp with time zone',
        'data jsonb',
      ],
      system_backups: ['backup_data jsonb'],
    },
    sql: (schema) => `
create table if not exists ${schema}.system_backup_chunks (
  id bytea primary key check (pg_catalog.octet_length(id) = 32),
  raw_bytes integer not null check (raw_bytes >= 0),
  stored_bytes integer not null check (stored_bytes >= 0),
  created_at timestamptz not null default pg_catalog.now(),
  data jsonb not null
);
-- The content is compressed already.
alter table ${schema}.system_backup_chunks alter column data set storage external;
comment on table ${schema}.system_backup_chunks is
  'Holdfast: compressed table data, each piece once however many backups refer to it. id is the SHA-256 of the zstd frame.';
alter table ${schema}.system_backups add column if not exists backup_data jsonb;
comment on column ${schema}.system_backups.backup_data is
  'Holdfast: the manifest of the backup. The table data it describes are in system_backup_chunks.';
`,
  },
  {
    version: 3,
    name: 'chunks in use',
    columns: {
      system_backup_chunks: ['last_use bigint'],
      system_backup_epoch: ['epoch bigint'],
    },
    sql: (schema) => `
alter table ${schema}.system_backup_chunks add column if not exists last_use bigint not null default 0;
-- A use of a chunk changes its row in place.
alter table ${schema}.system_backup_chunks set (fillfactor = 80);
alter table ${schema}.system_backup_epoch add column if not exists epoch bigint not null default 1;
insert into ${schema}.system_backup_epoch (epoch)
  select coalesce(pg_catalog.max(last_use), 0) + 1 from ${schema}.system_backup_chunks on conflict do nothing;
`,
  },
  {
    version: 6,
    name: 'damaged chunks',
    columns: {
      system_backup_chunks: ['damaged_at timestamp with time zone', 'checked_at timestamp with time zone'],
      system_backups: ['manifest_digest bytea'],
    },
    sql: (schema) => `
alter table ${schema}.system_backup_chunks
  -- Since when what is stored is known to differ from what it should be; the next backup with the same content replaces it.
  add column if not exists damaged_at timestamptz,
  -- When the content was last compared with what it should be; null: when it was stored.
  add column if not exists checked_at timestamptz;
create index if not exists system_backup_chunks_damaged on ${schema}.system_backup_chunks (id) where damaged_at is not null;
-- SHA-256 of backup_data as text; null for backups of earlier versions.
alter table ${schema}.system_backups add column if not exists manifest_digest bytea;
`,
  },
  {
    version: 12,
    name: 'documents of a store',
    columns: { system_backup_documents: ['name text', 'content bytea'] },
    sql: (schema) => `
create table if not exists ${schema}.system_backup_documents (
  -- In one order everywhere, whatever the collation of the database.
  name text collate "C" primary key,
  content bytea not null
);
comment on table ${schema}.system_backup_documents is
  'Holdfast: what the store in this database says of itself: its description, its keys in wrapped form, who writes to it.';
`,
  },
];
