import type { Manifest, ManifestTable } from '../../format/manifest.ts';

interface TableKey {
  primary: boolean;
  columns: string[];
}

/** The columns of a table's primary key as pg_dump wrote it; null without one, or where it is not of whole columns alone. */
export function primaryKeyOf(manifest: Manifest, table: ManifestTable): string[] | null {
  return keysOf(manifest, table).find(({ primary }) => primary)?.columns ?? null;
}

/** The columns by which rows of a table differ: of keys of whole columns, none of which may be NULL. */
export function uniqueKeysOf(manifest: Manifest, table: ManifestTable): string[][] {
  const required = new Set(table.columns.filter(({ notNull }) => notNull).map(({ name }) => name));
  return keysOf(manifest, table)
    .map(({ columns }) => columns)
    .filter((columns) => columns.every((name) => required.has(name)));
}

const identifier = String.raw`(?:"(?:[^"]|"")+"|\S+)`;
const keyPattern = new RegExp(
  String.raw`\n {4}ADD CONSTRAINT ${identifier} (PRIMARY KEY|UNIQUE)(?: NULLS NOT DISTINCT)? \(([^]*)$`,
);

function keysOf({ schema: { entries } }: Manifest, table: ManifestTable): TableKey[] {
  if (table.entryId === null) return [];
  const keys: TableKey[] = [];
  for (const { kind, schema, name, dependsOn, sql } of entries) {
    if (kind !== 'CONSTRAINT' || schema !== table.schema || !name.startsWith(`${table.name} `)) continue;
    if (!dependsOn.includes(table.entryId)) continue;
    const [, what, list] = keyPattern.exec(sql) ?? [];
    const columns = list === undefined ? null : columnsIn(list);
    if (columns) keys.push({ primary: what === 'PRIMARY KEY', columns });
  }
  return keys;
}

/** Names up to the parenthesis that closes the list; null where there is more than names, such as WITHOUT OVERLAPS. */
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
