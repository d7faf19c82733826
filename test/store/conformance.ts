import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { HoldfastError } from '../../src/base/errors.ts';
import { release } from '../../src/base/memory.ts';
import { namesOf, type Store, type StoredChunk } from '../../src/store/store.ts';
import { checksConformance } from './checks-conformance.ts';

export interface StoreUnderTest {
  store: Store;
  /** What must exist before a manifest of this name can be put. */
  prepareBackup(uuid: string): Promise<void>;
}

export function chunkOf(frame: Uint8Array): StoredChunk {
  return { id: createHash('sha256').update(frame).digest('hex'), frame, rawBytes: frame.length * 3, rows: 7 };
}

function idOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

const noNames = new Uint8Array();

/** Which of `ids` can be read. */
async function present(store: Store, ids: readonly string[]): Promise<Set<string>> {
  const frames = await store.getChunks(ids);
  return new Set(ids.filter((_, i) => frames[i] !== undefined));
}

/** Which of `chunks` are used from now on. */
async function use(store: Store, chunks: readonly Pick<StoredChunk, 'id' | 'frame'>[]): Promise<Set<string>> {
  const used = await store.useChunks(chunks.map(({ id, frame }) => ({ id, storedBytes: frame.length })));
  for (const { checkedAt } of used.values()) assert.ok(checkedAt instanceof Date);
  return new Set(used.keys());
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Every promise of the Store interface, tried on one store. */
export function storeConformance(
  name: string,
  open: (t: TestContext) => Promise<StoreUnderTest>,
  skip: string | false = false,
): void {
  checksConformance(name, open, skip);

  test(`${name}: gives chunks back as they were, in the order asked for`, { skip }, async (t) => {
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

  test(`${name}: a missing chunk is undefined, in its place`, { skip }, async (t) => {
    const { store } = await open(t);
    const chunk = chunkOf(randomBytes(50));
    await store.putChunks([chunk]);
    const absent = idOf('absent');
    const frames = await store.getChunks([absent, chunk.id, absent]);
    assert.equal(frames[0], undefined);
    assert.deepEqual(Buffer.from(frames[1] as Uint8Array), chunk.frame);
    assert.equal(frames[2], undefined);
    assert.deepEqual(await present(store, [absent, chunk.id]), new Set([chunk.id]));
    assert.deepEqual(await store.getChunks([]), []);
    assert.deepEqual(await present(store, []), new Set());
    assert.deepEqual(await use(store, [{ ...chunk, id: absent }, chunk]), new Set([chunk.id]));
    assert.deepEqual(await use(store, []), new Set());
  });

  test(`${name}: putting a chunk again changes nothing and fails nothing`, { skip }, async (t) => {
    const { store } = await open(t);
    const chunk = chunkOf(randomBytes(50));
    await store.putChunks([chunk]);
    await store.putChunks([chunk, chunkOf(randomBytes(10))]);
    assert.equal((await collect(store.listChunks())).filter((each) => each.id === chunk.id).length, 1);
  });

  test(`${name}: what a get gives is the caller's own`, { skip }, async (t) => {
    const { store } = await open(t);
    const chunk = chunkOf(randomBytes(1_000));
    await store.putChunks([chunk]);
    const [first] = await store.getChunks([chunk.id]);
    first?.fill(0);
    const [second] = await store.getChunks([chunk.id]);
    assert.deepEqual(Buffer.from(second as Uint8Array), chunk.frame);
  });

  test(
    `${name}: the memory of what a get gives is given back without harm to the rest`,
    { skip },
    async (t) => {
      const { store } = await open(t);
      // Short ones lie together, and are read together.
      const chunks = Array.from({ length: 12 }, () => chunkOf(randomBytes(120_000)));
      await store.putChunks(chunks);
      const asked = [...chunks, ...chunks.slice(0, 2)];
      const frames = await store.getChunks(asked.map(({ id }) => id));
      for (const [i, { frame }] of asked.entries()) {
        assert.deepEqual(Buffer.from(frames[i] as Uint8Array), frame, `chunk ${i}`);
        release(frames[i] as Uint8Array);
        frames[i]?.fill(0);
      }
    },
  );

  test(`${name}: the caller may use its buffer again after a put`, { skip }, async (t) => {
    const { store } = await open(t);
    const frame = randomBytes(64);
    const chunk = chunkOf(frame);
    const copy = Buffer.from(frame);
    await store.putChunks([chunk]);
    frame.fill(0);
    assert.deepEqual(Buffer.from((await store.getChunks([chunk.id]))[0] as Uint8Array), copy);
  });

  test(`${name}: concurrent puts of the same chunks all succeed`, { skip }, async (t) => {
    const { store } = await open(t);
    const chunks = Array.from({ length: 20 }, () => chunkOf(randomBytes(1000)));
    await Promise.all(
      Array.from({ length: 6 }, (_, i) => store.putChunks(i % 2 ? chunks : chunks.toReversed())),
    );
    assert.equal(
      (
        await present(
          store,
          chunks.map((chunk) => chunk.id),
        )
      ).size,
      20,
    );
  });

  test(`${name}: lists every chunk with its stored size, and deletes what is named`, { skip }, async (t) => {
    const { store } = await open(t);
    const chunks = Array.from({ length: 64 }, (_, i) => chunkOf(randomBytes(10 + i)));
    await store.putChunks(chunks);
    const listed = new Map((await collect(store.listChunks())).map((each) => [each.id, each]));
    for (const chunk of chunks) {
      assert.equal(listed.get(chunk.id)?.storedBytes, chunk.frame.length);
    }
    const gone = chunks.slice(0, 60);
    const ids = gone.map((chunk) => chunk.id);
    const epoch = await store.beginEpoch();
    const deleted = await store.deleteChunks([...ids, idOf('never there')], epoch);
    assert.deepEqual(deleted, { chunks: 60, bytes: gone.reduce((sum, { frame }) => sum + frame.length, 0) });
    assert.deepEqual(await store.deleteChunks(ids, epoch), { chunks: 0, bytes: 0 });
    assert.equal(
      await store.storedBytes(),
      chunks.slice(60).reduce((sum, { frame }) => sum + frame.length, 0),
    );
    assert.deepEqual(
      new Set((await collect(store.listChunks())).map((each) => each.id)),
      new Set(chunks.slice(60).map((chunk) => chunk.id)),
    );
  });

  test(`${name}: takes as many chunks at once as it says`, { skip }, async (t) => {
    const { store, prepareBackup } = await open(t);
    assert.ok(store.chunksAtOnce >= 64 && store.chunksAtOnce <= 1_000);
    const chunks = Array.from({ length: store.chunksAtOnce }, () => chunkOf(randomBytes(200)));
    await store.putChunks(chunks);
    assert.deepEqual(await store.compareChunks(chunks), new Set());
    const ids = chunks.map(({ id }) => id);
    assert.equal((await use(store, chunks)).size, ids.length);
    assert.equal((await present(store, ids)).size, ids.length);
    const uuid = randomUUID();
    await prepareBackup(uuid);
    await store.putManifest(uuid, {}, namesOf(ids));
  });

  test(`${name}: what is reclaimed is nothing that is there`, { skip }, async (t) => {
    const { store } = await open(t);
    const chunks = Array.from({ length: 40 }, () => chunkOf(randomBytes(500)));
    for (let at = 0; at < chunks.length; at += 10) await store.putChunks(chunks.slice(at, at + 10));
    const epoch = await store.beginEpoch();
    const kept = chunks.filter((_, i) => i % 5 === 0);
    await store.deleteChunks(
      chunks.filter((chunk) => !kept.includes(chunk)).map(({ id }) => id),
      epoch,
    );
    const { signal } = new AbortController();
    await store.reclaim(epoch, signal);
    await store.reclaim(epoch, signal);
    const frames = await store.getChunks(kept.map(({ id }) => id));
    assert.deepEqual(
      frames.map((frame) => frame && Buffer.from(frame)),
      kept.map(({ frame }) => frame),
    );
    assert.equal(await store.storedBytes(), 4_000);
    await store.putChunks(chunks);
    assert.equal(
      (
        await present(
          store,
          chunks.map(({ id }) => id),
        )
      ).size,
      40,
    );
  });

  test(`${name}: manifests are put, replaced, listed and deleted`, { skip }, async (t) => {
    const { store, prepareBackup } = await open(t);
    const [one, two] = [randomUUID(), randomUUID()];
    assert.equal(await store.getManifest(one), undefined);
    await prepareBackup(one);
    await prepareBackup(two);
    assert.equal(await store.getManifest(one), undefined);
    await store.putManifest(
      one,
      {
        a: 1,
        text: 'ä \\ " \n 𝄞',
        big: Number.MAX_SAFE_INTEGER,
        nested: [null, {}],
      },
      noNames,
    );
    await store.putManifest(two, { b: 2 }, noNames);
    assert.deepEqual(await store.getManifest(one), {
      a: 1,
      text: 'ä \\ " \n 𝄞',
      big: Number.MAX_SAFE_INTEGER,
      nested: [null, {}],
    });
    await store.putManifest(one, { a: 2 }, noNames);
    assert.deepEqual(await store.getManifest(one), { a: 2 });
    assert.deepEqual(new Set(await collect(store.listManifests())), new Set([one, two]));
    await store.deleteManifest(one);
    await store.deleteManifest(one);
    assert.equal(await store.getManifest(one), undefined);
    assert.deepEqual(await collect(store.listManifests()), [two]);
  });

  test(`${name}: deletes only what has not been used since an epoch`, { skip }, async (t) => {
    const { store, prepareBackup } = await open(t);
    const chunks = Array.from({ length: 5 }, () => chunkOf(randomBytes(20)));
    const [found, putAgain, named, looked, left] = chunks as [
      StoredChunk,
      StoredChunk,
      StoredChunk,
      StoredChunk,
      StoredChunk,
    ];
    const uuid = randomUUID();
    await prepareBackup(uuid);
    await store.putChunks(chunks);
    const before = await store.beginEpoch();
    assert.ok(before > Math.max(...(await collect(store.listChunks())).map((each) => each.lastUse)));
    const epoch = await store.beginEpoch();
    assert.ok(epoch > before);
    await use(store, [found, { ...found, id: idOf('never there') }]);
    await store.putChunks([putAgain]);
    await store.putManifest(uuid, {}, namesOf([named.id]));
    await present(store, [looked.id]);
    await store.getChunks([looked.id]);
    const ids = chunks.map((chunk) => chunk.id);
    assert.equal((await store.deleteChunks(ids, before)).chunks, 2);
    assert.deepEqual(await present(store, ids), new Set([found.id, putAgain.id, named.id]));
    for (const { lastUse } of await collect(store.listChunks())) assert.ok(lastUse >= epoch);
    assert.equal((await store.deleteChunks([left.id, ...ids], await store.beginEpoch())).chunks, 3);
  });

  test(`${name}: a use and a deletion at the same moment know of each other`, { skip }, async (t) => {
    const { store } = await open(t);
    const chunks = Array.from({ length: 40 }, () => chunkOf(randomBytes(30)));
    const ids = chunks.map((chunk) => chunk.id);
    for (let round = 0; round < 20; round++) {
      await store.putChunks(chunks);
      const epoch = await store.beginEpoch();
      const used = await Promise.all([
        use(store, chunks.slice(0, 30)),
        use(store, chunks.slice(10).toReversed()),
        store.deleteChunks(ids.toReversed(), epoch),
        store.deleteChunks(ids, epoch),
      ]);
      const relied = new Set([...used[0], ...used[1]]);
      const there = await present(store, ids);
      for (const id of relied) assert.ok(there.has(id), 'what was found stays');
      assert.equal(there.size + used[2].chunks + used[3].chunks, ids.length, 'each is deleted once');
    }
  });

  test(`${name}: no manifest is put without a chunk that it needs`, { skip }, async (t) => {
    const { store, prepareBackup } = await open(t);
    const [one, two] = [chunkOf(randomBytes(20)), chunkOf(randomBytes(20))];
    const uuid = randomUUID();
    await prepareBackup(uuid);
    await store.putChunks([one]);
    const names = namesOf([one.id, two.id, one.id]);
    await assert.rejects(
      store.putManifest(uuid, { whatever: 1 }, names),
      (error: unknown) => error instanceof HoldfastError && error.code === 'STORE_FAILED',
    );
    assert.equal(await store.getManifest(uuid), undefined);
    assert.deepEqual(await collect(store.listManifests()), []);
    await store.putChunks([two]);
    await store.putManifest(uuid, { whatever: 1 }, names);
    assert.deepEqual(await collect(store.listManifests()), [uuid]);
  });

  test(
    `${name}: documents are put, replaced where they are as expected, listed and deleted`,
    { skip },
    async (t) => {
      const { store } = await open(t);
      const bytes = randomBytes(300);
      assert.equal(await store.getDocument('writer.json'), undefined);
      const first = await store.putDocument('writer.json', bytes, null);
      assert.ok(first);
      const read = await store.getDocument('writer.json');
      assert.deepEqual(Buffer.from(read!.content), bytes);
      assert.equal(read!.version, first);
      assert.equal(await store.putDocument('writer.json', randomBytes(5), null), undefined);
      const second = await store.putDocument('writer.json', Buffer.from('two'), first);
      assert.ok(second && second !== first);
      assert.equal(await store.putDocument('writer.json', Buffer.from('three'), first), undefined);
      assert.equal(await store.putDocument('absent', Buffer.from('three'), first), undefined);
      assert.equal(Buffer.from((await store.getDocument('writer.json'))!.content).toString(), 'two');
      await store.putDocument('writer.json', Buffer.from('four'));
      for (const key of ['keys/b.age', 'keys/a.age', 'keys/Z.age']) await store.putDocument(key, bytes);
      assert.deepEqual(await collect(store.listDocuments('keys/')), [
        'keys/Z.age',
        'keys/a.age',
        'keys/b.age',
      ]);
      await store.deleteDocument('keys/a.age');
      await store.deleteDocument('keys/a.age');
      assert.deepEqual(await collect(store.listDocuments('keys/')), ['keys/Z.age', 'keys/b.age']);
      assert.deepEqual(await collect(store.listManifests()), []);
      assert.deepEqual(await collect(store.listChunks()), []);
    },
  );

  test(`${name}: of writers that expect the same version, one writes`, { skip }, async (t) => {
    const { store } = await open(t);
    for (const expected of [null, (await store.putDocument('turn', Buffer.from('0')))!]) {
      const name = expected === null ? 'first' : 'turn';
      const written = await Promise.all(
        Array.from({ length: 6 }, (_, i) => store.putDocument(name, Buffer.from(`writer ${i}`), expected)),
      );
      assert.equal(written.filter((version) => version !== undefined).length, 1);
      const winner = written.findIndex((version) => version !== undefined);
      assert.equal(Buffer.from((await store.getDocument(name))!.content).toString(), `writer ${winner}`);
    }
  });

  test(`${name}: one that is damaged counts as lacking until it is put again`, { skip }, async (t) => {
    const { store, prepareBackup } = await open(t);
    const chunks = Array.from({ length: 4 }, () => chunkOf(randomBytes(40_000)));
    const [one, two, three] = chunks as [StoredChunk, StoredChunk, StoredChunk];
    const named = randomUUID();
    const later = randomUUID();
    for (const uuid of [named, later]) await prepareBackup(uuid);
    await store.putChunks(chunks);
    const names = namesOf([one.id, two.id, three.id, one.id]);
    await store.putManifest(named, {}, names);
    const lacking = (of = names): Promise<unknown> => store.lackingChunks(of);
    const none = { count: 0, missing: 0, ids: [] };
    assert.deepEqual(await lacking(), none);
    assert.deepEqual(await lacking(noNames), none);

    assert.equal(await store.isDamaged(), false);
    await store.markDamaged([one.id, idOf('never there')]);
    assert.equal(await store.isDamaged(), true);
    await store.markDamaged([]);
    assert.deepEqual(await lacking(), { count: 1, missing: 0, ids: [one.id] });
    assert.deepEqual(await use(store, [one, two]), new Set([two.id]));
    await assert.rejects(store.putManifest(later, {}, names), { code: 'STORE_FAILED' });
    assert.equal(await store.getManifest(later), undefined);

    // Deleted from under the manifest, by whatever means.
    const epoch = await store.beginEpoch();
    await store.deleteChunks([two.id], epoch);
    assert.deepEqual(await lacking(), { count: 2, missing: 1, ids: [one.id, two.id].toSorted() });

    await store.putChunks([one, two]);
    assert.equal(await store.isDamaged(), false);
    assert.deepEqual(await lacking(), none);
    assert.deepEqual(await use(store, chunks), new Set(chunks.map(({ id }) => id)));
    await store.putManifest(later, {}, names);
  });

  test(
    `${name}: what differs from what should be stored is found by comparing, and replaced`,
    { skip },
    async (t) => {
      const { store } = await open(t);
      const chunks = Array.from({ length: 3 }, () => chunkOf(randomBytes(5_000)));
      const [right, wrong, absent] = chunks as [StoredChunk, StoredChunk, StoredChunk];
      // What a failing disk makes of it: the name stays, the bytes do not.
      const rotten = Uint8Array.from(wrong.frame, (byte, i) => (i === 2_500 ? byte ^ 1 : byte));
      await store.putChunks([right, { ...wrong, frame: rotten }]);
      assert.deepEqual(await store.compareChunks([]), new Set());
      assert.deepEqual(await store.compareChunks(chunks), new Set([wrong.id, absent.id]));
      assert.deepEqual(await use(store, chunks), new Set([right.id]));
      await store.putChunks(chunks);
      assert.deepEqual(await store.compareChunks(chunks), new Set());
      const frames = await store.getChunks(chunks.map(({ id }) => id));
      assert.deepEqual(
        frames.map((frame) => Buffer.from(frame!)),
        chunks.map(({ frame }) => Buffer.from(frame)),
      );
    },
  );

  test(`${name}: one of another length is not there, and a put replaces it`, { skip }, async (t) => {
    const { store } = await open(t);
    const chunk = chunkOf(randomBytes(3_000));
    await store.putChunks([{ ...chunk, frame: chunk.frame.subarray(0, 1_000) }]);
    assert.deepEqual(await use(store, [chunk]), new Set());
    await store.putChunks([chunk]);
    assert.deepEqual(await use(store, [chunk]), new Set([chunk.id]));
    assert.deepEqual(Buffer.from((await store.getChunks([chunk.id]))[0]!), Buffer.from(chunk.frame));
  });
}
