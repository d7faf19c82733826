import { HoldfastError } from '../../base/errors.ts';
import type { Manifest, ManifestTable } from '../../format/manifest.ts';
import type { LackingChunks } from '../../store/store.ts';
import { lostList } from '../../contract/verification-words.ts';
import type { BackupPart } from './backup-parts.ts';
import { lossOf, type Loss } from './lost-rows.ts';

/** How many tables are named per backup. */
export const namedTables = 100;

/** What of a backup a restore covers; without a scope all of it. */
export function partsOfScope(scope?: {
  tables: readonly ManifestTable[];
  largeObjects: boolean;
}): (part: BackupPart) => boolean {
  const covered = scope && new Set<unknown>(scope.tables);
  return ({ table }) => (table ? covered?.has(table) !== false : scope?.largeObjects !== false);
}

/** What a backup has lost with these chunks, or what a restore covers of it. */
export function lossWith(
  manifest: Manifest,
  { ids }: LackingChunks,
  covered?: (part: BackupPart) => boolean,
): Loss {
  return lossOf(manifest, new Set(ids), covered);
}

/** CHUNK_MISSING or CHUNK_CORRUPT. @param id of the backup, or its uuid */
export function lackingError(
  id: number | string,
  lacking: LackingChunks,
  { names: tables, lost }: Loss,
): HoldfastError {
  const named = tables.slice(0, 5).join(', ') + (tables.length > 5 ? ` and ${tables.length - 5} more` : '');
  // What describes the backup hangs on no table.
  const cannot = tables.length === 0 ? 'be restored whole' : `restore ${named}`;
  const what = lacking.count === 1 ? '1 chunk is' : `${lacking.count} chunks are`;
  return new HoldfastError(
    lacking.missing > 0 ? 'CHUNK_MISSING' : 'CHUNK_CORRUPT',
    `${what} missing or damaged in backup ${id}; it cannot ${cannot}.${lost.length > 0 ? ` Lost, at most: ${lostList(lost)}.` : ''}`,
    {
      details: {
        id,
        chunks: lacking.count,
        missing: lacking.missing,
        tables: tables.slice(0, namedTables),
        lost: lost.slice(0, namedTables),
      },
    },
  );
}
