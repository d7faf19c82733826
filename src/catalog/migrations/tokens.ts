import { backupTriggers } from '../../contract/states.ts';
import type { TableChange } from '../../postgres/table-change.ts';
import { oneOf } from './one-of.ts';

export const tokens: TableChange = {
  version: 34,
  name: 'tokens of the API, and points',
  columns: {
    system_backup_tokens: [
      'id bigint',
      'name text',
      'scopes text[]',
      'start text',
      'hash bytea',
      'created_at timestamp with time zone',
      'created_by text',
      'expires_at timestamp with time zone',
      'last_used_at timestamp with time zone',
    ],
  },
  sql: (schema) => `
alter table ${schema}.system_backups drop constraint if exists system_backups_trigger_check;
alter table ${schema}.system_backups add constraint system_backups_trigger_check
  check (trigger in (${oneOf(backupTriggers)}));

create table if not exists ${schema}.system_backup_tokens (
  id bigint generated always as identity primary key,
  name text not null,
  scopes text[] not null check (pg_catalog.cardinality(scopes) > 0),
  -- The first characters, to know it by.
  start text not null,
  -- SHA-256. The token has 256 random bits, so nothing slower is needed.
  hash bytea not null unique,
  created_at timestamptz not null default pg_catalog.now(),
  created_by text not null,
  expires_at timestamptz,
  last_used_at timestamptz
);
comment on table ${schema}.system_backup_tokens is
  'Holdfast: tokens for calls of the API, as hashes, with what each may do. A deleted row is a revoked token.';
`,
};
