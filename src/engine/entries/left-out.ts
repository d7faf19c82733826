import { HoldfastError } from '../../base/errors.ts';
import type { Manifest, ManifestSequence, ManifestTable, SchemaEntry } from '../../format/manifest.ts';
import { displayName } from '../../postgres/identifiers.ts';

/** What a restore does not make because an extension is left out. */
export interface LeftOut {
  /** With the reason, for people. */
  entries: Map<SchemaEntry, string>;
  tables: Set<ManifestTable>;
  sequences: Set<ManifestSequence>;
}

/** @throws INVALID_REQUEST for an extension that the backup does not have */
export function leftOutWithExtensions(manifest: Manifest, withoutExtensions: readonly string[]): LeftOut {
  const unknown = withoutExtensions.filter((name) => !manifest.extensions.some((each) => each.name === name));
  if (unknown.length > 0) {
    const known = manifest.extensions.map((extension) => extension.name).join(', ');
    throw new HoldfastError(
      'INVALID_REQUEST',
      `The backup has no extension named ${unknown.join(', ')}; it has ${known === '' ? 'none' : known}.`,
      { details: { withoutExtensions: unknown } },
    );
  }
  const entries = new Map<SchemaEntry, string>();
  const needing = new Map<number, string>();
  // What an entry depends on comes before it.
  for (const entry of manifest.schema.entries) {
    const own = entry.kind === 'EXTENSION' && withoutExtensions.includes(entry.name);
    const extension = own ? entry.name : entry.dependsOn.map((id) => needing.get(id)).find(Boolean);
    if (extension === undefined) continue;
    needing.set(entry.id, extension);
    entries.set(entry, own ? 'left out as asked' : `needs the extension ${extension}`);
  }
  const tables = new Set(
    manifest.tables.filter((table) =>
      table.kind === 'extension-config'
        ? withoutExtensions.includes(extensionOf(manifest, table) ?? '')
        : table.entryId !== null && needing.has(table.entryId),
    ),
  );
  const names = new Set([...tables].map(displayName));
  const sequences = new Set(
    manifest.sequences.filter((sequence) =>
      sequence.extension === undefined
        ? sequence.ownedBy !== null && names.has(displayName(sequence.ownedBy))
        : withoutExtensions.includes(sequence.extension),
    ),
  );
  for (const entry of entries.keys()) {
    if (entry.kind !== 'SEQUENCE') continue;
    const sequence = manifest.sequences.find(
      ({ schema, name }) => schema === entry.schema && name === entry.name,
    );
    if (sequence) sequences.add(sequence);
  }
  return { entries, tables, sequences };
}

/** Older backups do not say: then the one whose schema the table is in. */
function extensionOf(manifest: Manifest, table: ManifestTable): string | undefined {
  return table.extension ?? manifest.extensions.find(({ schema }) => schema === table.schema)?.name;
}
