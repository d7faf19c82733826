import { quoteIdentifier } from '../../postgres/identifiers.ts';
import type { Migration } from '../migrations.ts';

export const warningCount: Migration = {
  version: 8,
  name: 'warnings of a backup',
  columns: { system_backups: ['warning_count integer'] },
  sql(schemaName) {
    const schema = quoteIdentifier(schemaName);
    return `
-- Null for backups from before.
alter table ${schema}.system_backups add column if not exists warning_count integer check (warning_count >= 0);
`;
  },
};
