import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import {
  makePack,
  packBytes,
  packedBelowBytes,
  readPackIndex,
} from '../../../src/store/object-store/packs.ts';
import { memoryIndex } from '../../../src/store/object-store/memory-index.ts';
import { counted, noCounts } from '../../../src/store/objects/counted.ts';
import { memoryObjects } from '../../../src/store/objects/memory.ts';
import { namesOf } from '../../../src/store/store.ts';
import {
  assertReadable,
  idsOf,
  indexes,
  objectNames,
  opened,
  places,
  randomChunks,
  sweep,
} from './combinations.ts';

test('the index of a pack is read by tail, and its name is its hash', async (t) => {
  const objects = await places['directory']!(t);
  const { store, index } = opened(objects, await indexes['index in memory']!(t));
  const chunks = [...randomChunks(4, 5_000), ...randomChunks(1, 1)];
  await store.putChunks(chunks);
  const [name, ...others] = await objectNames(objects);
  assert.deepEqual(others, []);
  const file = path.join(fileURLToPath(objects.address), name!);
  const line = execFileSync('sh', ['-c', `tail -n 2 "$0" | head -n 1`, file], { encoding: 'utf8' });
  const read = JSON.parse(line) as { chunks: { id: string; offset: number; bytes: number }[] };
  const bytes = await fs.readFile(file);
  assert.equal(name, `packs/${name!.slice(6, 8)}/${createHash('sha256').update(bytes).digest('hex')}`);
  assert.deepEqual(
    read.chunks.map(({ id, offset, bytes: length }) => [id, bytes.subarray(offset, offset + length)]),
    chunks.map(({ id, frame }) => [id, Buffer.from(frame)]),
  );
  assert.equal((await index.find(idsOf(chunks))).size, 5);
});

test('by hand, a pack is taken apart as docs/FORMAT.md says', async (t) => {
  if (spawnSync('jq', ['--version']).status !== 0) return t.skip('jq is not installed');
  const text = await fs.readFile(path.join(import.meta.dirname, '../../../docs/FORMAT.md'), 'utf8');
  const [, script] = /```sh\n([^`]*PACK[^`]*)```/.exec(text)!;
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'pack-'));
  t.after(() => fs.rm(folder, { recursive: true }));
  const chunks = [...randomChunks(3, 5_000), ...randomChunks(1, 1)];
  await fs.writeFile(path.join(folder, 'PACK'), makePack(chunks).content);
  execFileSync('sh', ['-c', script!], { cwd: folder });
  for (const { id, frame } of chunks) {
    assert.deepEqual(await fs.readFile(path.join(folder, id)), Buffer.from(frame));
  }
});

test('an index longer than what is read first is read whole', async () => {
  const objects = memoryObjects();
  const pack = makePack(randomChunks(3_000, 3));
  await objects.put('packs/x', pack.content);
  const key = { ...pack.key };
  const name = `packs/${key.id.slice(0, 2)}/${key.id}`;
  await objects.put(name, pack.content);
  const read = await readPackIndex(objects, key, pack.content.length);
  assert.deepEqual(read, pack.chunks);
});

test('what does not end as a pack does is no pack', async () => {
  const objects = memoryObjects();
  const { key, content } = makePack(randomChunks(3));
  const name = `packs/${key.id.slice(0, 2)}/${key.id}`;
  const text = Buffer.from(content).toString('latin1');
  const altered = (from: RegExp | string, to: string): Buffer =>
    Buffer.from(text.replace(from, to), 'latin1');
  const wrong: Buffer[] = [
    Buffer.alloc(0),
    Buffer.from('\n'),
    Buffer.from('1\n1\n'),
    Buffer.from('{}\n2\n'),
    Buffer.from(`x\n{"format":"holdfast/pack-1","chunks":[null]}\n44\n`),
    Buffer.from(content).subarray(0, content.length - 1),
    Buffer.from(content).subarray(1),
    altered('holdfast/pack-1', 'holdfast/pack-2'),
    altered('"offset":0', '"offset":1'),
    altered('"bytes":100', '"bytes":-10'),
    altered('"bytes":100', '"bytes":101'),
    altered(/"id":"./, '"id":"G'),
    altered(/\n(\d+)\n$/, '\n999999999\n'),
    altered(/\n(\d+)\n$/, '\n1\n'),
  ];
  for (const bytes of wrong) {
    await objects.put(name, bytes);
    assert.equal(await readPackIndex(objects, key, bytes.length), 'damaged', bytes.subarray(-60).toString());
  }
  await objects.delete(name);
  assert.equal(await readPackIndex(objects, key, 100), undefined);
});

test('small chunks lie together, up to the size of a pack; large ones by themselves', async () => {
  const objects = memoryObjects();
  const index = memoryIndex();
  const { store } = opened(objects, { index, another: memoryIndex });
  const small = randomChunks(Math.floor(packBytes / (packedBelowBytes - 1)) + 5, packedBelowBytes - 1);
  await store.putChunks([...small, ...randomChunks(2, packedBelowBytes)]);
  assert.equal((await objectNames(objects, 'packs/')).length, 2);
  assert.equal((await objectNames(objects, 'chunks/')).length, 2);
  for await (const { bytes } of objects.list('packs/')) assert.ok(bytes < packBytes + 64 * 1024);
  await assertReadable(store, small);
});

test('neighbours in a pack are one request, and distant ones do not read what lies between', async () => {
  const counts = noCounts();
  const index = memoryIndex();
  const { store } = opened(counted(memoryObjects(), counts), { index, another: memoryIndex });
  const chunks = randomChunks(40, 200_000);
  await store.putChunks(chunks);
  const read = async (places: number[]): Promise<[requests: number, bytes: number]> => {
    const before = { requests: counts.calls.getRange, bytes: counts.receivedBytes };
    await assertReadable(
      store,
      places.map((place) => chunks[place]!),
    );
    return [counts.calls.getRange - before.requests, counts.receivedBytes - before.bytes];
  };
  assert.deepEqual(await read([3, 1, 2]), [1, 600_000]);
  assert.deepEqual(await read([1, 30]), [2, 400_000]);
  assert.deepEqual(await read([5]), [1, 200_000]);
  const small = randomChunks(1_000, 1_000);
  await store.putChunks(small);
  const before = counts.calls.getRange;
  await assertReadable(store, small);
  assert.equal(counts.calls.getRange - before, 1);
});

for (const [kind, openIndex] of Object.entries(indexes)) {
  test(`${kind}: packs that are mostly not in use are rewritten, others are left alone`, async (t) => {
    const { store, objects, index } = opened(memoryObjects(), await openIndex(t));
    const packs = Array.from({ length: 8 }, () => randomChunks(20, 1_000));
    for (const chunks of packs) await store.putChunks(chunks);
    const names = await objectNames(objects);
    assert.equal(names.length, 8);

    // Of one pack most is dead, of all of them together it is not.
    const half = packs.flatMap((chunks, n) => chunks.slice(0, n === 0 ? 3 : 13));
    await sweep(store, half);
    assert.deepEqual(await objectNames(objects), names, 'less than half is dead');

    // Seven of eight packs have few chunks in use, the last one has all of its 13.
    const few = [...packs.slice(0, 7).flatMap((chunks) => chunks.slice(0, 3)), ...packs[7]!.slice(0, 13)];
    await sweep(store, few);
    await assertReadable(store, few);
    const left = await objectNames(objects);
    assert.equal(left.length, 2);
    assert.equal(left.filter((name) => names.includes(name)).length, 1);
    const { held, living } = await index.packedBytes();
    assert.ok(living * 2 > held);
    assert.equal(living, few.length * 1_000);

    await sweep(store, []);
    assert.deepEqual(await objectNames(objects), []);
    assert.deepEqual(await index.packedBytes(), { held: 0, living: 0 });
  });

  test(`${kind}: packs of chunks shorter than what their index says of each are not rewritten again and again`, async (t) => {
    const { store, objects } = opened(memoryObjects(), await openIndex(t));
    const chunks = randomChunks(200, 20);
    await store.putChunks(chunks);
    await sweep(store, chunks.slice(0, 80));
    const names = await objectNames(objects);
    for (let n = 0; n < 2; n++) {
      await sweep(store, chunks.slice(0, 50));
      assert.deepEqual(await objectNames(objects), names);
    }
  });

  test(`${kind}: what a run may rely on is not rewritten, nor is what it writes deleted`, async (t) => {
    const { store, objects } = opened(memoryObjects(), await openIndex(t));
    const begun = await store.beginEpoch();
    const chunks = randomChunks(10);
    await store.putChunks(chunks);
    await store.beginEpoch();
    assert.equal((await store.deleteChunks(idsOf(chunks), begun)).chunks, 0);
    await store.reclaim(begun, new AbortController().signal);
    await assertReadable(store, chunks);
    assert.equal((await objectNames(objects)).length, 1);
  });

  test(`${kind}: what has rotted in a pack is found when that is rewritten, and not copied`, async (t) => {
    const { store, objects, index } = opened(memoryObjects(), await openIndex(t));
    const chunks = randomChunks(10, 1_000);
    await store.putChunks(chunks);
    const [name] = await objectNames(objects);
    const { content } = (await objects.get(name!))!;
    content[500]! ^= 1;
    await objects.put(name!, content);
    const [rotten, ...needed] = chunks.slice(0, 3);
    await sweep(store, [rotten!, ...needed]);
    assert.deepEqual((await store.lackingChunks(namesOf(idsOf(chunks.slice(0, 3))))).ids, [rotten!.id]);
    await assertReadable(store, needed);
    const places = await index.find(idsOf(chunks));
    assert.equal(`packs/${name!.slice(6, 8)}/${places.get(rotten!.id)!.object.id}`, name);
    assert.equal((await objectNames(objects)).length, 2);

    await store.putChunks([rotten!]);
    await sweep(store, [rotten!, ...needed]);
    await assertReadable(store, [rotten!, ...needed]);
    assert.ok(!(await objectNames(objects)).includes(name!));
  });

  test(`${kind}: a damaged chunk of a pack is stored again elsewhere`, async (t) => {
    const { store, objects, index } = opened(memoryObjects(), await openIndex(t));
    const chunks = [...randomChunks(5), ...randomChunks(1, 300_000)];
    await store.putChunks(chunks);
    const [packed, alone] = [chunks[1]!, chunks[5]!];
    for (const name of await objectNames(objects)) {
      const { content } = (await objects.get(name))!;
      content[150]! ^= 1;
      await objects.put(name, content);
    }
    const before = await index.find(idsOf(chunks));
    assert.deepEqual(await store.compareChunks(chunks), new Set([packed.id, alone.id]));
    await store.putChunks(chunks);
    assert.deepEqual(await store.compareChunks(chunks), new Set());
    const after = await index.find(idsOf(chunks));
    assert.notDeepEqual(after.get(packed.id)!.object, before.get(packed.id)!.object);
    assert.deepEqual(after.get(chunks[0]!.id), before.get(chunks[0]!.id));
    assert.deepEqual(after.get(alone.id)!.object, before.get(alone.id)!.object);
    await assertReadable(store, chunks);
  });
}
