import type { TableChange } from '../../postgres/table-change.ts';

export const restorePlans: TableChange = {
  version: 29,
  name: 'plans of restores',
  columns: {
    system_restore_plans: ['id uuid', 'created_at timestamp with time zone', 'ordered jsonb', 'plan jsonb'],
  },
  sql: (schema) => `
create table if not exists ${schema}.system_restore_plans (
  id uuid primary key default pg_catalog.gen_random_uuid(),
  created_at timestamptz not null default pg_catalog.now(),
  ordered jsonb not null,
  plan jsonb not null
);
comment on table ${schema}.system_restore_plans is
  'Holdfast: plans of restores that were asked for within the last hour, to be ordered as they are.';
`,
};
