import type { Store, StoredChunk } from './store.ts';

/** A store that lives and dies with the process: for tests, and for measuring without a store's cost. */
export function memoryStore(): Store & { readonly chunks: Map<string, Kept> } {
  const chunks = new Map<string, Kept>();
  const manifests = new Map<string, string>();
  return {
    kind: 'memory',
    chunks,
    async hasChunks(ids) {
      return new Set(ids.filter((id) => chunks.has(id)));
    },
    async putChunks(added) {
      for (const chunk of added) {
        if (chunks.has(chunk.id)) continue;
        chunks.set(chunk.id, { ...chunk, frame: Uint8Array.from(chunk.frame), storedAt: new Date() });
      }
    },
    async getChunks(ids) {
      return ids.map((id) => chunks.get(id)?.frame);
    },
    async deleteChunks(ids) {
      for (const id of ids) chunks.delete(id);
    },
    async *listChunks() {
      for (const chunk of chunks.values()) {
        yield { id: chunk.id, storedBytes: chunk.frame.length, storedAt: chunk.storedAt };
      }
    },
    async putManifest(uuid, manifest) {
      manifests.set(uuid, JSON.stringify(manifest));
    },
    async getManifest(uuid) {
      const text = manifests.get(uuid);
      return text === undefined ? undefined : (JSON.parse(text) as unknown);
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

type Kept = StoredChunk & { storedAt: Date };
