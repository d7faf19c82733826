import { compressChunk, decompressChunk, type EncodedChunk } from './chunk-codec.ts';
import { codecThreads } from './codec-threads.ts';
import type { ChunkReference } from './manifest.ts';

export { maxChunkBytes, type EncodedChunk } from './chunk-codec.ts';

/** Up to this length a trip to another thread costs more than the work, which is done at once instead. */
export const inlineBytes = 32 * 1024;

/**
 * One zstd frame of `raw`, with content size and checksum, and its name; made on another thread.
 * @param raw up to `inlineBytes` it may be changed as soon as this returns. Of a longer one that is the whole of its
 *   memory or the beginning, that memory is lent to the other thread: `raw` becomes empty, and `memory` is what it was
 * @param level zstd level, 1 to 19; 2 is tuned for COPY text
 * @param frameMemory of no more use to the caller; the frame is written there if there is room
 */
export async function encodeChunk(
  raw: Uint8Array<ArrayBuffer>,
  level: number,
  frameMemory?: ArrayBuffer,
): Promise<{ chunk: EncodedChunk; memory: ArrayBuffer }> {
  if (raw.length <= inlineBytes) {
    return { chunk: compressChunk(raw, level, frameMemory), memory: raw.buffer };
  }
  return codecThreads.compress(raw, level, frameMemory);
}

/**
 * The raw bytes of a frame, proved to be those that were stored; made on another thread.
 * @throws CHUNK_CORRUPT when hash, checksum or length do not agree with the reference
 */
export async function decodeChunk(
  reference: ChunkReference,
  frame: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  if (reference.rawBytes <= inlineBytes) return decompressChunk(reference, frame);
  return codecThreads.decompress(reference, frame);
}
