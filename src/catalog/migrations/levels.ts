import type { TableChange } from '../../postgres/table-change.ts';

export const levels: TableChange = {
  version: 19,
  name: 'levels of verifications',
  columns: { backup_verification_log: ['level text', 'share real'] },
  sql: (schema) => `
alter table ${schema}.backup_verification_log
  -- Verifications used to read and count everything.
  add column if not exists level text not null default 'content',
  -- Which share of the chunks is read; null for all of them.
  add column if not exists share real check (share > 0 and share <= 1);
create index if not exists backup_verification_log_backup on ${schema}.backup_verification_log (backup_id, id);
comment on column ${schema}.backup_verification_log.level is
  'Holdfast: how much was read: presence, checksum or content.';
`,
};
