import { MessageChannel, type Worker } from 'node:worker_threads';
import { errorLines, type DumpOutput } from './messages.ts';
import type { LentConnection } from './link.ts';
import { runDump } from './run-dump.ts';
import { compiledProgram, takeDumpThread } from './thread.ts';
import type { DumpOrder, DumpResult } from './worker.ts';

/** Major version of the pg_dump of pg-dump-files.ts; it refuses newer servers. */
export const bundledMajor = 18;

/** It looks for itself among the files on PATH, to find its translations, and there are none. */
const ownFileMissing = 'could not find a "pg_dump" to execute';

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
  const compiled = compiledProgram();
  compiled.catch(() => {});
  const { port1: port, port2: theirs } = new MessageChannel();
  const answers = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const answerCount = new Int32Array(answers);
  let worker: Worker | undefined;
  const answer = (bytes: Uint8Array<ArrayBuffer>): void => {
    port.postMessage(bytes, [bytes.buffer]);
    Atomics.add(answerCount, 0, 1);
    Atomics.notify(answerCount, 0);
  };
  try {
    return await runDump(connection, signal, answer, async ({ link, outcome }) => {
      port.on('message', (request: Uint8Array) => link.send(request));
      worker = takeDumpThread();
      worker.on('message', (result: DumpResult) => {
        const messages = result.messages.filter((line) => !line.endsWith(ownFileMissing));
        if (result.archive) outcome.resolve({ archive: result.archive, messages });
        else outcome.reject(link.failure(errorLines(messages) || result.problem));
      });
      worker.on('error', (error) => outcome.reject(link.failure(String(error), error)));
      worker.on('exit', (code) => outcome.reject(link.failure(`its thread ended with code ${code}`)));
      const { greeting } = link;
      const order: DumpOrder = { program: await compiled, args, greeting, port: theirs, answers };
      worker.postMessage(order, [theirs]);
    });
  } finally {
    port.close();
    await worker?.terminate();
  }
}
