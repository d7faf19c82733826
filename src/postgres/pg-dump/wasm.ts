import { readFile } from 'node:fs/promises';
import { MessageChannel, Worker } from 'node:worker_threads';
import { abortReason } from '../../base/errors.ts';
import { ownFile } from '../../base/package.ts';
import { dumpProgram } from './files.ts';
import { errorLines, type DumpOutput } from './messages.ts';
import { linkToServer, type LentConnection } from './link.ts';
import type { DumpWorkerData, DumpWorkerResult } from './worker.ts';

/** Major version of the pg_dump of pg-dump-files.ts; it refuses newer servers. */
export const bundledMajor = 18;

/** pg_dump follows dependencies by recursion. This much is set aside, and only what is used counts. */
const stackSizeMb = 64;

/** It looks for itself among the files on PATH, to find its translations, and there are none. */
const ownFileMissing = 'could not find a "pg_dump" to execute';

const workerFile = ownFile({
  checkout: 'src/postgres/pg-dump/worker.ts',
  published: 'dist/pg-dump-worker.js',
});

/** Node has it; the type declarations of Node leave it out. */
declare const WebAssembly: { compile(bytes: Uint8Array): Promise<object> };

let compiling: Promise<object> | undefined;

/** The program, compiled once for all threads: what V8 makes faster while it runs serves the next run too. */
function compiledProgram(): Promise<object> {
  compiling ??= readFile(dumpProgram)
    .then((bytes) => WebAssembly.compile(bytes))
    .catch((error: unknown) => {
      compiling = undefined;
      throw error;
    });
  return compiling;
}

/**
 * Runs the bundled pg_dump, in a thread of its own, over an open connection. When it
 * fails, the connection is of no more use: the caller closes it.
 * @throws BACKUP_FAILED, INSUFFICIENT_PRIVILEGE, LOCK_TIMEOUT, DATABASE_UNREACHABLE; CANCELLED or the abort reason
 */
export async function runBundledDump(
  connection: LentConnection,
  args: string[],
  signal?: AbortSignal,
): Promise<DumpOutput> {
  const outcome = Promise.withResolvers<DumpOutput>();
  // It may settle before it is awaited.
  outcome.promise.catch(() => {});
  const cancel = (): void => outcome.reject(signal && abortReason(signal));
  signal?.addEventListener('abort', cancel, { once: true });
  const compiled = compiledProgram();
  compiled.catch(() => {});
  const { port1: port, port2: theirs } = new MessageChannel();
  const answers = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const answerCount = new Int32Array(answers);
  let worker: Worker | undefined;
  try {
    const link = await linkToServer(connection, {
      answer(bytes) {
        port.postMessage(bytes, [bytes.buffer]);
        Atomics.add(answerCount, 0, 1);
        Atomics.notify(answerCount, 0);
      },
      broken: outcome.reject,
    });
    if (signal?.aborted) throw abortReason(signal);
    port.on('message', (request: Uint8Array) => link.send(request));
    worker = new Worker(workerFile, {
      name: 'holdfast pg_dump',
      workerData: {
        program: await compiled,
        args,
        greeting: link.greeting,
        port: theirs,
        answers,
      } satisfies DumpWorkerData,
      transferList: [theirs],
      env: {},
      resourceLimits: { stackSizeMb },
      stdout: true,
      stderr: true,
    });
    worker.on('message', (result: DumpWorkerResult) => {
      const messages = result.messages.filter((line) => !line.endsWith(ownFileMissing));
      if (result.archive) outcome.resolve({ archive: result.archive, messages });
      else outcome.reject(link.failure(errorLines(messages) || result.problem));
    });
    worker.on('error', (error) => outcome.reject(link.failure(String(error), error)));
    worker.on('exit', (code) => outcome.reject(link.failure(`its thread ended with code ${code}`)));
    const output = await outcome.promise;
    link.release();
    return output;
  } finally {
    signal?.removeEventListener('abort', cancel);
    port.close();
    await worker?.terminate();
  }
}
