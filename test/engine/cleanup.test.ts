import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { initialize } from '../../src/catalog/initialize.ts';
import { ChunkFilter } from '../../src/engine/sweep/chunk-filter.ts';
import { sweepChunks, type SweepOptions } from '../../src/engine/sweep/sweep.ts';
import { format1 } from '../../src/format/format-1.ts';
import { openPool } from '../../src/postgres/pool.ts';
import { databaseStore } from '../../src/store/database/store.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { memoryObjects } from '../../src/store/objects/memory.ts';
import { namesOf, type ChunkSize, type Store, type StoredChunk } from '../../src/store/store.ts';
import { storeTables } from '../store/database-tables.ts';
import { delayed, indexes, opened, type OpenedIndex } from '../store/object-store/combinations.ts';
import { testDatabase } from '../support/database.ts';

function someChunks(count: number): StoredChunk[] {
  return Array.from({ length: count }, () => {
    const frame = randomBytes(40);
    return { id: createHash('sha256').update(frame).digest('hex'), frame, rawBytes: 100, rows: 1 };
  });
}

function manifestOf(chunks: readonly StoredChunk[], format: string = format1): unknown {
  return { format, tables: [{ ranges: [{ chunks: chunks.map(({ id }) => ({ id })) }] }] };
}

const names = (chunks: readonly StoredChunk[]): Uint8Array => namesOf(chunks.map(({ id }) => id));

const always: SweepOptions = { keepFrom: async () => null, signal: new AbortController().signal };

const inHex = (ids: Uint8Array): string[] => Buffer.from(ids).toString('hex').match(/.{64}/g) ?? [];

async function idsIn(store: Store): Promise<Set<string>> {
  const ids = new Set<string>();
  for await (const { id } of store.listChunks()) ids.add(id);
  return ids;
}

interface Opened {
  store: Store;
  prepareBackup(uuid: string): Promise<unknown>;
}

async function openDatabaseStore(t: TestContext): Promise<Opened> {
  const db = await testDatabase(t);
  const pool = openPool(db.target, { max: 6, applicationName: 'test' });
  t.after(() => pool.close());
  await initialize(pool, 'public');
  return {
    store: databaseStore(pool, storeTables),
    prepareBackup: (uuid) =>
      db.client.query(
        `insert into system_backups (uuid, type, status, store) values ($1, 'full', 'queued', 'database')`,
        [uuid],
      ),
  };
}

async function openMemoryStore(): Promise<Opened> {
  return { store: memoryStore(), prepareBackup: async () => {} };
}

function sizes(chunks: readonly StoredChunk[]): ChunkSize[] {
  return chunks.map(({ id, frame }) => ({ id, storedBytes: frame.length }));
}

const openObjectStore =
  (openIndex: (t: TestContext) => Promise<OpenedIndex>) =>
  async (t: TestContext): Promise<Opened> =>
    opened(delayed(memoryObjects()), await openIndex(t));

for (const [name, open] of [
  ['memory', openMemoryStore],
  ['database', openDatabaseStore],
  ...Object.entries(indexes).map(
    ([kind, openIndex]) => [`objects, ${kind},`, openObjectStore(openIndex)] as const,
  ),
] as const) {
  test(`${name} store: what no manifest names goes, and nothing else`, async (t) => {
    const { store, prepareBackup } = await open(t);
    const [shared, own, orphans] = [someChunks(5), someChunks(3), someChunks(4)];
    await store.putChunks([...shared, ...own, ...orphans]);
    const [one, two] = [randomUUID(), randomUUID()];
    for (const uuid of [one, two]) await prepareBackup(uuid);
    await store.putManifest(one, manifestOf([...shared, ...own]), names([...shared, ...own]));
    await store.putManifest(two, manifestOf(shared), names(shared));
    const bytes = (chunks: StoredChunk[]): number => chunks.reduce((sum, { frame }) => sum + frame.length, 0);
    assert.deepEqual(await sweepChunks(store, always), {
      deleted: 4,
      bytesFreed: bytes(orphans),
      kept: 0,
      unreadable: [],
    });
    await store.deleteManifest(one);
    assert.deepEqual(await sweepChunks(store, always), {
      deleted: 3,
      bytesFreed: bytes(own),
      kept: 0,
      unreadable: [],
    });
    assert.deepEqual(await idsIn(store), new Set(shared.map(({ id }) => id)));
  });

  test(`${name} store: what a run has used since it began stays, the rest goes`, async (t) => {
    const { store } = await open(t);
    const [old, found, put] = [someChunks(3), someChunks(3), someChunks(3)];
    await store.putChunks([...old, ...found]);
    const begun = await store.beginEpoch();
    await store.useChunks(sizes(found));
    // Another cleanup meanwhile.
    await store.beginEpoch();
    await store.putChunks(put);
    const running = { ...always, keepFrom: async () => begun };
    assert.deepEqual(await sweepChunks(store, running), {
      deleted: 3,
      bytesFreed: 120,
      kept: 6,
      unreadable: [],
    });
    assert.deepEqual(await sweepChunks(store, running), {
      deleted: 0,
      bytesFreed: 0,
      kept: 6,
      unreadable: [],
    });
    assert.equal((await sweepChunks(store, always)).deleted, 6);
  });

  test(`${name} store: a manifest of a later version stops it before anything is deleted`, async (t) => {
    const { store, prepareBackup } = await open(t);
    await store.putChunks(someChunks(3));
    const uuid = randomUUID();
    await prepareBackup(uuid);
    await store.putManifest(uuid, manifestOf([], 'holdfast/99'), names([]));
    await assert.rejects(sweepChunks(store, always), { code: 'MANIFEST_INVALID' });
    assert.equal((await idsIn(store)).size, 3);
  });

  test(`${name} store: broken off, it leaves chunks for the next time`, async (t) => {
    const { store } = await open(t);
    for (let n = 0; n < 48; n++) await store.putChunks(someChunks(50));
    const stop = new AbortController();
    const half: SweepOptions = {
      ...always,
      signal: stop.signal,
      report({ deleted }) {
        if (deleted > 0) stop.abort(new Error('enough'));
      },
    };
    await assert.rejects(sweepChunks(store, half), /enough/);
    assert.equal((await idsIn(store)).size, 2_150);
    assert.equal((await sweepChunks(store, always)).deleted, 2_150);
  });

  test(`${name} store: backups and sweeps at once, without any lock: each manifest is whole, or was refused`, async (t) => {
    const { store, prepareBackup } = await open(t);
    // The few chunks there are come and go all the time.
    const pool = someChunks(30);
    const written: string[] = [];
    const needed = new Map<string, Uint8Array>();
    let refused = 0;
    /** Asks, puts what is missing, writes the manifest, as a backup does; but no sweep knows that it runs. */
    const takeBackup = async (): Promise<void> => {
      const chunks = pool.filter(() => Math.random() < 0.3);
      const found = await store.useChunks(sizes(chunks));
      // Some by themselves, which an object store keeps in another way.
      const missing = Map.groupBy(
        chunks.filter(({ id }) => !found.has(id)),
        () => Math.floor(Math.random() * 4),
      );
      await Promise.all([...missing.values()].map((batch) => store.putChunks(batch)));
      const uuid = randomUUID();
      await prepareBackup(uuid);
      try {
        await store.putManifest(uuid, manifestOf(chunks), names(chunks));
        needed.set(uuid, names(chunks));
        written.push(uuid);
      } catch (error) {
        assert.match((error as Error).message, /The store lacks \d+ chunks/);
        refused++;
      }
    };
    for (let round = 0; round < 60; round++) {
      const gone = written.splice(0, Math.max(0, written.length - 3));
      await Promise.all([
        takeBackup(),
        takeBackup(),
        sweepChunks(store, always),
        ...gone.map((uuid) => store.deleteManifest(uuid)),
        sweepChunks(store, always),
      ]);
      for (const uuid of written) {
        assert.equal((await store.lackingChunks(needed.get(uuid)!)).count, 0, `round ${round}`);
        const frames = await store.getChunks(inHex(needed.get(uuid)!));
        assert.ok(!frames.includes(undefined), `round ${round}: what is said to be there can be read`);
      }
    }
    t.diagnostic(`${refused} manifests were refused`);
    for (const uuid of written) await store.deleteManifest(uuid);
    await sweepChunks(store, always);
    assert.equal((await idsIn(store)).size, 0);
  });
}

test('the filter knows every id that was added, and hardly any other', () => {
  const id = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(fc.array(id, { minLength: 1, maxLength: 50 }), (ids) => {
      const filter = new ChunkFilter();
      filter.addAll(Buffer.concat(ids));
      return ids.every((each) => filter.has(Buffer.from(each).toString('hex')));
    }),
    { numRuns: 50 },
  );
  const large = new ChunkFilter();
  const some = randomBytes(32 * 200_000);
  large.addAll(some);
  const others = randomBytes(32 * 200_000);
  for (let at = 0; at < some.length; at += 32) {
    assert.ok(large.has(some.toString('hex', at, at + 32)));
    assert.ok(!large.has(others.toString('hex', at, at + 32)));
  }
});
