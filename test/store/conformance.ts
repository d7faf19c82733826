import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import type { Store, StoredChunk } from '../../src/store/store.ts';

export interface StoreUnderTest {
  store: Store;
  /** What must exist before a manifest of this name can be put. */
  prepareBackup(uuid: string): Promise<void>;
}

function chunkOf(frame: Uint8Array): StoredChunk {
  return { id: createHash('sha256').update(frame).digest('hex'), frame, rawBytes: frame.length * 3, rows: 7 };
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Every promise of the Store interface, tried on one store. */
export function storeConformance(name: string, open: (t: TestContext) => Promise<StoreUnderTest>): void {
  test(`${name}: gives chunks back as they were, in the order asked for`, async (t) => {
    const { store } = await open(t);
    const everyByte = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const chunks = [everyByte, randomBytes(1), randomBytes(100_003), randomBytes(5_000_000)].map(chunkOf);
    await store.putChunks(chunks);
    const ids = chunks.map((chunk) => chunk.id).toReversed();
    const frames = await store.getChunks(ids);
    assert.deepEqual(
      frames.map((frame) => Buffer.from(frame as Uint8Array)),
      chunks.map((chunk) => Buffer.from(chunk.frame)).toReversed(),
    );
  });

  test(`${name}: a missing chunk is undefined, in its place`, async (t) => {
    const { store } = await open(t);
    const chunk = chunkOf(randomBytes(50));
    await store.putChunks([chunk]);
    const absent = createHash('sha256').update('absent').digest('hex');
    const frames = await store.getChunks([absent, chunk.id, absent]);
    assert.equal(frames[0], undefined);
    assert.deepEqual(Buffer.from(frames[1] as Uint8Array), chunk.frame);
    assert.equal(frames[2], undefined);
    assert.deepEqual(await store.hasChunks([absent, chunk.id]), new Set([chunk.id]));
    assert.deepEqual(await store.getChunks([]), []);
    assert.deepEqual(await store.hasChunks([]), new Set());
  });

  test(`${name}: putting a chunk again changes nothing and fails nothing`, async (t) => {
    const { store } = await open(t);
    const chunk = chunkOf(randomBytes(50));
    await store.putChunks([chunk]);
    await store.putChunks([chunk, chunkOf(randomBytes(10))]);
    assert.equal((await collect(store.listChunks())).filter((each) => each.id === chunk.id).length, 1);
  });

  test(`${name}: the caller may use its buffer again after a put`, async (t) => {
    const { store } = await open(t);
    const frame = randomBytes(64);
    const chunk = chunkOf(frame);
    const copy = Buffer.from(frame);
    await store.putChunks([chunk]);
    frame.fill(0);
    assert.deepEqual(Buffer.from((await store.getChunks([chunk.id]))[0] as Uint8Array), copy);
  });

  test(`${name}: concurrent puts of the same chunks all succeed`, async (t) => {
    const { store } = await open(t);
    const chunks = Array.from({ length: 20 }, () => chunkOf(randomBytes(1000)));
    await Promise.all(
      Array.from({ length: 6 }, (_, i) => store.putChunks(i % 2 ? chunks : chunks.toReversed())),
    );
    assert.equal((await store.hasChunks(chunks.map((chunk) => chunk.id))).size, 20);
  });

  test(`${name}: lists every chunk with its stored size, and deletes what is named`, async (t) => {
    const { store } = await open(t);
    const chunks = Array.from({ length: 64 }, (_, i) => chunkOf(randomBytes(10 + i)));
    await store.putChunks(chunks);
    const listed = new Map((await collect(store.listChunks())).map((each) => [each.id, each]));
    for (const chunk of chunks) {
      assert.equal(listed.get(chunk.id)?.storedBytes, chunk.frame.length);
      assert.ok(Math.abs((listed.get(chunk.id)?.storedAt.getTime() ?? 0) - Date.now()) < 600_000);
    }
    const gone = chunks.slice(0, 60).map((chunk) => chunk.id);
    await store.deleteChunks([...gone, createHash('sha256').update('never there').digest('hex')]);
    await store.deleteChunks(gone);
    assert.deepEqual(
      new Set((await collect(store.listChunks())).map((each) => each.id)),
      new Set(chunks.slice(60).map((chunk) => chunk.id)),
    );
  });

  test(`${name}: manifests are put, replaced, listed and deleted`, async (t) => {
    const { store, prepareBackup } = await open(t);
    const [one, two] = [randomUUID(), randomUUID()];
    assert.equal(await store.getManifest(one), undefined);
    await prepareBackup(one);
    await prepareBackup(two);
    assert.equal(await store.getManifest(one), undefined);
    await store.putManifest(one, {
      a: 1,
      text: 'ä \\ " \n 𝄞',
      big: Number.MAX_SAFE_INTEGER,
      nested: [null, {}],
    });
    await store.putManifest(two, { b: 2 });
    assert.deepEqual(await store.getManifest(one), {
      a: 1,
      text: 'ä \\ " \n 𝄞',
      big: Number.MAX_SAFE_INTEGER,
      nested: [null, {}],
    });
    await store.putManifest(one, { a: 2 });
    assert.deepEqual(await store.getManifest(one), { a: 2 });
    assert.deepEqual(new Set(await collect(store.listManifests())), new Set([one, two]));
    await store.deleteManifest(one);
    await store.deleteManifest(one);
    assert.equal(await store.getManifest(one), undefined);
    assert.deepEqual(await collect(store.listManifests()), [two]);
  });
}
