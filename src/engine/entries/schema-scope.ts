import type { SchemaEntry } from '../../format/manifest.ts';
import type { QualifiedName } from '../../postgres/identifiers.ts';
import { describeEntry, nameKey, type EntryIndex } from './identity.ts';
import { isPart } from './parts.ts';
import type { RestoreScope } from './scope.ts';

/** The chosen tables and all that hangs on them, down to the comments on their constraints. */
export function scopeEntries(
  index: EntryIndex,
  scope: { tables: readonly QualifiedName[]; replaces?: RestoreScope['replaces'] },
): Set<SchemaEntry> {
  const { tables = [], objects = new Set() } = scope.replaces ?? {};
  const chosen = tableNames([...scope.tables, ...tables]);
  const named = (entry: SchemaEntry): boolean => objects.has(describeEntry(entry)) && !isPart(entry);
  const found = new Set<SchemaEntry>();
  // What hangs on something comes after it.
  for (const entry of index.entries) {
    if (entry.kind === 'TABLE' ? chosen(entry) : named(entry) || hangsOn(index, entry, found))
      found.add(entry);
  }
  return found;
}

function hangsOn(index: EntryIndex, entry: SchemaEntry, owners: ReadonlySet<SchemaEntry>): boolean {
  const relation = index.relationOf(entry);
  if (relation) return owners.has(relation);
  // A sequence that depends on a table is that of a serial or identity column.
  if (!isPart(entry) && entry.kind !== 'SEQUENCE') return false;
  return index.dependencies(entry).some((dependency) => owners.has(dependency));
}

/**
 * The missing entries that a restore should create. For everything: all of them. For chosen tables: those tables with
 * their parents and what they need; what belongs to them; and everything that depends on any of that. A table that was not
 * chosen comes only where a chosen one cannot be without it: its rows would be lacking.
 * @param returning what is dropped and made again: of what depends on it nothing else comes
 */
export function wantedEntries(
  index: EntryIndex,
  scope: RestoreScope,
  isMissing: (entry: SchemaEntry) => boolean,
  returning: ReadonlySet<SchemaEntry> = new Set(),
): Set<SchemaEntry> {
  if (scope.whole) return new Set(index.entries.filter(isMissing));
  const wanted = new Set<SchemaEntry>();
  const isChosen = tableNames(scope.tables.flatMap((table) => [table, ...table.ancestors]));

  const want = (entry: SchemaEntry, withTables: boolean): void => {
    if (wanted.has(entry) || !isMissing(entry)) return;
    wanted.add(entry);
    for (const needed of index.dependencies(entry)) {
      if (needed.kind !== 'TABLE' || withTables || isChosen(needed)) want(needed, withTables);
    }
  };

  for (const entry of index.entries) if (entry.kind === 'TABLE' && isChosen(entry)) want(entry, true);
  for (const entry of scopeEntries(index, scope)) {
    want(entry, false);
    // A table that is there may have lost a default or CHECK together with what that needs.
    if (entry.kind !== 'TABLE') continue;
    for (const needed of index.dependencies(entry)) if (needed.kind !== 'TABLE') want(needed, false);
  }
  for (const entry of returning) want(entry, false);
  for (let before = -1; before !== wanted.size;) {
    before = wanted.size;
    for (const entry of index.entries) {
      const depends = index
        .dependencies(entry)
        .filter((needed) => !returning.has(needed))
        // All that is in a schema depends on it; what is wanted of that is wanted for another reason. That an index of a
        // partition is attached comes before a foreign key to the partitioned table, and is nothing that this needs.
        .some(
          (needed) =>
            wanted.has(needed) &&
            needed.kind !== 'INDEX ATTACH' &&
            (needed.kind !== 'SCHEMA' || isPart(entry)),
        );
      if (depends && (entry.kind !== 'TABLE' || isChosen(entry))) want(entry, false);
    }
  }
  return wanted;
}

function tableNames(tables: readonly QualifiedName[]): (entry: SchemaEntry) => boolean {
  const names = new Set(tables.map(nameKey));
  return (entry) => names.has(nameKey(entry));
}
