import type { Duplex } from 'node:stream';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import type pg from 'pg';
import { HoldfastError } from '../base/errors.ts';
import { dumpCancelled, dumpFailure, errorLines } from './pg-dump-failure.ts';
import { answerCollector, greeting } from './pg-dump-protocol.ts';
import type { DumpWorkerData, DumpWorkerResult } from './pg-dump-worker.ts';

/** Major version of the pg_dump in @electric-sql/pglite-tools; it refuses newer servers. */
export const bundledMajor = 18;

/** The sources run as they are; built files are .js. */
const workerFile = new URL(
  import.meta.url.endsWith('.ts') ? './pg-dump-worker.ts' : './pg-dump-worker.js',
  import.meta.url,
);

/** What a server reports at login. By server_version pg_dump knows what it may ask; libpq looks at others. */
const reportedParameters = [
  'server_version',
  'server_encoding',
  'client_encoding',
  'is_superuser',
  'session_authorization',
  'DateStyle',
  'IntervalStyle',
  'TimeZone',
  'integer_datetimes',
  'standard_conforming_strings',
  'default_transaction_read_only',
  'in_hot_standby',
];

/**
 * Runs the bundled pg_dump over an open connection, which is of no more use afterwards: the caller closes it.
 * @returns the archive
 * @throws BACKUP_FAILED, INSUFFICIENT_PRIVILEGE, LOCK_TIMEOUT, DATABASE_UNREACHABLE, CANCELLED
 */
export async function runBundledDump(
  client: pg.Client,
  args: string[],
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const hello = await introduction(client);
  if (signal?.aborted) throw dumpCancelled();
  const { stream } = (client as unknown as { connection: { stream: Duplex } }).connection;
  const { port1: port, port2: theirs } = new MessageChannel();
  const answers = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const worker = new Worker(workerFile, {
    name: 'holdfast pg_dump',
    workerData: { args, greeting: hello, port: theirs, answers } satisfies DumpWorkerData,
    transferList: [theirs],
    env: {},
    stdout: true,
    stderr: true,
  });
  try {
    return await converse({ stream, worker, port, answerCount: new Int32Array(answers) }, signal);
  } finally {
    port.close();
    await worker.terminate();
  }
}

/** Sets what the dump depends on, and says about the server what it would have said itself at login. */
async function introduction(client: pg.Client): Promise<Uint8Array> {
  await client.query("set client_encoding = 'UTF8'; set standard_conforming_strings = on");
  const { rows } = await client.query<{ name: string; value: string | null }>(
    'select name, pg_catalog.current_setting(name, true) as value from pg_catalog.unnest($1::text[]) as name',
    [reportedParameters],
  );
  return greeting(rows.flatMap(({ name, value }) => (value === null ? [] : [[name, value] as [string, string]])));
}

interface Parties {
  stream: Duplex;
  worker: Worker;
  port: MessagePort;
  answerCount: Int32Array;
}

/** Carries requests from the worker to the server and answers back, until the worker has its result. */
function converse(parties: Parties, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const { stream, worker, port, answerCount } = parties;
  const answer = answerCollector();
  let locking = false;

  function carryAnswer(bytes: Buffer): void {
    if (!answer.add(bytes)) return;
    const complete = answer.take();
    port.postMessage(complete, [complete.buffer]);
    Atomics.add(answerCount, 0, 1);
    Atomics.notify(answerCount, 0);
  }

  return new Promise((resolve, reject) => {
    const fail = (text: string, cause?: unknown): void =>
      reject(dumpFailure(text, { fault: answer.fault, locking, cause }));
    const cancel = (): void => reject(dumpCancelled());
    signal?.addEventListener('abort', cancel, { once: true });

    worker.on('message', (result: DumpWorkerResult) => {
      signal?.removeEventListener('abort', cancel);
      if (result.archive) resolve(result.archive);
      else fail(errorLines(result.messages) || result.problem);
    });
    worker.on('error', (error) => fail(String(error), error));
    worker.on('exit', (code) => fail(`its thread ended with code ${code}`));

    // The driver's parser must not see what it did not ask for.
    stream.removeAllListeners('data');
    stream.on('data', (bytes: Buffer) => {
      try {
        carryAnswer(bytes);
      } catch (error) {
        fail((error as Error).message, error);
      }
    });
    stream.on('close', () => {
      const reason = answer.fault ? ` It said: ${answer.fault.message}` : '';
      reject(
        new HoldfastError('DATABASE_UNREACHABLE', `The connection broke while pg_dump was reading.${reason}`),
      );
    });
    port.on('message', (request: Uint8Array) => {
      locking = Buffer.from(request.buffer, 5, Math.min(20, request.length - 5)).includes('LOCK TABLE');
      stream.write(request);
    });
  });
}
