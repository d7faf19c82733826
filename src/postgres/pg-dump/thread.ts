/**
 * Starts the threads that pg_dump runs in. pg_dump runs once in a thread, so each run needs a new one; one thread may
 * be started ahead, because that takes about as long as pg_dump itself on a small database.
 */
import { compileCacheOnly } from '../../base/runtime.ts';
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { HoldfastError } from '../../base/errors.ts';
import { ownFile } from '../../base/package.ts';
import { dumpProgram } from './files.ts';

/** pg_dump follows dependencies by recursion. This is the limit; only what is used takes memory. */
const stackSizeMb = 64;
/** A thread that was started ahead and is not used ends after this time. */
const unusedMs = 5_000;

const file = ownFile(new URL('./pg-dump-worker.js', import.meta.url), 'src/postgres/pg-dump/worker.ts');

/** Node has it; the type declarations of Node leave it out. */
declare const WebAssembly: { compile(bytes: Uint8Array): Promise<object> };

let compiling: Promise<object> | undefined;

/** pg_dump, compiled once for all threads: what V8 optimizes during one run serves the next run too. */
export function compiledProgram(): Promise<object> {
  compiling ??= readFile(dumpProgram)
    .then((bytes) => WebAssembly.compile(bytes))
    .catch((error: NodeJS.ErrnoException) => {
      compiling = undefined;
      if (error.code === 'ENOENT') throw leftOut(error);
      throw error;
    });
  return compiling;
}

function leftOut(cause: NodeJS.ErrnoException): HoldfastError {
  return new HoldfastError('PACKAGE_INCOMPLETE', `The package holdfast has no ${cause.path ?? 'pg_dump'}.`, {
    cause,
  });
}

let ahead: { worker: Worker; forget(): void } | undefined;

/** Starts the thread of the next pg_dump ahead. It does not keep the process alive. */
export function prepareDumpThread(): void {
  if (ahead) return;
  // A failure is reported by the run that needs the program.
  compiledProgram().catch(() => {});
  const worker = start();
  worker.unref();
  const forget = (): void => {
    clearTimeout(timer);
    worker.off('error', forget).off('exit', forget);
    ahead = undefined;
  };
  const timer = setTimeout(() => {
    forget();
    void worker.terminate();
  }, unusedMs).unref();
  worker.on('error', forget).on('exit', forget);
  ahead = { worker, forget };
}

/** The thread that was started ahead, or a new one. */
export function takeDumpThread(): Worker {
  if (!ahead) return start();
  const { worker, forget } = ahead;
  forget();
  worker.ref();
  return worker;
}

function start(): Worker {
  return new Worker(file, {
    name: 'holdfast pg_dump',
    // Options of the application's own start are not for it: `--input-type` would be refused.
    execArgv: [],
    env: compileCacheOnly(),
    resourceLimits: { stackSizeMb },
    stdout: true,
    stderr: true,
  });
}
