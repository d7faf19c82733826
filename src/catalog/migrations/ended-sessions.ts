import type { TableChange } from '../../postgres/table-change.ts';

export const endedSessions: TableChange = {
  version: 11,
  name: 'sessions that were signed out of',
  columns: { system_backup_epoch: ['ended_sessions jsonb'] },
  sql: (schema) => `
alter table ${schema}.system_backup_epoch
  add column if not exists ended_sessions jsonb not null default '[]';
comment on column ${schema}.system_backup_epoch.ended_sessions is
  'Holdfast: sessions of the page that were signed out of before their time, until that has come.';
`,
};
