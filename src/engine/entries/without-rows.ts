import type { RestoreContent } from '../../contract/restore-depth.ts';
import type { Manifest } from '../../format/manifest.ts';

/** The backup as a restore with this content sees it: for definitions alone, one of empty tables. */
export function ofContent(manifest: Manifest, content: RestoreContent = 'all'): Manifest {
  if (content !== 'schema') return manifest;
  return {
    ...manifest,
    // The rows of an extension's configuration are rows too, and what CREATE EXTENSION puts there stays.
    tables: manifest.tables
      .filter(({ kind }) => kind === 'table')
      .map((table) => ({ ...table, rows: 0, rawBytes: 0, ranges: [] })),
    // At their start, as their definitions have it.
    sequences: [],
    largeObjects: { objects: [], chunks: [], rows: 0, rawBytes: 0 },
  };
}
