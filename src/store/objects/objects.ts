/*
 * objects/ owns named byte strings in a place outside the database: a directory, a bucket, a server that speaks SFTP. It never
 * knows what the bytes mean.
 */
import { HoldfastError } from '../../base/errors.ts';

/**
 * The version of one object's content, as the place tells it: an ETag, or the hash of the content. Equal versions of one name
 * mean equal content.
 */
export type ObjectVersion = string;

export interface ObjectFacts {
  bytes: number;
  /** By the clock of the place; for people, never relied on. */
  modifiedAt: Date;
}

export interface ListedObject extends ObjectFacts {
  name: string;
}

export interface CallOptions {
  /** Ends the call, which then fails with the reason of the signal, or CANCELLED. */
  signal?: AbortSignal | undefined;
}

export interface VersionOptions extends CallOptions {
  /** Who calls has no use for the version, which may be empty then: a directory would have to hash the content for it. */
  unversioned?: boolean | undefined;
}

export interface PutOptions extends VersionOptions {
  /**
   * Write only where the object has this version, `null` for "does not exist". Without `conditionalPuts` the place compares and
   * then writes, which leaves a short gap. Writers that compete put contents that differ: one who finds their own content
   * after a put that failed half-way takes it for written.
   */
  expected?: ObjectVersion | null | undefined;
  /** Only where the place has `keeping`. @throws INVALID_CONFIGURATION where it does not lock objects after all */
  lock?: ObjectLock | undefined;
}

/** How long an object can neither be changed nor deleted for good. */
export interface ObjectLock {
  /** governance: who has a permission of its own for that may end it. compliance: nobody may. */
  mode: 'governance' | 'compliance';
  until: Date;
}

/** Which bytes of an object. */
export interface ObjectRange {
  /** The first byte; a negative number counts from the end, and reaches no further than the first byte there is. */
  offset: number;
  /** At least 1. The answer ends with the object, and is empty where the range begins behind it. */
  bytes: number;
}

export interface ListOptions extends CallOptions {
  /** Names behind this one only, in the order of the listing. */
  after?: string | undefined;
}

/**
 * What a bucket can promise, and no more. The contract, which `test/store/objects-conformance.ts` runs against every place:
 *
 * - A name consists of `a-z A-Z 0-9 . _ - /`, at most 200 characters, with no empty part and none that is `.` or `..`. No name is
 *   a folder of another (`a` and `a/b`), and no two differ in case alone: some places are directories.
 * - An object is written as a whole, up to `maxObjectBytes`. A reader finds the old content or the new one, never a part. When a put
 *   resolves, the place itself has confirmed the bytes, the object is durable, and a later get from any process finds it. The
 *   bytes belong to the caller again as soon as the put has settled.
 * - A put that fails has written nothing or all of it; nobody can tell which without looking.
 * - What is not there is `undefined`, never an error; deleting it is a success. A bucket, container or folder that does not exist is
 *   an error (STORE_UNREACHABLE) for every call: an empty answer would look like a store without backups.
 * - `list` gives all names that begin with a prefix in ascending order of their bytes, in bounded memory (a page, or the names of one
 *   folder). It does not give what has no valid name: other programs may keep files there.
 * - A get gives all the bytes asked for or fails: a shorter answer is STORE_FAILED, and so is an object above `maxObjectBytes`.
 * - Every failure is a HoldfastError: STORE_UNREACHABLE, STORE_DENIED, STORE_FULL, STORE_FAILED. `isWorthRepeating` (failure.ts) says
 *   whether it may pass without anyone's help. No message, hint or detail holds a secret.
 * - Every call ends in bounded time, also when the other side says nothing more.
 * - Methods may be called concurrently.
 */
export interface Objects {
  /** Where it is, as a URL without secrets: `s3://bucket/prefix`. */
  readonly address: string;
  /** Whether `expected` is decided by the place itself, in one step. It may turn false once the place has shown that it does not. */
  readonly conditionalPuts: boolean;
  /** @returns the version written, or undefined when the object does not have the `expected` version: nothing is written then */
  put(name: string, content: Uint8Array, options?: PutOptions): Promise<ObjectVersion | undefined>;
  get(name: string, options?: VersionOptions): Promise<ObjectContent | undefined>;
  getRange(name: string, range: ObjectRange, options?: CallOptions): Promise<Uint8Array | undefined>;
  head(name: string, options?: CallOptions): Promise<ObjectFacts | undefined>;
  list(prefix: string, options?: ListOptions): AsyncIterable<ListedObject>;
  delete(name: string, options?: CallOptions): Promise<void>;
  /** Undefined for a place that keeps nothing of what is overwritten or deleted. */
  readonly keeping?: Keeping | undefined;
  /** Ends the connections. Calls after it fail or connect again. */
  close(): Promise<void>;
}

/** What a place may keep of what is overwritten or deleted. A delete that meets a locked object leaves its content as an old version. */
export interface Keeping {
  look(options?: CallOptions): Promise<KeptVersions>;
  /**
   * Locks what an object holds now until then, and no shorter than it is locked already.
   * @throws INVALID_CONFIGURATION where the place does not lock objects
   */
  lock(name: string, lock: ObjectLock, options?: CallOptions): Promise<void>;
  /**
   * Deletes what an object holds now, where versions are kept, without leaving it as an old version; the one before it may appear.
   * @param options.bypassLock also where a lock in governance mode refuses it, with the permission for that
   * @throws STORE_DENIED where it is locked, or the permission is missing
   */
  deleteForGood(name: string, options?: CallOptions & { bypassLock?: boolean }): Promise<void>;
}

export interface DefaultRetention {
  mode: ObjectLock['mode'];
  days: number;
}

/** `unknown` where the credentials may not ask. */
export interface KeptVersions {
  versions: 'kept' | 'suspended' | 'none' | 'unknown';
  /** A rule of the place itself, by which whatever is written is locked for that long; null for none, or where that is not told. */
  retention: DefaultRetention | null;
}

export interface ObjectContent {
  content: Uint8Array;
  version: ObjectVersion;
}

/** The largest object. Chunks, packs and parts are smaller, so that none needs an upload in parts. */
export const maxObjectBytes = 64 * 1024 * 1024;

const longestName = 200;

/** Whether it is a name that the contract allows. */
export function isObjectName(name: string): boolean {
  return (
    name.length <= longestName &&
    /^[\w.-]+(?:\/[\w.-]+)*$/.test(name) &&
    name.split('/').every((part) => part !== '.' && part !== '..')
  );
}

/** @throws INTERNAL for a name that the contract does not allow: no caller may rely on what a place makes of it */
export function checkName(name: string): void {
  if (!isObjectName(name)) throw new HoldfastError('INTERNAL', `"${name}" is not the name of an object.`);
}

/** @throws INTERNAL for what cannot be the beginning of a name */
export function checkPrefix(prefix: string): void {
  const whole = prefix === '' || prefix.endsWith('/') ? `${prefix}x` : prefix;
  const folders = whole.split('/').slice(0, -1);
  if ((folders.length > 0 && !isObjectName(folders.join('/'))) || !/^[\w./-]+$/.test(whole)) {
    throw new HoldfastError('INTERNAL', `"${prefix}" is not the beginning of names of objects.`);
  }
}

/** @throws INTERNAL for what a put may not be given */
export function checkPut(name: string, content: Uint8Array): void {
  checkName(name);
  if (content.length > maxObjectBytes) {
    throw new HoldfastError('INTERNAL', `The object ${name} is too large: ${content.length} bytes.`);
  }
}

/** @throws INTERNAL for a name or a range that the contract does not allow */
export function checkRange(name: string, { offset, bytes }: ObjectRange): void {
  checkName(name);
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(bytes) || bytes < 1) {
    throw new HoldfastError(
      'INTERNAL',
      `A range of ${bytes} bytes from ${offset} cannot be read of the object ${name}.`,
    );
  }
}

/** Where a range begins and ends in an object of that length. */
export function rangeWithin(
  { offset, bytes }: ObjectRange,
  objectBytes: number,
): { start: number; end: number } {
  const start = Math.min(offset < 0 ? Math.max(0, objectBytes + offset) : offset, objectBytes);
  return { start, end: Math.min(start + bytes, objectBytes) };
}
