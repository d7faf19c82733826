import type { TableChange } from '../../postgres/table-change.ts';

export const approvals: TableChange = {
  version: 37,
  name: 'calls that need a second actor',
  columns: {
    system_backup_tokens: ['made_by text[]'],
    system_backup_approvals: [
      'id bigint',
      'state text',
      'kind text',
      'operation text',
      'what jsonb',
      'scope text',
      'requested_by text',
      'parties text[]',
      'requested_at timestamp with time zone',
      'expires_at timestamp with time zone',
      'decided_by text',
      'decided_at timestamp with time zone',
    ],
    system_backup_four_eyes: [
      'one boolean',
      'operations text[]',
      'hours double precision',
      'set_at timestamp with time zone',
    ],
  },
  sql: (schema) => `
-- Whom a token counts as where two actors are needed. Empty in rows of earlier versions: itself.
alter table ${schema}.system_backup_tokens add column if not exists made_by text[] not null default '{}';

create table if not exists ${schema}.system_backup_approvals (
  id bigint generated always as identity primary key,
  state text not null default 'pending' check (state in ('pending', 'approved', 'done', 'refused')),
  kind text not null,
  operation text not null,
  -- What the call does, without keys and passwords.
  what jsonb not null,
  scope text not null,
  requested_by text not null,
  -- The one who asked, first, and whom else they count as.
  parties text[] not null,
  requested_at timestamptz not null default pg_catalog.now(),
  expires_at timestamptz not null,
  decided_by text,
  decided_at timestamptz
);
comment on table ${schema}.system_backup_approvals is
  'Holdfast: calls that need a second actor before they are done.';

create table if not exists ${schema}.system_backup_four_eyes (
  one boolean primary key default true check (one),
  operations text[] not null,
  hours double precision not null,
  set_at timestamptz not null default pg_catalog.now()
);
comment on table ${schema}.system_backup_four_eyes is
  'Holdfast: what needs a second actor; it holds for the command line too.';
`,
};
