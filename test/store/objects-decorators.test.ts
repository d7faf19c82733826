import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counted, noCounts } from '../../src/store/objects/counted.ts';
import { storeFailure } from '../../src/store/objects/failure.ts';
import { memoryObjects } from '../../src/store/objects/memory.ts';
import type { Objects } from '../../src/store/objects/objects.ts';
import { retrying } from '../../src/store/objects/retrying.ts';
import { throttled } from '../../src/store/objects/throttled.ts';
import { faultyObjects, type ObjectsFault } from '../support/faulty-objects.ts';
import { collect, failsWith, objectsConformance } from './objects-conformance.ts';

const fast = { firstDelayMs: 1, longestDelayMs: 4 };
const patient = { ...fast, attempts: 60 };
const everyOther = (call: number): boolean => call % 2 === 1;

for (const [name, decorate] of Object.entries({
  retrying: (inner: Objects) => retrying(inner, fast),
  throttled: (inner: Objects) => throttled(inner, { callsAtOnce: 3, bytesPerSecond: 4_000_000_000 }),
  counted: (inner: Objects) => counted(inner, noCounts()),
  'retrying over every other call failing': (inner: Objects) =>
    retrying(faultyObjects(inner, { fault: 'error', at: everyOther }), patient),
  'retrying over every third call done and failing': (inner: Objects) =>
    retrying(faultyObjects(inner, { fault: 'error-after', at: (call) => call % 3 === 0 }), patient),
})) {
  objectsConformance(
    name,
    async () => {
      const objects = decorate(memoryObjects());
      return { objects, another: async () => objects };
    },
    { conditional: 'in one step' },
  );
}

test('only what may pass is repeated, and not for ever', async () => {
  const failing = (error: Error): { objects: Objects; calls: () => number } => {
    const counts = noCounts();
    const inner = { ...memoryObjects(), get: () => Promise.reject(error) };
    return {
      objects: retrying(counted(inner, counts), { ...fast, attempts: 4 }),
      calls: () => counts.calls.get,
    };
  };
  for (const [code, lasting, calls] of [
    ['STORE_UNREACHABLE', false, 4],
    ['STORE_FAILED', false, 4],
    ['STORE_UNREACHABLE', true, 1],
    ['STORE_DENIED', false, 1],
    ['STORE_FULL', false, 1],
  ] as const) {
    const under = failing(storeFailure(code, 'A test.', { lasting }));
    await failsWith(under.objects.get('a'), code);
    assert.equal(under.calls(), calls, code);
  }
});

test('a put that was done and failed is known again by its content', async () => {
  const inner = memoryObjects();
  const objects = retrying(faultyObjects(inner, { fault: 'error-after', at: (call) => call === 1 }), fast);
  const version = await objects.put('a', Buffer.from('mine'), { expected: null });
  assert.equal(version, (await inner.get('a'))?.version);
  // Another one's content is not.
  const second = retrying(faultyObjects(inner, { fault: 'error', at: (call) => call === 1 }), fast);
  assert.equal(await second.put('a', Buffer.from('other'), { expected: null }), undefined);
});

test('a listing that fails goes on behind the last name', async () => {
  const inner = memoryObjects();
  for (let i = 100; i < 200; i++) await inner.put(`n/${i}`, Buffer.from('x'));
  const faulty = faultyObjects(inner, { fault: 'error', at: (call) => call % 3 === 0 });
  const found = await collect(retrying(faulty, fast).list('n/'));
  assert.deepEqual(
    found.map(({ name }) => name),
    Array.from({ length: 100 }, (_, i) => `n/${i + 100}`),
  );
  assert.ok(faulty.faults > 30);
});

test('waiting for the next attempt ends with the signal', async () => {
  const faulty = faultyObjects(memoryObjects(), { fault: 'error', at: () => true });
  const objects = retrying(faulty, { firstDelayMs: 60_000, longestDelayMs: 60_000 });
  const ending = new AbortController();
  const get = objects.get('a', { signal: ending.signal });
  setImmediate(() => ending.abort());
  await failsWith(get, 'CANCELLED');
});

test('no more calls than allowed are under way, also when some fail or are given up', async () => {
  let underWay = 0;
  let most = 0;
  const inner = memoryObjects();
  const watched: Objects = {
    ...inner,
    async get(name) {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay--;
      if (name.endsWith('3')) throw storeFailure('STORE_FAILED', 'A test.');
      return inner.get(name);
    },
  };
  const objects = throttled(watched, { callsAtOnce: 3 });
  const ending = new AbortController();
  const calls = Array.from({ length: 50 }, (_, i) =>
    objects.get(`a${i}`, i % 5 === 4 ? { signal: ending.signal } : {}),
  );
  ending.abort();
  const outcomes = await Promise.allSettled(calls);
  assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, 15);
  assert.equal(most, 3);
  await Promise.all([1, 2, 4].map((i) => objects.get(`a${i}`)));
  assert.equal(underWay, 0);
});

test('within a listing other calls are made, though one at a time is allowed', async () => {
  const objects = throttled(memoryObjects(), { callsAtOnce: 1 });
  for (const name of ['a', 'b', 'c']) await objects.put(name, Buffer.from(name));
  const found: string[] = [];
  for await (const { name } of objects.list(''))
    found.push(Buffer.from((await objects.get(name))!.content).toString());
  assert.deepEqual(found, ['a', 'b', 'c']);
});

test('bytes a second hold from object to object, in both directions', async () => {
  const objects = throttled(memoryObjects(), { bytesPerSecond: 1_000_000 });
  const start = performance.now();
  for (let i = 0; i < 3; i++) await objects.put('a', Buffer.alloc(100_000));
  await objects.get('a');
  await objects.head('a');
  // At least: 400 kB at 1 MB/s.
  assert.ok(performance.now() - start >= 395, `${performance.now() - start}`);
  const ending = new AbortController();
  await objects.put('b', Buffer.alloc(50_000_000));
  const get = objects.get('b', { signal: ending.signal });
  setImmediate(() => ending.abort());
  await failsWith(get, 'CANCELLED');
});

test('calls, failures and bytes are counted by kind', async () => {
  const counts = noCounts();
  const faulty = faultyObjects(memoryObjects(), {
    fault: 'error',
    at: (_, operation) => operation === 'delete',
  });
  const objects = counted(faulty, counts);
  await objects.put('a', Buffer.alloc(10));
  await objects.put('b', Buffer.alloc(5));
  await objects.get('a');
  await objects.get('none');
  await objects.getRange('a', { offset: -3, bytes: 3 });
  await objects.head('a');
  await collect(objects.list(''));
  await failsWith(objects.delete('a'), 'STORE_FAILED');
  assert.deepEqual(counts, {
    calls: { put: 2, get: 2, getRange: 1, head: 1, list: 1, delete: 1 },
    failures: { put: 0, get: 0, getRange: 0, head: 0, list: 0, delete: 1 },
    sentBytes: 15,
    receivedBytes: 13,
    listedNames: 2,
  });
});

test('each fault of the tests does what it says', async () => {
  const content = Buffer.from('0123456789');
  const once = async (fault: ObjectsFault): Promise<{ inner: Objects; objects: Objects }> => {
    const inner = memoryObjects();
    await inner.put('there', content);
    return { inner, objects: faultyObjects(inner, { fault, at: () => true, hangMs: 20, slowMs: 20 }) };
  };
  const error = await once('error');
  await failsWith(error.objects.put('a', content), 'STORE_FAILED');
  assert.equal(await error.inner.get('a'), undefined);
  const after = await once('error-after');
  await failsWith(after.objects.put('a', content), 'STORE_FAILED');
  assert.ok(await after.inner.get('a'));
  const cut = await once('cut-write');
  await failsWith(cut.objects.put('a', content), 'STORE_FAILED');
  assert.equal((await cut.inner.get('a'))?.content.length, 5);
  const short = await once('short-read');
  assert.equal((await short.objects.get('there'))?.content.length, 5);
  await failsWith((await once('hang')).objects.get('there'), 'STORE_UNREACHABLE');
  assert.equal((await (await once('slow')).objects.get('there'))?.content.length, 10);
});
