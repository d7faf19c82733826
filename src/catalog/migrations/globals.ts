import { backupTypes, keptPasswords } from '../../contract/backup-type.ts';
import type { TableChange } from '../../postgres/table-change.ts';
import { oneOf } from './one-of.ts';

const columns = ['passwords text'];

export const globals: TableChange = {
  version: 41,
  name: 'backups of roles and tablespaces',
  columns: { system_backups: columns, backup_schedule: columns },
  // The checks that a backup of everything alone has no tables have the names that PostgreSQL gave them.
  sql: (schema) =>
    changeOf(schema, 'system_backups', 'system_backups_check2') +
    changeOf(schema, 'backup_schedule', 'backup_schedule_check1'),
};

function changeOf(schema: string, table: string, tablesCheck: string): string {
  return `
alter table ${schema}.${table}
  add column if not exists passwords text not null default 'none' check (passwords in (${oneOf(keptPasswords)})),
  drop constraint if exists ${table}_type_check,
  drop constraint if exists ${tablesCheck},
  drop constraint if exists ${table}_tables_check,
  add constraint ${table}_type_check check (type in (${oneOf(backupTypes)})),
  add constraint ${table}_tables_check check (type <> 'partial' or tables <> '{}');
comment on column ${schema}.${table}.passwords is
  'Holdfast: of globals, whether password hashes are in it: none, only in encrypted stores, or in any.';
`;
}
