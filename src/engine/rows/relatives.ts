import { sum } from '../../base/sum.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { columnOf, liveRows, noneIsNull, sameValues } from './columns.ts';
import { filterLimit, isExact, rangesHolding, type LineFilter } from './line-filter.ts';
import type { LiveTables } from './live-tables.ts';
import type { GatheredRows, RowReference, RowTable } from './rows.ts';
import type { Scratch } from './scratch.ts';

interface Search {
  /** Those that were asked for. */
  starts: readonly GatheredRows[];
  live: LiveTables;
  into: Scratch;
  /** Whether rows of a table come with those that they refer to. */
  withChildrenIn: (table: RowTable) => boolean;
  withParents: boolean;
  allow: (table: RowTable) => Promise<void>;
}

/**
 * Gathers what the rows need and what needs them: first down, rows that refer to those gathered, until there are no more; then
 * up, rows that those refer to and that are not live. Never down from a parent: that would be all its children.
 * @returns every table that has rows, or may have, the first one first; and of them those that were reached upward alone
 */
export async function relatives(
  session: Session,
  search: Search,
): Promise<{ sets: GatheredRows[]; above: Set<RowTable> }> {
  const sets = new Map<RowTable, GatheredRows>(search.starts.map((set) => [set.table, set]));
  const asked = sum(search.starts.map(({ count }) => count));
  const setOf = async (table: RowTable): Promise<GatheredRows> => {
    const known = sets.get(table);
    if (known) return known;
    await search.allow(table);
    const made = await search.into.of(table);
    sets.set(table, made);
    return made;
  };
  let round = 0;
  const { references } = search.live;
  const down = references.filter(({ from }) => isSaved(from) && search.withChildrenIn(from));
  for (let from = 0, added = down.length > 0 ? asked : 0; added > 0; from = round) {
    round++;
    added = 0;
    for (const set of sets.values()) {
      for (const key of down.filter(({ to }) => to === set.table)) {
        added += await takeChildren(session, search, { parents: set, key, from, round, setOf });
      }
    }
  }
  const below = new Set(sets.keys());
  if (search.withParents) {
    for (let from = 0, added = asked; added > 0; from = round) {
      round++;
      added = 0;
      for (const set of sets.values()) {
        for (const key of references.filter(({ from, to }) => from === set.table && isSaved(to))) {
          added += await takeParents(session, search, { children: set, key, from, round, setOf });
        }
      }
    }
  }
  return {
    sets: [...sets.values()],
    above: new Set([...sets.keys()].filter((table) => !below.has(table))),
  };
}

function isSaved({ parts }: RowTable): boolean {
  return parts.length > 0;
}

interface Step {
  key: RowReference;
  /** Only rows that were gathered in this round or later are followed. */
  from: number;
  /** That of the rows which are found. */
  round: number;
  setOf(table: RowTable): Promise<GatheredRows>;
}

async function takeChildren(
  session: Session,
  search: Search,
  { parents, key, from, round, setOf }: Step & { parents: GatheredRows },
): Promise<number> {
  const followed = `${parents.rows} x where x.${parents.round} between ${from} and ${round - 1} and ${noneIsNull('x', key.referenced)}`;
  const found = await textsOf(session, followed, key.referenced, key);
  if (found.none) return 0;
  const children = await setOf(key.from);
  const condition = `exists (select from ${followed} and ${matches('x', key, 'c')})`;
  return load(search, children, round, {
    filter: found.texts && { columns: key.columns, values: found.texts },
    condition,
  });
}

async function takeParents(
  session: Session,
  search: Search,
  { children, key, from, round, setOf }: Step & { children: GatheredRows },
): Promise<number> {
  const followed = `${children.rows} x where x.${children.round} between ${from} and ${round - 1}
    and ${noneIsNull('x', key.columns)} and not exists (select from ${liveRows(key.to)} t where ${matches('t', key, 'x')})`;
  const found = await textsOf(session, followed, key.columns, key);
  if (found.none) return 0;
  const parents = await setOf(key.to);
  const condition = `exists (select from ${followed} and ${matches('c', key, 'x')})`;
  return load(search, parents, round, {
    filter: found.texts && { columns: key.referenced, values: found.texts },
    condition,
  });
}

/** Whether the row `child` refers to the row `parent`. */
export function matches(
  parent: string,
  { referenced, columns, equals }: RowReference,
  child: string,
): string {
  return sameValues({ alias: parent, columns: referenced }, equals, { alias: child, columns });
}

async function load(
  { into }: Search,
  set: GatheredRows,
  round: number,
  { filter, condition }: { filter: LineFilter | undefined; condition: string },
): Promise<number> {
  for (const part of set.table.parts) await into.load(set, part, rangesHolding(part, filter), filter);
  const taken = await into.take(set, round, condition);
  await into.clear(set);
  return taken;
}

/** The different values of these columns as texts, where a filter can take them. */
async function textsOf(
  session: Session,
  followed: string,
  columns: readonly string[],
  key: RowReference,
): Promise<{ none: boolean; texts?: string[][] }> {
  const exact = (table: RowTable, names: readonly string[]): boolean =>
    names.every((name) => isExact(table.columns.find((column) => column.name === name)!));
  const isFiltered = exact(key.from, key.columns) && exact(key.to, key.referenced);
  // Of exact types alone: the cast of another type to text may be a function of its owner.
  const texts = columns.map((name) => `${columnOf('x', name)}::pg_catalog.text`);
  const rows = await session.query<{ key: string[] }>(
    isFiltered
      ? `select distinct array[${texts.join(', ')}] as key from ${followed} limit ${filterLimit + 1}`
      : `select array[]::pg_catalog.text[] as key from ${followed} limit 1`,
  );
  if (rows.length === 0) return { none: true };
  if (!isFiltered || rows.length > filterLimit) return { none: false };
  return { none: false, texts: rows.map((row) => row.key) };
}
