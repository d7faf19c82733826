import type { TableChange } from '../../postgres/table-change.ts';
import type { ChunkRows } from '../chunk-rows/chunk-rows.ts';

/** Names of tables, quoted and ready for SQL. Several stores have their rows in them. */
export interface IndexTables extends ChunkRows {
  store: string;
  objects: string;
  /** Manifests that are being put. */
  writes: string;
  /** The catalog's table of backups, of which the index reads whether a run still has its fence. */
  backups: string;
}

/**
 * @param schema quoted
 * @param store its name, which it keeps
 */
export function indexTables(schema: string, store: string): IndexTables {
  return {
    chunks: `${schema}.system_backup_store_chunks`,
    epoch: `${schema}.system_backup_store_epochs`,
    objects: `${schema}.system_backup_store_objects`,
    writes: `${schema}.system_backup_store_writes`,
    backups: `${schema}.system_backups`,
    store,
    storedHash: 'c.stored_hash',
    isWhole: 'c.id is not null and c.damaged_at is null',
  };
}

export const tableChanges: readonly TableChange[] = [
  {
    version: 13,
    name: 'where the chunks of a store lie',
    columns: {
      system_backup_store_epochs: ['store text', 'epoch bigint'],
      system_backup_store_objects: [
        'store text',
        'packed boolean',
        'id bytea',
        'bytes integer',
        'held_bytes integer',
        'last_use bigint',
        'deleting boolean',
      ],
      system_backup_store_chunks: [
        'store text',
        'id bytea',
        'stored_bytes integer',
        'stored_hash bytea',
        'object bytea',
        'pack_offset integer',
        'created_at timestamp with time zone',
        'checked_at timestamp with time zone',
        'damaged_at timestamp with time zone',
        'last_use bigint',
      ],
      system_backup_store_writes: [
        'store text',
        'token uuid',
        'uuid uuid',
        'epoch bigint',
        'begun_at timestamp with time zone',
      ],
    },
    sql: (schema) => `
create table if not exists ${schema}.system_backup_store_epochs (
  store text collate "C" primary key,
  epoch bigint not null default 1
);
create table if not exists ${schema}.system_backup_store_objects (
  store text collate "C" not null,
  packed boolean not null,
  id bytea not null check (pg_catalog.octet_length(id) = 32),
  bytes integer not null check (bytes >= 0),
  -- Of all chunks in it; 0 before it is written.
  held_bytes integer not null default 0,
  -- The epoch in which it was last going to be written.
  last_use bigint not null,
  deleting boolean not null default false,
  primary key (store, packed, id)
);
create table if not exists ${schema}.system_backup_store_chunks (
  store text collate "C" not null,
  id bytea not null check (pg_catalog.octet_length(id) = 32),
  stored_bytes integer not null check (stored_bytes >= 0),
  -- SHA-256 of the stored bytes, where it is known and is not the id.
  stored_hash bytea,
  object bytea not null,
  -- Null in an object of its own.
  pack_offset integer check (pack_offset >= 0),
  created_at timestamptz not null default pg_catalog.now(),
  checked_at timestamptz,
  damaged_at timestamptz,
  last_use bigint not null,
  primary key (store, id)
) with (fillfactor = 80);
create index if not exists system_backup_store_chunks_object on ${schema}.system_backup_store_chunks (store, object);
create index if not exists system_backup_store_chunks_damaged on ${schema}.system_backup_store_chunks (store) where damaged_at is not null;
create table if not exists ${schema}.system_backup_store_writes (
  store text collate "C" not null,
  token uuid primary key,
  uuid uuid not null,
  epoch bigint not null,
  begun_at timestamptz not null default pg_catalog.now()
);
comment on table ${schema}.system_backup_store_epochs is 'Holdfast: a counter for each store outside of this database.';
comment on table ${schema}.system_backup_store_objects is 'Holdfast: the objects with chunks in each store outside of this database.';
comment on table ${schema}.system_backup_store_chunks is 'Holdfast: where each chunk lies in a store outside of this database.';
comment on table ${schema}.system_backup_store_writes is 'Holdfast: manifests that are being written to a store outside of this database.';
`,
  },
  {
    version: 15,
    name: 'locks of objects',
    columns: { system_backup_store_objects: ['locked_until timestamp with time zone'] },
    sql: (schema) => `
alter table ${schema}.system_backup_store_objects add column if not exists locked_until timestamptz;
comment on column ${schema}.system_backup_store_objects.locked_until is
  'Holdfast: until when the place lets nobody delete it, as far as it is known.';
`,
  },
];
