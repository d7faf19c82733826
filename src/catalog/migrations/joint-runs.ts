import type { TableChange } from '../../postgres/table-change.ts';

export const jointRuns: TableChange = {
  version: 24,
  name: 'several machines on one run',
  columns: {
    system_backups: ['max_workers integer'],
    system_joint_runs: ['kind text', 'run_id bigint', 'fence bigint', 'max_workers integer', 'terms bytea'],
    system_run_helpers: [
      'helper uuid',
      'kind text',
      'run_id bigint',
      'fence bigint',
      'host text',
      'connections integer',
      'seen_at timestamp with time zone',
      'left_because text',
    ],
    system_joint_work: [
      'kind text',
      'run_id bigint',
      'fence bigint',
      'piece integer',
      'content bytea',
      'helper uuid',
      'claim integer',
      'result bytea',
      'refused text',
    ],
  },
  sql: (schema) => `
alter table ${schema}.system_backups add column if not exists max_workers integer check (max_workers > 0);
comment on column ${schema}.system_backups.max_workers is
  'Holdfast: how many machines may work on it at once; null for what the one that performs it is configured with.';
create table if not exists ${schema}.system_joint_runs (
  kind text not null,
  run_id bigint not null,
  fence bigint not null,
  -- With the one that leads it.
  max_workers integer not null check (max_workers > 1),
  -- What one that joins has to know, sealed where the store is.
  terms bytea not null,
  primary key (kind, run_id)
);
comment on table ${schema}.system_joint_runs is
  'Holdfast: runs under way that other machines may join. Rows go when the run ends.';
create table if not exists ${schema}.system_run_helpers (
  helper uuid primary key,
  kind text not null,
  run_id bigint not null,
  fence bigint not null,
  host text not null,
  connections integer not null check (connections > 0),
  -- By this clock. One that is not seen for some seconds loses what it has claimed.
  seen_at timestamptz not null,
  left_because text
);
create index if not exists system_run_helpers_of on ${schema}.system_run_helpers (kind, run_id);
comment on table ${schema}.system_run_helpers is
  'Holdfast: which machines work on the runs of others. Rows go when they leave, or the run ends.';
create table if not exists ${schema}.system_joint_work (
  kind text not null,
  run_id bigint not null,
  fence bigint not null,
  piece integer not null,
  content bytea not null,
  helper uuid,
  -- How often it was claimed: a claim counts only while it is the latest.
  claim integer not null default 0,
  result bytea,
  -- Why the lead has to do it.
  refused text,
  primary key (kind, run_id, fence, piece)
);
alter table ${schema}.system_joint_work alter column content set storage external, alter column result set storage external;
comment on table ${schema}.system_joint_work is
  'Holdfast: pieces of runs that others may claim, and what came of them. Rows go when the run has taken the result.';
`,
};
