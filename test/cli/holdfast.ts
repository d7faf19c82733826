// oxlint-disable typescript/no-unnecessary-type-parameters -- each test says what document it expects
import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

/** The built command starts in a third of the time. With HOLDFAST_TEST_BUILT it is what is tested and has to be there. */
const built = process.env['HOLDFAST_TEST_BUILT'] === 'true';
export const mainFile = path.resolve(
  import.meta.dirname,
  built ? '../../dist/cli.js' : '../../src/cli/main.ts',
);

export const compileCache = path.resolve(import.meta.dirname, '../../.cache/compiled');

export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** stdout as the JSON document it must be. */
  json<T = Record<string, unknown>>(): T;
}

export interface Running {
  child: ChildProcess;
  stdout(): string;
  stderr(): string;
  ended: Promise<Outcome>;
}

export interface RunOptions {
  /** DATABASE_URL of the child; none without. */
  url?: string;
  env?: Record<string, string>;
  cwd?: string;
}

/** Starts the real command line, with none of this process's own settings of PostgreSQL or Holdfast. */
export function launch(args: readonly string[], options: RunOptions = {}): Running {
  const clean = Object.entries(process.env).filter(
    ([name]) => !/^(PG|HOLDFAST|DATABASE_URL|NO_COLOR|FORCE_COLOR|NODE_|npm_)/.test(name),
  );
  const child = spawn(process.execPath, [mainFile, ...args], {
    cwd: options.cwd,
    env: {
      ...Object.fromEntries(clean),
      ...(options.url === undefined ? {} : { DATABASE_URL: options.url }),
      // Most of a short run is reading the sources; compiled once, the many runs of these tests take a third.
      NODE_COMPILE_CACHE: compileCache,
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Outcome>((resolve) => {
    child.on('close', (code, signal) =>
      resolve({ code, signal, stdout, stderr, json: <T>() => JSON.parse(stdout) as T }),
    );
  });
  return { child, stdout: () => stdout, stderr: () => stderr, ended };
}

export function holdfast(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return launch(args, options).ended;
}

/** Waits until something holds. */
export async function until(
  what: string,
  holds: () => Promise<boolean> | boolean,
  seconds = 60,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`still not so after ${seconds} s: ${what}`);
    await pause(50);
  }
}

/** An empty folder, removed after the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-cli-'));
  t.after(() => fs.rm(folder, { recursive: true, force: true }));
  return folder;
}
