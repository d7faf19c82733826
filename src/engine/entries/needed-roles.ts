import { unquoted } from '../../base/quoted-name.ts';
import type { Manifest, SchemaEntry } from '../../format/manifest.ts';
import { entryKind } from '../../postgres/pg-dump/kinds.ts';

/** The roles of a backup without which these entries, and with `objects` its large objects, cannot be made. */
export function neededRoles(
  manifest: Manifest,
  entries: readonly SchemaEntry[],
  { owners, objects }: { owners: boolean; objects: boolean },
): string[] {
  const named = new Set<string>();
  for (const entry of entries) {
    if (owners && entry.owner) named.add(entry.owner);
    const { namesRoles } = entryKind(entry.kind);
    if (namesRoles === 'always' || (owners && namesRoles === 'with owners')) {
      for (const word of words(entry.sql)) named.add(word);
    }
  }
  if (owners && objects) {
    for (const object of manifest.largeObjects.objects) {
      for (const word of [object.owner, ...words(object.sql)]) named.add(word);
    }
  }
  return manifest.roles.filter((role) => named.has(role));
}

/** Everything in a statement that may be an identifier, unquoted. */
function words(sql: string): string[] {
  const found = sql.match(/"(?:[^"]|"")*"|[\w$\u{80}-\u{10ffff}]+/gu) ?? [];
  return found.map(unquoted);
}
