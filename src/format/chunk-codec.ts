import { hash } from 'node:crypto';
// By its own name: an older Node, which has no zstd, must be able to load this file and be refused.
import * as zlib from 'node:zlib';
import { HoldfastError } from '../base/errors.ts';
import { release } from '../base/memory.ts';
import type { ChunkReference } from './manifest.ts';
import { zstdFrameLength } from './zstd-frame.ts';

/** The most raw bytes one chunk holds; docs/FORMAT.md, "Chunks". */
export const maxChunkBytes = 16 * 1024 * 1024;

export interface EncodedChunk extends ChunkReference {
  /** At the beginning of memory that is its alone, and may be longer. */
  frame: Uint8Array<ArrayBuffer>;
}

/** Memory for a frame is made in steps of this, so that it serves for the next one as well; unless the frame is short. */
const frameMemoryStep = 512 * 1024;
const shortFrameBytes = 8 * 1024;

/**
 * The level whose parameters are our own. In COPY text short matches are plenty and worth little: the fast strategy
 * that looks only for those of seven bytes and more gives frames as small as level 3 does, in two thirds of the time.
 */
const tunedLevel = 2;
const tuned = {
  [zlib.constants.ZSTD_c_strategy]: zlib.constants.ZSTD_fast,
  [zlib.constants.ZSTD_c_minMatch]: 7,
  [zlib.constants.ZSTD_c_hashLog]: 17,
  [zlib.constants.ZSTD_c_windowLog]: 22,
};
/** Where there is less to look through than this, zstd's own choice for the size is the better one. */
const tunedBytes = 256 * 1024;

/** The work of `encodeChunk`, on this thread. */
export function compressChunk(raw: Uint8Array, level: number, memory?: ArrayBuffer): EncodedChunk {
  const output = zlib.zstdCompressSync(raw, {
    chunkSize: frameBound(raw.length),
    pledgedSrcSize: raw.length,
    params: {
      [zlib.constants.ZSTD_c_compressionLevel]: level,
      [zlib.constants.ZSTD_c_checksumFlag]: 1,
      ...(level === tunedLevel && raw.length >= tunedBytes ? tuned : {}),
    },
  });
  const frame = frameMemory(output.length, memory);
  frame.set(output);
  release(output);
  return { id: hash('sha256', frame, 'hex'), frame, rawBytes: raw.length, storedBytes: frame.length };
}

function frameMemory(length: number, offered: ArrayBuffer | undefined): Uint8Array<ArrayBuffer> {
  if (offered && offered.byteLength >= length) return new Uint8Array(offered, 0, length);
  const step = length < shortFrameBytes ? 1 : frameMemoryStep;
  return new Uint8Array(new ArrayBuffer(Math.ceil(length / step) * step), 0, length);
}

/** Room for any frame of `rawBytes`: with it zstd works in one go, from the input straight into the output. */
function frameBound(rawBytes: number): number {
  const shortInput = 128 * 1024;
  return rawBytes + (rawBytes >> 8) + (rawBytes < shortInput ? (shortInput - rawBytes) >> 11 : 0) + 64;
}

/**
 * The work of `decodeChunk`, on this thread.
 * @throws CHUNK_CORRUPT when hash, checksum or length do not agree with the reference
 */
export function decompressChunk(reference: ChunkReference, frame: Uint8Array): Buffer<ArrayBuffer> {
  const actual = hash('sha256', frame, 'hex');
  if (actual !== reference.id) {
    throw new HoldfastError(
      'CHUNK_CORRUPT',
      `Chunk ${reference.id} does not match its hash: what was read hashes to ${actual}.`,
      { details: { chunk: reference.id, actual, storedBytes: frame.length } },
    );
  }
  // What follows the frame would be ignored here, and be part of a download, which joins the frames as they are.
  if (frame.length !== reference.storedBytes || zstdFrameLength(frame) !== frame.length) {
    throw new HoldfastError(
      'CHUNK_CORRUPT',
      `Chunk ${reference.id} is not one zstd frame of ${reference.storedBytes} bytes.`,
      { details: { chunk: reference.id, storedBytes: frame.length } },
    );
  }
  let raw: Buffer<ArrayBuffer>;
  try {
    raw = zlib.zstdDecompressSync(frame, {
      chunkSize: Math.max(1024, Math.min(reference.rawBytes, maxChunkBytes)),
      maxOutputLength: maxChunkBytes,
    }) as Buffer<ArrayBuffer>;
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
