/**
 * `npm test`: starts a PostgreSQL server for every major, runs the tests and stops the servers.
 *
 *   npm test -- [--fast] [--jobs N] [file or pattern …]
 *
 * What takes long is tried by turns: HOLDFAST_TEST_TURN=number chooses, HOLDFAST_TEST_MATRIX=full runs everything.
 * `--fast` uses PostgreSQL 18 alone. How long each file took is in .cache/test-times.txt afterwards. The exit code is
 * that of the tests, or 1 when a server is missing in CI.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { isAlive } from '../src/postgres/embedded/process.ts';
import type { EmbeddedServer } from '../src/postgres/embedded/embedded.ts';
import { majors, type Major } from '../test/support/majors.ts';
import {
  describeServer,
  newDirectory,
  serversVariable,
  startTestServer,
} from '../test/support/server-start.ts';
import { filesInTurn } from './test-turns.ts';
import { buildPageIfStale } from './web.ts';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { fast: { type: 'boolean', default: false }, jobs: { type: 'string', default: '4' } },
});

/** Which of what has its turn; test/support/servers.ts reads both. */
const turnVariable = 'HOLDFAST_TEST_TURN';
const turns = 60;
const matrixVariable = 'HOLDFAST_TEST_MATRIX';

/** Test files may take long for good reason, up to six minutes beside others; none may hang for ever. */
const fileTimeoutMs = 15 * 60_000;

interface Running {
  major: Major;
  server: EmbeddedServer;
}

let stopping: NodeJS.Signals | undefined;
let runner: ChildProcess | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    stopping = signal;
    runner?.kill('SIGINT');
  });
}

process.exitCode = await main();

async function main(): Promise<number> {
  await clearLeftovers();
  // Once for all test files; one that cannot be built fails the tests that need it.
  await buildPageIfStale().catch((error: Error) => console.error(`\n*** No admin page: ${error.message}\n`));
  const wanted = flags.fast ? [18 as const] : majors;
  const parent = await newDirectory();
  const running: Running[] = [];
  const missing: string[] = [];
  try {
    await Promise.all(
      wanted.map(async (major) => {
        try {
          running.push({ major, server: await startTestServer(major, { parent }) });
        } catch (error) {
          missing.push(`PostgreSQL ${major} is not tested: ${(error as Error).message}`);
        }
      }),
    );
    running.sort((a, b) => a.major - b.major);
    report(running, missing);
    if (running.length === 0) return 1;
    const code = stopping ? 130 : await runTests(running);
    report([], missing);
    return missing.length > 0 && process.env['CI'] === 'true' ? code || 1 : code;
  } finally {
    await Promise.all(running.map(({ server }) => server.stop('immediate')));
    await fs.rm(parent, { recursive: true, force: true });
  }
}

function report(running: Running[], missing: string[]): void {
  // On stderr, so that the last lines on stdout are the summary of the tests.
  for (const line of missing) console.error(`\n*** ${line}\n`);
  if (running.length > 0)
    console.error(`PostgreSQL ${running.map(({ server }) => server.version).join(', ')}`);
}

async function runTests(running: Running[]): Promise<number> {
  const servers = running.map(({ major, server }) => describeServer(major, server));
  const root = path.resolve(import.meta.dirname, '..');
  const turn = process.env[turnVariable] ?? String(Math.floor(Math.random() * turns));
  const files =
    positionals.length > 0
      ? positionals.map((file) => path.resolve(file))
      : await allFiles(root, Number(turn));
  await fs.mkdir(path.join(root, '.cache'), { recursive: true });
  const options = [
    '--test',
    `--test-concurrency=${flags.jobs}`,
    ...reporter('spec', 'stdout'),
    ...reporter('./scripts/test-times.ts', path.join(root, '.cache/test-times.txt')),
  ];
  // What passed is written down, so that a second run with the same file is of the others alone.
  const state = process.env['HOLDFAST_TEST_STATE'];
  if (state !== undefined) options.push(`--test-rerun-failures=${state}`);
  runner = spawn(process.execPath, [...options, `--test-timeout=${fileTimeoutMs}`, ...files], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      // The sources are compiled once for all files, which takes each of them a second otherwise.
      NODE_COMPILE_CACHE: path.join(root, '.cache/compiled'),
      ...process.env,
      [turnVariable]: turn,
      [serversVariable]: JSON.stringify(servers),
    },
  });
  const [code] = (await once(runner, 'exit')) as [number | null];
  return stopping ? 130 : (code ?? 1);
}

async function allFiles(root: string, turn: number): Promise<string[]> {
  const all = process.env[matrixVariable] === 'full';
  const { files, others } = await filesInTurn(root, { turn, all });
  if (others.length > 0) {
    console.error(
      `\n*** Turn ${turn}. In another run, or with ${matrixVariable}=full: ${others.join(', ')}\n`,
    );
  }
  return files;
}

function reporter(name: string, destination: string): string[] {
  return [`--test-reporter=${name}`, `--test-reporter-destination=${destination}`];
}

/** Removes the data of runs that were killed: their servers end by themselves, their files do not go. */
async function clearLeftovers(): Promise<void> {
  for (const name of await fs.readdir(os.tmpdir())) {
    const pid = /^holdfast-test-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await fs.rm(path.join(os.tmpdir(), name), { recursive: true, force: true }).catch(() => {});
  }
}
