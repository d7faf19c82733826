import type { TableChange } from '../../postgres/table-change.ts';

export const tokenDatabases: TableChange = {
  version: 42,
  name: 'tokens for some of several databases',
  columns: { system_backup_tokens: ['databases text[]'] },
  sql: (schema) => `
alter table ${schema}.system_backup_tokens add column if not exists databases text[]
  check (databases is null or pg_catalog.cardinality(databases) > 0 and not scopes @> array['admin'::pg_catalog.text]);
comment on column ${schema}.system_backup_tokens.databases is
  'Holdfast: the names of the databases that it is for; null for all of them.';
`,
};
