import type { Manifest, SchemaEntry } from '../../format/manifest.ts';

/** How an entry says where it is stored: src/postgres/pg-dump/entries.ts writes it. */
const chosen = /^SET default_tablespace = "((?:[^"]|"")*)";\n/;
const reset = /\nSET default_tablespace = '';$/;

/** The tablespace that an entry is made in; undefined for the default of the database. */
export function tablespaceOf({ sql }: Pick<SchemaEntry, 'sql'>): string | undefined {
  return chosen.exec(sql)?.[1]?.replaceAll('""', '"');
}

/** The tablespaces that these entries are made in, sorted. */
export function tablespacesOf(entries: readonly SchemaEntry[]): string[] {
  return [...new Set(entries.flatMap((entry) => tablespaceOf(entry) ?? []))].toSorted();
}

/** The manifest with what was in these tablespaces in the default one. */
export function withoutTablespaces(manifest: Manifest, absent: readonly string[]): Manifest {
  if (absent.length === 0) return manifest;
  const { schema } = manifest;
  const entries = schema.entries.map((entry) => {
    const tablespace = tablespaceOf(entry);
    if (tablespace === undefined || !absent.includes(tablespace)) return entry;
    return { ...entry, sql: entry.sql.replace(chosen, '').replace(reset, '') };
  });
  return { ...manifest, schema: { ...schema, entries } };
}
