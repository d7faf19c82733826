import type { TableChange } from '../../postgres/table-change.ts';

export const severalDatabases: TableChange = {
  version: 39,
  name: 'several databases, and a catalog in another one',
  columns: {
    system_restore_log: ['committing jsonb'],
    system_backup_databases: [
      'name text',
      'server text',
      'database text',
      'enrolled_at timestamp with time zone',
      'ready_at timestamp with time zone',
    ],
  },
  sql: (schema) => `
-- The transaction of the protected database that makes a restore take effect, written before it commits: {server, transaction, report}.
-- Only where these tables are in another database, so that no transaction can be of both.
alter table ${schema}.system_restore_log add column if not exists committing jsonb;

-- Only in the catalog of the first database.
create table if not exists ${schema}.system_backup_databases (
  name text primary key,
  -- host:port, or the folder of a socket.
  server text not null,
  database text not null,
  enrolled_at timestamptz not null default pg_catalog.now(),
  -- When its own tables, schedules and channels were made; null until then.
  ready_at timestamptz,
  unique (server, database)
);
comment on table ${schema}.system_backup_databases is
  'Holdfast: databases that were enrolled by a rule, not by name.';
`,
};
