import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { plainKeys } from '../../../src/format/sealing/keys.ts';
import { memoryIndex } from '../../../src/store/object-store/memory-index.ts';
import { objectName } from '../../../src/store/object-store/names.ts';
import { objectStore } from '../../../src/store/object-store/object-store.ts';
import { memoryObjects } from '../../../src/store/objects/memory.ts';
import { idsOf, randomChunks } from './combinations.ts';

test('what thousands of objects lack is found in a listing, of a few by looking at each', async () => {
  const inner = memoryObjects();
  const calls = { head: 0, list: 0 };
  const objects = {
    ...inner,
    head: (name: string) => (calls.head++, inner.head(name)),
    list: (prefix: string) => (calls.list++, inner.list(prefix)),
  };
  const index = memoryIndex();
  const store = objectStore(objects, index, plainKeys);
  // Small, so that many fit into memory, and yet in objects of their own.
  const placed = Array.from({ length: 2_000 }, () => {
    const content = randomBytes(20);
    return { key: { id: randomBytes(32).toString('hex'), packed: false }, content };
  });
  await index.claim(placed.map(({ key, content }) => ({ key, bytes: content.length })));
  for (const { key, content } of placed) await objects.put(objectName(key), content);
  await index.place(
    placed.map(({ key, content }) => ({
      key,
      chunks: [{ id: key.id, offset: 0, storedBytes: content.length }],
    })),
  );
  const packed = randomChunks(30, 500);
  await store.putChunks(packed);
  const asked = [
    ...placed.map(({ key, content }) => ({ id: key.id, storedBytes: content.length })),
    ...packed.map(({ id, frame }) => ({ id, storedBytes: frame.length })),
  ];
  assert.deepEqual(await store.checks.absent(asked), []);
  assert.deepEqual(calls, { head: 0, list: 2 });

  const [gone, cut] = [placed[3]!.key, placed[1_999]!.key];
  await objects.delete(objectName(gone));
  await objects.put(objectName(cut), randomBytes(19));
  const bad = [
    { id: gone.id, missing: true, problem: 'is not there' },
    { id: cut.id, missing: false, problem: 'has 19 bytes where 20 were written' },
  ];
  assert.deepEqual(await store.checks.absent(asked), bad);
  calls.head = calls.list = 0;
  const few = asked.filter(({ id }) => id === gone.id || id === cut.id || idsOf(packed).includes(id));
  assert.deepEqual(await store.checks.absent(few), bad);
  assert.deepEqual(calls, { head: 3, list: 0 });

  // A pack that was cut off lacks the chunks at its end alone.
  const [pack] = (await index.listObjects({ packed: true, after: '' })).map(({ key }) => key);
  const whole = (await inner.get(objectName(pack!)))!.content;
  await objects.put(objectName(pack!), whole.subarray(0, 14 * 500 + 1));
  const lacking = await store.checks.absent(
    packed.map(({ id, frame }) => ({ id, storedBytes: frame.length })),
  );
  assert.deepEqual(
    new Set(lacking.map(({ id }) => id)),
    new Set((await index.chunksIn(pack!)).slice(14).map(({ id }) => id)),
  );
  assert.ok(lacking.every(({ missing }) => !missing));
});

test('a chunk that was moved to another pack meanwhile is not absent', async () => {
  const objects = memoryObjects();
  const index = memoryIndex();
  const store = objectStore(objects, index, plainKeys);
  const chunks = randomChunks(4, 500);
  await store.putChunks(chunks.slice(0, 2));
  const [old] = (await index.listObjects({ packed: true, after: '' })).map(({ key }) => key);
  let moved = false;
  const racing = objectStore(
    {
      ...objects,
      async head(name) {
        if (!moved) {
          moved = true;
          // As a sweep does: copied into a new pack, and the old one deleted.
          const frames = await store.getChunks(idsOf(chunks.slice(0, 2)));
          const to = { id: randomBytes(32).toString('hex'), packed: true };
          await index.claim([{ key: to, bytes: 2_000 }]);
          await objects.put(objectName(to), Buffer.concat(frames as Uint8Array[]));
          await index.move(
            to,
            chunks.slice(0, 2).map((chunk, i) => ({
              chunk: { id: chunk.id, offset: i * 500, storedBytes: 500 },
              from: old!,
            })),
          );
          await objects.delete(objectName(old!));
        }
        return objects.head(name);
      },
    },
    index,
    plainKeys,
  );
  assert.deepEqual(
    await racing.checks.absent(chunks.slice(0, 2).map(({ id }) => ({ id, storedBytes: 500 }))),
    [],
  );
  assert.ok(moved);
});
