import type { Manifest, ManifestTable } from '../../format/manifest.ts';

/** The columns of a table's primary key as pg_dump wrote it; null without one, or where it is not of whole columns alone. */
export function primaryKeyOf({ schema: { entries } }: Manifest, table: ManifestTable): string[] | null {
  for (const { kind, schema, name, dependsOn, sql } of entries) {
    if (kind !== 'CONSTRAINT' || schema !== table.schema || !name.startsWith(`${table.name} `)) continue;
    if (table.entryId === null || !dependsOn.includes(table.entryId)) continue;
    const list = /\n {4}ADD CONSTRAINT (?:"(?:[^"]|"")+"|\S+) PRIMARY KEY \(([^]*)$/.exec(sql)?.[1];
    if (list !== undefined) return columnsIn(list);
  }
  return null;
}

/** Names up to the parenthesis that closes the list. */
function columnsIn(list: string): string[] | null {
  const columns: string[] = [];
  const next = /\s*(?:"((?:[^"]|"")+)"|([a-z_][a-z0-9_]*))\s*([,)])/y;
  for (;;) {
    const [, quoted, plain, end] = next.exec(list) ?? [];
    const column = quoted?.replaceAll('""', '"') ?? plain;
    if (column === undefined) return null;
    columns.push(column);
    if (end === ')') return columns;
  }
}
