import { hash, webcrypto } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync } from 'node:zlib';
import { HoldfastError } from '../base/errors.ts';
import type { ChunkReference } from './manifest.ts';

/** The most raw bytes one chunk holds; docs/FORMAT.md, "Chunks". */
export const maxChunkBytes = 16 * 1024 * 1024;

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

export interface EncodedChunk extends ChunkReference {
  frame: Buffer;
}

/** Below this length a trip to the thread pool costs more than the work. */
const inlineBytes = 32 * 1024;

async function sha256(bytes: Uint8Array): Promise<string> {
  if (bytes.length <= inlineBytes) return hash('sha256', bytes, 'hex');
  // The driver and zlib hand out plain ArrayBuffers; the type only allows for shared ones as well.
  const digest = await webcrypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Buffer.from(digest).toString('hex');
}

/**
 * One zstd frame of `raw`, with content size and checksum, and its name.
 * @param level zstd level, 1 to 19
 */
export async function encodeChunk(raw: Uint8Array, level: number): Promise<EncodedChunk> {
  const options = {
    // Output grows in steps of this size; a frame is rarely larger than a few of them.
    chunkSize: Math.min(256 * 1024, Math.max(1024, raw.length)),
    pledgedSrcSize: raw.length,
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_checksumFlag]: 1,
    },
  };
  const frame = raw.length <= inlineBytes ? zstdCompressSync(raw, options) : await compress(raw, options);
  return { id: await sha256(frame), frame, rawBytes: raw.length, storedBytes: frame.length };
}

/**
 * The raw bytes of a frame, proved to be those that were stored.
 * @throws CHUNK_CORRUPT when hash, checksum or length do not agree with the reference
 */
export async function decodeChunk(reference: ChunkReference, frame: Uint8Array): Promise<Buffer> {
  await verifyFrame(reference, frame);
  let raw: Buffer;
  try {
    const options = {
      chunkSize: Math.max(1024, Math.min(reference.rawBytes, maxChunkBytes)),
      maxOutputLength: maxChunkBytes,
    };
    raw =
      reference.rawBytes <= inlineBytes
        ? zstdDecompressSync(frame, options)
        : await decompress(frame, options);
  } catch (error) {
    throw new HoldfastError('CHUNK_CORRUPT', `Chunk ${reference.id} cannot be decompressed.`, {
      cause: error,
      details: { chunk: reference.id },
    });
  }
  if (raw.length !== reference.rawBytes) {
    throw new HoldfastError(
      'CHUNK_CORRUPT',
      `Chunk ${reference.id} holds ${raw.length} bytes where the manifest says ${reference.rawBytes}.`,
      { details: { chunk: reference.id } },
    );
  }
  return raw;
}

/** @throws CHUNK_CORRUPT when the frame's SHA-256 is not its id */
export async function verifyFrame(reference: ChunkReference, frame: Uint8Array): Promise<void> {
  const actual = await sha256(frame);
  if (actual !== reference.id) {
    throw new HoldfastError(
      'CHUNK_CORRUPT',
      `Chunk ${reference.id} does not match its hash: what was read hashes to ${actual}.`,
      { details: { chunk: reference.id, actual, storedBytes: frame.length } },
    );
  }
}
