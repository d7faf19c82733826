/** The chosen tables as the shorter of two lists: only these, or all except these. Pure. */
export type ChosenTables = { only: string[] } | { allBut: string[] };

export const noTables: ChosenTables = { only: [] };

export function chosenTables(names: ReadonlySet<string>, all: readonly string[]): ChosenTables {
  const allBut = all.filter((name) => !names.has(name));
  // A name that is not in the backup is kept, so that the server reports it.
  const known = all.length - allBut.length === names.size;
  return known && names.size > 0 && allBut.length < names.size ? { allBut } : { only: [...names] };
}

/** Null while the tables of the backup are needed and not loaded. */
export function namesOf(chosen: ChosenTables, all: readonly string[] | undefined): string[] | null {
  if ('only' in chosen) return chosen.only;
  const left = new Set(chosen.allBut);
  return all?.filter((name) => !left.has(name)) ?? null;
}

export function isNothing(chosen: ChosenTables | null): boolean {
  return chosen !== null && 'only' in chosen && chosen.only.length === 0;
}
