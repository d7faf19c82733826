import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  confirmTurn,
  readWriter,
  takeTurn,
  type RememberedTurn,
  type TurnMemory,
} from '../../src/engine/stores/turn.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';

/** A catalog that can be cloned, and killed at any step. */
function catalog(from: RememberedTurn = { turn: null, intended: null }) {
  let remembered = { ...from };
  let queue: Promise<unknown> = Promise.resolve();
  let killBefore: 'intend' | 'taken' | undefined;
  const step = (name: 'intend' | 'taken', change: Partial<RememberedTurn>): Promise<void> => {
    if (killBefore === name) return Promise.reject(new Error('killed'));
    remembered = { ...remembered, ...change };
    return Promise.resolve();
  };
  const memory: TurnMemory = {
    catalog: () => Promise.resolve('one and the same'),
    // A clone is another installation, which this does not keep away.
    exclusively: (work) => (queue = queue.then(work, work)) as never,
    read: () => Promise.resolve(remembered),
    intend: (turn) => step('intend', { intended: turn }),
    taken: (turn) => step('taken', { turn, intended: null }),
  };
  return {
    memory,
    clone: () => catalog(remembered),
    kill: (before: typeof killBefore) => void (killBefore = before),
  };
}

const taken = { code: 'STORE_TAKEN' };

test('a catalog takes turn after turn', async () => {
  const store = memoryStore();
  const { memory } = catalog();
  assert.equal(await readWriter(store), undefined);
  const turns = new Set<string>();
  for (let i = 0; i < 3; i++) {
    await takeTurn(store, memory);
    turns.add((await readWriter(store))!.turn);
  }
  assert.equal(turns.size, 3);
});

test('of a catalog and its clone the second to write is stopped, and so is the first after the other has taken the store', async () => {
  const store = memoryStore();
  const first = catalog();
  await takeTurn(store, first.memory);
  const clone = first.clone();
  await takeTurn(store, first.memory);
  const before = await readWriter(store);
  await assert.rejects(takeTurn(store, clone.memory), taken);
  assert.deepEqual(await readWriter(store), before, 'nothing was written');
  await takeTurn(store, first.memory);

  await takeTurn(store, clone.memory, { force: true });
  await takeTurn(store, clone.memory);
  await assert.rejects(takeTurn(store, first.memory), taken);
  await takeTurn(store, clone.memory);
});

test('a clone that comes first stops the original', async () => {
  const store = memoryStore();
  const first = catalog();
  await takeTurn(store, first.memory);
  await takeTurn(store, first.clone().memory);
  await assert.rejects(takeTurn(store, first.memory), taken);
});

test('two that take the same turn at once: one has it', async () => {
  const store = memoryStore();
  const first = catalog();
  await takeTurn(store, first.memory);
  const results = await Promise.allSettled([
    takeTurn(store, first.memory),
    takeTurn(store, first.clone().memory),
    takeTurn(store, first.clone().memory),
  ]);
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
});

test('a process that is killed at any step is recognised when it comes back', async () => {
  for (const before of ['intend', 'taken'] as const) {
    const store = memoryStore();
    const one = catalog();
    await takeTurn(store, one.memory);
    one.kill(before);
    await assert.rejects(takeTurn(store, one.memory), /killed/);
    one.kill(undefined);
    await takeTurn(store, one.memory);
    await takeTurn(store, one.memory);
  }
});

test('a put that was written and answered with an error is recognised', async () => {
  const store = memoryStore();
  const { memory } = catalog();
  await takeTurn(store, memory);
  const troubled: Store = {
    ...store,
    async putDocument(...args) {
      await store.putDocument(...args);
      throw new Error('connection lost');
    },
  };
  await assert.rejects(takeTurn(troubled, memory), /connection lost/);
  await takeTurn(store, memory);
  const repeating: Store = {
    ...store,
    async putDocument(...args) {
      await store.putDocument(...args);
      return store.putDocument(...args);
    },
  };
  await takeTurn(repeating, memory);
});

test('a store whose writer.json is gone or unreadable is not written to', async () => {
  const store = memoryStore();
  const { memory } = catalog();
  await takeTurn(store, memory);
  await store.putDocument('writer.json', Buffer.from('{'));
  await assert.rejects(takeTurn(store, memory), taken);
  await store.deleteDocument('writer.json');
  await assert.rejects(takeTurn(store, memory), taken);
  await takeTurn(store, memory, { force: true });
  await store.putDocument('writer.json', Buffer.from('{'));
  await takeTurn(store, memory, { force: true });
});

test('two runs of one catalog take their turns one after the other, and both may go on', async () => {
  const store = memoryStore();
  const { memory, clone } = catalog();
  await Promise.all([takeTurn(store, memory), takeTurn(store, memory), takeTurn(store, memory)]);
  await confirmTurn(store, memory);
  const other = clone();
  await takeTurn(store, memory);
  await confirmTurn(store, memory);
  await assert.rejects(confirmTurn(store, other.memory), taken);
  await takeTurn(store, other.memory, { force: true });
  await assert.rejects(confirmTurn(store, memory), taken);
  await store.deleteDocument('writer.json');
  await assert.rejects(confirmTurn(store, other.memory), taken);
});
