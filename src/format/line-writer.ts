// By its own name: an older Node, which has no zstd, must be able to load this file and be refused.
import * as zlib from 'node:zlib';
import { HoldfastError } from '../base/errors.ts';
import { maxChunkBytes } from './chunk-codec.ts';
import type { ChunkReference } from './manifest.ts';

/** The least a piece holds, but the last, in bytes; how much more it holds on average; at most it is one chunk. */
const leastBytes = 256 * 1024;
const furtherBytes = 768 * 1024;
const hashRange = 2 ** 32;

/** No line is longer. */
export const maxLineBytes = 256 * 1024 * 1024;

/** Stores a chunk of this content, which is its own from then on. */
export type PutChunk = (raw: Uint8Array<ArrayBuffer>) => Promise<ChunkReference>;

/** A chunk of lines. */
export interface Piece extends ChunkReference {
  /** Lines that end in it. */
  items: number;
}

/**
 * Makes chunks of lines. Which line ends a chunk is decided by that line: after lines that have changed the same chunks
 * come again, and are in the store already. Holds one piece that is being filled, and one that is being put.
 */
export interface LineWriter {
  /** @param line without its line feed @returns what to wait for before the next, if anything */
  add(line: string): Promise<void> | undefined;
  /** @returns all pieces; the first line after it begins another one */
  end(): Promise<Piece[]>;
}

export function lineWriter(put: PutChunk): LineWriter {
  const pieces: Piece[] = [];
  let lines: string[] = [];
  let bytes = 0;
  let putting: Promise<void> = Promise.resolve();

  const store = async (raw: Uint8Array<ArrayBuffer>, items: number): Promise<void> => {
    await putting;
    putting = put(raw).then((reference) => void pieces.push({ ...reference, items }));
    // Awaited before the next; until then a failure must not count as unhandled.
    putting.catch(() => {});
  };
  const cut = async (): Promise<void> => {
    if (bytes === 0) return;
    const raw = new Uint8Array(bytes);
    const view = Buffer.from(raw.buffer);
    let at = 0;
    for (const line of lines) at += view.write(`${line}\n`, at);
    const items = lines.length;
    lines = [];
    bytes = 0;
    await store(raw, items);
  };
  /** A line that is longer than a chunk goes on in the next. */
  const cutLong = async (line: string): Promise<void> => {
    await cut();
    const text = Buffer.from(`${line}\n`);
    for (let from = 0; from < text.length; from += maxChunkBytes) {
      const raw = new Uint8Array(text.subarray(from, from + maxChunkBytes));
      await store(raw, from + raw.length === text.length ? 1 : 0);
    }
  };
  const append = (line: string, lineBytes: number): Promise<void> | undefined => {
    lines.push(line);
    bytes += lineBytes;
    // A long line is as likely to end a piece as short ones of the same total size.
    const ends = bytes >= leastBytes && hashOf(line) < (lineBytes / furtherBytes) * hashRange;
    return ends ? cut() : undefined;
  };
  return {
    add(line) {
      const lineBytes = Buffer.byteLength(line) + 1;
      if (lineBytes > maxLineBytes) throw tooLong(line);
      if (lineBytes > maxChunkBytes) return cutLong(line);
      if (bytes + lineBytes > maxChunkBytes) return cut().then(() => append(line, lineBytes));
      return append(line, lineBytes);
    },
    async end() {
      await cut();
      await putting;
      return pieces.splice(0);
    },
  };
}

function tooLong(line: string): HoldfastError {
  return new HoldfastError(
    'BACKUP_FAILED',
    `One object has a definition of more than ${maxLineBytes / 1024 / 1024} MiB, which a backup cannot hold: ${line.slice(0, 200)}…`,
  );
}

/** CRC-32 with a last mixing, of 32 bits. */
function hashOf(line: string): number {
  let hash = zlib.crc32(line);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
