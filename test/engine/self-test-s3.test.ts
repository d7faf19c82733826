import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testStoreAt } from '../../src/engine/stores/test-store.ts';
import { newBucket } from '../support/buckets.ts';
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
