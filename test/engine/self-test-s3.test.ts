import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testStoreAt } from '../../src/engine/stores/self-test.ts';
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
    assert.equal(own.leftBehind, null);
    const { other } = await sharedRgw();
    const none = await testStoreAt(address, { s3: other });
    assert.deepEqual(
      none.steps.map(({ allowed }) => allowed),
      [false, null, false, null, null],
    );
    assert.ok(!JSON.stringify(none).includes(other.secretAccessKey));
  },
);
