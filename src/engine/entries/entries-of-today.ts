import type { ManifestSequence, SchemaEntry } from '../../format/manifest.ts';
import { describeEntry, nameKey, type EntryIndex } from './identity.ts';
import { dependentsIn, isPart } from './parts.ts';

/** Everything is in a schema, and nothing says what needs an extension. */
const neverOrphans = new Set(['SCHEMA', 'EXTENSION', 'TABLE']);

/**
 * What of a backup does not come back where tables keep the definition that they have today: all that is defined on those
 * tables, and what nothing else needs. With the reasons, clauses.
 * @param tables ids of their entries
 */
export function entriesOfToday(
  index: EntryIndex,
  tables: ReadonlySet<number>,
  sequences: readonly ManifestSequence[],
): Map<SchemaEntry, string> {
  const found = new Map<SchemaEntry, string>();
  if (tables.size === 0) return found;
  const kept = new Map(
    index.entries.filter(({ id }) => tables.has(id)).map((table) => [nameKey(table), table]),
  );
  const owners = new Map(
    sequences.flatMap((sequence) => {
      const owner = sequence.ownedBy && kept.get(nameKey(sequence.ownedBy));
      return owner ? [[nameKey(sequence), owner] as const] : [];
    }),
  );
  for (const entry of index.entries) {
    // pg_dump does not say that this depends on the table.
    const owner = entry.kind === 'SEQUENCE OWNED BY' ? owners.get(nameKey(entry)) : undefined;
    const table = owner ?? index.dependencies(entry).find(({ id }) => tables.has(id));
    if (table) found.set(entry, `${describeEntry(table)} keeps the form that it has today`);
  }
  const dependents = dependentsIn(index);
  // What depends on something comes after it.
  for (const entry of index.entries.toReversed()) {
    if (found.has(entry) || neverOrphans.has(entry.kind)) continue;
    const others = (dependents.get(entry) ?? []).filter((each) => !isPart(each));
    const parts = (dependents.get(entry) ?? []).filter((each) => found.has(each));
    if (others.length + parts.length === 0) continue;
    if (others.every((each) => tables.has(each.id) || found.has(each))) {
      found.set(entry, 'only tables needed it that keep the form that they have today');
    }
  }
  return found;
}
