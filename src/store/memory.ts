import { hash } from 'node:crypto';
import type { StoreKeys } from '../format/sealing/keys.ts';
import { checkTimesOf, knownDamaged, notThere, otherLength, type AbsentChunk } from './checks.ts';
import {
  chunksLacking,
  idsIn,
  lackingNamed,
  type Store,
  type StoreDocument,
  type StoreKind,
  type StoredChunk,
} from './store.ts';

export const memory: StoreKind = { name: 'memory', open: ({ keys }) => memoryStore(keys) };

/** A store that lives and dies with the process: for tests, and for measuring without a store's cost. */
export function memoryStore(
  keys: StoreKeys = { sealed: false },
): Store & { readonly chunks: Map<string, Kept> } {
  const chunks = new Map<string, Kept>();
  const manifests = new Map<string, string>();
  const documents = new Map<string, StoreDocument>();
  let epoch = 1;
  const whole = (id: string): Kept | undefined => {
    const chunk = chunks.get(id);
    return chunk && !chunk.damaged ? chunk : undefined;
  };
  const use = (ids: Iterable<string>): Set<string> => {
    const found = new Set<string>();
    for (const id of ids) {
      const chunk = whole(id);
      if (!chunk) continue;
      chunk.lastUse = epoch;
      found.add(id);
    }
    return found;
  };
  const markDamaged = (ids: Iterable<string>): void => {
    for (const id of ids) {
      const chunk = chunks.get(id);
      if (chunk) chunk.damaged = true;
    }
  };
  return {
    kind: 'memory',
    address: 'memory:',
    keys,
    chunksAtOnce: 64,
    chunks,
    async useChunks(asked) {
      const right = asked.filter(({ id, storedBytes }) => whole(id)?.frame.length === storedBytes);
      const found = use(right.map(({ id }) => id));
      return new Map([...found].map((id) => [id, { checkedAt: chunks.get(id)!.checkedAt }]));
    },
    async putChunks(added) {
      for (const chunk of added) {
        if (whole(chunk.id)?.frame.length === chunk.frame.length && use([chunk.id]).size > 0) continue;
        const frame = Uint8Array.from(chunk.frame);
        chunks.set(chunk.id, { ...chunk, frame, lastUse: epoch, damaged: false, checkedAt: new Date() });
      }
    },
    async compareChunks(asked) {
      const differing = new Set<string>();
      for (const { id, frame } of asked) {
        const chunk = whole(id);
        if (chunk && Buffer.compare(chunk.frame, frame) === 0) chunk.checkedAt = new Date();
        else differing.add(id);
      }
      markDamaged(differing);
      return differing;
    },
    async markDamaged(ids) {
      markDamaged(ids);
    },
    checks: {
      ...checkTimesOf(() =>
        [...chunks.values()].map((chunk) => ({
          ...chunk,
          storedBytes: chunk.frame.length,
          hash: chunk.storedHash,
        })),
      ),
      async mark(ids) {
        for (const id of ids) {
          const chunk = chunks.get(id);
          if (chunk) chunk.checkedAt = new Date();
        }
      },
      async absent(asked) {
        return asked.flatMap(({ id, storedBytes }): AbsentChunk[] => {
          const chunk = chunks.get(id);
          if (!chunk) return [{ id, missing: true, problem: notThere }];
          if (chunk.damaged) return [{ id, missing: false, problem: knownDamaged }];
          const { length } = chunk.frame;
          return length === storedBytes
            ? []
            : [{ id, missing: false, problem: otherLength(length, storedBytes) }];
        });
      },
    },
    async getChunks(ids) {
      return ids.map((id) => {
        const frame = chunks.get(id)?.frame;
        return frame && new Uint8Array(frame);
      });
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
    async reclaim() {},
    async beginEpoch() {
      return ++epoch;
    },
    async storedBytes() {
      return [...chunks.values()].reduce((sum, { frame }) => sum + frame.length, 0);
    },
    async isDamaged() {
      return [...chunks.values()].some(({ damaged }) => damaged);
    },
    async *listChunks() {
      for (const { id, frame, lastUse } of chunks.values()) {
        yield { id, storedBytes: frame.length, lastUse };
      }
    },
    async putManifest(uuid, manifest, names) {
      const named = new Set(idsIn(names));
      const missing = named.size - use(named).size;
      if (missing > 0) throw chunksLacking(missing, uuid);
      manifests.set(uuid, JSON.stringify(manifest));
    },
    async getManifest(uuid) {
      const text = manifests.get(uuid);
      return text === undefined ? undefined : (JSON.parse(text) as unknown);
    },
    async lackingChunks(names) {
      const named = [...new Set(idsIn(names))].toSorted();
      const ids = named.filter((id) => !whole(id));
      return {
        count: ids.length,
        missing: ids.filter((id) => !chunks.has(id)).length,
        ids: ids.slice(0, lackingNamed),
      };
    },
    async deleteManifest(uuid) {
      manifests.delete(uuid);
    },
    async *listManifests() {
      yield* manifests.keys();
    },
    async getDocument(name) {
      const found = documents.get(name);
      return found && { ...found, content: new Uint8Array(found.content) };
    },
    async putDocument(name, content, expected) {
      if (expected !== undefined && (documents.get(name)?.version ?? null) !== expected) return undefined;
      const version = hash('sha256', content);
      documents.set(name, { content: new Uint8Array(content), version });
      return version;
    },
    async deleteDocument(name) {
      documents.delete(name);
    },
    async *listDocuments(prefix) {
      yield* [...documents.keys()].filter((name) => name.startsWith(prefix)).toSorted();
    },
    async close() {},
  };
}

type Kept = StoredChunk & { lastUse: number; damaged: boolean; checkedAt: Date };
