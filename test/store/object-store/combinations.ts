import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { initialize } from '../../../src/catalog/initialize.ts';
import { plainKeys } from '../../../src/format/sealing/keys.ts';
import { openPool } from '../../../src/postgres/pool.ts';
import { catalogIndex } from '../../../src/store/object-store/catalog-index.ts';
import type { ChunkIndex } from '../../../src/store/object-store/chunk-index.ts';
import { memoryIndex } from '../../../src/store/object-store/memory-index.ts';
import { objectStore } from '../../../src/store/object-store/object-store.ts';
import { directoryObjects } from '../../../src/store/objects/directory.ts';
import { memoryObjects } from '../../../src/store/objects/memory.ts';
import type { Objects } from '../../../src/store/objects/objects.ts';
import type { Store, StoredChunk } from '../../../src/store/store.ts';
import { chunkOf } from '../conformance.ts';
import { testDatabase, type FirstTestDatabase } from '../../support/database.ts';

export interface OpenedIndex {
  index: ChunkIndex;
  /** Another one of the same store, with nothing in it. */
  another(): ChunkIndex;
  /** Only of the catalog's. */
  db?: FirstTestDatabase;
}

export interface Opened extends OpenedIndex {
  store: Store;
  objects: Objects;
  prepareBackup(uuid: string): Promise<void>;
}

/** Every index, opened on an empty store. */
export const indexes: Record<string, (t: TestContext) => Promise<OpenedIndex>> = {
  'index in memory': async () => ({ index: memoryIndex(), another: memoryIndex }),
  'index in the catalog': async (t) => {
    const db = await testDatabase(t);
    const pool = openPool(db.target, { max: 6, applicationName: 'test' });
    t.after(() => pool.close());
    await initialize(pool, 'public');
    let stores = 0;
    // All in the same tables, so that each test shows that a store has only rows of its own.
    const another = (): ChunkIndex =>
      catalogIndex({ pool, schema: 'public', store: `store ${stores++}`, address: 'test:' });
    const neighbour = another();
    await neighbour.claim([{ key: { id: 'ab'.repeat(32), packed: false }, bytes: 5 }]);
    return { index: another(), another, db };
  },
};

/** Every kind of place that needs no server. */
export const places: Record<string, (t: TestContext) => Promise<Objects>> = {
  memory: async () => memoryObjects(),
  directory: async (t) => {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'objects-'));
    t.after(() => fs.rm(folder, { recursive: true }));
    return directoryObjects({ address: `file://${folder}`, path: folder });
  },
};

export function opened(objects: Objects, index: OpenedIndex): Opened {
  return {
    ...index,
    objects,
    store: objectStore(objects, index.index, plainKeys),
    prepareBackup: async () => {},
  };
}

export async function objectNames(objects: Objects, prefix = ''): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of objects.list(prefix)) names.push(name);
  return names;
}

/** Chunks with other content each time: so many of each length. */
export function randomChunks(count: number, bytes = 100): StoredChunk[] {
  return Array.from({ length: count }, () => chunkOf(randomBytes(bytes)));
}

export const idsOf = (chunks: readonly StoredChunk[]): string[] => chunks.map(({ id }) => id);

/** Asserts that each can be read, and is what was put. */
export async function assertReadable(
  store: Store,
  chunks: readonly StoredChunk[],
  message = '',
): Promise<void> {
  const frames = await store.getChunks(idsOf(chunks));
  for (const [i, { id, frame }] of chunks.entries()) {
    assert.ok(frames[i], `${message} ${id} is there`);
    assert.equal(Buffer.compare(frames[i], frame), 0, `${message} ${id} is what was put`);
  }
}

/** As sweepChunks does: everything goes but what is needed. */
export async function sweep(store: Store, needed: readonly StoredChunk[]): Promise<void> {
  const epoch = await store.beginEpoch();
  const keep = new Set(idsOf(needed));
  const gone: string[] = [];
  for await (const { id } of store.listChunks()) if (!keep.has(id)) gone.push(id);
  await store.deleteChunks(gone, epoch);
  await store.reclaim(epoch, new AbortController().signal);
}

async function delay<T>(call: () => Promise<T>): Promise<T> {
  await pause(Math.random() * 4);
  const answer = await call();
  await pause(Math.random() * 4);
  return answer;
}

/** Requests that arrive, and answers that come back, in any order. */
export function delayed(inner: Objects): Objects {
  return {
    ...inner,
    put: (name, content, options) => delay(() => inner.put(name, content, options)),
    get: (name, options) => delay(() => inner.get(name, options)),
    getRange: (name, range, options) => delay(() => inner.getRange(name, range, options)),
    head: (name, options) => delay(() => inner.head(name, options)),
    delete: (name, options) => delay(() => inner.delete(name, options)),
  };
}
