import { HoldfastError } from '../../base/errors.ts';
import { rangeChunks, type Manifest } from '../../format/manifest.ts';
import { idsIn, type Store } from '../../store/store.ts';
import { openManifest } from './manifest.ts';
import { namesIn } from './names.ts';

/**
 * Proves that what a backup says it needs is everything that it needs. A cleanup deletes what no backup says it needs, and a
 * copy has only that; a restore, which reads the manifest, would notice too late.
 * @param manifest the backup's, as it was read
 * @throws MANIFEST_INVALID with the first chunks that are not listed; CHUNK_MISSING, CHUNK_CORRUPT for a chunk of the inventory
 */
export async function proveInventory(store: Store, document: unknown, manifest: Manifest): Promise<void> {
  const { uuid, tables, largeObjects } = manifest;
  const listed = new Set(idsIn(await namesIn(store, document, uuid)));
  const { root } = await openManifest(store, document, uuid);
  const lacking = new Set<string>();
  const need = (references: readonly { id: string }[]): void => {
    for (const { id } of references) if (!listed.has(id)) lacking.add(id);
  };
  need(root?.parts ?? []);
  for (const { ranges } of tables) need(rangeChunks(ranges));
  need(largeObjects.chunks);
  if (lacking.size === 0) return;
  throw new HoldfastError(
    'MANIFEST_INVALID',
    `The inventory of backup ${uuid} does not list ${lacking.size} of the chunks that the backup needs.`,
    {
      hint: 'Take a new backup, and do not run a cleanup before: it would delete these chunks if no other backup needs them.',
      details: { uuid, chunks: lacking.size, first: [...lacking].slice(0, 5) },
    },
  );
}
