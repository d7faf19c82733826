/*
 * store/ owns the interface of a store of chunks and manifests, and its contract. It never knows tables, runs or what
 * a chunk contains.
 */
import { HoldfastError } from '../base/errors.ts';
import type { StoreKeys } from '../format/sealing/keys.ts';
import type { Pool } from '../postgres/pool.ts';
import type { TableChange } from '../postgres/table-change.ts';
import type { ChunkChecks, ChunkSize } from './checks.ts';
import type { Objects } from './objects/objects.ts';

export type { ChunkSize };

/** A kind of store; src/store/stores.ts lists all of them. */
export interface StoreKind {
  /** Written into the row of each backup in such a store. */
  readonly name: string;
  open(place: StorePlace): Store;
  /** Deletes what the catalog's database has noted of a store of this name; the store is not touched. */
  forget?(place: Pick<StorePlace, 'pool' | 'schema'>, name: string): Promise<void>;
  /** Its share of Holdfast's own tables, where it keeps anything in the catalog's database. */
  readonly tables?: readonly TableChange[];
}

/** What a store may use of the catalog's database. */
export interface StorePlace {
  /** The caller closes it. Nothing is connected before the store is used. */
  pool: Pool;
  /** The schema of our tables, quoted. */
  schema: string;
  /** What this process holds of the store's keys; plain where the store has none. */
  keys: StoreKeys;
  /** For a store that is not in the database itself. */
  outside?: OutsidePlace;
}

/** How the objects of a store are locked against deletion. */
export interface LockPolicy {
  mode: 'governance' | 'compliance';
  /** How long what a backup needs cannot be deleted after the backup, at least. */
  days: number;
}

/** What cannot be deleted yet, although no backup needs it. */
export interface LockedRest {
  objects: number;
  bytes: number;
  /** When the last of the locks ends; null without any. */
  until: Date | null;
}

export interface OutsidePlace {
  /** The name of the store in this installation, which the catalog's index of it has. Another store needs another one. */
  name: string;
  /** The store closes them. */
  objects: Objects;
  /** Undefined where objects are not locked. */
  lock?: LockPolicy | undefined;
}

/** One stored chunk: a zstd frame, sealed where the store is sealed. */
export interface StoredChunk {
  /** Its name, 64 lower-case hex digits; docs/FORMAT.md says how it is made. */
  id: string;
  /** The bytes as they are stored. */
  frame: Uint8Array;
  /** Length of the frame's content; 0 where it was copied from another store without being opened. Never relied on. */
  rawBytes: number;
  /** SHA-256 of `frame`, in hex, where the id is not that. */
  storedHash?: string | undefined;
  /** Rows that begin in this chunk; kept for people who look into the table, never relied on. */
  rows: number;
}

/** A chunk that is there. */
export interface UsedChunk {
  /** When its content was last compared with what it should be, or stored. */
  checkedAt: Date;
}

/** Of the chunks that a manifest names, those that the store does not have whole. */
export interface LackingChunks {
  count: number;
  /** How many of them are not there at all; the others are damaged. */
  missing: number;
  /** The first 1 000 of them, in the order of their names. */
  ids: string[];
}

export interface ChunkListing {
  id: string;
  storedBytes: number;
  /** The epoch in which it was last used. */
  lastUse: number;
}

/** The length of one id in a list of names, in bytes. */
export const nameBytes = 32;

/** A small thing that a store keeps beside its backups: its description, its keys, who writes to it. */
export interface StoreDocument {
  content: Uint8Array;
  /** Another one with each other content. */
  version: string;
}

/**
 * Where chunks and manifests live. The contract, which `test/store/conformance.ts` runs against every store:
 *
 * - A chunk is immutable: putting an id that exists is a success that changes nothing, unless it is *damaged*: then what is
 *   put takes its place, and it is damaged no more.
 * - A chunk is damaged once `markDamaged` or `compareChunks` says so, and when a store can tell without reading it, as by its
 *   length. A damaged chunk counts as missing in all methods that rely on chunks: in `useChunks`, `putManifest`, `lackingChunks`.
 * - A frame belongs to the caller again when the put has resolved; a store that goes on needing it copies it.
 * - When a put resolves, a later get, from any process, finds it. Durability against a crash of the store's
 *   machine is promised once `putManifest` of a manifest that was put afterwards has resolved.
 * - Gets return exactly what was put; they do not verify hashes, the reader does.
 * - A missing chunk or manifest is `undefined`, never an error, and so is a chunk that cannot be read although the others can.
 *   A manifest that is not what was put is MANIFEST_INVALID. Every other failure is a HoldfastError: the one that names the
 *   cause where the catalogue has one, else STORE_FAILED.
 * - Deleting what is not there is a success.
 * - Every method may be called concurrently. Calls are bounded by the caller: at most `chunksAtOnce` chunks and 32 MiB at once.
 *
 * Chunks can be deleted while backups run, without a lock, because the store counts epochs. A chunk is used in the
 * epoch of the moment when it is put, when `useChunks` finds it, and when a manifest that names it is put.
 *
 * - `deleteChunks(ids, epoch)` leaves what was used in that epoch or later. Of a deletion and a use at the same moment,
 *   whichever comes second knows of the first.
 * - `putManifest` of a manifest that needs a chunk which is lacking fails and writes nothing. What a manifest needs says its writer,
 *   because the store cannot read what is sealed: `names`, of 32 bytes each, some perhaps more than once.
 * - A manifest that was put before `beginEpoch` resolves is seen by later readers of manifests; one that is put
 *   later uses its chunks in the new epoch or a later one.
 *
 * So who begins an epoch, then reads every manifest, may delete what none of them names and nobody has used since: see
 * docs/decisions/0010. None of it looks at a clock.
 */
export interface Store {
  /** The name of its StoreKind. */
  readonly kind: string;
  /** Where it is, as a URL without secrets. */
  readonly address: string;
  /** For those who make and read chunks; the store itself neither seals nor opens. */
  readonly keys: StoreKeys;
  /**
   * Stores with the same chunks under the same names: a reader goes on there with a chunk that is missing or damaged here.
   * Only in a store that was opened to read one backup of which there are copies.
   */
  readonly elsewhere?: readonly Store[];
  /** How many chunks one call may put, compare or get, at most 1 000. A store that joins small ones gains by many. */
  readonly chunksAtOnce: number;
  /** Which of `chunks` (at most 1 000) are there with their length, for one who relies on them from now on. */
  useChunks(chunks: readonly ChunkSize[]): Promise<Map<string, UsedChunk>>;
  putChunks(chunks: readonly StoredChunk[]): Promise<void>;
  /** Compares what is stored with what should be. @returns ids of those that differ and are damaged from now on, or are missing */
  compareChunks(chunks: readonly StoredChunk[]): Promise<Set<string>>;
  /** What is stored under these ids (at most 1 000) is not what it should be; of one that is not there nothing is noted. */
  markDamaged(ids: readonly string[]): Promise<void>;
  readonly checks: ChunkChecks;
  /** The frames in the order of `ids`, the caller's own; `undefined` for each that is missing. */
  getChunks(ids: readonly string[]): Promise<(Uint8Array | undefined)[]>;
  /** @returns what was deleted of `ids` (at most 1 000): those that were there, and last used before `epoch` */
  deleteChunks(ids: readonly string[], epoch: number): Promise<{ chunks: number; bytes: number }>;
  /**
   * Gives back the room of chunks that were deleted, where deleting them alone does not. Broken off, it leaves the rest to the
   * next time.
   * @param epoch the one that the chunks were deleted with
   */
  reclaim(epoch: number, signal: AbortSignal): Promise<void>;
  /** Begins the next epoch: a number greater than that of any use before. */
  beginEpoch(): Promise<number>;
  /** The bytes of all frames that it holds. */
  storedBytes(): Promise<number>;
  /** Only of a store whose objects may be locked: what no backup needs and cannot be deleted yet. */
  lockedRest?(): Promise<LockedRest>;
  /** Whether any chunk is known to be damaged. */
  isDamaged(): Promise<boolean>;
  /** Every chunk, in any order, in bounded memory. */
  listChunks(): AsyncIterable<ChunkListing>;
  /**
   * Writes or replaces the manifest of one backup. A backup without one does not exist.
   * @param manifest what JSON can hold; the store does not look into it
   * @param names of the chunks that the backup needs
   * @param fence that of the run which takes the backup: where the runs' rows are in the same place as the manifests,
   *   nothing is written for a run that another process has taken over, and INTERRUPTED is thrown
   */
  putManifest(uuid: string, manifest: unknown, names: Uint8Array, fence?: number): Promise<void>;
  getManifest(uuid: string): Promise<unknown>;
  /** Of the chunks with these names, those that are missing or damaged. */
  lackingChunks(names: Uint8Array): Promise<LackingChunks>;
  deleteManifest(uuid: string): Promise<void>;
  /**
   * Only of a store whose manifests are objects: moves one out of the way, byte for byte, to `setAsideFolder`. Then there is no such backup.
   * @returns the names of the objects; undefined when there is none
   */
  setManifestAside?(uuid: string): Promise<{ from: string; to: string } | undefined>;
  listManifests(): AsyncIterable<string>;
  getDocument(name: string): Promise<StoreDocument | undefined>;
  /**
   * @param name letters, digits, `. _ - /`
   * @param expected the version that it replaces, null for none; without it whatever is there
   * @returns the new version; undefined when another version than the expected one is there: nothing is written then
   */
  putDocument(name: string, content: Uint8Array, expected?: string | null): Promise<string | undefined>;
  deleteDocument(name: string): Promise<void>;
  /** The names that begin with `prefix`, in their order. */
  listDocuments(prefix: string): AsyncIterable<string>;
  /**
   * Only of a store with an index: makes the index agree with what lies in the place, also while the store is in use.
   * To be called when another installation may have written there.
   */
  rebuildIndex?(signal?: AbortSignal, onListed?: (bytes: number) => void): Promise<RebuiltIndex>;
  close(): Promise<void>;
}

/** Where documents are that cannot be believed and were moved out of the way. */
export const setAsideFolder = 'quarantine/';

/** How many there are, and the first of them. */
export interface Noted {
  count: number;
  /** Names of objects, at most 100. */
  names: string[];
}

/** What a listing of a store says that its index did not know. */
export interface RebuiltIndex {
  /** Objects of chunks that are in the store, and their bytes. */
  objects: number;
  bytes: number;
  manifests: number;
  /** Objects that the index did not have, or had nothing in, and has now. */
  added: Noted;
  /** Objects that the index had and the store has not. Their chunks are missing from now on. */
  missing: Noted;
  /** Objects of another length than they had when they were written, and packs without an index of their own. Their chunks are damaged. */
  damaged: Noted;
  /** Objects in which nothing lies that does not lie elsewhere too. A sweep deletes them. */
  superfluous: Noted;
  /** What is none of ours. It is left alone. */
  foreign: Noted;
}

/** The most ids in a LackingChunks. */
export const lackingNamed = 1_000;

/** Ids in hex, from a list of names. */
export function* idsIn(names: Uint8Array): Generator<string> {
  const bytes = Buffer.from(names.buffer, names.byteOffset, names.byteLength);
  for (let at = 0; at < bytes.length; at += nameBytes) yield bytes.toString('hex', at, at + nameBytes);
}

/** A list of names, from ids in hex. */
export function namesOf(ids: Iterable<string>): Uint8Array {
  return Buffer.from([...ids].join(''), 'hex');
}

/** Why a manifest is not put. */
export function chunksLacking(count: number, uuid: string): HoldfastError {
  return new HoldfastError(
    'STORE_FAILED',
    `The store lacks ${count} chunks of backup ${uuid}: they are missing, or were found damaged during the backup.`,
    { hint: 'Take the backup again: it stores the missing chunks.' },
  );
}
