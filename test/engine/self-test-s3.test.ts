import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testStoreAt } from '../../src/engine/stores/test-store.ts';
import {
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3';
import { newBucket, type TestBucket } from '../support/buckets.ts';
import { sharedRgw, withoutRgw } from '../support/rgw.ts';

test(
  'a bucket of S3 is tried with its own key, and with one that may do nothing',
  { skip: withoutRgw },
  async (t) => {
    const { address, credentials } = await newBucket(t);
    const own = await testStoreAt(address, { s3: credentials });
    assert.deepEqual(
      own.steps.map(({ allowed }) => allowed),
      [true, true, true, true, true],
    );
    assert.deepEqual([own.works, own.error, own.leftBehind], [true, null, null]);
    assert.equal(own.speed?.objectBytes, 4 * 1024 * 1024);
    const { other } = await sharedRgw();
    const none = await testStoreAt(address, { s3: other });
    assert.deepEqual(
      none.steps.map(({ allowed }) => allowed),
      [false, null, false, null, null],
    );
    assert.deepEqual([none.works, none.error?.code, none.speed], [false, 'STORE_DENIED', null]);
    assert.ok(!JSON.stringify(none).includes(other.secretAccessKey));
  },
);

const versionedBytes = async ({ client, bucket }: TestBucket): Promise<number> => {
  const { Versions = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }));
  return Versions.reduce((sum, { Size = 0 }) => sum + Size, 0);
};

test(
  'a bucket that keeps old versions is recognised, and what it means is said',
  { skip: withoutRgw },
  async (t) => {
    const place = await newBucket(t);
    const { client, bucket: Bucket, address, credentials } = place;
    const test = () => testStoreAt(address, { s3: credentials });
    const before = await test();
    assert.equal(before.versions, 'none');
    assert.match(before.notes.join(), /keeps no old versions/);
    assert.ok(before.thief.includes('delete every backup'));

    const set = (Status: 'Enabled' | 'Suspended') =>
      client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
    await set('Enabled');
    const kept = await test();
    assert.equal(kept.versions, 'kept');
    assert.deepEqual(kept.steps.at(-1)?.action, 'deleteVersion');
    assert.equal(kept.steps.at(-1)?.allowed, true);
    assert.match(kept.notes.join(), /lifecycle rule/);
    assert.ok(kept.thief.includes('delete every backup, and its old versions too'), kept.thief.join());
    // Of what is large, nothing stays.
    assert.ok((await versionedBytes(place)) < 10_000);

    // Credentials that may not delete versions, as docs/STORES.md advises.
    await client.send(
      new PutBucketPolicyCommand({
        Bucket,
        Policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Deny',
              Principal: '*',
              Action: 's3:DeleteObjectVersion',
              Resource: `arn:aws:s3:::${Bucket}/*`,
            },
          ],
        }),
      }),
    );
    const safer = await test();
    assert.equal(safer.steps.at(-1)?.allowed, false, JSON.stringify(safer.steps.at(-1)));
    assert.equal(safer.works, true);
    assert.ok(!safer.thief.some((each) => /^(delete|destroy)/.test(each)), safer.thief.join());
    assert.match(safer.thief.join(), /old versions stay and can be brought back/);

    await set('Suspended');
    assert.equal((await test()).versions, 'suspended');
  },
);
