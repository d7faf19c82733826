import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DeleteObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectLockConfigurationCommand,
} from '@aws-sdk/client-s3';
import { createBackupSystem, optionsFromEnvironment, type StoreSummary } from '../../src/index.ts';
import { smallShop, testSystem, token } from '../api/system.ts';
import { newBucket } from '../support/buckets.ts';
import { withoutRgw } from '../support/rgw.ts';

test(
  'backups are locked, a cleanup leaves what is, and the self-test proves it',
  { skip: withoutRgw },
  async (t) => {
    const place = await newBucket(t, { locks: true });
    const { address, bucket: Bucket, credentials, client } = place;
    const { api } = await testSystem(t, {
      sql: smallShop,
      stores: { main: { address, credentials, objectLock: { mode: 'governance', days: 7 } } },
      store: 'main',
    });
    const listed = async (): Promise<StoreSummary> =>
      (await api.listStores()).stores.find(({ name }) => name === 'main')!;

    const { id } = await api.createBackup({ wait: true });
    const { Versions = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
    const lockable = Versions.filter(({ Key, IsLatest }) => IsLatest && !Key!.endsWith('/writer.json'));
    assert.ok(lockable.length >= 3, JSON.stringify(lockable));
    for (const { Key, VersionId } of lockable) {
      const head = await client.send(new HeadObjectCommand({ Bucket, Key, VersionId }));
      assert.ok(head.ObjectLockRetainUntilDate!.getTime() > Date.now() + 7 * 86_400_000 - 60_000, Key);
      await assert.rejects(client.send(new DeleteObjectCommand({ Bucket, Key, VersionId })), {
        name: 'AccessDenied',
      });
    }
    assert.equal((await listed()).locked, null);

    const { cleanupPending } = await api.deleteBackup(id);
    assert.equal(cleanupPending, true);
    const cleanup = await api.cleanUp({ wait: true });
    assert.equal(cleanup.status, 'completed');
    const { locked } = await listed();
    assert.ok(
      locked && locked.objects > 0 && Date.parse(locked.until) > Date.now() + 7 * 86_400_000 - 60_000,
    );
    await api.createBackup({ wait: true });

    const { test: found } = await api.testStore('main');
    assert.deepEqual([found.works, found.versions, found.error], [true, 'kept', null]);
    assert.equal(found.lock?.holds, true);
    assert.equal(typeof found.lock?.bypassed, 'boolean');
    assert.ok(!found.thief.some((each) => each.startsWith('delete every backup')) || found.lock.bypassed);
  },
);

test(
  'a bucket that locks by a rule of its own: cleanups go on, and the rule is named',
  { skip: withoutRgw },
  async (t) => {
    const { address, bucket: Bucket, credentials, client } = await newBucket(t, { locks: true });
    const rule = { DefaultRetention: { Mode: 'GOVERNANCE' as const, Days: 3 } };
    await client.send(
      new PutObjectLockConfigurationCommand({
        Bucket,
        ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: rule },
      }),
    );
    const { api, db } = await testSystem(t, {
      sql: smallShop,
      stores: { main: { address, credentials } },
      store: 'main',
    });
    const { id } = await api.createBackup({ wait: true });
    await db.client.query('update orders set amount = amount + 1');
    const kept = await api.createBackup({ wait: true });
    await api.deleteBackup(id);
    const cleanup = await api.cleanUp({ wait: true });
    assert.deepEqual([cleanup.status, cleanup.error], ['completed', null]);
    // What was deleted is hidden and locked, not gone.
    const { DeleteMarkers = [], Versions = [] } = await client.send(
      new ListObjectVersionsCommand({ Bucket }),
    );
    assert.ok(DeleteMarkers.length > 0);
    const hidden = Versions.find(({ Key, IsLatest }) => !IsLatest && !Key!.endsWith('/writer.json'));
    const { Key, VersionId } = hidden!;
    await assert.rejects(client.send(new DeleteObjectCommand({ Bucket, Key, VersionId })), {
      name: 'AccessDenied',
    });
    await api.createBackup({ wait: true });
    await api.verifyBackup(kept.id, { wait: true });
    const { test: found } = await api.testStore('main');
    assert.deepEqual([found.works, found.retention], [true, { mode: 'governance', days: 3 }]);
    assert.match(found.notes.join(), /By a rule of the bucket, whatever is written is locked for 3 days/);
    const [main] = (await api.listStores()).stores.filter(({ name }) => name === 'main');
    assert.deepEqual(main!.lastTest?.retention, found.retention);
  },
);

test('a bucket without locks fails the self-test and the backup by name', { skip: withoutRgw }, async (t) => {
  const { address, credentials } = await newBucket(t);
  const { api } = await testSystem(t, {
    sql: smallShop,
    stores: { main: { address, credentials } },
    store: 'main',
    objectLock: 'compliance:3',
  });
  const { test: found } = await api.testStore('main');
  assert.deepEqual([found.works, found.error?.code], [false, 'INVALID_CONFIGURATION']);
  await assert.rejects(api.createBackup({ wait: true }), { code: 'INVALID_CONFIGURATION' });
});

test('objectLock is refused where nothing would be locked, or it cannot be read', () => {
  const database = 'postgres://localhost/shop';
  const make = (options: object) => () => createBackupSystem({ database, auth: { token }, ...options });
  const lock = { mode: 'governance' as const, days: 1 };
  for (const address of ['file:///backups', 'azure://account/container', 'sftp://me@host/backups']) {
    assert.throws(make({ stores: { main: { address, objectLock: lock } } }), (error: Error) =>
      /stores\.main: objectLock/.test(error.message),
    );
    // One for all is for those that can.
    make({ stores: { main: address }, objectLock: lock })();
  }
  for (const wrong of ['governance', 'governance:0', 'soft:3', { mode: 'governance', days: 0.5 }]) {
    assert.throws(make({ objectLock: wrong }), { code: 'INVALID_CONFIGURATION' });
  }
  const environment = {
    DATABASE_URL: database,
    HOLDFAST_TOKEN: token,
    HOLDFAST_OBJECT_LOCK: 'compliance:30',
  };
  assert.equal(optionsFromEnvironment(environment).objectLock, 'compliance:30');
});
