/*
 * objects/ owns named byte strings in a place outside the database: a directory, a bucket, a server that speaks SFTP. It never
 * knows what the bytes mean.
 */

/**
 * The version of one object's content, as the place tells it: an ETag, or the hash of the content. Equal versions of one name
 * mean equal content.
 */
export type ObjectVersion = string;

export interface ObjectFacts {
  bytes: number;
  version: ObjectVersion;
  /** By the clock of the place; for people, never relied on. */
  modifiedAt: Date;
}

export interface ListedObject {
  name: string;
  bytes: number;
  modifiedAt: Date;
}

export interface PutOptions {
  /**
   * Write only where the object has this version, `null` for "does not exist". A place without conditional writes
   * (`conditionalPuts` is false) reads, writes and reads again, which leaves a short gap.
   */
  expected?: ObjectVersion | null;
  signal?: AbortSignal;
}

export interface GetOptions {
  /** Bytes from `offset`, at most `bytes` of them; of a negative `offset`, that many from the end. */
  range?: { offset: number; bytes: number };
  signal?: AbortSignal;
}

/**
 * What a bucket can promise, and no more. The contract, which `test/store/objects-conformance.ts` runs against every place:
 *
 * - A name consists of `a-z A-Z 0-9 . _ - /`, at most 200 characters, with no empty part and none that is `.` or `..`.
 * - An object is written as a whole, up to `maxObjectBytes`. A reader finds the old content or the new one, never a part. When a put resolves, the
 *   object is durable, and a later get from any process finds it. The bytes belong to the caller again then.
 * - A put that fails has written nothing or all of it; nobody can tell which without looking.
 * - What is not there is `undefined`, never an error; deleting it is a success. A prefix, bucket or folder that does not exist is
 *   an error (STORE_UNREACHABLE) for a put, a get and a listing: an empty answer would look like a store without backups.
 * - `list` gives all names below a prefix in ascending order of their bytes, in bounded memory.
 * - A get gives all the bytes asked for or fails: a shorter answer is STORE_FAILED.
 * - Every failure is a HoldfastError: STORE_UNREACHABLE, STORE_DENIED, STORE_FULL, STORE_FAILED. `retryable` of the code says whether
 *   the same call may succeed later. No message, hint or detail holds a secret.
 * - Every call ends in bounded time, also when the other side says nothing more.
 * - Methods may be called concurrently.
 */
export interface Objects {
  /** Where it is, as a URL without secrets: `s3://bucket/prefix`. */
  readonly address: string;
  /** Whether `expected` is decided by the place itself, in one step. */
  readonly conditionalPuts: boolean;
  /** @returns the version written, or undefined when the object does not have the `expected` version: nothing is written then */
  put(name: string, content: Uint8Array, options?: PutOptions): Promise<ObjectVersion | undefined>;
  get(
    name: string,
    options?: GetOptions,
  ): Promise<{ content: Uint8Array; version: ObjectVersion } | undefined>;
  head(name: string, options?: { signal?: AbortSignal }): Promise<ObjectFacts | undefined>;
  list(prefix: string, options?: { signal?: AbortSignal }): AsyncIterable<ListedObject>;
  delete(name: string, options?: { signal?: AbortSignal }): Promise<void>;
  close(): Promise<void>;
}

/** The largest object. Chunks, packs and parts are smaller, so that none needs an upload in parts. */
export const maxObjectBytes = 64 * 1024 * 1024;
