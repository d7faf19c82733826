import type { HoldfastError } from '../../base/errors.ts';
import type { CheckTimes } from '../checks.ts';
import type { ChunkListing, ChunkSize, LackingChunks, LockedRest, UsedChunk } from '../store.ts';
import type { ObjectKey } from './names.ts';

/** Where a chunk lies in an object. */
export interface PlacedChunk extends ChunkSize {
  /** In bytes; 0 in an object of its own. */
  offset: number;
  /** SHA-256 of the stored bytes, in hex; undefined where it is the id, and where it is not known. */
  hash?: string | undefined;
  /** When it was stored, where that was not just now. */
  storedAt?: Date | undefined;
}

/** What the index says of one chunk. */
export interface FoundChunk extends PlacedChunk {
  object: ObjectKey;
  damaged: boolean;
}

/** What the index says of one object. */
export interface IndexedObject {
  key: ObjectKey;
  bytes: number;
  /** Bytes of all chunks that it holds; 0 before it is placed. */
  heldBytes: number;
  /** Of these, bytes of the chunks that lie in it by the index. */
  livingBytes: number;
  /** Whether it is being deleted: nobody relies on it, and it may be gone. */
  deleting: boolean;
}

/** A manifest that is being put. */
export interface ManifestWrite {
  uuid: string;
  /** Of the chunks that it needs. */
  names: Uint8Array;
  fence: number | undefined;
  /** Given by `beginManifest`. */
  token: string;
}

export interface ObjectListing {
  packed: boolean;
  /** Ids behind this one only. */
  after: string;
}

/** The bytes of chunks in packs, without those of the packs' own indexes. */
export interface PackedBytes {
  held: number;
  living: number;
}

/**
 * Where each chunk of a store lies, and who uses it: the store asks the index and not the bucket. It is a cache of what the
 * objects are, which `rebuildIndex` makes new, and it never claims a chunk that is gone:
 *
 * - `claim` comes before an object is written, and `place` afterwards says which chunks lie in it. Before `place` nobody relies on it.
 * - A chunk is removed from the index, at once and in view of its last use, before anything happens to its object.
 * - An object that no chunk lies in any more is *condemned*: from then on no `claim` gets it and `place` fails. Then it is deleted, and
 *   `forget` ends its name's history. So no late deletion meets a new object of that name.
 *
 * A process that ends between two of these steps leaves an object that nobody relies on, which a later `condemn` finds. Uses and
 * epochs are those of the contract of Store, and so are the methods that have the name of one of its own.
 *
 * A manifest is written between `beginManifest` and `endManifest`. The first marks its chunks and notes the epoch; as long as that note
 * is there, `remove` spares whatever was used in that epoch or later. The second marks them again, and takes the note away. So a sweep
 * that listed the manifests before this one was there finds either the note or the later mark. Notes of processes that have died are
 * dropped after a day: no call to a store takes a day.
 */
export interface ChunkIndex {
  useChunks(chunks: readonly ChunkSize[]): Promise<Map<string, UsedChunk>>;
  find(ids: readonly string[]): Promise<Map<string, FoundChunk>>;
  /** @returns the ids of those that may be written now; the others are being deleted */
  claim(objects: readonly { key: ObjectKey; bytes: number }[]): Promise<Set<string>>;
  /**
   * These objects are written, and hold all of these chunks. What they hold is used from now on, except for chunks that lie whole elsewhere already.
   * @returns the ids of those that hold; the others have been deleted meanwhile
   */
  place(objects: readonly { key: ObjectKey; chunks: readonly PlacedChunk[] }[]): Promise<Set<string>>;
  /** `to` is written, and holds copies of all of `chunks`, in place of the packs in which they were found; of those that lie elsewhere by now nothing changes. */
  move(to: ObjectKey, chunks: readonly { chunk: PlacedChunk; from: ObjectKey }[]): Promise<void>;
  markDamaged(ids: readonly string[]): Promise<void>;
  /** Their content was compared, and is what it should be. */
  markChecked(ids: readonly string[]): Promise<void>;
  readonly checks: CheckTimes;
  /** Takes those out of the index that were last used before `epoch`. */
  remove(ids: readonly string[], epoch: number): Promise<{ chunks: number; bytes: number }>;
  /**
   * Condemns objects that no chunk lies in, that are not locked and were claimed before `epoch`, some hundreds at once.
   * @param among only of these
   * @returns those condemned, now or earlier
   */
  condemn(epoch: number, among?: readonly ObjectKey[]): Promise<ObjectKey[]>;
  /** Objects are locked until then, or longer where they were. Until the lock ends they are not condemned. */
  noteLocked(objects: readonly ObjectKey[], until: Date): Promise<void>;
  /** Of the objects in which these chunks lie, some hundreds that are not locked until then. */
  unlocked(names: Uint8Array, until: Date): Promise<ObjectKey[]>;
  /** Objects in which no chunk lies and that are locked. */
  lockedRest(): Promise<LockedRest>;
  /** Condemned objects that were deleted. */
  forget(objects: readonly ObjectKey[]): Promise<void>;
  beginEpoch(): Promise<number>;
  /** @throws STORE_FAILED where chunks are lacking, INTERRUPTED where the run has lost its fence; nothing is noted then */
  beginManifest(uuid: string, names: Uint8Array, fence: number | undefined): Promise<ManifestWrite>;
  /** The manifest was refused by the place, and will not be there. */
  cancelManifest(write: ManifestWrite): Promise<void>;
  /** @returns why the manifest must not be there: what beginManifest would throw now */
  endManifest(write: ManifestWrite): Promise<HoldfastError | undefined>;
  lackingChunks(names: Uint8Array): Promise<LackingChunks>;
  storedBytes(): Promise<number>;
  isDamaged(): Promise<boolean>;
  listChunks(): AsyncIterable<ChunkListing>;
  /** One page of objects in the order of their ids. */
  listObjects(listing: ObjectListing): Promise<IndexedObject[]>;
  packedBytes(): Promise<PackedBytes>;
  /** Packs claimed before `epoch` of which less than half is in use, at most `limit`, in the order of their ids. */
  sparsePacks(epoch: number, after: string, limit: number): Promise<IndexedObject[]>;
  chunksIn(object: ObjectKey): Promise<FoundChunk[]>;
  /** An object claimed before `epoch` is gone, and with it what lies in it. @returns the ids of these chunks */
  drop(object: ObjectKey, epoch: number): Promise<string[]>;
}
