import { parseManifest, type Manifest } from '../format/manifest.ts';
import type { Store } from '../store/store.ts';

const deleteBatch = 500;

/**
 * Deletes every chunk that no manifest in the store refers to. Only to be called while no run writes to the
 * store: a chunk of a backup under way has no manifest yet.
 * @throws MANIFEST_INVALID before anything is deleted, when a manifest cannot be read: its chunks are unknown
 */
export async function sweepChunks(store: Store): Promise<{ chunks: number; bytes: number }> {
  const needed = new Set<string>();
  for await (const uuid of store.listManifests()) {
    const stored = await store.getManifest(uuid);
    if (stored === undefined) continue;
    for (const id of chunkIds(parseManifest(stored))) needed.add(id);
  }
  const swept = { chunks: 0, bytes: 0 };
  let batch: string[] = [];
  const drop = async (): Promise<void> => {
    await store.deleteChunks(batch);
    swept.chunks += batch.length;
    batch = [];
  };
  for await (const chunk of store.listChunks()) {
    if (needed.has(chunk.id)) continue;
    batch.push(chunk.id);
    swept.bytes += chunk.storedBytes;
    if (batch.length >= deleteBatch) await drop();
  }
  if (batch.length > 0) await drop();
  return swept;
}

/** Every chunk a manifest refers to; some more than once. */
export function* chunkIds(manifest: Manifest): Generator<string> {
  for (const table of manifest.tables) {
    for (const range of table.ranges) for (const chunk of range.chunks) yield chunk.id;
  }
  for (const chunk of manifest.largeObjects.chunks) yield chunk.id;
}
