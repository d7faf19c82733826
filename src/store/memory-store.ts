import { HoldfastError } from '../base/errors.ts';
import type { Store, StoredChunk } from './store.ts';

/** A store that lives and dies with the process: for tests, and for measuring without a store's cost. */
export function memoryStore(): Store & { readonly chunks: Map<string, Kept> } {
  const chunks = new Map<string, Kept>();
  const manifests = new Map<string, string>();
  let epoch = 1;
  const use = (ids: Iterable<string>): Set<string> => {
    const found = new Set<string>();
    for (const id of ids) {
      const chunk = chunks.get(id);
      if (!chunk) continue;
      chunk.lastUse = epoch;
      found.add(id);
    }
    return found;
  };
  return {
    kind: 'memory',
    chunks,
    async hasChunks(ids) {
      return new Set(ids.filter((id) => chunks.has(id)));
    },
    async useChunks(ids) {
      return use(ids);
    },
    async putChunks(added) {
      for (const chunk of added) {
        if (use([chunk.id]).size > 0) continue;
        const frame = Uint8Array.from(chunk.frame);
        chunks.set(chunk.id, { ...chunk, frame, lastUse: epoch });
      }
    },
    async getChunks(ids) {
      return ids.map((id) => chunks.get(id)?.frame.slice());
    },
    async deleteChunks(ids, before) {
      const deleted = { chunks: 0, bytes: 0 };
      for (const id of ids) {
        const chunk = chunks.get(id);
        if (!chunk || chunk.lastUse >= before) continue;
        chunks.delete(id);
        deleted.chunks++;
        deleted.bytes += chunk.frame.length;
      }
      return deleted;
    },
    async beginEpoch() {
      return ++epoch;
    },
    async *listChunks() {
      for (const { id, frame, lastUse } of chunks.values()) {
        yield { id, storedBytes: frame.length, lastUse };
      }
    },
    async putManifest(uuid, manifest) {
      const text = JSON.stringify(manifest);
      const named = new Set(namedIn(text));
      const missing = named.size - use(named).size;
      if (missing > 0) {
        throw new HoldfastError('STORE_FAILED', `The store lacks ${missing} chunks of backup ${uuid}.`);
      }
      manifests.set(uuid, text);
    },
    async getManifest(uuid) {
      const text = manifests.get(uuid);
      return text === undefined ? undefined : (JSON.parse(text) as unknown);
    },
    async namedChunks(uuid) {
      const text = manifests.get(uuid);
      if (text === undefined) return undefined;
      const { format } = JSON.parse(text) as { format?: unknown };
      return { format, ids: Buffer.from(namedIn(text).join(''), 'hex') };
    },
    async deleteManifest(uuid) {
      manifests.delete(uuid);
    },
    async *listManifests() {
      yield* manifests.keys();
    },
    async close() {},
  };
}

type Kept = StoredChunk & { lastUse: number };

function namedIn(manifest: string): string[] {
  return Array.from(manifest.matchAll(/"id":"([0-9a-f]{64})"/g), ([, id]) => id!);
}
