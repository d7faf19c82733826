import { HoldfastError } from '../../base/errors.ts';
import type { AdaptWishes } from '../../contract/adapt.ts';
import type { ManifestTable } from '../../format/manifest.ts';
import { displayName, quoteName, type QualifiedName } from '../../postgres/identifiers.ts';
import type { LiveColumn } from '../../postgres/inspect/column-types.ts';
import { storedColumns } from '../../postgres/ranges.ts';
import type { TableWishes } from './adapt.ts';

const byTable = ['fill', 'renames', 'dropColumns', 'values'] as const;

/**
 * What is asked of one table, under its own name or that of a table it is a partition of.
 * @throws INVALID_REQUEST for columns that neither form has
 */
export function wishesOf(
  table: ManifestTable,
  live: readonly LiveColumn[],
  asked: Partial<AdaptWishes>,
): TableWishes {
  const names = namesOf(table);
  const entries = <T>(field: Record<string, T> | undefined): T[] =>
    Object.entries(field ?? {}).flatMap(([name, value]) => (names.has(name) ? [value] : []));
  const merged = <T>(field: Record<string, Record<string, T>> | undefined): Map<string, T> =>
    new Map(entries(field).flatMap((each) => Object.entries(each)));
  const wishes: TableWishes = {
    fill: new Map(
      [...merged(asked.fill)].map(([name, value]) => [name, value === null ? null : String(value)]),
    ),
    renames: merged(asked.renames),
    dropColumns: new Set(entries(asked.dropColumns).flat()),
    values: merged(asked.values),
  };
  checkColumns(table, live, wishes);
  return wishes;
}

function checkColumns(table: ManifestTable, live: readonly LiveColumn[], wishes: TableWishes): void {
  const then = new Set(storedColumns(table.columns));
  const now = new Set(live.filter(({ generated }) => !generated).map(({ name }) => name));
  const refuse = (field: string, problem: string): never => {
    throw new HoldfastError('INVALID_REQUEST', `${field}: ${displayName(table)} ${problem}.`, {
      details: { table: displayName(table), field },
    });
  };
  const require = (
    field: string,
    names: Iterable<string>,
    known: ReadonlySet<string>,
    where: string,
  ): void => {
    for (const name of names) if (!known.has(name)) refuse(field, `has no column "${name}" ${where}`);
  };
  require('fill', wishes.fill.keys(), now, 'today that values could go into');
  require('renames', wishes.renames.keys(), then, 'in the backup');
  require('renames', wishes.renames.values(), now, 'today that values could go into');
  require('dropColumns', wishes.dropColumns, then, 'in the backup');
  require('values', wishes.values.keys(), then, 'in the backup');
  const taken = new Map<string, string>();
  for (const name of then) {
    const to = wishes.renames.get(name) ?? name;
    if (wishes.dropColumns.has(name)) {
      if (now.has(to)) refuse('dropColumns', `has the column "${to}" today`);
      continue;
    }
    const other = taken.get(to);
    if (other !== undefined) refuse('renames', `would get both "${other}" and "${name}" in "${to}"`);
    taken.set(to, name);
  }
}

/** @throws INVALID_REQUEST for tables that are not adapted */
export function requireNamedTables(asked: Partial<AdaptWishes>, adapted: Iterable<ManifestTable>): void {
  const known = new Set([...adapted].flatMap((table) => [...namesOf(table)]));
  for (const field of byTable) {
    const unknown = Object.keys(asked[field] ?? {}).filter((name) => !known.has(name));
    if (unknown.length === 0) continue;
    throw new HoldfastError(
      'INVALID_REQUEST',
      `${field}: not a table that is restored into one that is there: ${unknown.join(', ')}.`,
      { details: { field, tables: unknown } },
    );
  }
}

function namesOf(table: ManifestTable): Set<string> {
  const names = (each: QualifiedName): string[] => [
    displayName(each),
    quoteName(each),
    ...(each.schema === 'public' ? [each.name] : []),
  ];
  return new Set([table, ...table.ancestors].flatMap(names));
}
