import type { TableChange } from '../../postgres/table-change.ts';

export const selfTests: TableChange = {
  version: 15,
  name: 'self-tests of stores',
  columns: {
    system_backup_store_tests: [
      'name text',
      'address text',
      'begun_at timestamp with time zone',
      'tested_at timestamp with time zone',
      'failing_since timestamp with time zone',
      'result jsonb',
    ],
  },
  // A store that was never reached has no row in system_backup_stores.
  sql: (schema) => `
create table if not exists ${schema}.system_backup_store_tests (
  name text primary key check (name <> ''),
  address text not null,
  -- Of several processes one tests: the one that sets this.
  begun_at timestamptz not null default pg_catalog.now(),
  tested_at timestamptz,
  failing_since timestamptz,
  result jsonb
);
comment on table ${schema}.system_backup_store_tests is
  'Holdfast: the last self-test of each store outside of this database.';
`,
};
