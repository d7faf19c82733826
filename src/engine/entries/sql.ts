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

/** Entries that are all new, as they are made before the rows are loaded and after; in order. */
export function aroundRows(entries: readonly SchemaEntry[]): { before: SchemaEntry[]; after: SchemaEntry[] } {
  const early = entries.filter((entry) => !isLate(entry));
  return {
    before: early.filter(({ section }) => section === 'pre-data'),
    after: [...early.filter(({ section }) => section === 'post-data'), ...entries.filter(isLate)],
  };
}
