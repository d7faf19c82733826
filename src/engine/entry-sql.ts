import type { SchemaEntry } from '../format/manifest.ts';

/** The statements that make an entry; without owners, nothing that names a role. */
export function entrySql(entry: SchemaEntry, owners: boolean): string {
  if (entry.kind === 'MATERIALIZED VIEW DATA') return withPolicies(entry.sql);
  if (owners) return entry.ownerSql === '' ? entry.sql : `${entry.sql}\n${entry.ownerSql}`;
  return entry.kind === 'ACL' || entry.kind === 'DEFAULT ACL' ? '' : entry.sql;
}

/** A materialised view shows what its owner may see; with row_security off, policies would make its refresh fail. */
export function withPolicies(refresh: string): string {
  return `set row_security = on; ${refresh.replace(/;\s*$/, '')}; set row_security = off;`;
}

/**
 * What comes after everything else, in order: row level security, under which foreign keys could not be proved;
 * grants; then refreshes and event triggers, which may need them.
 */
export function isLate(entry: SchemaEntry): boolean {
  return (
    ['ROW SECURITY', 'ACL', 'DEFAULT ACL', 'EVENT TRIGGER', 'MATERIALIZED VIEW DATA'].includes(entry.kind) ||
    (['COMMENT', 'SECURITY LABEL'].includes(entry.kind) && entry.name.startsWith('EVENT TRIGGER '))
  );
}
