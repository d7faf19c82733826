import type { S3Credentials } from '../../src/store/objects/credentials.ts';
import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { Objects } from '../../src/store/objects/objects.ts';
import { sharedRgw } from './rgw.ts';

export interface TestBucket {
  /** `s3://bucket/prefix?endpoint=…` */
  address: string;
  bucket: string;
  credentials: S3Credentials;
  endpoint: string;
  /** The SDK as it is, for what Holdfast never does. */
  client: S3Client;
  /** Closes these after the test. */
  close(objects: Objects): Objects;
}

/** An empty bucket of the S3 server that this test file has. @param options.locks whether it can lock objects */
export async function newBucket(t: TestContext, { locks = false } = {}): Promise<TestBucket> {
  const { endpoint, accessKeyId, secretAccessKey } = await sharedRgw();
  const credentials = { accessKeyId, secretAccessKey };
  // A copy: the SDK writes into what it is given.
  const client = new S3Client({
    endpoint,
    credentials: { ...credentials },
    region: 'us-east-1',
    forcePathStyle: true,
  });
  t.after(() => client.destroy());
  const bucket = `bucket-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: locks }));
  return {
    address: `s3://${bucket}/shop/prod?endpoint=${endpoint}`,
    bucket,
    credentials,
    endpoint,
    client,
    close(objects) {
      t.after(() => objects.close());
      return objects;
    },
  };
}
