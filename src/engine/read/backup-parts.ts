import {
  livingChunks,
  type ChunkReference,
  type Manifest,
  type ManifestTable,
} from '../../format/manifest.ts';
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
      chunks: livingChunks(table.ranges),
    })),
    { name: 'large objects', table: null, rows: largeObjects.rows, chunks: largeObjects.chunks },
  ];
}
