import type { ChunkReference, Manifest, ManifestTable } from '../../format/manifest.ts';
import { displayName } from '../../postgres/identifiers.ts';

/** A table of a backup, or its large objects. */
export interface BackupPart {
  /** `schema.table`, or `large objects`. */
  name: string;
  table: ManifestTable | null;
  rows: number;
  chunks: readonly ChunkReference[];
}

/** All that has chunks. */
export function partsOf(manifest: Manifest): BackupPart[] {
  const { largeObjects } = manifest;
  return [
    ...manifest.tables.map((table) => ({
      name: displayName(table),
      table,
      rows: table.rows,
      chunks: table.ranges.flatMap((range) => range.chunks),
    })),
    { name: 'large objects', table: null, rows: largeObjects.rows, chunks: largeObjects.chunks },
  ];
}
