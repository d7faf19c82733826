import type { Manifest, SchemaEntry } from '../format/manifest.ts';
import type { RestoreScope } from './restore-scope.ts';

/**
 * Foreign keys that cannot hold where only chosen tables are filled: their own table has rows, the one they
 * refer to has not. They are left out of a new database and of a download, and named.
 */
export function leftOutForeignKeys(manifest: Manifest, scope: Pick<RestoreScope, 'tables' | 'whole'>): SchemaEntry[] {
  if (scope.whole) return [];
  const { entries } = manifest.schema;
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const name = (table: { schema: string | null; name: string }): string =>
    JSON.stringify([table.schema, table.name]);
  // A partitioned table has rows where one of its partitions has; and all of them where all have.
  const filled = new Set<string>();
  const lacking = new Set<string>();
  const chosen = new Set(scope.tables.map(name));
  for (const table of scope.tables) for (const each of [table, ...table.ancestors]) filled.add(name(each));
  for (const table of manifest.tables) {
    if (!chosen.has(name(table))) for (const ancestor of table.ancestors) lacking.add(name(ancestor));
  }

  const tableOf = (entry: SchemaEntry): SchemaEntry | undefined =>
    entry.dependsOn.map((id) => byId.get(id)).find((dependency) => dependency?.kind === 'TABLE');

  return entries.filter((entry) => {
    if (entry.kind !== 'FK CONSTRAINT') return false;
    const own = tableOf(entry);
    const referenced = entry.dependsOn
      .map((id) => byId.get(id))
      .filter((dependency) => dependency?.kind === 'CONSTRAINT' || dependency?.kind === 'INDEX')
      .map((dependency) => tableOf(dependency as SchemaEntry));
    if (!own || !filled.has(name({ schema: own.schema, name: own.name }))) return false;
    return referenced.some((table) => {
      if (!table) return true;
      const key = name({ schema: table.schema, name: table.name });
      return !filled.has(key) || lacking.has(key);
    });
  });
}
