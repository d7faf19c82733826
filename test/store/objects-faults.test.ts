import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { test, type TestContext } from 'node:test';
import { DeleteBucketCommand, DeleteObjectCommand, PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import {
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import type { HoldfastError } from '../../src/base/errors.ts';
import { parseAddress, type AzureAddress, type S3Address } from '../../src/store/objects/address.ts';
import { azureObjects } from '../../src/store/objects/azure.ts';
import type { Objects } from '../../src/store/objects/objects.ts';
import { retrying } from '../../src/store/objects/retrying.ts';
import type { S3Options } from '../../src/store/objects/s3-client.ts';
import { s3Objects } from '../../src/store/objects/s3.ts';
import { sharedAzurite } from '../support/azurite.ts';
import { newBucket } from '../support/buckets.ts';
import { newContainer } from '../support/containers.ts';
import {
  startHttpProxy,
  startSilentServer,
  type Disturbance,
  type HttpProxy,
} from '../support/http-proxy.ts';
import { freePort } from '../support/ports.ts';
import { sharedRgw, withoutRgw } from '../support/rgw.ts';
import { collect, failsWith } from './objects-conformance.ts';

const impatient = { connectTimeoutMs: 2_000, silenceTimeoutMs: 700, callTimeoutMs: 2_500 };
const fast = { firstDelayMs: 1, longestDelayMs: 5 };
const content = randomBytes(300_000);

/** Every call that there is. */
const calls: Record<string, (objects: Objects) => Promise<unknown>> = {
  put: (objects) => objects.put('b', content),
  'put where nothing is': (objects) => objects.put('b', content, { expected: null }),
  get: (objects) => objects.get('a'),
  getRange: (objects) => objects.getRange('a', { offset: 5, bytes: 100_000 }),
  'getRange from the end': (objects) => objects.getRange('a', { offset: -50, bytes: 50 }),
  head: (objects) => objects.head('a'),
  list: (objects) => collect(objects.list('')),
  delete: (objects) => objects.delete('c'),
};

function saysNothingOf(error: HoldfastError, secrets: readonly string[]): void {
  const { inspect } = process.getBuiltinModule('node:util');
  const said =
    JSON.stringify(error) + error.message + error.stack + inspect(error, { depth: 9, showHidden: true });
  for (const secret of secrets) assert.ok(!said.includes(secret), `"${secret}" is in: ${said}`);
}

interface Place {
  proxy: HttpProxy;
  /** Through the proxy. `a` with `content` is there. */
  open(options?: { secret?: string; patience?: S3Options['patience'] }): Promise<Objects>;
  /** Past the proxy. */
  direct: Objects;
  /** Removes bucket or container. */
  vanish(): Promise<void>;
  otherSecrets: string[];
}

async function s3Place(t: TestContext): Promise<Place> {
  const { address, credentials, close, client, bucket, endpoint } = await newBucket(t);
  const proxy = await startHttpProxy(t, endpoint);
  const open: Place['open'] = async ({ secret, patience } = {}) =>
    close(
      await s3Objects(parseAddress(address.replace(endpoint, proxy.endpoint)) as S3Address, {
        credentials: { ...credentials, ...(secret && { secretAccessKey: secret }) },
        ...(patience && { patience }),
      }),
    );
  const direct = close(await s3Objects(parseAddress(address) as S3Address, { credentials }));
  await direct.put('a', content);
  return {
    proxy,
    open,
    direct,
    async vanish() {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'shop/prod/a' }));
      await client.send(new DeleteBucketCommand({ Bucket: bucket }));
    },
    otherSecrets: [credentials.secretAccessKey],
  };
}

async function azurePlace(t: TestContext): Promise<Place> {
  const { address, credentials, client } = await newContainer();
  const { endpoint } = await sharedAzurite();
  const proxy = await startHttpProxy(t, endpoint);
  const direct = await azureObjects(parseAddress(address) as AzureAddress, { credentials });
  await direct.put('a', content);
  return {
    proxy,
    open: ({ secret, patience } = {}) =>
      azureObjects(parseAddress(address.replace(endpoint, proxy.endpoint)) as AzureAddress, {
        credentials: secret ? { accountKey: secret } : credentials,
        ...(patience && { patience }),
      }),
    direct,
    async vanish() {
      await client.delete();
    },
    otherSecrets: [credentials.accountKey!],
  };
}

for (const [name, place, skip] of [
  ['S3', s3Place, withoutRgw],
  ['Azure', azurePlace, false],
] as const) {
  test(`${name}: wrong credentials are refused once, and are in no message`, { skip }, async (t) => {
    const { proxy, open, otherSecrets } = await place(t);
    const secret = randomBytes(40).toString('base64');
    const objects = retrying(await open({ secret }), fast);
    for (const [call, run] of Object.entries(calls)) {
      proxy.disturb(() => undefined);
      const error = await failsWith(run(objects), 'STORE_DENIED');
      saysNothingOf(error, [secret, ...otherSecrets]);
      assert.ok(proxy.requests.length <= 1, `${call}: ${proxy.requests.join(', ')}`);
    }
  });

  test(
    `${name}: a bucket or container that vanishes is an error for every call, which is not repeated`,
    { skip },
    async (t) => {
      const { proxy, open, vanish } = await place(t);
      const objects = retrying(await open(), fast);
      assert.ok(await objects.get('a'));
      await vanish();
      for (const run of Object.values(calls)) {
        proxy.disturb(() => undefined);
        const error = await failsWith(run(objects), 'STORE_UNREACHABLE');
        assert.match(error.message, /^The (?:bucket|container) of .* does not exist\.$/);
        assert.ok(proxy.requests.length <= 2, proxy.requests.join(', '));
      }
    },
  );

  test(`${name}: a burst of failures passes with retries, and is named without`, { skip }, async (t) => {
    const { proxy, open } = await place(t);
    const once = await open();
    const objects = retrying(once, fast);
    const bursts: Disturbance[] = [
      { status: 500 },
      { status: 502, body: '<html>bad gateway</html>' },
      {
        status: 503,
        body: '<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>',
      },
      { status: 429 },
      { reset: true },
    ];
    for (const burst of bursts) {
      for (const [call, run] of Object.entries(calls)) {
        proxy.disturb((_, n) => (n <= 3 ? burst : undefined));
        const error = await run(once).then(
          () => assert.fail(`${call} with ${burst.status}`),
          (reason: HoldfastError) => reason,
        );
        assert.equal(error.code, burst.reset ? 'STORE_UNREACHABLE' : 'STORE_FAILED', error.message);
        assert.equal(proxy.requests.length, 1, 'the driver repeats nothing');
        proxy.disturb((_, n) => (n <= 3 ? burst : undefined));
        await run(objects);
        // What it has written is not there for the next.
        await objects.delete('b');
      }
    }
    const found = await objects.get('a');
    assert.ok(content.equals(found!.content));
  });

  test(
    `${name}: a refusal is not repeated, and a 404 of something else is no absent object`,
    { skip },
    async (t) => {
      const { proxy, open } = await place(t);
      const objects = retrying(await open(), fast);
      for (const [status, code] of [
        [403, 'STORE_DENIED'],
        [401, 'STORE_DENIED'],
        [404, 'STORE_UNREACHABLE'],
        [507, 'STORE_FULL'],
        [400, 'STORE_FAILED'],
      ] as const) {
        for (const [call, run] of Object.entries(calls)) {
          proxy.disturb(() => ({ status, body: '<html>not yours</html>' }));
          await failsWith(run(objects), code).catch((error: Error) =>
            assert.fail(`${call} ${status}: ${error.message}`),
          );
          // A head asks for the bucket as well; a put that is refused with a condition is tried without.
          assert.ok(proxy.requests.length <= 3, `${call} ${status}: ${proxy.requests.join(', ')}`);
        }
      }
    },
  );

  test(
    `${name}: an answer that is cut or too short is an error, and passes with retries`,
    { skip },
    async (t) => {
      const { proxy, open } = await place(t);
      const once = await open();
      for (const [call, disturbance] of [
        ['get', { cutAnswerAt: 100_000 }],
        ['get', { cutAnswerAt: 0 }],
        ['getRange', { cutAnswerAt: 10 }],
        ['getRange', { shortenAnswerTo: 99_999 }],
        ['getRange from the end', { shortenAnswerTo: 7 }],
        ['getRange', { withoutHeader: 'content-range' }],
      ] as const) {
        const isGet = (request: { method?: string | undefined }): boolean => request.method === 'GET';
        proxy.disturb((request) => (isGet(request) ? disturbance : undefined));
        const error = await calls[call]!(once).then(
          () => assert.fail(call),
          (reason: HoldfastError) => reason,
        );
        assert.ok(['STORE_FAILED', 'STORE_UNREACHABLE'].includes(error.code), error.message);
        proxy.disturb((request, n) => (n <= 2 && isGet(request) ? disturbance : undefined));
        await calls[call]!(retrying(once, fast));
      }
    },
  );

  test(`${name}: bytes that change on the way are refused by the place itself`, { skip }, async (t) => {
    const { proxy, open, direct } = await place(t);
    const once = await open();
    proxy.disturb((request) => ({ flip: request.method === 'PUT' }));
    for (const expected of [undefined, null]) {
      await assert.rejects(once.put('b', content, { expected }), { name: 'HoldfastError' });
    }
    assert.equal(await direct.get('b'), undefined);
    await assert.rejects(once.put('a', randomBytes(10_000)), { name: 'HoldfastError' });
    assert.ok(content.equals((await direct.get('a'))!.content));
  });

  test(`${name}: a put that was done and whose answer is lost is known again`, { skip }, async (t) => {
    const { proxy, open, direct } = await place(t);
    const objects = retrying(await open(), fast);
    const version = await objects.put('warm', content, { expected: null });
    assert.ok(version);
    let lost = 0;
    proxy.disturb((request) => (request.method === 'PUT' && lost++ === 0 ? { resetAfter: true } : undefined));
    const written = await objects.put('b', content, { expected: null });
    assert.equal(written, (await direct.get('b'))!.version);
  });

  test(`${name}: a server that says nothing, or stops in the middle, is given up`, { skip }, async (t) => {
    const { proxy, open } = await place(t);
    const objects = await open({ patience: impatient });
    await Promise.all(
      Object.entries(calls).map(async ([call, run]) => {
        proxy.disturb(() => ({ silent: true }));
        await failsWith(run(objects), 'STORE_UNREACHABLE').catch((error: Error) =>
          assert.fail(`${call}: ${error.message}`),
        );
      }),
    );
    proxy.disturb(() => ({ stallAnswerAt: 1_000 }));
    await failsWith(objects.get('a'), 'STORE_UNREACHABLE');
    const ending = new AbortController();
    proxy.disturb(() => ({ silent: true }));
    const get = objects.get('a', { signal: ending.signal });
    setTimeout(() => ending.abort(), 50);
    await failsWith(get, 'CANCELLED');
  });

  test(`${name}: a slow connection is no silence`, { skip }, async (t) => {
    const { proxy, open } = await place(t);
    const objects = await open({
      patience: { ...impatient, silenceTimeoutMs: 2_000, callTimeoutMs: 60_000 },
    });
    proxy.disturb(() => ({ slowMs: 120 }));
    // 19 pieces: longer in all than any silence may be.
    assert.ok(content.equals((await objects.get('a'))!.content));
  });
}

test('S3: nobody at the address, or one who does not speak', async (t) => {
  const credentials = { accessKeyId: 'a', secretAccessKey: 'secret-secret' };
  for (const port of [await freePort(), await startSilentServer(t)]) {
    const address = parseAddress(`s3://bucket?endpoint=http://127.0.0.1:${port}`) as S3Address;
    const objects = await s3Objects(address, { credentials, patience: impatient });
    for (const run of Object.values(calls))
      saysNothingOf(await failsWith(run(objects), 'STORE_UNREACHABLE'), ['secret-secret']);
    await objects.close();
  }
});

test('S3: another user of the server is refused', { skip: withoutRgw }, async (t) => {
  const { address } = await newBucket(t);
  const { other } = await sharedRgw();
  const objects = await s3Objects(parseAddress(address) as S3Address, { credentials: other });
  for (const run of Object.values(calls))
    saysNothingOf(await failsWith(run(objects), 'STORE_DENIED'), [other.secretAccessKey]);
  await objects.close();
});

test(
  'S3: a clock that is wrong by hours is named, and the next attempt allows for it',
  { skip: withoutRgw },
  async (t) => {
    const { address, credentials, close } = await newBucket(t);
    for (const clockOffsetMs of [-5 * 3_600_000, 5 * 3_600_000]) {
      for (const [call, run] of Object.entries(calls)) {
        const open = async (): Promise<Objects> =>
          close(await s3Objects(parseAddress(address) as S3Address, { credentials, clockOffsetMs }));
        const error = await failsWith(run(await open()), 'STORE_FAILED');
        assert.match(error.message, /clock/, call);
        await run(retrying(await open(), fast));
        await (await open().then((objects) => retrying(objects, fast))).delete('b');
      }
    }
  },
);

test(
  'S3: where conditions are refused, the place is read before and after',
  { skip: withoutRgw },
  async (t) => {
    for (const refusal of [
      {
        status: 501,
        body: '<Error><Code>NotImplemented</Code><Message>A header is not implemented.</Message></Error>',
      },
      { status: 400, body: '<Error><Code>InvalidArgument</Code><Message>If-None-Match</Message></Error>' },
    ]) {
      const { proxy, open, direct } = await s3Place(t);
      const objects = await open();
      proxy.disturb(({ headers }) =>
        headers['if-none-match'] !== undefined || headers['if-match'] !== undefined ? refusal : undefined,
      );
      assert.equal(objects.conditionalPuts, true);
      const first = await objects.put('w', Buffer.from('1'), { expected: null });
      assert.ok(first);
      assert.equal(objects.conditionalPuts, false);
      assert.equal(await objects.put('w', Buffer.from('2'), { expected: null }), undefined);
      const second = await objects.put('w', Buffer.from('3'), { expected: first });
      assert.ok(second);
      assert.equal(await objects.put('w', Buffer.from('4'), { expected: first }), undefined);
      assert.equal(Buffer.from((await direct.get('w'))!.content).toString(), '3');
    }
  },
);

test('S3: a quota that is used up is a full store', { skip: withoutRgw }, async (t) => {
  const { address, bucket, credentials, close } = await newBucket(t);
  const { admin } = await sharedRgw();
  const objects = close(await s3Objects(parseAddress(address) as S3Address, { credentials }));
  await objects.put('a', content);
  await admin('quota', 'set', '--quota-scope=bucket', '--uid=owner', `--bucket=${bucket}`, '--max-objects=1');
  await admin('quota', 'enable', '--quota-scope=bucket', '--uid=owner', `--bucket=${bucket}`);
  // The gateway looks at quotas from time to time.
  let error: unknown;
  for (let i = 0; i < 100 && error === undefined; i++) {
    await objects.put(`b/${i}`, content).catch((reason: unknown) => (error = reason));
  }
  assert.equal((error as HoldfastError | undefined)?.code, 'STORE_FULL', String(error));
  assert.ok(content.equals((await objects.get('a'))!.content));
});

test('Azure: a shared access signature opens a container, and is in no message', async () => {
  const { address, credentials, client } = await newContainer();
  const { account, endpoint } = await sharedAzurite();
  const signer = new StorageSharedKeyCredential(account, credentials.accountKey!);
  const sign = (permissions: string): string =>
    generateBlobSASQueryParameters(
      {
        containerName: client.containerName,
        permissions: ContainerSASPermissions.parse(permissions),
        expiresOn: new Date(Date.now() + 3_600_000),
      },
      signer,
    ).toString();
  const open = (sasToken: string): Promise<Objects> =>
    azureObjects(parseAddress(address) as AzureAddress, { credentials: { sasToken } });
  const objects = await open(`?${sign('racwdl')}`);
  for (const run of Object.values(calls)) await run(objects);
  const sasToken = sign('r');
  const error = await failsWith((await open(sasToken)).put('a', content), 'STORE_DENIED');
  saysNothingOf(error, [new URLSearchParams(sasToken).get('sig')!, sasToken]);
  const gone = parseAddress(
    address.replace(endpoint, `http://127.0.0.1:${await freePort()}/${account}`),
  ) as AzureAddress;
  const unreachable = await failsWith(
    (await azureObjects(gone, { credentials: { sasToken } })).get('a'),
    'STORE_UNREACHABLE',
  );
  saysNothingOf(unreachable, [
    new URLSearchParams(sasToken).get('sig')!,
    encodeURIComponent(new URLSearchParams(sasToken).get('sig')!),
  ]);
});

test(
  'S3: the policy of docs/STORES.md is enough, and each permission in it is needed',
  { skip: withoutRgw },
  async (t) => {
    const { address, bucket, close, client, credentials } = await newBucket(t);
    const { other } = await sharedRgw();
    const page = await fs.readFile('docs/STORES.md', 'utf8');
    const written = JSON.parse(/```json\n([^]*?)```/.exec(page)![1]!) as {
      Statement: { Action: string[]; Resource: string[] }[];
    };
    /** As a policy of the bucket: for the other user of the server, and for this bucket. */
    const apply = async (without?: string): Promise<void> => {
      const policy = structuredClone(written);
      policy.Statement = policy.Statement.map((statement) => ({
        ...statement,
        Principal: { AWS: ['arn:aws:iam:::user/other'] },
        Action: statement.Action.filter((action) => action !== without),
        Resource: statement.Resource.map((name) =>
          name.replace(':backups', `:${bucket}`).replace('/shop/*', '/shop/prod/*'),
        ),
      })).filter(({ Action }) => Action.length > 0);
      await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify(policy) }));
    };
    const owner = close(await s3Objects(parseAddress(address) as S3Address, { credentials }));
    await owner.put('a', content);
    const open = async (): Promise<Objects> =>
      close(await s3Objects(parseAddress(address) as S3Address, { credentials: other }));
    await apply();
    const objects = await open();
    for (const run of Object.values(calls)) await run(objects);
    assert.equal(await objects.get('none'), undefined);
    assert.equal(await objects.head('none'), undefined);
    const aside = parseAddress(address.replace('shop/prod', 'shop/other')) as S3Address;
    await failsWith(close(await s3Objects(aside, { credentials: other })).put('a', content), 'STORE_DENIED');
    for (const action of written.Statement.flatMap(({ Action }) => Action)) {
      await apply(action);
      const refused = await Promise.allSettled(Object.values(calls).map(async (run) => run(await open())));
      assert.ok(
        refused.some(({ status }) => status === 'rejected'),
        action,
      );
    }
  },
);
