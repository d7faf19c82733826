import { HoldfastError } from '../../base/errors.ts';
import type { Manifest, ManifestTable } from '../../format/manifest.ts';
import { displayName, quoteName, type QualifiedName } from '../../postgres/identifiers.ts';
import { selectByPattern } from '../entries/selection.ts';

/**
 * The tables of a backup whose rows a name means: the table itself, or the partitions of a partitioned one.
 * @throws TABLES_NOT_FOUND, INVALID_REQUEST
 */
export function namedParts({ tables }: Manifest, name: string): ManifestTable[] {
  const own = tables.filter(({ kind }) => kind === 'table');
  const names = new Map<string, QualifiedName>();
  for (const { ancestors } of own) {
    for (const ancestor of ancestors) names.set(quoteName(ancestor), ancestor);
  }
  for (const table of own) names.set(quoteName(table), table);
  const [chosen, another] = selectByPattern([name], [...names.values()]);
  if (!chosen || another) {
    throw new HoldfastError('INVALID_REQUEST', `${name} names more than one table; rows are of one.`, {
      hint: 'Name one table, as the backup shows it.',
    });
  }
  const itself = own.find((table) => table === chosen);
  if (itself) return [itself];
  const wanted = quoteName(chosen);
  return own.filter(({ ancestors }) => ancestors.some((ancestor) => quoteName(ancestor) === wanted));
}

/** The quoted names of tables that `displayName` names; of two that it cannot tell apart, both. */
export function quotedNames({ tables }: Manifest, displayed: readonly string[]): string[] {
  const all = tables.flatMap((table) => [table, ...table.ancestors]);
  return [...new Set(all.filter((table) => displayed.includes(displayName(table))).map(quoteName))];
}
