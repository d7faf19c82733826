import type { ChunkReference } from '../../format/manifest.ts';
import type { Store, UsedChunk } from '../../store/store.ts';
import { inBatches } from '../read/chunk-reader.ts';
import { proveOne } from '../read/stored-proof.ts';

/**
 * Uses chunks whose rows were not read, so that there is nothing to compare them with but their hashes. Those that are in doubt are
 * read from the store; one that is not what was written is known to be damaged from then on.
 * @returns the names of those that the store has whole, as far as was looked
 */
export async function soundChunks(
  store: Store,
  references: readonly ChunkReference[],
  isDoubted: (known: UsedChunk | undefined, storedBytes: number) => boolean,
): Promise<Set<string>> {
  const known = await store.useChunks(references);
  const sound = new Set(known.keys());
  const doubted = references.filter(({ id, storedBytes }) => isDoubted(known.get(id), storedBytes));
  for (const batch of inBatches(doubted)) {
    const frames = await store.getChunks(batch.map(({ id }) => id));
    for (const [i, reference] of batch.entries()) {
      if (await proveOne(store, reference, frames[i])) sound.delete(reference.id);
    }
  }
  return sound;
}
