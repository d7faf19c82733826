/** Starting an example, and ending it. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { isAlive } from '../../src/postgres/embedded/process.ts';
import { until } from '../support/until.ts';
import { processTree } from './process-tree.ts';

export interface StartedApplication {
  origin: string;
  port: number;
  pid: number;
  /** What it has printed. */
  said: () => string;
  /** Asks it to end, as a platform does. @returns after it has, with its exit code; fails when it does not within 10 seconds */
  end: () => Promise<number | null>;
  /** Ends it at once, if it has not ended. */
  kill: () => void;
}

/** The environment without what npm, the test runner and PostgreSQL's programs read; with what a proxy needs to be trusted. */
export function plainEnvironment(): Record<string, string> {
  const clean = Object.entries(process.env).filter(
    ([name]) => !/^(PG|HOLDFAST|DATABASE_URL|NODE_(?!EXTRA_CA_CERTS$)|npm_|CI$|PORT$)/.test(name),
  );
  return Object.fromEntries(clean) as Record<string, string>;
}

/** Starts a command and waits until it answers on its port. */
export async function startApplication(
  command: readonly [string, ...string[]],
  {
    cwd,
    env,
    port,
    withinMs = 60_000,
  }: { cwd: string; env: Record<string, string>; port: number; withinMs?: number },
): Promise<StartedApplication> {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    cwd,
    env: { ...plainEnvironment(), ...env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: npm, a shell and the server end together.
    detached: true,
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const origin = `http://127.0.0.1:${port}`;
  const application: StartedApplication = {
    origin,
    port,
    pid: child.pid!,
    said: () => said,
    async end() {
      const all = processTree(child.pid!);
      signalGroup(child, 'SIGTERM');
      const code = await Promise.race([exited, limit(10_000)]);
      assert.ok(code !== 'late', `it did not end within 10 seconds of SIGTERM:\n${said}`);
      await until(async () => all.every((pid) => !isAlive(pid)), 10_000);
      return code;
    },
    kill: () => signalGroup(child, 'SIGKILL'),
  };
  try {
    await until(async () => child.exitCode !== null || (await answers(origin)), withinMs);
    assert.equal(child.exitCode, null, `it has ended:\n${said}`);
  } catch (error) {
    application.kill();
    throw new Error(`${command.join(' ')} in ${cwd} does not answer:\n${said}`, { cause: error });
  }
  return application;
}

async function answers(origin: string): Promise<boolean> {
  return await fetch(origin, { signal: AbortSignal.timeout(5_000) }).then(
    async (response) => {
      await response.body?.cancel();
      return true;
    },
    () => false,
  );
}

async function limit(ms: number): Promise<'late'> {
  return await new Promise((resolve) => setTimeout(() => resolve('late'), ms).unref());
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-child.pid!, signal);
  } catch {
    // All of it has ended.
  }
}
