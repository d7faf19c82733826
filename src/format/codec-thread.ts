/** A thread that encodes and decodes chunks, and hashes rows, one after another, for codec-threads.ts. */
import { parentPort } from 'node:worker_threads';
import { HoldfastError } from '../base/errors.ts';
import { inOwnMemory, release } from '../base/memory.ts';
import { compressChunk, decompressChunk, type EncodedChunk } from './chunk-codec.ts';
import { findKeys, type ChunkKeyField, type FoundKeys } from './key-bounds.ts';
import type { ChunkReference } from './manifest.ts';
import { addRows, emptySum, type RowSum } from './row-sum.ts';
import type { OpeningKey, SealingKey } from './sealing/keys.ts';

export type CodecJob =
  | {
      raw: Uint8Array<ArrayBuffer>;
      level: number;
      seal: SealingKey | undefined;
      frameMemory: ArrayBuffer | undefined;
      key: ChunkKeyField | undefined;
    }
  | {
      reference: ChunkReference;
      stored: Uint8Array<ArrayBuffer>;
      open: OpeningKey | undefined;
      withFrame: boolean;
    }
  | { lines: Uint8Array<ArrayBuffer> };

export type CodecResult =
  | { chunk: EncodedChunk; memory: ArrayBuffer; keys: FoundKeys }
  /** The frame of a sealed chunk, if it was asked for. */
  | { raw: Uint8Array<ArrayBuffer>; opened: Uint8Array<ArrayBuffer> | undefined }
  | { sum: RowSum }
  | { corrupt: { message: string; details: Record<string, unknown> | undefined } };

parentPort?.on('message', (jobs: CodecJob[]) => {
  const done = jobs.map(run);
  parentPort?.postMessage(
    done.map(({ result }) => result),
    done.flatMap(({ handOver }) => handOver),
  );
});

function run(job: CodecJob): { result: CodecResult; handOver: ArrayBuffer[] } {
  if ('raw' in job) {
    const chunk = compressChunk(job.raw, job.level, job.seal, job.frameMemory);
    const memory = job.raw.buffer;
    const keys = job.key ? findKeys(job.raw, job.key) : 'unknown';
    return { result: { chunk, memory, keys }, handOver: [chunk.frame.buffer, memory] };
  }
  if ('lines' in job) {
    const sum = emptySum();
    addRows(sum, job.lines);
    release(job.lines);
    return { result: { sum }, handOver: [] };
  }
  try {
    const { raw: decoded, opened } = decompressChunk(job.reference, job.stored, job.open);
    const raw = inOwnMemory(decoded);
    if (opened && job.withFrame) return { result: { raw, opened }, handOver: [raw.buffer, opened.buffer] };
    if (opened) release(opened);
    return { result: { raw, opened: undefined }, handOver: [raw.buffer] };
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    // Classes do not survive the way between threads.
    const { message, details } = error;
    return { result: { corrupt: { message, details } }, handOver: [] };
  } finally {
    release(job.stored);
  }
}
