/*
 * object-store/ owns the store over any Objects: the names of its objects, packs, the index of where each chunk lies, deletion and
 * repacking. It never knows what kind of place the objects are in, nor what a chunk or a manifest contains.
 */
import type { StoreKeys } from '../../format/sealing/keys.ts';
import type { Objects } from '../objects/objects.ts';
import type { LockPolicy, Store } from '../store.ts';
import { atOnce } from './at-once.ts';
import type { ChunkIndex } from './chunk-index.ts';
import { deleteChunks } from './deletion.ts';
import { documents } from './documents.ts';
import { absentChunks } from './presence.ts';
import { manifests } from './manifests.ts';
import { compareChunks, readFrames, type Parts } from './reading.ts';
import { rebuildIndex } from './rebuild.ts';
import { reclaim } from './repacking.ts';
import { putChunks } from './writing.ts';

/** Requests to the objects at once. */
const requestsAtOnce = 8;

export const objectStoreKind = 'objects';

/**
 * Chunks as objects of their own or, small ones, many in one; manifests as objects. Which chunks there are only the index is
 * asked, so what the store has costs no request.
 */
export function objectStore(objects: Objects, index: ChunkIndex, keys: StoreKeys, lock?: LockPolicy): Store {
  const parts: Parts = { objects, index, lane: atOnce(requestsAtOnce), lock };
  return {
    kind: objectStoreKind,
    address: objects.address,
    keys,
    chunksAtOnce: 1_000,
    useChunks: async (chunks) => (chunks.length === 0 ? new Map() : index.useChunks(chunks)),
    async putChunks(chunks) {
      if (chunks.length > 0) await putChunks(parts, chunks);
    },
    compareChunks: async (chunks) => (chunks.length === 0 ? new Set() : compareChunks(parts, chunks)),
    markDamaged: (ids) => index.markDamaged(ids),
    checks: {
      ...index.checks,
      mark: (ids) => index.markChecked(ids),
      absent: (chunks, signal) => absentChunks(parts, chunks, signal),
    },
    async getChunks(ids) {
      if (ids.length === 0) return [];
      const frames = await readFrames(parts, ids);
      const given = new Set<string>();
      return ids.map((id) => {
        const frame = frames.get(id);
        // Each is the caller's own, also of one that is asked for twice.
        const own = frame && given.has(id) ? new Uint8Array(frame) : frame;
        given.add(id);
        return own;
      });
    },
    deleteChunks: async (ids, epoch) =>
      ids.length === 0 ? { chunks: 0, bytes: 0 } : deleteChunks(parts, ids, epoch),
    reclaim: (epoch, signal) => reclaim(parts, epoch, signal),
    beginEpoch: () => index.beginEpoch(),
    storedBytes: () => index.storedBytes(),
    lockedRest: () => index.lockedRest(),
    isDamaged: () => index.isDamaged(),
    listChunks: () => index.listChunks(),
    ...manifests(parts),
    ...documents(parts),
    rebuildIndex: (signal, onListed) => rebuildIndex(objects, index, signal, onListed),
    close: () => objects.close(),
  };
}
