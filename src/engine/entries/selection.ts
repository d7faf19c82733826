import { HoldfastError } from '../../base/errors.ts';
import { displayName, quoteName, type QualifiedName } from '../../postgres/identifiers.ts';

/** How many unknown names the message spells out; the details have all. */
const shownUnknown = 20;

/**
 * Finds the tables that patterns name: `table` (schema public), `schema.table`, `schema.*`, or the quoted
 * form `"schema"."table"`. Names are taken as they are, without folding case.
 * @throws TABLES_NOT_FOUND naming every pattern that matches nothing; INVALID_REQUEST for an ambiguous one
 */
export function selectByPattern<T extends QualifiedName>(
  patterns: readonly string[],
  candidates: readonly T[],
): Set<T> {
  const byName = new Map<string, Set<T>>();
  const bySchema = Map.groupBy(candidates, ({ schema }) => schema);
  const add = (key: string, candidate: T): void => {
    const set = byName.get(key);
    if (set) set.add(candidate);
    else byName.set(key, new Set([candidate]));
  };
  for (const candidate of candidates) {
    add(displayName(candidate), candidate);
    add(quoteName(candidate), candidate);
    if (candidate.schema === 'public') add(candidate.name, candidate);
  }
  const selected = new Set<T>();
  const unknown: string[] = [];
  // Once each: thousands of them may be one.
  for (const pattern of new Set(patterns)) {
    const exact = [...(byName.get(pattern) ?? [])];
    const matches =
      exact.length === 0 && pattern.endsWith('.*') ? (bySchema.get(pattern.slice(0, -2)) ?? []) : exact;
    if (matches.length === 0) unknown.push(pattern);
    if (exact.length > 1) {
      throw new HoldfastError(
        'INVALID_REQUEST',
        `${pattern} names more than one table: ${matches.map(quoteName).join(', ')}.`,
        { hint: 'Write the name with both parts in double quotes, as in the message.' },
      );
    }
    for (const match of matches) selected.add(match);
  }
  if (unknown.length > 0) {
    const more = unknown.length - shownUnknown;
    throw new HoldfastError(
      'TABLES_NOT_FOUND',
      `No such table${unknown.length > 1 ? 's' : ''}: ${unknown.slice(0, shownUnknown).join(', ')}${more > 0 ? ` and ${more} more` : ''}.`,
      { details: { tables: unknown } },
    );
  }
  return selected;
}

/** Adds partitions and inheritance children, all the way down, to a selection of relations. */
export function withDescendants<T extends { oid: number; parents: readonly number[] }>(
  selected: Set<T>,
  all: readonly T[],
): Set<T> {
  const children = new Map<number, T[]>();
  for (const relation of all) {
    for (const parent of relation.parents) {
      const list = children.get(parent);
      if (list) list.push(relation);
      else children.set(parent, [relation]);
    }
  }
  const result = new Set(selected);
  const queue = [...selected];
  for (let next = queue.pop(); next; next = queue.pop()) {
    for (const child of children.get(next.oid) ?? []) {
      if (result.has(child)) continue;
      result.add(child);
      queue.push(child);
    }
  }
  return result;
}
