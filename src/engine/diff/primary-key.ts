import type { Manifest, ManifestTable } from '../../format/manifest.ts';

const identifier = String.raw`"(?:[^"]|"")*"|[^\s"(),]+`;
const primaryKey = new RegExp(
  String.raw`\n {4}ADD CONSTRAINT (?:${identifier}) PRIMARY KEY \(((?:${identifier})(?: WITHOUT OVERLAPS)?(?:, (?:${identifier})(?: WITHOUT OVERLAPS)?)*)\)`,
);

/**
 * The columns of a table's primary key, from the definitions of the backup as pg_dump writes them; of a partition its own. Undefined
 * where it has none.
 */
export function primaryKeyOf({ schema }: Manifest, table: ManifestTable): string[] | undefined {
  if (table.entryId === null) return undefined;
  for (const { kind, sql, dependsOn } of schema.entries) {
    if (kind !== 'CONSTRAINT' || !dependsOn.includes(table.entryId)) continue;
    const list = primaryKey.exec(sql)?.[1];
    if (list !== undefined) {
      const names = list.replaceAll(' WITHOUT OVERLAPS', '').matchAll(new RegExp(identifier, 'g'));
      return Array.from(names, ([name]) => plain(name));
    }
  }
  return undefined;
}

function plain(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
