import { HoldfastError } from '../base/errors.ts';
import { compressChunk, decompressChunk, type EncodedChunk } from './chunk-codec.ts';
import { codecThreads } from './codec-threads.ts';
import { findKeys, type ChunkKeyField, type FoundKeys } from './key-bounds.ts';
import type { ChunkReference } from './manifest.ts';
import { openingRequired, type OpeningKey, type SealingKey } from './sealing/keys.ts';

export { maxChunkBytes, proveStored, type EncodedChunk } from './chunk-codec.ts';

/** Up to this length a trip to another thread costs more than the work, which is done at once instead. */
export const inlineBytes = 32 * 1024;

/**
 * One zstd frame of `raw`, with content size and checksum, as it is stored, and its name; made on another thread.
 * @param raw up to `inlineBytes` it may be changed as soon as this returns. Of a longer one that is the whole of its
 *   memory or the beginning, that memory is lent to the other thread: `raw` becomes empty, and `memory` is what it was
 * @param level zstd level, 1 to 19; 2 is tuned for COPY text
 * @param seal what seals the frame, from `requireSealing`; undefined for a chunk that is stored plain
 * @param frameMemory of no more use to the caller; what is stored is written there if there is room
 * @param key the field of COPY text whose least and greatest values are wanted
 */
export async function encodeChunk(
  raw: Uint8Array<ArrayBuffer>,
  level: number,
  seal: SealingKey | undefined,
  frameMemory?: ArrayBuffer,
  key?: ChunkKeyField,
): Promise<{ chunk: EncodedChunk; memory: ArrayBuffer; keys: FoundKeys }> {
  if (raw.length > inlineBytes) return codecThreads.compress(raw, level, seal, frameMemory, key);
  const memory = raw.buffer;
  const keys = key ? findKeys(raw, key) : 'unknown';
  // Sealing takes longer than the trip, however short the frame is.
  const { chunk } = seal
    ? await codecThreads.compress(new Uint8Array(raw), level, seal, frameMemory)
    : { chunk: compressChunk(raw, level, seal, frameMemory) };
  return { chunk, memory, keys };
}

/**
 * The raw bytes of a stored chunk, proved to be those that were stored; made on another thread.
 * @param open what opens a sealed store, from `requireOpening`; undefined for a chunk that is stored plain
 * @param options.give whether `stored` is given away, and may be empty from now on. Default: false, it is copied
 * @throws CHUNK_CORRUPT when hash, name, checksum or length do not agree with the reference, and for a plain chunk where
 *   sealed ones belong; KEY_REQUIRED for a sealed chunk without a key
 */
export async function decodeChunk(
  reference: ChunkReference,
  stored: Uint8Array,
  open: OpeningKey | undefined,
  options: { give?: boolean } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  requireForm(reference, open);
  if (isShort(reference, open)) return decompressChunk(reference, stored, open).raw;
  return (await codecThreads.decompress(reference, stored, open, options)).raw;
}

/**
 * As `decodeChunk`, with the frame too: `stored` itself for a plain chunk, what was sealed for a sealed one.
 * @throws as `decodeChunk`
 */
export async function decodeWithFrame(
  reference: ChunkReference,
  stored: Uint8Array,
  open: OpeningKey | undefined,
): Promise<{ raw: Uint8Array<ArrayBuffer>; frame: Uint8Array }> {
  requireForm(reference, open);
  const { raw, opened } = isShort(reference, open)
    ? decompressChunk(reference, stored, open)
    : await codecThreads.decompress(reference, stored, open, { withFrame: true });
  return { raw, frame: opened ?? stored };
}

function isShort({ rawBytes }: ChunkReference, open: OpeningKey | undefined): boolean {
  return rawBytes <= inlineBytes && !open;
}

/** A plain chunk in a sealed store would be one that its writer did not put there. */
function requireForm({ id, storedHash }: ChunkReference, open: OpeningKey | undefined): void {
  if (storedHash !== undefined && !open) {
    throw openingRequired(`Chunk ${id} is encrypted, and no key that opens it was given.`);
  }
  if (storedHash === undefined && open) {
    throw new HoldfastError(
      'CHUNK_CORRUPT',
      `Chunk ${id} is not encrypted, though everything in its store is.`,
      {
        hint: 'The manifest that names it was not written by the writer of this store. Choose another backup or another copy, and find out who changed it.',
        details: { chunk: id },
      },
    );
  }
}
