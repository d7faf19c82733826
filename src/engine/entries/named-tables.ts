import { HoldfastError } from '../../base/errors.ts';
import type { Manifest, ManifestTable, SchemaEntry } from '../../format/manifest.ts';
import { displayName, quoteName, type QualifiedName } from '../../postgres/identifiers.ts';
import { requireTables } from '../with-tables.ts';
import { relationName } from './identity.ts';
import { selectByPattern } from './selection.ts';

/**
 * The tables of a backup whose rows a name means: exactly the table of that name, or the partitions of a partitioned one, which has no rows
 * of its own. A table from which others inherit means its own rows alone.
 * @param options.ofExtensions whether rows that belong to an extension may be meant. Default: true
 * @throws TABLES_NOT_FOUND; INVALID_REQUEST for a name of several
 */
export function tablesNamed(
  manifest: Manifest,
  name: string,
  { ofExtensions = true }: { ofExtensions?: boolean } = {},
): ManifestTable[] {
  requireTables(manifest);
  const among = ofExtensions ? manifest.tables : manifest.tables.filter(({ kind }) => kind === 'table');
  const own = new Map(among.map((table) => [quoteName(table), table]));
  const names = new Map<string, QualifiedName>(own);
  const ordinary = ordinaryTables(manifest);
  for (const { ancestors } of among) {
    for (const ancestor of ancestors) {
      const quoted = quoteName(ancestor);
      if (!names.has(quoted) && !ordinary.has(quoted)) names.set(quoted, ancestor);
    }
  }
  const [chosen, another] = selectByPattern([name], [...names.values()]);
  if (!chosen || another) {
    throw new HoldfastError('INVALID_REQUEST', `${name} names more than one table; rows are of one.`, {
      hint: 'Name one table, as the backup shows it.',
    });
  }
  const wanted = quoteName(chosen);
  const itself = own.get(wanted);
  if (itself) return [itself];
  return among.filter(({ ancestors }) => ancestors.some((ancestor) => quoteName(ancestor) === wanted));
}

/** The quoted names of tables that `displayName` names; of two that it cannot tell apart, both. */
export function quotedNames({ tables }: Manifest, displayed: readonly string[]): string[] {
  const all = tables.flatMap((table) => [table, ...table.ancestors]);
  return [...new Set(all.filter((table) => displayed.includes(displayName(table))).map(quoteName))];
}

const partitioned = /\)\nPARTITION BY /;

/** Whether an entry makes a partitioned table. */
export function isPartitioned({ kind, sql }: SchemaEntry): boolean {
  return kind === 'TABLE' && partitioned.test(sql);
}

/** The quoted names of tables with rows of their own, of all that the backup describes. */
function ordinaryTables({ schema: { entries } }: Manifest): Set<string> {
  return new Set(
    entries
      .filter((entry) => entry.kind === 'TABLE' && !isPartitioned(entry))
      .map((entry) => quoteName(relationName(entry))),
  );
}
