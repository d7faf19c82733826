import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { ChunkIndex, FoundChunk } from '../../../src/store/object-store/chunk-index.ts';
import { objectName } from '../../../src/store/object-store/names.ts';
import { objectStore } from '../../../src/store/object-store/object-store.ts';
import { makePack } from '../../../src/store/object-store/packs.ts';
import { rebuildIndex } from '../../../src/store/object-store/rebuild.ts';
import type { Noted, RebuiltIndex } from '../../../src/store/store.ts';
import { memoryObjects } from '../../../src/store/objects/memory.ts';
import type { Objects } from '../../../src/store/objects/objects.ts';
import { namesOf, type StoredChunk } from '../../../src/store/store.ts';
import { assertReadable, idsOf, indexes, objectNames, opened, randomChunks, sweep } from './combinations.ts';

const none: Noted = { count: 0, names: [] };
const quiet = { added: none, missing: none, damaged: none, superfluous: none, foreign: none };

/** Names in their order: several are looked at at once. */
const notes = ({ added, missing, damaged, superfluous, foreign }: RebuiltIndex): unknown =>
  Object.fromEntries(
    Object.entries({ added, missing, damaged, superfluous, foreign }).map(([what, { count, names }]) => [
      what,
      { count, names: names.toSorted() },
    ]),
  );

async function placesIn(index: ChunkIndex): Promise<Map<string, FoundChunk>> {
  const ids: string[] = [];
  for await (const { id } of index.listChunks()) ids.push(id);
  return index.find(ids.toSorted());
}

async function alter(
  objects: Objects,
  name: string,
  change: (bytes: Uint8Array) => Uint8Array,
): Promise<void> {
  const { content } = (await objects.get(name))!;
  await objects.put(name, change(content));
}

const one = (name: string): Noted => ({ count: 1, names: [name] });

for (const [kind, openIndex] of Object.entries(indexes)) {
  test(`${kind}: made of a listing, an index is what it was`, async (t) => {
    const { store, objects, index, another } = opened(memoryObjects(), await openIndex(t));
    const kept: StoredChunk[] = [];
    // More than a page, of either kind; and a history.
    for (let n = 0; n < 5; n++) {
      const [packed, alone] = [randomChunks(30), randomChunks(130, 262_144)];
      await store.putChunks([...packed, ...alone]);
      kept.push(...packed.slice(0, n === 0 ? 2 : 25), ...alone.slice(0, 115));
    }
    const uuid = randomUUID();
    await store.putManifest(uuid, {}, namesOf(idsOf(kept)));
    await store.putDocument('holdfast.json', Buffer.from('{}'));
    await store.putDocument('keys/a.age', Buffer.from('a'));
    await sweep(store, kept);
    const before = await placesIn(index);
    assert.equal(before.size, kept.length);

    const fresh = another();
    let listedBytes = 0;
    const rebuilt = await rebuildIndex(objects, fresh, undefined, (bytes) => (listedBytes += bytes));
    assert.equal(listedBytes, rebuilt.bytes);
    const places = await placesIn(fresh);
    assert.deepEqual(new Map([...places].filter(([id]) => before.has(id))), before);
    // What was deleted and still lies in a pack is there again, until the next cleanup.
    const again = [...places.values()].filter(({ id }) => !before.has(id));
    assert.ok(again.length > 0 && again.every(({ object }) => object.packed));
    assert.deepEqual({ ...(notes(rebuilt) as object), added: none }, quiet);
    assert.equal(rebuilt.added.count, rebuilt.objects);
    assert.equal(rebuilt.added.names.length, 100);
    assert.equal(rebuilt.manifests, 1);
    const alone = objectStore(objects, fresh, { sealed: false });
    await assertReadable(alone, kept.slice(0, 60));
    assert.equal((await alone.lackingChunks(namesOf(idsOf(kept)))).count, 0);

    for (const each of [fresh, index]) assert.deepEqual(notes(await rebuildIndex(objects, each)), quiet);
    await sweep(alone, kept);
    assert.deepEqual(await placesIn(fresh), before);
    assert.equal(await fresh.storedBytes(), await index.storedBytes());
    assert.deepEqual(await placesIn(index), before);
  });

  test(`${kind}: what is missing, damaged, superfluous or foreign is named`, async (t) => {
    const { store, objects, index } = opened(memoryObjects(), await openIndex(t));
    const [packed, lost, alone] = [randomChunks(5), randomChunks(5), randomChunks(4, 300_000)];
    await store.putChunks(packed);
    await store.putChunks(lost);
    await store.putChunks(alone);
    const places = await placesIn(index);
    const nameOf = ({ id }: StoredChunk): string => objectName(places.get(id)!.object);

    await objects.delete(nameOf(lost[0]!));
    await alter(objects, nameOf(alone[0]!), (bytes) => bytes.subarray(1));
    await alter(objects, nameOf(packed[0]!), (bytes) => Buffer.concat([bytes, Buffer.from('x')]));
    await objects.put('chunks/notes.txt', Buffer.from('somebody put it here'));
    const added = randomChunks(1, 300_000)[0]!;
    const addedName = objectName({ id: added.id, packed: false });
    await objects.put(addedName, added.frame);
    const copies = makePack(alone.slice(1));
    await objects.put(objectName(copies.key), copies.content);
    const ruin = makePack(randomChunks(3));
    await objects.put(objectName(ruin.key), ruin.content.subarray(0, -1));

    const rebuilt = await rebuildIndex(objects, index);
    assert.deepEqual(notes(rebuilt), {
      added: one(addedName),
      missing: one(nameOf(lost[0]!)),
      damaged: {
        count: 3,
        names: [nameOf(alone[0]!), nameOf(packed[0]!), objectName(ruin.key)].toSorted(),
      },
      superfluous: one(objectName(copies.key)),
      foreign: one('chunks/notes.txt'),
    });
    const lacking = await store.lackingChunks(namesOf(idsOf([...packed, ...lost, ...alone, added])));
    assert.deepEqual(lacking, {
      count: 11,
      missing: 5,
      ids: idsOf([...packed, ...lost, alone[0]!]).toSorted(),
    });

    // The next backup stores them again, and a cleanup takes away what is left over, but nothing that it cannot read.
    await store.putChunks([...packed, ...lost, ...alone]);
    const needed = [...packed, ...lost, ...alone];
    await sweep(store, needed);
    await assertReadable(store, needed);
    const expected = new Set([...(await placesIn(index)).values()].map(({ object }) => objectName(object)));
    assert.deepEqual(
      new Set(await objectNames(objects)),
      new Set([...expected, objectName(ruin.key), 'chunks/notes.txt']),
    );
  });

  test(`${kind}: rebuilt while backups and sweeps go on, it stays right`, async (t) => {
    const { store, objects, index } = opened(memoryObjects(), await openIndex(t));
    let kept: StoredChunk[] = [];
    for (let round = 0; round < 15; round++) {
      const added = [...randomChunks(3), ...randomChunks(1, 262_144)];
      const rebuilding = rebuildIndex(objects, index);
      await store.putChunks(added);
      kept = [...kept.slice(-8), ...added];
      const [{ missing, damaged, foreign }] = await Promise.all([rebuilding, sweep(store, kept)]);
      assert.deepEqual([missing, damaged, foreign], [none, none, none], `round ${round}`);
      await assertReadable(store, kept, `round ${round}`);
    }
    for (let n = 0; n < 2; n++) await sweep(store, kept);
    const used = new Set([...(await placesIn(index)).values()].map(({ object }) => objectName(object)));
    assert.deepEqual(new Set(await objectNames(objects)), used);
  });

  test(`${kind}: what a listing has not caught up with is not missing`, async (t) => {
    const { store, objects, index } = opened(memoryObjects(), await openIndex(t));
    const chunks = randomChunks(3, 300_000);
    await store.putChunks(chunks);
    const late: Objects = {
      ...objects,
      async *list(...given) {
        for await (const listed of objects.list(...given))
          if (!listed.name.endsWith(chunks[1]!.id)) yield listed;
      },
    };
    assert.deepEqual(notes(await rebuildIndex(late, index)), quiet);
    await assertReadable(store, chunks);
    assert.equal((await store.lackingChunks(namesOf(idsOf(chunks)))).count, 0);
  });

  test(`${kind}: an object larger than any of ours is none of the index`, async (t) => {
    const objects = memoryObjects();
    const id = randomBytes(32).toString('hex');
    const name = objectName({ id, packed: false });
    await objects.put(name, Buffer.from('x'));
    const huge = { bytes: 5_000_000_000, modifiedAt: new Date() };
    const claiming: Objects = {
      ...objects,
      head: async () => huge,
      async *list() {
        yield { name, ...huge };
      },
    };
    const { index } = await openIndex(t);
    assert.deepEqual((await rebuildIndex(claiming, index)).damaged, one(name));
    assert.equal((await placesIn(index)).size, 0);
  });
}
