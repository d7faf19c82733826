import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import { HoldfastError } from '../../base/errors.ts';
import type { S3Address } from './address.ts';
import { answeredRange, partOf, readBody } from './body.ts';
import { usualPatience, withDeadline } from './deadline.ts';
import { md5Of } from './checksum.ts';
import { loadDriver } from './driver.ts';
import { placeMissing, storeFailure } from './failure.ts';
import { inOrder, listUnfinished } from './listing.ts';
import {
  checkName,
  checkPrefix,
  checkPut,
  checkRange,
  maxObjectBytes,
  type CallOptions,
  type ListedObject,
  type ObjectLock,
  type Objects,
} from './objects.ts';
import { provedConditions } from './proved-conditions.ts';
import { locksMissing, lockOf, s3Keeping, saysNoLocks } from './s3-keeping.ts';
import { clientConfig, type S3Options } from './s3-client.ts';
import {
  s3Failure,
  saysNoSuchKey,
  saysNotImplemented,
  saysOtherVersion,
  statusOf,
  type S3Error,
} from './s3-failure.ts';

const pageNames = 1_000;
/** Less than any server minds (15 minutes), and more than an answer takes. */
const wrongClockMs = 4 * 60_000;

/**
 * Objects in a bucket of S3, or of a server that speaks like it. Bodies are whole buffers, signed with their SHA-256: the server
 * refuses bytes that differ. One call of ours is one request: `retrying` repeats them.
 * @throws STORE_DRIVER_MISSING
 */
export async function s3Objects(target: S3Address, options: S3Options = {}): Promise<Objects> {
  const sdk = await loadDriver('@aws-sdk/client-s3', () => import('@aws-sdk/client-s3'));
  const { address, bucket: Bucket, endpoint } = target;
  const { credentials, patience = usualPatience } = options;
  const secrets = [credentials?.secretAccessKey, credentials?.sessionToken];
  const client = new sdk.S3Client(clientConfig(target, options, patience));
  const above = target.prefix === '' ? '' : `${target.prefix}/`;
  const conditions = provedConditions();

  const within = async <T>(
    what: string,
    { signal, bytes = 0 }: CallOptions & { bytes?: number },
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> =>
    withDeadline({ address, what, signal, bytes, patience }, async (ending) => {
      const offsetMs = client.config.systemClockOffset;
      try {
        return await work(ending);
      } catch (error) {
        if (error instanceof HoldfastError) throw error;
        // The SDK learns how far the clocks are apart from the answer that refused.
        const clockWasWrong = Math.abs(client.config.systemClockOffset - offsetMs) > wrongClockMs;
        throw s3Failure({ address, what, secrets, clockWasWrong }, error as S3Error);
      }
    });

  const headOf = async (name: string, signal: AbortSignal) => {
    try {
      return await client.send(new sdk.HeadObjectCommand({ Bucket, Key: above + name }), {
        abortSignal: signal,
      });
    } catch (error) {
      if (statusOf(error as S3Error) !== 404) throw error;
    }
    // An answer to HEAD does not say what is missing.
    try {
      await client.send(new sdk.HeadBucketCommand({ Bucket }), { abortSignal: signal });
    } catch (error) {
      throw statusOf(error as S3Error) === 404 ? placeMissing(address, 'bucket') : error;
    }
    return undefined;
  };

  /** @returns its ETag; undefined where the condition does not hold */
  const putOnce = async (
    name: string,
    content: Uint8Array,
    condition: Pick<PutObjectCommandInput, 'IfMatch' | 'IfNoneMatch'>,
    { lock, signal }: Sending,
  ): Promise<string | undefined> => {
    const command = new sdk.PutObjectCommand({
      Bucket,
      Key: above + name,
      Body: content,
      ContentLength: content.length,
      ContentType: 'application/octet-stream',
      ...checksumOf(content, endpoint === undefined),
      ...condition,
      ...lockOf(lock),
    });
    try {
      const { ETag } = await client.send(command, { abortSignal: signal });
      if (ETag) return ETag;
      throw storeFailure('STORE_FAILED', `${address} gave no version of ${name}, which it has written.`);
    } catch (error) {
      const conditional = condition.IfMatch !== undefined || condition.IfNoneMatch !== undefined;
      if (conditional && saysOtherVersion(error as S3Error)) return undefined;
      if (condition.IfMatch !== undefined && saysNoSuchKey(error as S3Error)) return undefined;
      if (lock && saysNoLocks(error as S3Error)) throw locksMissing(address, error);
      throw error;
    }
  };

  const putIf = async (
    name: string,
    content: Uint8Array,
    expected: string | null,
    sending: Sending,
  ): Promise<string | undefined> => {
    if (expected === null) return putOnce(name, content, { IfNoneMatch: '*' }, sending);
    const bare = expected.replaceAll('"', '');
    const version = await putOnce(name, content, { IfMatch: expected }, sending);
    // Ceph compares what it is given with the ETag without its quotes.
    return version ?? (bare === expected ? undefined : putOnce(name, content, { IfMatch: bare }, sending));
  };

  const getOnce = async (name: string, Range: string | undefined, signal: AbortSignal) => {
    const command = new sdk.GetObjectCommand({ Bucket, Key: above + name, Range });
    const answer = await client.send(command, { abortSignal: signal });
    const expected = answer.ContentLength;
    const body = answer.Body as Readable;
    const content = await readBody(body, {
      expected,
      address,
      name,
      silenceTimeoutMs: patience.silenceTimeoutMs,
      signal,
    });
    return {
      content,
      version: answer.ETag ?? '',
      range: answeredRange(answer.$metadata.httpStatusCode, answer.ContentRange),
    };
  };

  async function* pagesOf(
    prefix: string,
    after: string | undefined,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<ListedObject[]> {
    for (let token: string | undefined; ;) {
      const input = {
        Bucket,
        Prefix: above + prefix,
        MaxKeys: pageNames,
        ...(token !== undefined && { ContinuationToken: token }),
        ...(token === undefined && after && { StartAfter: above + after }),
      };
      const page = await within(`list ${prefix}`, { signal }, (ending) =>
        client.send(new sdk.ListObjectsV2Command(input), { abortSignal: ending }),
      );
      yield (page.Contents ?? []).map(({ Key = '', Size = 0, LastModified }) => ({
        name: Key.slice(above.length),
        bytes: Size,
        modifiedAt: LastModified ?? new Date(0),
      }));
      if (!page.IsTruncated) return;
      token = page.NextContinuationToken;
      if (token === undefined) throw listUnfinished(address, prefix);
    }
  }

  return {
    address,
    get conditionalPuts() {
      return conditions.hold;
    },

    async put(name, content, { expected, lock, signal } = {}) {
      checkPut(name, content);
      return within(`put ${name}`, { signal, bytes: content.length * 3 }, async (ending) => {
        const sending = { lock, signal: ending };
        if (expected === undefined) return putOnce(name, content, {}, sending);
        return conditions.put(expected, {
          put: (condition) => putIf(name, content, condition, sending),
          putAnyway: async () => (await putOnce(name, content, {}, sending))!,
          current: async () => (await headOf(name, ending))?.ETag ?? null,
          isNotImplemented: (error) => saysNotImplemented(error as S3Error),
          otherVersion: '"00000000000000000000000000000000"',
        });
      });
    },

    async get(name, { signal } = {}) {
      checkName(name);
      return within(`get ${name}`, { signal, bytes: maxObjectBytes }, async (ending) => {
        try {
          const { content, version } = await getOnce(name, undefined, ending);
          return { content, version };
        } catch (error) {
          if (saysNoSuchKey(error as S3Error)) return undefined;
          throw error;
        }
      });
    },

    async getRange(name, range, { signal } = {}) {
      checkRange(name, range);
      const { offset, bytes } = range;
      return within(`get ${name}`, { signal, bytes: Math.min(bytes, maxObjectBytes) }, async (ending) => {
        const asked = offset < 0 ? `bytes=${offset}` : `bytes=${offset}-${offset + bytes - 1}`;
        try {
          const { content, range: answered } = await getOnce(name, asked, ending);
          return partOf({ address, name, range, answered }, content);
        } catch (error) {
          if (saysNoSuchKey(error as S3Error)) return undefined;
          // The range begins behind the end, or the object is empty.
          if (statusOf(error as S3Error) === 416) return Buffer.alloc(0);
          throw error;
        }
      });
    },

    async head(name, { signal } = {}) {
      checkName(name);
      return within(`head ${name}`, { signal }, async (ending) => {
        const found = await headOf(name, ending);
        return found && { bytes: found.ContentLength ?? 0, modifiedAt: found.LastModified ?? new Date(0) };
      });
    },

    async *list(prefix, { after, signal } = {}) {
      checkPrefix(prefix);
      yield* inOrder(pagesOf(prefix, after, signal), { address, prefix, after });
    },

    async delete(name, { signal } = {}) {
      checkName(name);
      await within(`delete ${name}`, { signal }, async (ending) => {
        try {
          await client.send(new sdk.DeleteObjectCommand({ Bucket, Key: above + name }), {
            abortSignal: ending,
          });
        } catch (error) {
          if (!saysNoSuchKey(error as S3Error)) throw error;
        }
      });
    },

    keeping: s3Keeping({ sdk, client, address, bucket: Bucket, above, within, headOf }),

    async close() {
      client.destroy();
    },
  };
}

interface Sending {
  lock: ObjectLock | undefined;
  signal: AbortSignal;
}

/** AWS keeps a SHA-256 with the object; other servers know the older MD5. */
function checksumOf(
  content: Uint8Array,
  isAws: boolean,
): Pick<PutObjectCommandInput, 'ChecksumSHA256' | 'ContentMD5'> {
  if (isAws) return { ChecksumSHA256: createHash('sha256').update(content).digest('base64') };
  const md5 = md5Of(content);
  return md5 === undefined ? {} : { ContentMD5: md5.toString('base64') };
}
