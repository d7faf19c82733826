/** Locks of objects, against a server that has them. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import {
  DeleteObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  type HeadObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { plainKeys } from '../../../src/format/sealing/keys.ts';
import { memoryIndex } from '../../../src/store/object-store/memory-index.ts';
import type { LockPolicy } from '../../../src/store/store.ts';
import { objectStore } from '../../../src/store/object-store/object-store.ts';
import { parseAddress, type ObjectsAddress } from '../../../src/store/objects/address.ts';
import { memoryObjects } from '../../../src/store/objects/memory.ts';
import type { Objects } from '../../../src/store/objects/objects.ts';
import { openObjects } from '../../../src/store/objects/open.ts';
import { namesOf, type Store } from '../../../src/store/store.ts';
import { newBucket, type TestBucket } from '../../support/buckets.ts';
import { withoutRgw } from '../../support/rgw.ts';
import { until } from '../../support/until.ts';
import { assertReadable, idsOf, indexes, objectNames, randomChunks, sweep } from './combinations.ts';

const dayMs = 24 * 3_600_000;
const inDays = (days: number): number => Date.now() + days * dayMs;

interface Locked {
  place: TestBucket;
  objects: Objects;
  /** The requests that locked something that was there. */
  lockedNames: string[];
  head(name: string): Promise<HeadObjectCommandOutput>;
}

async function lockedBucket(t: TestContext, locks = true): Promise<Locked> {
  const place = await newBucket(t, { locks });
  const inner = await openObjects(parseAddress(place.address) as ObjectsAddress, { s3: place.credentials });
  t.after(() => inner.close());
  const lockedNames: string[] = [];
  const keeping = inner.keeping!;
  const objects: Objects = {
    ...inner,
    keeping: {
      ...keeping,
      lock: (name, ...rest) => {
        lockedNames.push(name);
        return keeping.lock(name, ...rest);
      },
    },
  };
  const head = (name: string) =>
    place.client.send(new HeadObjectCommand({ Bucket: place.bucket, Key: `shop/prod/${name}` }));
  return { place, objects, lockedNames, head };
}

const policy = (days: number, mode: LockPolicy['mode'] = 'governance'): LockPolicy => ({ mode, days });

async function describe(store: Store): Promise<void> {
  await store.putDocument('keys/one.age', Buffer.from('key'));
  await store.putDocument('holdfast.json', Buffer.from('{}'));
}

for (const [kind, newIndex] of Object.entries(indexes)) {
  test(
    `${kind}: what a backup needs is locked for the days after it, and again once that is due`,
    { skip: withoutRgw },
    async (t) => {
      const { objects, lockedNames, head } = await lockedBucket(t);
      const { index } = await newIndex(t);
      const open = (days: number): Store => objectStore(objects, index, plainKeys, policy(days));
      const chunks = [...randomChunks(3), ...randomChunks(1, 300_000)];
      const names = namesOf(idsOf(chunks));
      const store = open(10);
      await describe(store);
      await store.putChunks(chunks);
      const first = randomUUID();
      await store.putManifest(first, { first }, names);
      // A put has its lock already; what opens the store had none.
      assert.deepEqual(lockedNames.splice(0).toSorted(), ['holdfast.json', 'keys/one.age']);
      const all = await objectNames(objects);
      assert.equal(all.length, 5, all.join());
      const checkAll = async (days: number, which = all): Promise<void> => {
        for (const name of which) {
          const { ObjectLockMode, ObjectLockRetainUntilDate: end } = await head(name);
          assert.equal(ObjectLockMode, 'GOVERNANCE', name);
          assert.ok(end!.getTime() > inDays(days) - 60_000, name);
          assert.ok(end!.getTime() < inDays(days * 1.25 + 1), name);
        }
      };
      await checkAll(10);

      // The next backup a moment later relies on the locks that are there.
      await store.putManifest(randomUUID(), {}, names);
      assert.ok(!lockedNames.some((name) => /^(?:chunks|packs)\//.test(name)), lockedNames.join());
      // One that needs them for longer locks them for longer, each object once.
      lockedNames.length = 0;
      const last = randomUUID();
      await open(40).putManifest(last, {}, names);
      const kept = all.filter((name) => !name.startsWith('backups/'));
      assert.deepEqual(lockedNames.toSorted(), kept.toSorted());
      await checkAll(40, [...kept, `backups/${last}`]);
    },
  );

  test(
    `${kind}: a sweep leaves what is locked, says until when, and what is wanted again is there`,
    { skip: withoutRgw },
    async (t) => {
      const { objects, place } = await lockedBucket(t);
      const { index } = await newIndex(t);
      const store = objectStore(objects, index, plainKeys, policy(5));
      await describe(store);
      const chunks = [...randomChunks(2), ...randomChunks(1, 300_000)];
      await store.putChunks(chunks);
      const uuid = randomUUID();
      await store.putManifest(uuid, {}, namesOf(idsOf(chunks)));
      assert.equal((await store.lockedRest!()).until, null);
      await store.deleteManifest(uuid);
      await sweep(store, []);
      const rest = await store.lockedRest!();
      assert.equal(rest.objects, 2);
      assert.ok(rest.bytes > 300_000);
      assert.ok(Math.abs(rest.until!.getTime() - inDays(7)) < 3_600_000);
      const left = (await objectNames(objects)).filter((name) => /^(?:chunks|packs)\//.test(name));
      assert.equal(left.length, 2);
      for (const name of left) {
        await assert.rejects(objects.keeping!.deleteForGood(name), { code: 'STORE_DENIED' });
      }
      await store.putChunks(chunks);
      await assertReadable(store, chunks);
      assert.equal((await store.lockedRest!()).until, null);
      assert.ok(place);
    },
  );

  test(`${kind}: what was locked is deleted by a sweep after the lock has ended`, async (t) => {
    const objects = memoryObjects();
    const { index } = await newIndex(t);
    const store = objectStore(objects, index, plainKeys);
    const chunks = randomChunks(1, 300_000);
    await store.putChunks(chunks);
    const key = { id: chunks[0]!.id, packed: false };
    await index.noteLocked([key], new Date(Date.now() + 1_500));
    // A shorter lock changes nothing.
    await index.noteLocked([key], new Date(Date.now() - 1_500));
    await sweep(store, []);
    assert.equal((await objectNames(objects)).length, 1);
    await until(async () => (await store.lockedRest!()).objects === 0);
    await sweep(store, []);
    assert.equal((await objectNames(objects)).length, 0);
  });
}

test('many chunks: everything is locked, page after page', { skip: withoutRgw }, async (t) => {
  const { objects, lockedNames } = await lockedBucket(t);
  const { index } = await indexes['index in the catalog']!(t);
  const unlocked = objectStore(objects, index, plainKeys);
  await describe(unlocked);
  const chunks = randomChunks(700);
  // Each in an object of its own pack.
  for (const chunk of chunks.slice(0, 600)) await unlocked.putChunks([chunk, ...randomChunks(1)]);
  const used = chunks.slice(0, 600);
  await objectStore(objects, index, plainKeys, policy(1)).putManifest(randomUUID(), {}, namesOf(idsOf(used)));
  assert.equal(new Set(lockedNames).size, 602);
  assert.equal(lockedNames.length, 602);
});

test(
  'a longer lock of an earlier setting is left; a backup that needs what is gone fails, naming it',
  { skip: withoutRgw },
  async (t) => {
    const { objects, place } = await lockedBucket(t);
    const chunks = randomChunks(1, 300_000);
    const first = objectStore(objects, memoryIndex(), plainKeys, policy(40, 'compliance'));
    await describe(first);
    await first.putChunks(chunks);
    const index = memoryIndex();
    const store = objectStore(objects, index, plainKeys, policy(1, 'compliance'));
    await store.rebuildIndex!();
    const names = namesOf(idsOf(chunks));
    await store.putManifest(randomUUID(), {}, names);

    const fresh = memoryIndex();
    const later = objectStore(objects, fresh, plainKeys, policy(60, 'compliance'));
    await later.rebuildIndex!();
    const [name] = await objectNames(objects, 'chunks/');
    await place.client.send(new DeleteObjectCommand({ Bucket: place.bucket, Key: `shop/prod/${name}` }));
    const uuid = randomUUID();
    await assert.rejects(later.putManifest(uuid, {}, names), (error: Error) => error.message.includes(name!));
    assert.equal(await later.getManifest(uuid), undefined);
  },
);

test('a bucket that has no locks is refused, and nothing is written', { skip: withoutRgw }, async (t) => {
  const { objects } = await lockedBucket(t, false);
  const store = objectStore(objects, memoryIndex(), plainKeys, policy(5));
  await assert.rejects(store.putChunks(randomChunks(2)), { code: 'INVALID_CONFIGURATION' });
  assert.deepEqual(await objectNames(objects), []);
});

test(
  'what a thief has deleted or overwritten is brought back by taking away what lies over it',
  { skip: withoutRgw },
  async (t) => {
    const { objects, place } = await lockedBucket(t);
    const { client, bucket: Bucket } = place;
    const index = memoryIndex();
    const store = objectStore(objects, index, plainKeys, policy(5));
    await describe(store);
    const chunks = [...randomChunks(2), ...randomChunks(1, 300_000)];
    await store.putChunks(chunks);
    const uuid = randomUUID();
    await store.putManifest(uuid, { uuid }, namesOf(idsOf(chunks)));
    const attackAt = new Date();
    await until(async () => Date.now() > attackAt.getTime() + 1_000);
    for (const [at, name] of (await objectNames(objects)).entries()) {
      if (at % 2 === 0) await objects.delete(name);
      else await objects.put(name, Buffer.from('ransom'));
    }
    assert.notDeepEqual(await store.getManifest(uuid).catch(() => null), { uuid });

    // As docs/STORES.md says: every version and mark that is newer than the attack.
    const { Versions = [], DeleteMarkers = [] } = await client.send(
      new ListObjectVersionsCommand({ Bucket }),
    );
    for (const { Key, VersionId, LastModified } of [...Versions, ...DeleteMarkers]) {
      if (LastModified! <= attackAt) continue;
      await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
    }
    assert.deepEqual(await store.getManifest(uuid), { uuid });
    await assertReadable(store, chunks);
  },
);
