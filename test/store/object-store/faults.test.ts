import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { HoldfastError } from '../../../src/base/errors.ts';
import { memoryObjects } from '../../../src/store/objects/memory.ts';
import { namesOf, type Store, type StoredChunk } from '../../../src/store/store.ts';
import {
  assertReadable,
  idsOf,
  indexes,
  objectNames,
  opened,
  randomChunks,
  sweep,
  type Opened,
} from './combinations.ts';

/** What happens at one step: it fails without or with its effect, or the process ends before or after it. */
const faults = [
  'fails',
  'fails after it was done',
  'ends the process',
  'ends the process after it was done',
] as const;

interface Steps {
  at: number;
  fault: (typeof faults)[number];
  taken: number;
  ended: boolean;
}

/** Disturbs one of all the calls. A process that has ended makes none any more. */
function disturbed<T extends object>(inner: T, steps: Steps): T {
  return new Proxy(inner, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function' || ['list', 'listChunks'].includes(String(name))) return value;
      return async (...given: unknown[]) => {
        const failed = (): HoldfastError =>
          new HoldfastError('STORE_FAILED', `Step ${steps.taken}, ${String(name)}.`);
        if (steps.ended) throw failed();
        const disturb = ++steps.taken === steps.at;
        if (disturb && steps.fault.startsWith('ends')) steps.ended = true;
        if (disturb && !steps.fault.endsWith('done')) throw failed();
        const answer: unknown = await Reflect.apply(value, target, given);
        if (disturb) throw failed();
        return answer;
      };
    },
  });
}

interface Story {
  old: { uuid: string; chunks: StoredChunk[] };
  next: { uuid: string; chunks: StoredChunk[]; added: StoredChunk[] };
  unneeded: StoredChunk[];
}

const large = 300_000;

/** A store with one backup, and much that nobody needs any more. */
async function begin(store: Store): Promise<Story> {
  const kept = [...randomChunks(6), ...randomChunks(1, large)];
  const unneeded = [...randomChunks(20), ...randomChunks(2, large)];
  await store.putChunks([...kept, ...unneeded]);
  const old = { uuid: randomUUID(), chunks: kept };
  await store.putManifest(old.uuid, { backup: 'old' }, namesOf(idsOf(kept)));
  const added = [...randomChunks(5), ...randomChunks(2, large)];
  // Of what nobody needed any more, the next backup finds some.
  const chunks = [...kept.slice(3), ...unneeded.slice(0, 2), ...unneeded.slice(-1), ...added];
  return { old, next: { uuid: randomUUID(), chunks, added }, unneeded };
}

/** The next backup, and a cleanup. */
async function goOn(store: Store, { old, next }: Story): Promise<void> {
  const sizes = next.chunks.map(({ id, frame }) => ({ id, storedBytes: frame.length }));
  const found = await store.useChunks(sizes);
  await store.putChunks(next.chunks.filter(({ id }) => !found.has(id)));
  await store.putManifest(next.uuid, { backup: 'next' }, namesOf(idsOf(next.chunks)));
  await sweep(store, [...old.chunks, ...next.chunks]);
}

async function assertWhole({ store }: Opened, story: Story, message: string): Promise<void> {
  for await (const uuid of store.listManifests()) {
    const { chunks } = uuid === story.old.uuid ? story.old : story.next;
    assert.equal((await store.lackingChunks(namesOf(idsOf(chunks)))).count, 0, message);
    await assertReadable(store, chunks, message);
  }
}

for (const [kind, openIndex] of Object.entries(indexes)) {
  for (const fault of faults) {
    test(`${kind}: a step of a backup or cleanup that ${fault} leaves every backup whole`, async (t) => {
      const { another, db } = await openIndex(t);
      let at = 1;
      for (; ; at++) {
        const objects = memoryObjects();
        const index = another();
        const sound = opened(objects, { index, another });
        const story = await begin(sound.store);
        const steps: Steps = { at, fault, taken: 0, ended: false };
        const faulty = opened(disturbed(objects, steps), { index: disturbed(index, steps), another });
        const message = `step ${at}:`;
        let failure: unknown;
        await goOn(faulty.store, story).catch((error: unknown) => (failure = error));
        if (steps.taken < at) break;
        // A failure may have been looked into and found to be none, never the other way round.
        if (failure !== undefined) assert.match((failure as Error).message, /^Step \d+/, message);
        await assertWhole(sound, story, message);

        await goOn(sound.store, story);
        await assertWhole(sound, story, message);
        assert.equal((await objectNames(objects, 'backups/')).length, 2, message);

        // A day later nothing is left of what was broken off.
        if (!db) continue;
        await db.client.query(`update system_backup_store_writes set begun_at = now() - interval '2 days'`);
        const needed = [...story.old.chunks, ...story.next.chunks];
        for (let n = 0; n < 2; n++) await sweep(sound.store, needed);
        await assertWhole(sound, story, message);
        const listed: string[] = [];
        for await (const { id } of sound.store.listChunks()) listed.push(id);
        assert.deepEqual(new Set(listed), new Set(idsOf(needed)), message);
        const places = await index.find(listed);
        const used = new Set([...places.values()].map(({ object }) => object.id));
        const stored = await objectNames(objects);
        const left = stored.filter((name) => !name.startsWith('backups/') && !used.has(name.slice(-64)));
        assert.deepEqual(left, [], message);
      }
      t.diagnostic(`${at - 1} steps`);
      assert.ok(at > 20);
    });
  }
}

test('a manifest that a full store refuses does not keep a cleanup from making room', async () => {
  const objects = memoryObjects();
  let full = true;
  const refusing = {
    ...objects,
    async put(...given: Parameters<typeof objects.put>) {
      if (full && given[0].startsWith('backups/')) throw new HoldfastError('STORE_FULL', 'No room.');
      return objects.put(...given);
    },
  };
  const { store } = opened(refusing, await indexes['index in memory']!(undefined as never));
  const chunks = randomChunks(3);
  await store.putChunks(chunks);
  await assert.rejects(store.putManifest(randomUUID(), {}, namesOf(idsOf(chunks))), { code: 'STORE_FULL' });
  await sweep(store, []);
  assert.deepEqual(await objectNames(objects), []);
});

test('a manifest whose put fails although it was written is put', async () => {
  const objects = memoryObjects();
  const failing = {
    ...objects,
    async put(...given: Parameters<typeof objects.put>) {
      await objects.put(...given);
      throw new HoldfastError('STORE_UNREACHABLE', 'The answer was lost.');
    },
  };
  const index = (await indexes['index in memory']!(undefined as never)).index;
  const { store } = opened(failing, { index, another: () => index });
  const uuid = randomUUID();
  await store.putManifest(uuid, { a: 1 }, new Uint8Array());
  assert.deepEqual(await store.getManifest(uuid), { a: 1 });
});
