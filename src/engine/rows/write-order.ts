import type { RowCounts } from './compare.ts';
import type { GatheredRows, RowReference, RowTable } from './rows.ts';

/** The order in which rows are written: parents before their children. */
export interface WriteOrder {
  sets: GatheredRows[];
  /** Foreign keys that no order satisfies: what they refer to is written later. */
  circular: RowReference[];
}

export function writeOrder(sets: readonly GatheredRows[], references: readonly RowReference[]): WriteOrder {
  const left = new Map(sets.map((set) => [set.table, set]));
  const between = references.filter(({ from, to }) => from !== to && left.has(from) && left.has(to));
  const pending = (table: RowTable): RowReference[] =>
    between.filter(({ from, to }) => from === table && left.has(to));
  /** What has to be written before it, also through others. */
  const before = (table: RowTable): Set<RowTable> => {
    const found = new Set<RowTable>();
    const follow = (from: RowTable): void => {
      for (const { to } of pending(from)) {
        if (found.has(to)) continue;
        found.add(to);
        follow(to);
      }
    };
    follow(table);
    return found;
  };
  const order: GatheredRows[] = [];
  while (left.size > 0) {
    const tables = [...left.keys()];
    const next =
      tables.find((table) => pending(table).length === 0) ??
      // Of a circle that waits for nothing outside of it, the table with the fewest keys that have to be made deferrable.
      tables
        .filter((table) => [...before(table)].every((other) => before(other).has(table)))
        .toSorted((one, other) => rigid(pending(one)) - rigid(pending(other)))[0]!;
    order.push(left.get(next)!);
    left.delete(next);
  }
  const place = (table: RowTable): number => order.findIndex((set) => set.table === table);
  return { sets: order, circular: between.filter(({ from, to }) => place(to) > place(from)) };
}

/**
 * The keys that have to be satisfied at the end only, when rows become what a plan counts.
 * @param of what the plan counts of a table
 */
export function keysToDefer(
  { sets, circular }: WriteOrder,
  of: (table: RowTable) => Pick<RowCounts, 'added' | 'changed' | 'removed'> | undefined,
): RowReference[] {
  // With rows that go all is one statement, when it has ended keys are checked, and there is no order.
  if (sets.some(({ table }) => (of(table)?.removed ?? 0) > 0)) return [];
  const written = (table: RowTable): boolean => {
    const counts = of(table);
    return counts !== undefined && counts.added + counts.changed > 0;
  };
  return circular.filter(({ from, to }) => written(from) && (of(to)?.added ?? 0) > 0);
}

/** The tables whose keys are made deferrable for it, which nobody can read meanwhile. PostgreSQL: ALTER TABLE, ALTER CONSTRAINT. */
export function altered(keys: readonly RowReference[]): Set<RowTable> {
  return new Set(keys.filter(({ deferrable }) => !deferrable).map(({ from }) => from));
}

function rigid(keys: readonly RowReference[]): number {
  return keys.filter(({ deferrable }) => !deferrable).length;
}
