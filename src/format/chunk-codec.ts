import { hash } from 'node:crypto';
// By its own name: an older Node, which has no zstd, must be able to load this file and be refused.
import * as zlib from 'node:zlib';
import { HoldfastError } from '../base/errors.ts';
import { release } from '../base/memory.ts';
import type { ChunkReference } from './manifest.ts';
import type { OpeningKey, SealingKey } from './sealing/keys.ts';
import { openSealed, sealedBytes, sealedName, sealFrame } from './sealing/sealed-frame.ts';
import { zstdFrameLength } from './zstd-frame.ts';

/** The most raw bytes one chunk holds; docs/FORMAT.md, "Chunks". */
export const maxChunkBytes = 16 * 1024 * 1024;

export interface EncodedChunk extends ChunkReference {
  /** What is stored: the frame, sealed if it was to be. At the beginning of memory that is its alone, and may be longer. */
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
export function compressChunk(
  raw: Uint8Array,
  level: number,
  seal: SealingKey | undefined,
  memory?: ArrayBuffer,
): EncodedChunk {
  const output = zlib.zstdCompressSync(raw, {
    chunkSize: frameBound(raw.length),
    pledgedSrcSize: raw.length,
    params: {
      [zlib.constants.ZSTD_c_compressionLevel]: level,
      [zlib.constants.ZSTD_c_checksumFlag]: 1,
      ...(level === tunedLevel && raw.length >= tunedBytes ? tuned : {}),
    },
  });
  const frame = frameMemory(seal ? sealedBytes(output.length) : output.length, memory);
  const sealedAs = seal && sealFrame(output, seal, frame);
  if (!seal) frame.set(output);
  release(output);
  const storedHash = hash('sha256', frame, 'hex');
  const sizes = { frame, rawBytes: raw.length, storedBytes: frame.length };
  return sealedAs === undefined ? { id: storedHash, ...sizes } : { id: sealedAs, ...sizes, storedHash };
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

/** What of a reference is about the bytes as they are stored. */
type StoredReference = Pick<ChunkReference, 'id' | 'storedBytes' | 'storedHash'>;

/**
 * Proves that `stored` is byte for byte what was stored, which needs no key.
 * @throws CHUNK_CORRUPT
 */
export function proveStored(reference: StoredReference, stored: Uint8Array): void {
  proveHash(reference, reference.storedHash ?? reference.id, hash('sha256', stored, 'hex'), stored.length);
  if (stored.length !== reference.storedBytes)
    throw corrupt(reference, notOneFrame(reference), stored.length);
}

function proveHash(reference: StoredReference, expected: string, actual: string, storedBytes: number): void {
  if (actual === expected) return;
  throw new HoldfastError(
    'CHUNK_CORRUPT',
    `Chunk ${reference.id} does not match its hash: what was read hashes to ${actual}.`,
    { details: { chunk: reference.id, actual, storedBytes } },
  );
}

const notOneFrame = ({ storedBytes }: StoredReference): string =>
  `is not one zstd frame of ${storedBytes} bytes`;

/**
 * The work of `decodeChunk`, on this thread.
 * @returns also the frame of a sealed chunk
 * @throws CHUNK_CORRUPT when hash, name, checksum or length do not agree with the reference
 */
export function decompressChunk(
  reference: ChunkReference,
  stored: Uint8Array,
  open: OpeningKey | undefined,
): { raw: Buffer<ArrayBuffer>; opened: Uint8Array<ArrayBuffer> | undefined } {
  proveStored(reference, stored);
  const opened = open && openChunk(reference, stored, open);
  const frame = opened ?? stored;
  // What follows the frame would be ignored here, and be part of a download, which joins the frames as they are.
  if (zstdFrameLength(frame) !== frame.length)
    throw corrupt(reference, notOneFrame(reference), stored.length);
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
    throw corrupt(reference, `holds ${raw.length} bytes where the manifest says ${reference.rawBytes}`);
  }
  return { raw, opened };
}

/** The frame of a sealed chunk, proved to be the one that its name says. */
function openChunk(reference: ChunkReference, stored: Uint8Array, open: OpeningKey): Uint8Array<ArrayBuffer> {
  const frame = openSealed(stored, open, `Chunk ${reference.id}`);
  proveHash(reference, reference.id, sealedName(frame, open.nameKey), stored.length);
  return frame;
}

function corrupt({ id }: StoredReference, problem: string, storedBytes?: number): HoldfastError {
  return new HoldfastError('CHUNK_CORRUPT', `Chunk ${id} ${problem}.`, {
    details: { chunk: id, ...(storedBytes === undefined ? {} : { storedBytes }) },
  });
}
