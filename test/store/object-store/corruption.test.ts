import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { memoryIndex } from '../../../src/store/object-store/memory-index.ts';
import { objectName } from '../../../src/store/object-store/names.ts';
import { memoryObjects } from '../../../src/store/objects/memory.ts';
import { namesOf } from '../../../src/store/store.ts';
import { assertReadable, idsOf, objectNames, opened, randomChunks } from './combinations.ts';

/** What can become of an object. `other` is one of the same kind. */
const corruptions: Record<string, (bytes: Uint8Array, other: Uint8Array) => Uint8Array | undefined> = {
  'a flipped bit': (bytes) => bytes.map((byte, i) => (i === bytes.length >> 1 ? byte ^ 4 : byte)),
  'half of it': (bytes) => bytes.subarray(0, bytes.length >> 1),
  'nothing of it': () => new Uint8Array(),
  'its removal': () => undefined,
  'another object': (_, other) => other,
};

for (const [what, corrupt] of Object.entries(corruptions)) {
  test(`${what}, of any object, is found by name, and the next backup heals it`, async () => {
    const objects = memoryObjects();
    const { store, index } = opened(objects, { index: memoryIndex(), another: memoryIndex });
    const chunks = [randomChunks(4, 1_000), randomChunks(4, 1_000), randomChunks(2, 300_000)];
    for (const each of chunks) await store.putChunks(each);
    const all = chunks.flat();
    const places = await index.find(idsOf(all));
    for (const name of await objectNames(objects)) {
      const sound = (await objects.get(name))!.content;
      const folder = name.split('/')[0]!;
      const other = (await objectNames(objects, `${folder}/`)).find((each) => each !== name)!;
      const bytes = corrupt(sound, (await objects.get(other))!.content);
      if (bytes) await objects.put(name, bytes);
      else await objects.delete(name);

      const inside = all.filter(({ id }) => objectName(places.get(id)!.object) === name);
      // What a reader sees: it is not there, or it is not what its name says.
      const frames = await store.getChunks(idsOf(all));
      const wrong = all.filter(({ id }, i) => {
        const frame = frames[i];
        return !frame || createHash('sha256').update(frame).digest('hex') !== id;
      });
      assert.ok(wrong.length > 0, name);
      assert.ok(
        wrong.every((chunk) => inside.includes(chunk)),
        name,
      );
      assert.deepEqual(await store.compareChunks(all), new Set(idsOf(wrong)), name);
      const { ids } = await store.lackingChunks(namesOf(idsOf(all)));
      assert.deepEqual(ids, idsOf(wrong).toSorted());
      await assertReadable(
        store,
        all.filter((chunk) => !wrong.includes(chunk)),
      );

      await store.putChunks(all);
      await assertReadable(store, all, name);
      // As before, for the next one.
      await objects.put(name, sound);
      await index.markDamaged(idsOf(inside));
      for (const each of chunks) await store.putChunks(each);
      for (const [id, place] of await index.find(idsOf(all))) places.set(id, place);
    }
  });

  test(`${what}, of a manifest, is the damage of one backup`, async () => {
    const objects = memoryObjects();
    const { store } = opened(objects, { index: memoryIndex(), another: memoryIndex });
    const [uuid, other] = [randomUUID(), randomUUID()];
    for (const [each, text] of [
      [uuid, 'one'],
      [other, 'two'],
    ] as const) {
      await store.putManifest(each, { format: 'test', text, uuid: each }, new Uint8Array());
    }
    const name = `backups/${uuid}`;
    const bytes = corrupt(
      (await objects.get(name))!.content,
      (await objects.get(`backups/${other}`))!.content,
    );
    if (bytes) await objects.put(name, bytes);
    else await objects.delete(name);
    const read = store.getManifest(uuid);
    if (!bytes) assert.equal(await read, undefined);
    // That it is of another backup says what is in it; the store does not look into it.
    else if (what === 'another object')
      assert.deepEqual(await read, { format: 'test', text: 'two', uuid: other });
    else {
      await assert.rejects(read, {
        code: 'MANIFEST_INVALID',
        message: new RegExp(`${uuid}.*backups/${uuid}`),
      });
    }
    assert.deepEqual(await store.getManifest(other), { format: 'test', text: 'two', uuid: other });
  });
}
