import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Store } from '../../src/store/store.ts';
import { chunkOf, type StoreUnderTest } from './conformance.ts';

const later = new Date(Date.now() + 365 * 86_400_000);

async function unchecked(store: Store, until: Date): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of store.checks.list(until)) ids.push(id);
  return ids.toSorted();
}

const inOrder = (ids: readonly string[]): string[] => ids.toSorted((a, b) => (a < b ? -1 : 1));

/** What `ChunkChecks` promises, tried on one store. */
export function checksConformance(
  name: string,
  open: (t: TestContext) => Promise<StoreUnderTest>,
  skip: string | false = false,
): void {
  test(`${name}: knows since when every byte has been read or written`, { skip }, async (t) => {
    const { store } = await open(t);
    assert.deepEqual([await store.checks.oldest(), await store.checks.until(1)], [null, null]);
    const chunks = [700, 500, 300].map((bytes) => chunkOf(randomBytes(bytes)));
    for (const chunk of chunks) {
      await store.putChunks([chunk]);
      await pause(5);
    }
    const [first, second, third] = chunks.map(({ id }) => id) as [string, string, string];
    const all = [first, second, third].toSorted();
    // Those read longest ago first, as many as it takes.
    for (const [bytes, ids] of [
      [1, [first]],
      [700, [first]],
      [701, [first, second]],
      [1_500, all],
      [1_000_000, all],
    ] as const) {
      const until = (await store.checks.until(bytes))!;
      assert.deepEqual(await unchecked(store, until), inOrder(ids), `${bytes} bytes`);
      assert.deepEqual(await store.checks.due(all, until), new Set(ids), `${bytes} bytes`);
    }
    const stored = (await store.checks.oldest())!;
    const until = (await store.checks.until(1_500))!;
    await pause(5);
    // Now it is the others' turn, and what is read once is read no more until then.
    await store.checks.mark([first]);
    assert.ok((await store.checks.oldest())! > stored);
    assert.deepEqual(await unchecked(store, until), [second, third].toSorted());
    assert.deepEqual(await unchecked(store, (await store.checks.until(1))!), [second]);
    // What is known to be damaged has been read, and is what it is.
    await store.markDamaged([second]);
    assert.deepEqual(await unchecked(store, later), [first, third].toSorted());
    assert.deepEqual(await store.checks.due([second, third], later), new Set([third]));
    // A comparison has read it, and one that is put again is new.
    await store.compareChunks([chunks[2]!]);
    assert.deepEqual(await unchecked(store, until), []);
    await store.putChunks([chunks[1]!]);
    assert.deepEqual(await unchecked(store, until), []);
    assert.deepEqual(await unchecked(store, later), all);
    assert.ok((await store.checks.oldest())! > stored);
  });

  test(`${name}: tells what is absent without reading it`, { skip }, async (t) => {
    const { store } = await open(t);
    const chunks = [90, 4_000, 400_000, 1].map((bytes) => chunkOf(randomBytes(bytes)));
    await store.putChunks(chunks);
    const asked = chunks.map(({ id, frame }) => ({ id, storedBytes: frame.length }));
    assert.deepEqual(await store.checks.absent([]), []);
    assert.deepEqual(await store.checks.absent(asked), []);
    const never = chunkOf(randomBytes(9)).id;
    const found = await store.checks.absent([
      ...asked.slice(1),
      { id: never, storedBytes: 9 },
      { ...asked[0]!, storedBytes: 91 },
    ]);
    assert.deepEqual(
      new Map(found.map(({ id, missing }) => [id, missing])),
      new Map([
        [never, true],
        [asked[0]!.id, false],
      ]),
    );
    await store.markDamaged([asked[2]!.id]);
    assert.deepEqual(await store.checks.absent(asked), [
      { id: asked[2]!.id, missing: false, problem: 'is known to be damaged' },
    ]);
    await store.putChunks(chunks);
    assert.deepEqual(await store.checks.absent(asked), []);
  });
}
