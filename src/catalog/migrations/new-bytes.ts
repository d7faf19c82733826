import { quoteIdentifier } from '../../postgres/identifiers.ts';
import type { Migration } from '../migrations.ts';

export const newBytes: Migration = {
  version: 5,
  name: 'what a backup added to the store',
  columns: {
    system_backups: ['new_bytes bigint'],
  },
  sql(schemaName) {
    const schema = quoteIdentifier(schemaName);
    return `
-- Null for backups from before.
alter table ${schema}.system_backups add column if not exists new_bytes bigint check (new_bytes >= 0);
`;
  },
};
