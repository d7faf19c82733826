import { compileCacheOnly } from '../base/runtime.ts';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { HoldfastError } from '../base/errors.ts';
import { hasOwnMemory } from '../base/memory.ts';
import { ownFile } from '../base/package.ts';
import type { EncodedChunk } from './chunk-codec.ts';
import type { CodecJob, CodecResult } from './codec-thread.ts';
import type { ChunkKeyField, FoundKeys } from './key-bounds.ts';
import type { ChunkReference } from './manifest.ts';
import type { RowSum } from './row-sum.ts';
import type { OpeningKey, SealingKey } from './sealing/keys.ts';

/*
 * Threads of our own rather than Node's pool: an application that backs itself up needs that one for its files and
 * names, and what zstd allocates would be counted against the application's own heap and make its collector run.
 */

/** Threads at most; on a large machine the database is the limit, not zstd. */
const threadsMax = Math.min(8, availableParallelism());
/** Short jobs go to a thread together, at most this many, because the way there takes as long as the work. */
const jobsAtOnce = 32;
const shortJobBytes = 32 * 1024;
/**
 * As many chunks to decode may wait for each thread before there is another one. A thread decodes faster than several connections
 * take the rows, and each has an allocator of its own, which keeps the memory of the largest chunks that it has ever had.
 */
const decodesPerThread = 4;
/** How long an idle thread lives. */
const idleMs = 5_000;

const threadFile = ownFile(new URL('./codec-thread.js', import.meta.url), 'src/format/codec-thread.ts');

interface Waiting {
  job: CodecJob;
  handOver: ArrayBuffer[];
  resolve(result: CodecResult): void;
  reject(error: unknown): void;
}

interface Thread {
  worker: Worker;
  /** What it is doing, in the order in which it answers. */
  current: Waiting[];
  idleTimer: NodeJS.Timeout | undefined;
}

const threads = new Set<Thread>();
const queue: Waiting[] = [];

function submit(job: CodecJob, handOver: ArrayBuffer[]): Promise<CodecResult> {
  return new Promise((resolve, reject) => {
    queue.push({ job, handOver, resolve, reject });
    let thread = [...threads].find((each) => each.current.length === 0);
    const canWait = 'stored' in job && queue.length <= threads.size * decodesPerThread;
    if (!thread && !canWait && threads.size < threadsMax) thread = startThread();
    if (thread) takeNext(thread);
  });
}

function startThread(): Thread {
  const worker = new Worker(threadFile, { name: 'holdfast codec', env: compileCacheOnly(), execArgv: [] });
  const thread: Thread = { worker, current: [], idleTimer: undefined };
  threads.add(thread);
  worker.on('message', (results: CodecResult[]) => {
    for (const [i, { resolve }] of thread.current.entries()) resolve(results[i]!);
    takeNext(thread);
  });
  const ended = (error: unknown): void => {
    threads.delete(thread);
    clearTimeout(thread.idleTimer);
    for (const { reject } of thread.current.splice(0)) reject(error);
    if (queue.length > 0 && threads.size < threadsMax) takeNext(startThread());
  };
  worker.on('error', ended);
  worker.on('exit', (code) => ended(new Error(`a codec thread ended with code ${code}`)));
  return thread;
}

function takeNext(thread: Thread): void {
  clearTimeout(thread.idleTimer);
  thread.current = nextJobs();
  if (thread.current.length === 0) {
    // A program that has nothing else to do may end.
    thread.worker.unref();
    thread.idleTimer = setTimeout(() => {
      threads.delete(thread);
      void thread.worker.terminate();
    }, idleMs).unref();
    return;
  }
  thread.worker.ref();
  thread.worker.postMessage(
    thread.current.map(({ job }) => job),
    thread.current.flatMap(({ handOver }) => handOver),
  );
}

/** The first that wait: one that is long, or as many short ones as leave the other threads their share. */
function nextJobs(): Waiting[] {
  const most = Math.min(jobsAtOnce, Math.ceil(queue.length / threadsMax));
  const long = queue.findIndex(({ job }) => bytesOf(job) > shortJobBytes);
  return queue.splice(0, Math.max(1, Math.min(most, long < 0 ? most : long)));
}

function bytesOf(job: CodecJob): number {
  if ('lines' in job) return job.lines.length;
  return 'raw' in job ? job.raw.length : job.stored.length;
}

export const codecThreads = {
  async compress(
    raw: Uint8Array<ArrayBuffer>,
    level: number,
    seal: SealingKey | undefined,
    frameMemory?: ArrayBuffer,
    key?: ChunkKeyField,
  ): Promise<{ chunk: EncodedChunk; memory: ArrayBuffer; keys: FoundKeys }> {
    const lent = raw.byteOffset === 0;
    const sent = lent ? raw : new Uint8Array(raw);
    const memory = raw.buffer;
    const handOver = frameMemory ? [sent.buffer, frameMemory] : [sent.buffer];
    const result = await submit({ raw: sent, level, seal, frameMemory, key }, handOver);
    if (!('chunk' in result)) throw new Error('a codec thread answered something else');
    return lent ? result : { ...result, memory };
  },

  /**
   * @param options.withFrame whether the frame of a sealed chunk is given too
   * @param options.give whether `stored` is given away; else it is copied: a store may want to keep what it gave
   */
  async decompress(
    reference: ChunkReference,
    stored: Uint8Array,
    open: OpeningKey | undefined,
    { withFrame = false, give = false }: { withFrame?: boolean; give?: boolean },
  ): Promise<{ raw: Uint8Array<ArrayBuffer>; opened: Uint8Array<ArrayBuffer> | undefined }> {
    const sent = give && hasOwnMemory(stored) ? stored : new Uint8Array(stored);
    const result = await submit({ reference, stored: sent, open, withFrame }, [sent.buffer]);
    if ('corrupt' in result) {
      const { message, details } = result.corrupt;
      throw new HoldfastError('CHUNK_CORRUPT', message, details ? { details } : {});
    }
    if (!('raw' in result)) throw new Error('a codec thread answered something else');
    return result;
  },

  /** The sum of rows, by row-sum.ts. @param lines whole lines of COPY text in memory of their own, which is given away */
  async sum(lines: Uint8Array<ArrayBuffer>): Promise<RowSum> {
    const result = await submit({ lines }, [lines.buffer]);
    if (!('sum' in result)) throw new Error('a codec thread answered something else');
    return result.sum;
  },
};
