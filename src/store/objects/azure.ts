import type { AzureCredentials } from './credentials.ts';
import type { Readable } from 'node:stream';
import type { BlobRequestConditions, ContainerListBlobFlatSegmentResponse } from '@azure/storage-blob';
import { HoldfastError } from '../../base/errors.ts';
import type { AzureAddress } from './address.ts';
import { azureFailure, saysNoSuchBlob, saysOtherVersion, type AzureError } from './azure-failure.ts';
import { answeredRange, partOf, readBody } from './body.ts';
import { md5Of } from './checksum.ts';
import { usualPatience, withDeadline, type Patience } from './deadline.ts';
import { loadDriver } from './driver.ts';
import { storeFailure } from './failure.ts';
import { inOrder } from './listing.ts';
import {
  checkName,
  checkPrefix,
  checkPut,
  checkRange,
  maxObjectBytes,
  rangeWithin,
  type CallOptions,
  type ListedObject,
  type Objects,
} from './objects.ts';

export interface AzureOptions {
  credentials?: AzureCredentials | undefined;
  patience?: Patience;
}

const pageNames = 1_000;

/**
 * Objects in a container of Azure Blob Storage: block blobs, each written by one request with its MD5, which the service
 * compares. One call of ours is one request (two for bytes from the end): `retrying` repeats them.
 * @throws STORE_DRIVER_MISSING; STORE_DENIED without credentials
 */
export async function azureObjects(target: AzureAddress, options: AzureOptions = {}): Promise<Objects> {
  const sdk = await loadDriver('@azure/storage-blob', () => import('@azure/storage-blob'));
  const { address } = target;
  const { patience = usualPatience } = options;
  const { accountKey, sasToken = '' } = options.credentials ?? {};
  if (accountKey === undefined && sasToken === '') {
    throw storeFailure('STORE_DENIED', `There are no credentials for ${address}.`, {
      hint: 'Set AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN, or give them as options.',
      details: { address },
    });
  }
  const query = sasToken.replace(/^\?/, '');
  const secrets = [accountKey, query, new URLSearchParams(query).get('sig') ?? undefined];
  const credential =
    accountKey === undefined
      ? new sdk.AnonymousCredential()
      : new sdk.StorageSharedKeyCredential(target.account, accountKey);
  const service = new sdk.BlobServiceClient(
    accountKey === undefined ? `${target.endpoint}?${query}` : target.endpoint,
    credential,
    { retryOptions: { maxTries: 1 }, keepAliveOptions: { enable: true } },
  );
  const container = service.getContainerClient(target.container);
  const above = target.prefix === '' ? '' : `${target.prefix}/`;

  const within = async <T>(
    what: string,
    { signal, bytes = 0 }: CallOptions & { bytes?: number },
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> =>
    withDeadline({ address, what, signal, bytes, patience }, async (ending) => {
      try {
        return await work(ending);
      } catch (error) {
        if (error instanceof HoldfastError) throw error;
        throw azureFailure(address, what, error as AzureError, secrets);
      }
    });

  const factsOf = async (name: string, signal: AbortSignal) => {
    const found = await unlessMissing(
      container.getBlobClient(above + name).getProperties({ abortSignal: signal }),
    );
    return (
      found && {
        bytes: found.contentLength ?? 0,
        modifiedAt: found.lastModified ?? new Date(0),
        etag: found.etag,
      }
    );
  };

  /** @param bytes at most; undefined for all */
  const read = async (
    name: string,
    { offset, bytes, conditions }: { offset: number; bytes?: number; conditions?: BlobRequestConditions },
    signal: AbortSignal,
  ) => {
    // The answer's beginning has a deadline of its own: how long the rest may take depends on its length.
    const ending = new AbortController();
    const timer = setTimeout(() => ending.abort(), patience.callTimeoutMs);
    const answer = await container
      .getBlobClient(above + name)
      .download(offset, bytes, {
        abortSignal: AbortSignal.any([signal, ending.signal]),
        maxRetryRequests: 0,
        ...(conditions && { conditions }),
      })
      .finally(() => clearTimeout(timer));
    const expected = answer.contentLength;
    const body = answer.readableStreamBody as Readable;
    const { silenceTimeoutMs } = patience;
    const content = await readBody(body, { expected, address, name, silenceTimeoutMs, signal });
    return {
      content,
      version: answer.etag ?? '',
      range: answeredRange(answer._response.status, answer.contentRange),
    };
  };

  async function* pagesOf(prefix: string, signal: AbortSignal | undefined): AsyncGenerator<ListedObject[]> {
    let token: string | undefined;
    for (;;) {
      const page = await within(`list ${prefix}`, { signal }, async (ending) => {
        const pages = container
          .listBlobsFlat({ prefix: above + prefix, abortSignal: ending })
          .byPage({ maxPageSize: pageNames, ...(token !== undefined && { continuationToken: token }) });
        return (await pages.next()).value as ContainerListBlobFlatSegmentResponse | undefined;
      });
      yield (page?.segment.blobItems ?? []).map(({ name, properties }) => ({
        name: name.slice(above.length),
        bytes: properties.contentLength ?? 0,
        modifiedAt: properties.lastModified,
      }));
      token = page?.continuationToken || undefined;
      if (token === undefined) return;
    }
  }

  return {
    address,
    conditionalPuts: true,

    async put(name, content, { expected, signal } = {}) {
      checkPut(name, content);
      const conditions =
        expected === null ? { ifNoneMatch: '*' } : { ...(expected && { ifMatch: expected }) };
      const md5 = md5Of(content);
      return within(`put ${name}`, { signal, bytes: content.length }, async (ending) => {
        try {
          const { etag } = await container.getBlockBlobClient(above + name).upload(content, content.length, {
            abortSignal: ending,
            conditions,
            ...(md5 && { transactionalContentMD5: md5 }),
          });
          if (etag) return etag;
        } catch (error) {
          if (expected !== undefined && saysOtherVersion(error as AzureError)) return undefined;
          throw error;
        }
        throw storeFailure('STORE_FAILED', `${address} gave no version of ${name}, which it has written.`);
      });
    },

    async get(name, { signal } = {}) {
      checkName(name);
      return within(`get ${name}`, { signal, bytes: maxObjectBytes }, async (ending) => {
        const found = await unlessMissing(read(name, { offset: 0 }, ending));
        return found && { content: found.content, version: found.version };
      });
    },

    async getRange(name, range, { signal } = {}) {
      checkRange(name, range);
      return within(
        `get ${name}`,
        { signal, bytes: Math.min(range.bytes, maxObjectBytes) },
        async (ending) => {
          let { offset, bytes } = range;
          let conditions: BlobRequestConditions | undefined;
          if (offset < 0) {
            const facts = await factsOf(name, ending);
            if (facts === undefined) return undefined;
            const { start, end } = rangeWithin(range, facts.bytes);
            if (start === end) return Buffer.alloc(0);
            [offset, bytes, conditions] = [
              start,
              end - start,
              { ...(facts.etag && { ifMatch: facts.etag }) },
            ];
          }
          try {
            const found = await read(name, { offset, bytes, ...(conditions && { conditions }) }, ending);
            return partOf({ address, name, range: { offset, bytes }, answered: found.range }, found.content);
          } catch (error) {
            if (saysNoSuchBlob(error as AzureError)) return undefined;
            if ((error as AzureError).statusCode === 416) return Buffer.alloc(0);
            throw error;
          }
        },
      );
    },

    async head(name, { signal } = {}) {
      checkName(name);
      return within(`head ${name}`, { signal }, async (ending) => {
        const facts = await factsOf(name, ending);
        return facts && { bytes: facts.bytes, modifiedAt: facts.modifiedAt };
      });
    },

    async *list(prefix, { after, signal } = {}) {
      checkPrefix(prefix);
      yield* inOrder(pagesOf(prefix, signal), { address, prefix, after });
    },

    async delete(name, { signal } = {}) {
      checkName(name);
      await within(`delete ${name}`, { signal }, (ending) =>
        unlessMissing(container.getBlobClient(above + name).delete({ abortSignal: ending })),
      );
    },

    async close() {},
  };
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (saysNoSuchBlob(error as AzureError)) return undefined;
    throw error;
  }
}
