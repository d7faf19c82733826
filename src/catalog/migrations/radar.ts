import type { TableChange } from '../../postgres/table-change.ts';

export const radar: TableChange = {
  version: 23,
  name: 'the tables of backups, and the damage radar',
  columns: {
    backup_event_log: ['details jsonb'],
    system_backup_tables: [
      'backup_id bigint',
      'source text',
      'tables bytea',
      'looked_at timestamp with time zone',
    ],
    system_backup_radar: ['source text', 'looked_up_to timestamp with time zone', 'memory bytea'],
    system_backup_findings: [
      'id bigint',
      'backup_id bigint',
      'backup_at timestamp with time zone',
      'source text',
      'found_at timestamp with time zone',
      'state text',
      'signs jsonb',
      'total integer',
      'explanation text',
      'decided_at timestamp with time zone',
      'note text',
    ],
    system_backup_announcements: [
      'id bigint',
      'tables text[]',
      'from_at timestamp with time zone',
      'until_at timestamp with time zone',
      'reason text',
    ],
  },
  sql: (schema) => `
alter table ${schema}.backup_event_log add column if not exists details jsonb;

create table if not exists ${schema}.system_backup_tables (
  backup_id bigint primary key,
  -- Which database it is of.
  source text not null,
  -- zstd of JSON: a list for each figure, with an entry for each table.
  tables bytea not null,
  -- When the radar has looked at it; null while it has not.
  looked_at timestamptz
);
-- It is compressed already.
alter table ${schema}.system_backup_tables alter column tables set storage external;
create index if not exists system_backup_tables_new on ${schema}.system_backup_tables (backup_id) where looked_at is null;
comment on table ${schema}.system_backup_tables is
  'Holdfast: what each completed backup has of each table, and what of that was read for it. One row a backup.';

create table if not exists ${schema}.system_backup_radar (
  source text primary key,
  -- The moment of the newest backup that it knows.
  looked_up_to timestamptz,
  memory bytea
);
alter table ${schema}.system_backup_radar alter column memory set storage external;
comment on table ${schema}.system_backup_radar is
  'Holdfast: what is usual for each table of a database, learnt from its backups, which may have been deleted since.';

create table if not exists ${schema}.system_backup_findings (
  id bigint generated always as identity primary key,
  backup_id bigint not null,
  backup_at timestamptz not null,
  source text not null,
  found_at timestamptz not null default pg_catalog.now(),
  state text not null check (state in ('open', 'settled', 'explained')),
  signs jsonb not null,
  total integer not null check (total > 0),
  explanation text,
  decided_at timestamptz,
  note text
);
create index if not exists system_backup_findings_open on ${schema}.system_backup_findings (backup_at) where state = 'open';
create index if not exists system_backup_findings_backup on ${schema}.system_backup_findings (backup_id);
comment on table ${schema}.system_backup_findings is
  'Holdfast: what looks like damage to the data in a backup. While one is open, no older backup is deleted.';

create table if not exists ${schema}.system_backup_announcements (
  id bigint generated always as identity primary key,
  tables text[] not null default '{}',
  from_at timestamptz not null default pg_catalog.now(),
  until_at timestamptz not null,
  reason text not null
);
comment on table ${schema}.system_backup_announcements is
  'Holdfast: imports and migrations that were announced, so that what they change raises no alarm.';
`,
};
