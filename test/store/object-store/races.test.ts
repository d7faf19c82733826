import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { memoryObjects } from '../../../src/store/objects/memory.ts';
import type { Objects } from '../../../src/store/objects/objects.ts';
import { namesOf } from '../../../src/store/store.ts';
import { assertReadable, idsOf, indexes, objectNames, opened, randomChunks, sweep } from './combinations.ts';

interface Gate {
  objects: Objects;
  /** The next call of this method whose name matches waits. Resolves when it has come. */
  hold(method: 'put' | 'get' | 'getRange' | 'delete', pattern: RegExp): Promise<void>;
  release(): void;
}

/** Objects of which one call can be kept waiting. */
function gated(inner: Objects): Gate {
  let held: { method: string; pattern: RegExp; arrived: () => void } | undefined;
  let open: (() => void) | undefined;
  const pass = async (method: string, name: string): Promise<void> => {
    if (held?.method !== method || !held.pattern.test(name)) return;
    const { arrived } = held;
    held = undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    arrived();
    await opened;
  };
  return {
    hold: (method, pattern) => new Promise((arrived) => (held = { method, pattern, arrived })),
    release: () => open?.(),
    objects: {
      ...inner,
      async put(name, ...rest) {
        await pass('put', name);
        return inner.put(name, ...rest);
      },
      async get(name, ...rest) {
        await pass('get', name);
        return inner.get(name, ...rest);
      },
      async getRange(name, ...rest) {
        await pass('getRange', name);
        return inner.getRange(name, ...rest);
      },
      async delete(name) {
        await pass('delete', name);
        return inner.delete(name);
      },
    },
  };
}

for (const [kind, openIndex] of Object.entries(indexes)) {
  test(`${kind}: a sweep that begins while a manifest is written spares what it needs`, async (t) => {
    const gate = gated(memoryObjects());
    const { store } = opened(gate.objects, await openIndex(t));
    const [needed, other] = [randomChunks(3), randomChunks(3)];
    await store.putChunks([...needed, ...other]);
    const uuid = randomUUID();
    const arrived = gate.hold('put', /^backups\//);
    const putting = store.putManifest(uuid, {}, namesOf(idsOf(needed)));
    await arrived;
    // Its own epoch, later than the marks, and no manifest to be seen.
    const epoch = await store.beginEpoch();
    assert.equal((await store.deleteChunks(idsOf(needed), epoch)).chunks, 0);
    gate.release();
    await putting;
    // It goes on with what it listed before the manifest was there.
    assert.equal((await store.deleteChunks(idsOf([...needed, ...other]), epoch)).chunks, 3);
    await assertReadable(store, needed);
    assert.equal((await store.lackingChunks(namesOf(idsOf(needed)))).count, 0);
  });

  test(`${kind}: a chunk that is found damaged while the manifest is written, and the manifest is not there`, async (t) => {
    const gate = gated(memoryObjects());
    const { store } = opened(gate.objects, await openIndex(t));
    const needed = randomChunks(3);
    await store.putChunks(needed);
    const uuid = randomUUID();
    const arrived = gate.hold('put', /^backups\//);
    const putting = store.putManifest(uuid, {}, namesOf(idsOf(needed)));
    await arrived;
    await store.markDamaged([needed[1]!.id]);
    gate.release();
    await assert.rejects(putting, { code: 'STORE_FAILED', message: /lacks 1 chunks/ });
    assert.equal(await store.getManifest(uuid), undefined);
  });

  for (const [what, bytes, count] of [
    ['a chunk of its own', 300_000, 1],
    ['a pack', 100, 3],
  ] as const) {
    test(`${kind}: ${what} that is stored again while its object is being deleted`, async (t) => {
      const gate = gated(memoryObjects());
      const { store, objects } = opened(gate.objects, await openIndex(t));
      const chunks = randomChunks(count, bytes);
      await store.putChunks(chunks);
      const arrived = gate.hold('delete', /^(chunks|packs)\//);
      const sweeping = sweep(store, []);
      await arrived;
      await store.putChunks(chunks);
      await assertReadable(store, chunks);
      gate.release();
      await sweeping;
      await assertReadable(store, chunks);
      assert.equal((await objectNames(objects)).length, 1);
    });

    test(`${kind}: ${what} that is swept while it is being written`, async (t) => {
      const gate = gated(memoryObjects());
      const { store } = opened(gate.objects, await openIndex(t));
      const chunks = randomChunks(count, bytes);
      const arrived = gate.hold('put', /^(chunks|packs)\//);
      const putting = store.putChunks(chunks);
      await arrived;
      await sweep(store, []);
      gate.release();
      await putting;
      await assertReadable(store, chunks);
    });
  }

  test(`${kind}: who reads from a pack that is rewritten meanwhile`, async (t) => {
    const gate = gated(memoryObjects());
    const { store, index } = opened(gate.objects, await openIndex(t));
    const chunks = randomChunks(10);
    await store.putChunks(chunks);
    const [needed, gone] = [chunks.slice(0, 3), chunks[5]!];
    const before = await index.find(idsOf(needed));
    const arrived = gate.hold('getRange', /^packs\//);
    const reading = store.getChunks([needed[0]!.id, gone.id, needed[2]!.id]);
    await arrived;
    await sweep(store, needed);
    const after = await index.find(idsOf(needed));
    assert.notDeepEqual(after.get(needed[0]!.id)!.object, before.get(needed[0]!.id)!.object);
    gate.release();
    const frames = await reading;
    assert.deepEqual(
      frames.map((frame) => frame && Buffer.from(frame)),
      [needed[0]!.frame, undefined, needed[2]!.frame],
    );
  });

  test(`${kind}: two sweeps that rewrite packs at once`, async (t) => {
    const { store, objects } = opened(memoryObjects(), await openIndex(t));
    const packs = Array.from({ length: 6 }, () => randomChunks(10));
    for (const chunks of packs) await store.putChunks(chunks);
    const needed = packs.flatMap((chunks) => chunks.slice(0, 2));
    await Promise.all([sweep(store, needed), sweep(store, needed), sweep(store, needed)]);
    await assertReadable(store, needed);
    await sweep(store, needed);
    await assertReadable(store, needed);
    assert.equal((await objectNames(objects)).length, 1);
  });
}

test('index in the catalog: a run that has lost its fence puts no manifest', async (t) => {
  const gate = gated(memoryObjects());
  const openedIndex = await indexes['index in the catalog']!(t);
  const { store } = opened(gate.objects, openedIndex);
  const { client } = openedIndex.db!;
  const uuid = randomUUID();
  await client.query(
    `insert into system_backups (uuid, type, status, trigger, store, fence, first_epoch)
       values ($1, 'full', 'running', 'manual', 'objects', 7, 1)`,
    [uuid],
  );
  const none = new Uint8Array();
  await assert.rejects(store.putManifest(uuid, { fence: 6 }, none, 6), { code: 'INTERRUPTED' });
  await assert.rejects(store.putManifest(randomUUID(), { fence: 7 }, none, 7), { code: 'INTERRUPTED' });
  assert.deepEqual(await objectNames(gate.objects), []);
  await store.putManifest(uuid, { fence: 7 }, none, 7);
  assert.deepEqual(await store.getManifest(uuid), { fence: 7 });

  // Taken over while the object is on its way.
  const arrived = gate.hold('put', /^backups\//);
  const putting = store.putManifest(uuid, { late: true }, none, 7);
  await arrived;
  await client.query(`update system_backups set fence = 8`);
  gate.release();
  await assert.rejects(putting, { code: 'INTERRUPTED' });
  assert.equal(await store.getManifest(uuid), undefined);
});
