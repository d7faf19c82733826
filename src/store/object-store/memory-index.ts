import { checkTimesOf } from '../checks.ts';
import { chunksLacking, idsIn, lackingNamed } from '../store.ts';
import type { ChunkIndex, FoundChunk, IndexedObject, PlacedChunk } from './chunk-index.ts';
import { objectName } from './names.ts';

interface Row {
  id: string;
  storedBytes: number;
  offset: number;
  hash: string | undefined;
  object: ObjectRow;
  lastUse: number;
  checkedAt: Date;
  damaged: boolean;
}

interface ObjectRow extends IndexedObject {
  lastUse: number;
  chunks: Set<string>;
  lockedUntil: number;
}

/** Of condemned objects, how many are given at once. */
const pageRows = 500;

/**
 * An index that lives and dies with the process: for reading a store alone, once `rebuildIndex` has filled it, and for
 * tests. No run is known to it, so it knows of no fence.
 */
export function memoryIndex(): ChunkIndex {
  const rows = new Map<string, Row>();
  const objects = new Map<string, ObjectRow>();
  const writes = new Map<string, number>();
  let epoch = 1;
  let tokens = 0;
  const whole = (id: string): Row | undefined => {
    const row = rows.get(id);
    return row && !row.damaged ? row : undefined;
  };
  const leave = ({ id, object, storedBytes }: Row): void => {
    object.chunks.delete(id);
    object.livingBytes -= storedBytes;
  };
  const enter = (
    object: ObjectRow,
    chunk: PlacedChunk,
    row: Omit<Row, keyof PlacedChunk | 'object'>,
  ): void => {
    const { id, storedBytes, offset, hash } = chunk;
    const old = rows.get(id);
    if (old) leave(old);
    rows.set(id, { ...row, id, storedBytes, offset, hash, object });
    object.chunks.add(id);
    object.livingBytes += storedBytes;
  };
  /** Marks them as used. @returns how many are not there whole */
  const useAll = (names: Uint8Array): number => {
    const named = new Set(idsIn(names));
    let missing = 0;
    for (const id of named) {
      const row = whole(id);
      if (row) row.lastUse = epoch;
      else missing++;
    }
    return missing;
  };
  const foundOf = ({ id, storedBytes, offset, hash, object, damaged }: Row): FoundChunk => ({
    id,
    storedBytes,
    offset,
    hash,
    damaged,
    object: object.key,
  });
  const inOrder = (keep: (object: ObjectRow) => boolean, limit: number): ObjectRow[] =>
    [...objects.values()]
      .filter(keep)
      .toSorted((a, b) => (a.key.id < b.key.id ? -1 : 1))
      .slice(0, limit);

  return {
    async useChunks(asked) {
      const used = asked.flatMap(({ id, storedBytes }) => {
        const row = whole(id);
        return row?.storedBytes === storedBytes ? [row] : [];
      });
      for (const row of used) row.lastUse = epoch;
      return new Map(used.map(({ id, checkedAt }) => [id, { checkedAt }]));
    },
    async find(ids) {
      const found = ids.flatMap((id) => rows.get(id) ?? []);
      return new Map(found.map((row) => [row.id, foundOf(row)]));
    },
    async claim(claimed) {
      const ids = new Set<string>();
      for (const { key, bytes } of claimed) {
        const name = objectName(key);
        const object = objects.get(name);
        if (object?.deleting) continue;
        ids.add(key.id);
        if (object) Object.assign(object, { bytes, lastUse: epoch });
        else {
          objects.set(name, {
            key,
            bytes,
            heldBytes: 0,
            livingBytes: 0,
            deleting: false,
            lastUse: epoch,
            chunks: new Set(),
            lockedUntil: 0,
          });
        }
      }
      return ids;
    },
    async place(placed) {
      const holding = new Set<string>();
      for (const { key, chunks } of placed) {
        const object = objects.get(objectName(key));
        if (!object || object.deleting) continue;
        holding.add(key.id);
        object.heldBytes = bytesOf(chunks);
        for (const chunk of chunks) {
          const there = whole(chunk.id);
          if (there?.storedBytes === chunk.storedBytes) there.lastUse = epoch;
          else
            enter(object, chunk, { lastUse: epoch, checkedAt: chunk.storedAt ?? new Date(), damaged: false });
        }
      }
      return holding;
    },
    async move(to, chunks) {
      const object = objects.get(objectName(to));
      if (!object || object.deleting) return;
      object.heldBytes = bytesOf(chunks.map(({ chunk }) => chunk));
      for (const { chunk, from } of chunks) {
        const row = rows.get(chunk.id);
        if (row && objectName(row.object.key) === objectName(from)) enter(object, chunk, { ...row });
      }
    },
    async markDamaged(ids) {
      for (const id of ids) {
        const row = rows.get(id);
        if (row) row.damaged = true;
      }
    },
    async markChecked(ids) {
      for (const id of ids) {
        const row = rows.get(id);
        if (row) row.checkedAt = new Date();
      }
    },
    checks: checkTimesOf(() => rows.values()),
    async remove(ids, before) {
      const limit = Math.min(before, ...writes.values());
      const removed = { chunks: 0, bytes: 0 };
      for (const id of ids) {
        const row = rows.get(id);
        if (!row || row.lastUse >= limit) continue;
        leave(row);
        rows.delete(id);
        removed.chunks++;
        removed.bytes += row.storedBytes;
      }
      return removed;
    },
    async condemn(before, among) {
      const names = among && new Set(among.map(objectName));
      const condemned = inOrder(
        ({ key, deleting, lastUse, chunks, lockedUntil }) =>
          names?.has(objectName(key)) !== false &&
          (deleting || (lastUse < before && chunks.size === 0 && lockedUntil <= Date.now())),
        pageRows,
      );
      for (const object of condemned) object.deleting = true;
      return condemned.map(({ key }) => key);
    },
    async noteLocked(keys, until) {
      for (const key of keys) {
        const object = objects.get(objectName(key));
        if (object) object.lockedUntil = Math.max(object.lockedUntil, until.getTime());
      }
    },
    async unlocked(names, until) {
      const found = new Set<ObjectRow>();
      for (const id of idsIn(names)) {
        const object = rows.get(id)?.object;
        if (object && object.lockedUntil < until.getTime()) found.add(object);
        if (found.size >= pageRows) break;
      }
      return Array.from(found, ({ key }) => key);
    },
    async lockedRest() {
      const rest = inOrder(
        ({ deleting, chunks, lockedUntil }) => !deleting && chunks.size === 0 && lockedUntil > Date.now(),
        Infinity,
      );
      const last = Math.max(0, ...rest.map(({ lockedUntil }) => lockedUntil));
      const bytes = rest.reduce((sum, object) => sum + object.bytes, 0);
      return { objects: rest.length, bytes, until: last === 0 ? null : new Date(last) };
    },
    async forget(keys) {
      for (const key of keys) if (objects.get(objectName(key))?.deleting) objects.delete(objectName(key));
    },
    async beginEpoch() {
      return ++epoch;
    },
    async beginManifest(uuid, names, fence) {
      const missing = useAll(names);
      if (missing > 0) throw chunksLacking(missing, uuid);
      const token = String(tokens++);
      writes.set(token, epoch);
      return { uuid, names, fence, token };
    },
    async cancelManifest({ token }) {
      writes.delete(token);
    },
    async endManifest({ uuid, names, token }) {
      writes.delete(token);
      const missing = useAll(names);
      return missing > 0 ? chunksLacking(missing, uuid) : undefined;
    },
    async lackingChunks(names) {
      const lacking = [...new Set(idsIn(names))].filter((id) => !whole(id)).toSorted();
      return {
        count: lacking.length,
        missing: lacking.filter((id) => !rows.has(id)).length,
        ids: lacking.slice(0, lackingNamed),
      };
    },
    async storedBytes() {
      return [...rows.values()].reduce((sum, { storedBytes }) => sum + storedBytes, 0);
    },
    async isDamaged() {
      return [...rows.values()].some(({ damaged }) => damaged);
    },
    async *listChunks() {
      for (const { id, storedBytes, lastUse } of rows.values()) yield { id, storedBytes, lastUse };
    },
    async listObjects({ packed, after }) {
      return inOrder(({ key }) => key.packed === packed && key.id > after, pageRows);
    },
    async packedBytes() {
      const packs = [...objects.values()].filter(({ key, deleting }) => key.packed && !deleting);
      const sum = (of: (pack: ObjectRow) => number): number =>
        packs.reduce((total, pack) => total + of(pack), 0);
      return { held: sum(({ heldBytes }) => heldBytes), living: sum(({ livingBytes }) => livingBytes) };
    },
    async sparsePacks(before, after, limit) {
      return inOrder(
        ({ key, heldBytes, livingBytes, deleting, lastUse, chunks }) =>
          key.packed &&
          key.id > after &&
          !deleting &&
          chunks.size > 0 &&
          lastUse < before &&
          livingBytes * 2 < heldBytes,
        limit,
      );
    },
    async chunksIn(key) {
      const found = [...(objects.get(objectName(key))?.chunks ?? [])].map((id) => foundOf(rows.get(id)!));
      return found.toSorted((a, b) => a.offset - b.offset);
    },
    async drop(key, before) {
      const object = objects.get(objectName(key));
      if (!object || object.lastUse >= before) return [];
      objects.delete(objectName(key));
      for (const id of object.chunks) rows.delete(id);
      return [...object.chunks];
    },
  };
}

function bytesOf(chunks: readonly PlacedChunk[]): number {
  return chunks.reduce((sum, { storedBytes }) => sum + storedBytes, 0);
}
