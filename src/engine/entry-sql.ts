import type { SchemaEntry } from '../format/manifest.ts';

/** The statements that make an entry; without owners, nothing that names a role. */
export function entrySql(entry: SchemaEntry, owners: boolean): string {
  if (owners) return entry.ownerSql === '' ? entry.sql : `${entry.sql}\n${entry.ownerSql}`;
  return entry.kind === 'ACL' || entry.kind === 'DEFAULT ACL' ? '' : entry.sql;
}

/** What comes after everything else, in order: grants, then refreshes and event triggers, which may need them. */
export function isLate(entry: SchemaEntry): boolean {
  return (
    ['ACL', 'DEFAULT ACL', 'EVENT TRIGGER', 'MATERIALIZED VIEW DATA'].includes(entry.kind) ||
    (['COMMENT', 'SECURITY LABEL'].includes(entry.kind) && entry.name.startsWith('EVENT TRIGGER '))
  );
}
