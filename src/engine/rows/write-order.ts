import type { GatheredRows, RowReference } from './rows.ts';

/** The order in which rows are written: parents before their children. */
export interface WriteOrder {
  sets: GatheredRows[];
  /** Foreign keys that no order satisfies: what they refer to is written later. */
  circular: RowReference[];
}

export function writeOrder(sets: readonly GatheredRows[], references: readonly RowReference[]): WriteOrder {
  const left = new Set(sets);
  const between = references.filter(
    ({ from, to }) =>
      from !== to && sets.some(({ table }) => table === from) && sets.some(({ table }) => table === to),
  );
  const waits = ({ table }: GatheredRows): boolean =>
    between.some(({ from, to }) => from === table && [...left].some((each) => each.table === to));
  const order: GatheredRows[] = [];
  while (left.size > 0) {
    const next = [...left].find((set) => !waits(set)) ?? [...left][0]!;
    left.delete(next);
    order.push(next);
  }
  const place = (table: GatheredRows['table']): number => order.findIndex((set) => set.table === table);
  return { sets: order, circular: between.filter(({ from, to }) => place(to) > place(from)) };
}
