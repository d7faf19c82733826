import {
  rangeChunks,
  rangeOfLargeObjects,
  type ChunkReference,
  type Manifest,
  type ManifestRange,
  type ManifestTable,
} from '../../format/manifest.ts';
import { displayName } from '../../postgres/identifiers.ts';

/** A table of a backup, or its large objects. */
export interface BackupPart {
  /** `schema.table`, or `large objects`. */
  name: string;
  table: ManifestTable | null;
  rows: number;
  /** The pieces of large objects are one range. */
  ranges: readonly ManifestRange[];
  /** All that it needs, in the order of `rangeChunks`. */
  chunks: readonly ChunkReference[];
}

/** All that has chunks. */
export function partsOf(manifest: Manifest): BackupPart[] {
  const { rows, chunks } = manifest.largeObjects;
  return [
    ...manifest.tables.map((table) => ({
      name: displayName(table),
      table,
      rows: table.rows,
      ranges: table.ranges,
      chunks: rangeChunks(table.ranges),
    })),
    {
      name: 'large objects',
      table: null,
      rows,
      ranges: [rangeOfLargeObjects(manifest.largeObjects)],
      chunks,
    },
  ];
}
