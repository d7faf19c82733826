import type { Manifest, SchemaEntry } from '../../format/manifest.ts';
import { nameKey } from './identity.ts';
import type { RestoreScope } from './scope.ts';

/**
 * Foreign keys that cannot be valid where only chosen tables are filled: their own table has rows and the table they
 * refer to has none. A new database and a download omit them and name them.
 */
export function omittedForeignKeys(
  manifest: Manifest,
  scope: Pick<RestoreScope, 'tables' | 'whole'>,
): SchemaEntry[] {
  if (scope.whole) return [];
  const { entries } = manifest.schema;
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  // A partitioned table has rows where one of its partitions has; and all of them where all have.
  const filled = new Set<string>();
  const lacking = new Set<string>();
  const chosen = new Set(scope.tables.map(nameKey));
  for (const table of scope.tables) for (const each of [table, ...table.ancestors]) filled.add(nameKey(each));
  for (const table of manifest.tables) {
    if (!chosen.has(nameKey(table))) for (const ancestor of table.ancestors) lacking.add(nameKey(ancestor));
  }

  const tablesOf = (entry: SchemaEntry): SchemaEntry[] =>
    entry.dependsOn
      .map((id) => byId.get(id))
      .filter((dependency): dependency is SchemaEntry => dependency?.kind === 'TABLE');

  return entries.filter((entry) => {
    if (entry.kind !== 'FK CONSTRAINT') return false;
    // A key depends on its own table and on the one it refers to, unless it refers to its own.
    const own = tablesOf(entry).find(
      (table) => table.schema === entry.schema && entry.name.startsWith(`${table.name} `),
    );
    if (!own || !filled.has(nameKey(own))) return false;
    return tablesOf(entry).some(
      (table) => table !== own && (!filled.has(nameKey(table)) || lacking.has(nameKey(table))),
    );
  });
}
