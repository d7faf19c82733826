import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryObjects } from '../../src/store/objects/memory.ts';
import { provedConditions, type ConditionalPlace } from '../../src/store/objects/proved-conditions.ts';

interface Server {
  place: (content: string) => ConditionalPlace;
  content: () => Promise<string | undefined>;
  puts: () => number;
}

/** @param keeps which conditions the server keeps to; others it takes, and writes all the same */
function server(
  keeps: { creation: boolean; change: boolean },
  beforePut = async (): Promise<void> => {},
): Server {
  const objects = memoryObjects();
  let puts = 0;
  return {
    place: (text) => ({
      async put(condition) {
        puts++;
        await beforePut();
        const expected = (condition === null ? keeps.creation : keeps.change) ? condition : undefined;
        return objects.put('w', Buffer.from(text), { expected });
      },
      async putAnyway() {
        puts++;
        await beforePut();
        return (await objects.put('w', Buffer.from(text)))!;
      },
      current: async () => (await objects.get('w'))?.version ?? null,
      isNotImplemented: () => false,
      otherVersion: 'none',
    }),
    content: async () => (await objects.get('w'))?.content.toString(),
    puts: () => puts,
  };
}

test('a server that keeps to conditions is asked to prove it once for each kind', async () => {
  const { place, puts, content } = server({ creation: true, change: true });
  const conditions = provedConditions();
  const first = await conditions.put(null, place('1'));
  assert.ok(first);
  assert.equal(puts(), 2);
  const second = await conditions.put(first, place('2'));
  assert.equal(puts(), 4);
  const third = await conditions.put(second!, place('3'));
  assert.ok(third);
  assert.equal(puts(), 5);
  assert.equal(await conditions.put(second!, place('4')), undefined);
  assert.equal(await conditions.put(null, place('5')), undefined);
  assert.equal(await content(), '3');
  assert.equal(conditions.hold, true);
});

test('a server that takes conditions and ignores them is found out, and is read before and after', async () => {
  for (const keeps of [
    { creation: false, change: false },
    { creation: true, change: false },
    { creation: false, change: true },
  ]) {
    const { place, content } = server(keeps);
    const conditions = provedConditions();
    const first = await conditions.put(null, place('1'));
    assert.ok(first);
    assert.equal(await conditions.put(null, place('x')), undefined);
    const second = await conditions.put(first, place('2'));
    assert.ok(second);
    assert.equal(await conditions.put(first, place('x')), undefined);
    assert.equal(await content(), '2');
    assert.equal(conditions.hold, false);
  }
});

test('the first put overwrites nothing, on a server that ignores conditions too', async () => {
  const { place, content } = server({ creation: false, change: false });
  await place('there before').putAnyway();
  assert.equal(await provedConditions().put(null, place('x')), undefined);
  assert.equal(await provedConditions().put('another version', place('x')), undefined);
  assert.equal(await content(), 'there before');
});

test('of two that write at once where conditions are ignored, the one that was overwritten learns of it', async () => {
  let others = 0;
  const { place, content } = server({ creation: false, change: false }, async () => {});
  const conditions = provedConditions();
  const first = await conditions.put(null, place('1'));
  const mine = place('mine');
  const outcome = await conditions.put(first!, {
    ...mine,
    async putAnyway() {
      const version = await mine.putAnyway();
      if (others++ === 0) await place('theirs').putAnyway();
      return version;
    },
    async put(condition) {
      const version = await mine.put(condition);
      if (others++ === 1) await place('theirs').putAnyway();
      return version;
    },
  });
  assert.equal(outcome, undefined);
  assert.equal(await content(), 'theirs');
});

test('a server that refuses a condition although it holds is found out; a rival in between is not taken for that', async () => {
  const { place, content } = server({ creation: true, change: true });
  const refusing = (text: string): ConditionalPlace => ({ ...place(text), put: async () => undefined });
  const conditions = provedConditions();
  const first = await conditions.put(null, place('1'));
  const second = await conditions.put(first!, refusing('2'));
  assert.ok(second);
  assert.equal(await content(), '2');
  assert.equal(conditions.hold, false);
  assert.equal(await conditions.put(first!, refusing('3')), undefined);

  const others = provedConditions();
  const rival: ConditionalPlace = {
    ...place('ours'),
    async put() {
      await place('theirs').putAnyway();
      return undefined;
    },
  };
  assert.equal(await others.put(second, rival), undefined);
  assert.equal(await content(), 'theirs');
  assert.equal(others.hold, true);
});
