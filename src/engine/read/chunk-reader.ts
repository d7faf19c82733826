/*
 * read/ owns the way back from stored chunks to rows: fetching and checking chunks, downloads, verification. It never
 * connects to a database and never changes a store.
 */
import { HoldfastError } from '../../base/errors.ts';
import { release } from '../../base/memory.ts';
import { decodeChunk, decodeWithFrame } from '../../format/chunk.ts';
import type { ChunkReference } from '../../format/manifest.ts';
import { requireOpening } from '../../format/sealing/keys.ts';
import type { Store } from '../../store/store.ts';

/** Limits of one fetch from the store, in bytes and chunks. */
const batchBytes = 2 * 1024 * 1024;
const batchChunks = 64;

/**
 * The frames of `references` in order, as stored, each proved to be what the manifest names; the next batch is
 * fetched while this one is used.
 * @throws CHUNK_MISSING, CHUNK_CORRUPT, STORE_FAILED
 */
export async function* readFrames(
  store: Store,
  references: readonly ChunkReference[],
): AsyncGenerator<{ reference: ChunkReference; frame: Uint8Array }> {
  const batches = inBatches(references);
  let next = fetchBatch(store, batches.next().value);
  try {
    for (;;) {
      const frames = await next;
      if (!frames) return;
      next = fetchBatch(store, batches.next().value);
      // Awaited in the next turn; until then a failure must not count as unhandled.
      next.catch(() => {});
      yield* frames;
    }
  } finally {
    await next.catch(() => {});
  }
}

/** The raw bytes of `references` in order, verified, each valid until the next is asked for; one chunk is decoded ahead. */
export async function* readChunks(
  store: Store,
  references: readonly ChunkReference[],
  onFrame: (storedBytes: number) => void = () => {},
): AsyncGenerator<Uint8Array> {
  let ahead: Promise<Uint8Array> | undefined;
  try {
    for await (const { reference, frame } of readFrames(store, references)) {
      onFrame(frame.length);
      const decoding = decodeStored(store, reference, frame, { give: true });
      decoding.catch(() => {}).finally(() => release(frame));
      const ready = ahead;
      ahead = decoding;
      if (ready) yield* lend(await ready);
    }
    if (ahead) yield* lend(await ahead);
  } finally {
    await ahead?.catch(() => {});
  }
}

function* lend(raw: Uint8Array): Generator<Uint8Array> {
  yield raw;
  release(raw);
}

/** As many as are fetched in one call of the store. */
export function* inBatches<Of extends Pick<ChunkReference, 'storedBytes'>>(
  references: readonly Of[],
): Generator<Of[], undefined> {
  let batch: Of[] = [];
  let bytes = 0;
  for (const reference of references) {
    if (batch.length >= batchChunks || (batch.length > 0 && bytes + reference.storedBytes > batchBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(reference);
    bytes += reference.storedBytes;
  }
  if (batch.length > 0) yield batch;
  return undefined;
}

async function fetchBatch(
  store: Store,
  batch: ChunkReference[] | undefined,
): Promise<{ reference: ChunkReference; frame: Uint8Array }[] | undefined> {
  if (!batch) return undefined;
  const frames = await store.getChunks(batch.map((reference) => reference.id));
  const found: { reference: ChunkReference; frame: Uint8Array }[] = [];
  for (const [i, reference] of batch.entries()) {
    let frame = frames[i];
    if (!frame) {
      const failure = chunkMissing(store, reference);
      await noteDamage(store, reference, failure);
      frame = await fromElsewhere(store, reference, failure, async (other) => other);
    }
    found.push({ reference, frame });
  }
  return found;
}

export function chunkMissing(store: Store, { id }: Pick<ChunkReference, 'id'>): HoldfastError {
  return new HoldfastError(
    'CHUNK_MISSING',
    `Chunk ${id} is not in the ${store.kind} store, or cannot be read from it.`,
    { details: { chunk: id } },
  );
}

/**
 * @param options as of `decodeChunk`
 * @throws CHUNK_CORRUPT, which the store knows of then; KEY_REQUIRED
 */
export async function decodeStored(
  store: Store,
  reference: ChunkReference,
  stored: Uint8Array,
  options: { give?: boolean } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  return await notingDamage(store, reference, stored, (frame) =>
    decodeChunk(reference, frame, requireOpening(store.keys), options),
  );
}

/** With the frame, which is `stored` itself where nothing is sealed. @throws as `decodeStored` */
export async function decodeStoredFrame(
  store: Store,
  reference: ChunkReference,
  stored: Uint8Array,
): Promise<{ raw: Uint8Array<ArrayBuffer>; frame: Uint8Array }> {
  return await notingDamage(store, reference, stored, (frame) =>
    decodeWithFrame(reference, frame, requireOpening(store.keys)),
  );
}

async function notingDamage<T>(
  store: Store,
  reference: ChunkReference,
  stored: Uint8Array,
  decode: (stored: Uint8Array) => Promise<T>,
): Promise<T> {
  try {
    return await decode(stored);
  } catch (error) {
    await noteDamage(store, reference, error);
    return await fromElsewhere(store, reference, error, decode);
  }
}

/**
 * A chunk that is damaged in its store, from the first other store that has it whole.
 * @param use what throws when it is not what it should be
 * @throws `failure` when there is none
 */
async function fromElsewhere<T>(
  { elsewhere = [] }: Store,
  reference: ChunkReference,
  failure: unknown,
  use: (stored: Uint8Array) => Promise<T>,
): Promise<T> {
  if (!isChunkDamage(failure)) throw failure;
  for (const other of elsewhere) {
    try {
      const [stored] = await other.getChunks([reference.id]);
      if (stored) return await use(stored);
      await noteDamage(other, reference, chunkMissing(other, reference));
    } catch (error) {
      // Where it was missing here is what the reader is told; this place is damaged too, or away.
      await noteDamage(other, reference, error);
    }
  }
  throw failure;
}

/** Whether an error says that a chunk is missing or not what was stored. */
export function isChunkDamage(error: unknown): error is HoldfastError {
  return error instanceof HoldfastError && (error.code === 'CHUNK_MISSING' || error.code === 'CHUNK_CORRUPT');
}

/**
 * Has the store know that a chunk is not what its name says, so that the next backup stores it again. One that has the
 * right hash is what was stored, even if a manifest disagrees. Does not throw: the error is `failure`.
 */
export async function noteDamage(
  store: Store,
  { id }: Pick<ChunkReference, 'id'>,
  failure: unknown,
): Promise<void> {
  if (!(failure instanceof HoldfastError)) return;
  const wrongHash = failure.code === 'CHUNK_CORRUPT' && failure.details?.['actual'] !== undefined;
  if (wrongHash || failure.code === 'CHUNK_MISSING') await store.markDamaged([id]).catch(() => {});
}
