import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { ChunkIndex, PlacedChunk } from '../../../src/store/object-store/chunk-index.ts';
import type { ObjectKey } from '../../../src/store/object-store/names.ts';
import { namesOf } from '../../../src/store/store.ts';
import { indexes } from './combinations.ts';

const newId = (): string => randomBytes(32).toString('hex');
const newPack = (): ObjectKey => ({ id: newId(), packed: true });

function someChunks(count: number, bytes = 10): PlacedChunk[] {
  return Array.from({ length: count }, (_, i) => ({
    id: newId(),
    offset: i * bytes,
    storedBytes: bytes,
    hash: newId(),
  }));
}

const idsOf = (chunks: readonly PlacedChunk[]): string[] => chunks.map(({ id }) => id);

async function put(
  index: ChunkIndex,
  key: ObjectKey,
  chunks: readonly PlacedChunk[],
  bytes = 100,
): Promise<void> {
  assert.deepEqual(await index.claim([{ key, bytes }]), new Set([key.id]));
  assert.deepEqual(await index.place([{ key, chunks }]), new Set([key.id]));
}

for (const [kind, openIndex] of Object.entries(indexes)) {
  test(`${kind}: says where chunks lie once their object is placed, and not before`, async (t) => {
    const { index } = await openIndex(t);
    const [pack, chunks] = [newPack(), someChunks(3)];
    const alone = { key: { id: newId(), packed: false }, bytes: 70 };
    await index.claim([alone, { key: pack, bytes: 100 }]);
    assert.equal((await index.find(idsOf(chunks))).size, 0);
    assert.equal((await index.useChunks(chunks)).size, 0);
    const own = { id: alone.key.id, offset: 0, storedBytes: 70, hash: undefined };
    await index.place([
      { key: alone.key, chunks: [own] },
      { key: pack, chunks },
    ]);
    const found = await index.find([...idsOf(chunks), own.id, newId()]);
    assert.deepEqual(
      found,
      new Map([
        ...chunks.map((chunk) => [chunk.id, { ...chunk, object: pack, damaged: false }] as const),
        [own.id, { ...own, object: alone.key, damaged: false }],
      ]),
    );
    assert.deepEqual(idsOf(await index.chunksIn(pack)), idsOf(chunks));
    assert.equal((await index.useChunks([...chunks, own])).size, 4);
  });

  test(`${kind}: what is condemned is neither claimed nor placed until it is forgotten`, async (t) => {
    const { index } = await openIndex(t);
    const [pack, other, chunks] = [newPack(), newPack(), someChunks(2)];
    await index.claim([
      { key: pack, bytes: 100 },
      { key: other, bytes: 100 },
    ]);
    const epoch = await index.beginEpoch();
    assert.deepEqual(await index.condemn(epoch - 1), [], 'claimed in the epoch that is spared');
    assert.deepEqual(await index.condemn(epoch, [pack]), [pack]);
    assert.deepEqual(await index.condemn(epoch, [pack]), [pack], 'so it is until it is forgotten');
    assert.deepEqual(await index.claim([{ key: pack, bytes: 100 }]), new Set());
    assert.deepEqual(await index.place([{ key: pack, chunks }]), new Set());
    assert.equal((await index.find(idsOf(chunks))).size, 0);
    await index.forget([pack, other]);
    assert.deepEqual(await index.place([{ key: pack, chunks }]), new Set(), 'nobody has claimed it again');
    assert.equal((await index.find(idsOf(chunks))).size, 0);
    await put(index, pack, chunks);
    // The other one was not condemned, so it was not forgotten.
    assert.deepEqual(await index.place([{ key: other, chunks: someChunks(1) }]), new Set([other.id]));
    assert.deepEqual(await index.condemn((await index.beginEpoch()) + 1), [], 'something lies in both');
  });

  test(`${kind}: a chunk that is whole stays where it lies, a damaged one moves`, async (t) => {
    const { index } = await openIndex(t);
    const [first, second, chunks] = [newPack(), newPack(), someChunks(2)];
    await put(index, first, chunks);
    await index.markDamaged([chunks[1]!.id]);
    await put(
      index,
      second,
      chunks.map((chunk) => ({ ...chunk, offset: chunk.offset + 1 })),
    );
    const found = await index.find(idsOf(chunks));
    assert.deepEqual(found.get(chunks[0]!.id), { ...chunks[0], object: first, damaged: false });
    assert.deepEqual(found.get(chunks[1]!.id), { ...chunks[1], offset: 11, object: second, damaged: false });
    const living = (await index.listObjects({ packed: true, after: '' })).map(
      ({ livingBytes }) => livingBytes,
    );
    assert.deepEqual(living, [10, 10]);
  });

  test(`${kind}: only what still lies where it was found is moved, with its last use`, async (t) => {
    const { index } = await openIndex(t);
    const [from, elsewhere, to, chunks] = [newPack(), newPack(), newPack(), someChunks(3)];
    await put(index, from, chunks.slice(0, 2));
    await put(index, elsewhere, chunks.slice(2));
    await index.markDamaged([chunks[1]!.id]);
    const epoch = await index.beginEpoch();
    await index.claim([{ key: to, bytes: 100 }]);
    await index.move(
      to,
      chunks.map((chunk) => ({ chunk: { ...chunk, offset: chunk.offset + 5 }, from })),
    );
    const found = await index.find(idsOf(chunks));
    assert.deepEqual(
      chunks.map(({ id }) => [found.get(id)!.object.id, found.get(id)!.offset, found.get(id)!.damaged]),
      [
        [to.id, 5, false],
        [to.id, 15, true],
        [elsewhere.id, 20, false],
      ],
    );
    assert.equal((await index.remove(idsOf(chunks), epoch)).chunks, 3, 'none was used by being moved');
    const gone = newPack();
    await index.move(gone, [{ chunk: chunks[2]!, from: elsewhere }]);
    assert.deepEqual(await index.chunksIn(gone), [], 'an object that nobody claimed');
  });

  test(`${kind}: as long as a manifest is written, what was used since it began is spared`, async (t) => {
    const { index } = await openIndex(t);
    const [earlier, since] = [someChunks(1), someChunks(1)];
    await put(index, newPack(), earlier);
    await index.beginEpoch();
    await put(index, newPack(), since);
    const write = await index.beginManifest(randomUUID(), namesOf(idsOf(since)), undefined);
    const epoch = (await index.beginEpoch()) + 1;
    assert.equal((await index.remove(idsOf([...earlier, ...since]), epoch)).chunks, 1);
    assert.equal(await index.endManifest(write), undefined);
    assert.equal((await index.remove(idsOf(since), epoch - 1)).chunks, 0);
    await assert.rejects(index.beginManifest(randomUUID(), namesOf(idsOf(earlier)), undefined), {
      message: /lacks 1 chunks/,
    });
    assert.equal(
      (await index.remove(idsOf(since), epoch)).chunks,
      1,
      'what was refused is not being written',
    );
  });

  test(`${kind}: an object that is gone takes its chunks with it, unless it was claimed meanwhile`, async (t) => {
    const { index } = await openIndex(t);
    const [pack, chunks] = [newPack(), someChunks(2)];
    const before = await index.beginEpoch();
    await put(index, pack, chunks);
    assert.deepEqual(await index.drop(pack, before), []);
    assert.equal((await index.find(idsOf(chunks))).size, 2);
    assert.deepEqual((await index.drop(pack, await index.beginEpoch())).toSorted(), idsOf(chunks).toSorted());
    assert.equal((await index.find(idsOf(chunks))).size, 0);
    assert.deepEqual(await index.listObjects({ packed: true, after: '' }), []);
    assert.deepEqual(await index.packedBytes(), { held: 0, living: 0 });
  });

  test(`${kind}: lists objects by pages, each once`, async (t) => {
    const { index } = await openIndex(t);
    const keys = Array.from({ length: 1_203 }, newPack);
    await index.claim(keys.map((key, bytes) => ({ key, bytes })));
    const listed: string[] = [];
    for (let after = ''; ;) {
      const page = await index.listObjects({ packed: true, after });
      if (page.length === 0) break;
      listed.push(...page.map(({ key }) => key.id));
      after = listed.at(-1)!;
    }
    assert.deepEqual(listed, keys.map(({ id }) => id).toSorted());
    assert.deepEqual(await index.listObjects({ packed: false, after: '' }), []);
  });
}

test('index in the catalog: of a process that died while it wrote a manifest nothing is left after a day', async (t) => {
  const { index, db } = await indexes['index in the catalog']!(t);
  const chunks = someChunks(1);
  await put(index, newPack(), chunks);
  await index.beginManifest(randomUUID(), namesOf(idsOf(chunks)), undefined);
  assert.equal((await index.remove(idsOf(chunks), await index.beginEpoch())).chunks, 0);
  await db!.client.query(`update system_backup_store_writes set begun_at = now() - interval '25 hours'`);
  assert.equal((await index.remove(idsOf(chunks), await index.beginEpoch())).chunks, 1);
});

test('index in the catalog: what goes wrong in the database names the store', async (t) => {
  const { index, db } = await indexes['index in the catalog']!(t);
  await db!.client.query('drop table system_backup_store_objects');
  await assert.rejects(index.claim([{ key: newPack(), bytes: 1 }]), {
    code: 'STORE_FAILED',
    message: /^The index of the backup store test: failed: /,
  });
});
