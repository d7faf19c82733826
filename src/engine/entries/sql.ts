import type { SchemaEntry } from '../../format/manifest.ts';
import { entryKind, latePhase } from '../../postgres/pg-dump/kinds.ts';

/** The statements that make an entry; without owners, nothing that names a role. */
export function entrySql(entry: SchemaEntry, owners: boolean): string {
  if (entry.kind === 'MATERIALIZED VIEW DATA') return withPolicies(entry.sql);
  if (owners) return entry.ownerSql === '' ? entry.sql : `${entry.sql}\n${entry.ownerSql}`;
  return isGrant(entry) ? '' : entry.sql;
}

/** A materialized view shows what its owner may see; with row_security off, policies would make its refresh fail. */
export function withPolicies(refresh: string): string {
  return `set row_security = on; ${refresh.replace(/;\s*$/, '')}; set row_security = off;`;
}

/** What is left away where owners are. */
export function isGrant(entry: SchemaEntry): boolean {
  return entryKind(entry.kind).late === 'grants';
}

/** What comes after everything else, in the order of the entries. */
export function isLate(entry: SchemaEntry): boolean {
  return latePhase(entry.kind, entry.name) !== undefined;
}
