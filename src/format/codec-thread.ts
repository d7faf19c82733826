/** A thread that compresses and decompresses chunks, one at a time, for codec-threads.ts. */
import { parentPort } from 'node:worker_threads';
import { HoldfastError } from '../base/errors.ts';
import { release } from '../base/memory.ts';
import { compressChunk, decompressChunk, type EncodedChunk } from './chunk-codec.ts';
import type { ChunkReference } from './manifest.ts';

export type CodecJob =
  | { raw: Uint8Array<ArrayBuffer>; level: number; frameMemory: ArrayBuffer | undefined }
  | { reference: ChunkReference; frame: Uint8Array<ArrayBuffer> };

export type CodecResult =
  | { chunk: EncodedChunk; memory: ArrayBuffer }
  | { raw: Uint8Array<ArrayBuffer> }
  | { corrupt: { message: string; details: Record<string, unknown> | undefined } };

parentPort?.on('message', (job: CodecJob) => {
  const { result, handOver } = run(job);
  parentPort?.postMessage(result, handOver);
});

function run(job: CodecJob): { result: CodecResult; handOver: ArrayBuffer[] } {
  if ('raw' in job) {
    const chunk = compressChunk(job.raw, job.level, job.frameMemory);
    const memory = job.raw.buffer;
    return { result: { chunk, memory }, handOver: [chunk.frame.buffer, memory] };
  }
  try {
    const raw = decompressChunk(job.reference, job.frame);
    return { result: { raw }, handOver: [raw.buffer] };
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    // Classes do not survive the way between threads.
    const { message, details } = error;
    return { result: { corrupt: { message, details } }, handOver: [] };
  } finally {
    release(job.frame);
  }
}
