import { release } from '../../base/memory.ts';
import { encodeChunk, inlineBytes, type EncodedChunk } from '../../format/chunk.ts';
import type { ChunkKeyField, FoundKeys } from '../../format/key-bounds.ts';
import type { ChunkReference } from '../../format/manifest.ts';
import { requireSealing, type SealingKey } from '../../format/sealing/keys.ts';
import type { Store, StoredChunk } from '../../store/store.ts';
import { doubt } from './doubt.ts';
import { soundChunks } from './sound-chunks.ts';

/** Raw bytes of a full chunk: enough for zstd to be at its best, and little enough for several in memory at once. */
const fillBytes = 4 * 1024 * 1024;
/** A batch is put once it holds this many frame bytes, or as many chunks as the store takes. */
const batchBytes = 4 * 1024 * 1024;
const concurrentPuts = 2;
/** Above this many frame bytes waiting for the store, no more is read. */
const waitingBytesLimit = 16 * 1024 * 1024;
/** So much memory of frames that were put is kept for those to come; that of short ones is not worth it. */
const keptFrameBytes = 32 * 1024 * 1024;
const shortFrameBytes = 256 * 1024;

export type FillBuffer = Uint8Array<ArrayBuffer>;

interface WaitingChunk extends StoredChunk {
  frame: Uint8Array<ArrayBuffer>;
  /** Whether it is of the manifest. */
  piece: boolean;
}

/**
 * Takes raw bytes, gives chunk references: compresses off the event loop, skips what the store has, puts the
 * rest in batches. Bounded: `hasRoom` tells the reader to hold back, `onRoom` when to go on.
 */
export class ChunkWriter {
  readonly #store: Store;
  readonly #level: number;
  readonly #seal: SealingKey | undefined;
  readonly #seen = new Set<string>();
  readonly #pool: FillBuffer[] = [];
  #buffersOut = 0;
  readonly #frameMemory: ArrayBuffer[] = [];
  #frameMemoryBytes = 0;
  readonly #buffersMax: number;
  #batch: WaitingChunk[] = [];
  #batchBytes = 0;
  #waitingBytes = 0;
  #puts = new Set<Promise<void>>();
  readonly #writing = new Set<Promise<void>>();
  #roomWaiters: (() => void)[] = [];
  #failed: unknown;
  /** Frame bytes of all distinct chunks of this run, whether they were stored before or not. */
  storedBytes = 0;
  /** Frame bytes newly put. Neither counts what is of the manifest. */
  newBytes = 0;
  chunks = 0;
  readonly #isDoubted = doubt();
  readonly #fail: (error: unknown) => void;

  /**
   * @param readers how many fill a buffer at once; half as many again are being compressed meanwhile
   * @param fail called once, with the first error
   * @throws KEY_REQUIRED for a sealed store whose writer key was not given
   */
  constructor(store: Store, level: number, readers: number, fail: (error: unknown) => void) {
    this.#store = store;
    this.#level = level;
    this.#seal = requireSealing(store.keys);
    this.#buffersMax = readers + Math.ceil(readers / 2) + 1;
    this.#fail = fail;
  }

  /** A buffer of `fillBytes` to fill, or undefined when there is no room or all are in use: hold back until `onRoom`. */
  takeBuffer(): FillBuffer | undefined {
    if (!this.hasRoom) return undefined;
    const free = this.#pool.pop();
    if (free) return free;
    if (this.#buffersOut >= this.#buffersMax) return undefined;
    this.#buffersOut++;
    return new Uint8Array(fillBytes);
  }

  returnBuffer(buffer: FillBuffer): void {
    this.#pool.push(buffer);
    this.#room();
  }

  /** Whether more should be read; else hold back until `onRoom`. */
  get hasRoom(): boolean {
    return this.#waitingBytes <= waitingBytesLimit;
  }

  /** Calls back once, when there may be room. */
  onRoom(callback: () => void): void {
    this.#roomWaiters.push(callback);
  }

  /**
   * Makes a chunk of what `buffer` holds in its first `rawBytes`.
   * @param onReference called before `flush` resolves, unless that throws
   * @param key the field whose least and greatest values are wanted
   * @returns false when the buffer may be filled again at once; true when it is in use, and is returned later
   */
  write(
    buffer: FillBuffer,
    rawBytes: number,
    rows: number,
    onReference: (reference: ChunkReference, keys: FoundKeys) => void,
    key?: ChunkKeyField,
  ): boolean {
    const lent = rawBytes > inlineBytes;
    const writing = this.#encode(buffer.subarray(0, rawBytes), rows, lent, key)
      .then(({ reference, keys }) => onReference(reference, keys))
      .catch((error: unknown) => this.#failWith(error))
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
    return lent;
  }

  /**
   * Makes a chunk of all of `raw`, which is its own from then on. Waits while there is no room.
   * @param plain whether it is stored plain in a sealed store too
   * @param piece whether it is of the manifest, and not of the data
   * @throws the first error of all chunks
   */
  async put(raw: FillBuffer, plain = false, piece = true): Promise<ChunkReference> {
    while (!this.hasRoom && this.#failed === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.onRoom(resolve);
      await promise;
    }
    if (this.#failed !== undefined) throw this.#failed;
    const seal = plain ? undefined : this.#seal;
    const { chunk, memory } = await encodeChunk(raw, this.#level, seal);
    release(new Uint8Array(memory));
    const { frame: made, ...reference } = chunk;
    // Text gives short frames: in their own memory, which is long, those that wait for the store would take ten times theirs.
    const frame = new Uint8Array(made);
    release(made);
    this.#add({ ...reference, frame }, 0, piece);
    return reference;
  }

  /**
   * Has chunks of earlier backups be of this one too.
   * @returns the names of those that the store does not have whole any more; what else these belong to must not be reused
   */
  async use(references: readonly ChunkReference[]): Promise<Set<string>> {
    const lacking = new Set<string>();
    const asked = new Map(
      references.filter(({ id }) => !this.#seen.has(id)).map((reference) => [reference.id, reference]),
    );
    const all = [...asked.values()];
    for (let at = 0; at < all.length; at += this.#store.chunksAtOnce) {
      const batch = all.slice(at, at + this.#store.chunksAtOnce);
      const sound = await soundChunks(this.#store, batch, this.#isDoubted);
      for (const { id, storedBytes } of batch) {
        if (!sound.has(id)) lacking.add(id);
        else if (!this.#seen.has(id)) {
          this.#seen.add(id);
          this.chunks++;
          this.storedBytes += storedBytes;
        }
      }
    }
    return lacking;
  }

  /**
   * Takes chunks into the count that another process has put for this backup.
   * @param newBytes what of them was not in the store before
   */
  adopt(references: readonly ChunkReference[], newBytes: number): void {
    this.newBytes += newBytes;
    for (const { id, storedBytes } of references) {
      if (this.#seen.has(id)) continue;
      this.#seen.add(id);
      this.chunks++;
      this.storedBytes += storedBytes;
    }
  }

  async #encode(
    raw: FillBuffer,
    rows: number,
    lent: boolean,
    key: ChunkKeyField | undefined,
  ): Promise<{ reference: ChunkReference; keys: FoundKeys }> {
    // What is short is copied where it has to wait for a thread to seal it.
    const copiedBytes = lent ? 0 : raw.length;
    this.#waitingBytes += copiedBytes;
    try {
      const frameMemory = lent ? this.#takeFrameMemory() : undefined;
      const { chunk, memory, keys } = await encodeChunk(raw, this.#level, this.#seal, frameMemory, key);
      const { frame: _, ...reference } = chunk;
      this.#add(chunk, rows);
      if (lent) this.returnBuffer(new Uint8Array(memory));
      return { reference, keys };
    } catch (error) {
      if (lent) this.#buffersOut--;
      this.#room();
      throw error;
    } finally {
      this.#waitingBytes -= copiedBytes;
      if (!lent) this.#room();
    }
  }

  #add(chunk: EncodedChunk, rows: number, piece = false): void {
    if (this.#failed !== undefined || this.#seen.has(chunk.id)) return this.#keepFrameMemory(chunk.frame);
    this.#seen.add(chunk.id);
    if (!piece) {
      this.chunks++;
      this.storedBytes += chunk.storedBytes;
    }
    const { id, frame, rawBytes, storedHash } = chunk;
    this.#batch.push({ id, frame, rawBytes, storedHash, rows, piece });
    this.#batchBytes += chunk.storedBytes;
    this.#waitingBytes += chunk.storedBytes;
    if (this.#batchBytes >= batchBytes || this.#batch.length >= this.#store.chunksAtOnce) this.#startPut();
  }

  #startPut(): void {
    if (this.#batch.length === 0 || this.#puts.size >= concurrentPuts) return;
    const batch: WaitingChunk[] = [];
    let bytes = 0;
    while (
      this.#batch.length > 0 &&
      batch.length < this.#store.chunksAtOnce &&
      (bytes === 0 || bytes < batchBytes)
    ) {
      const next = this.#batch.shift() as WaitingChunk;
      batch.push(next);
      bytes += next.frame.length;
    }
    this.#batchBytes -= bytes;
    const put = this.#put(batch)
      .catch((error: unknown) => this.#failWith(error))
      .finally(() => {
        this.#puts.delete(put);
        this.#waitingBytes -= bytes;
        if (this.#batchBytes >= batchBytes || this.#batch.length >= this.#store.chunksAtOnce)
          this.#startPut();
        this.#room();
      });
    this.#puts.add(put);
  }

  async #put(batch: WaitingChunk[]): Promise<void> {
    if (this.#failed !== undefined) return;
    const known = await this.#store.useChunks(
      batch.map(({ id, frame }) => ({ id, storedBytes: frame.length })),
    );
    const doubted = batch.filter(({ id, frame }) => this.#isDoubted(known.get(id), frame.length));
    const differing = doubted.length > 0 ? await this.#store.compareChunks(doubted) : new Set<string>();
    const missing = batch.filter(({ id }) => !known.has(id) || differing.has(id));
    if (missing.length > 0) await this.#store.putChunks(missing);
    for (const { frame, piece } of missing) if (!piece) this.newBytes += frame.length;
    for (const chunk of batch) this.#keepFrameMemory(chunk.frame);
  }

  #takeFrameMemory(): ArrayBuffer | undefined {
    const memory = this.#frameMemory.pop();
    if (memory) this.#frameMemoryBytes -= memory.byteLength;
    return memory;
  }

  #keepFrameMemory({ buffer }: Uint8Array<ArrayBuffer>): void {
    if (buffer.byteLength < shortFrameBytes) return;
    if (this.#frameMemoryBytes + buffer.byteLength > keptFrameBytes) return;
    this.#frameMemory.push(buffer);
    this.#frameMemoryBytes += buffer.byteLength;
  }

  /** Resolves when every chunk that was written is in the store. @throws the first error */
  async flush(): Promise<void> {
    await Promise.all(this.#writing);
    while (this.#failed === undefined && (this.#batch.length > 0 || this.#puts.size > 0)) {
      this.#startPut();
      await Promise.race(this.#puts);
    }
    await Promise.all(this.#puts);
    if (this.#failed !== undefined) throw this.#failed;
  }

  #room(): void {
    const waiters = this.#roomWaiters;
    this.#roomWaiters = [];
    for (const waiter of waiters) waiter();
  }

  #failWith(error: unknown): void {
    if (this.#failed !== undefined) return;
    this.#failed = error;
    // What will not be stored takes no room: a reader that waits for some must be able to end.
    this.#waitingBytes -= this.#batchBytes;
    this.#batch = [];
    this.#batchBytes = 0;
    this.#fail(error);
    this.#room();
  }
}
