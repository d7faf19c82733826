import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import type { Socket } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { HoldfastError } from '../../base/errors.ts';
import { serverEnvironment, type RunAs } from './binaries.ts';

export type StopMode = 'fast' | 'immediate';

const signals = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

/**
 * Ends the server once our end of its standard input closes, which the kernel does however we end, by kill -9 too.
 * So no signal handler is needed, and none of the host application's is in the way.
 */
const watchdogScript = 'read -r _; kill -INT "$1" || exit; sleep 60; kill -QUIT "$1"';

/** Starts `postgres` in a session of its own, so that Ctrl-C reaches us and not the server first. */
export async function spawnServer(
  binary: string,
  args: string[],
  runAs: RunAs | undefined,
  logFile: string,
): Promise<ChildProcess> {
  const log = await fs.open(logFile, 'a', 0o600);
  if (runAs) await log.chown(runAs.uid, runAs.gid);
  const child = spawn(binary, args, {
    env: serverEnvironment,
    cwd: path.dirname(logFile),
    detached: true,
    windowsHide: true,
    stdio: ['ignore', log.fd, log.fd],
    ...runAs,
  });
  const outcome = await Promise.race([
    once(child, 'spawn').then(() => undefined),
    once(child, 'error').then(([error]) => error as Error),
  ]);
  await log.close();
  if (outcome) throw new HoldfastError('DATABASE_UNREACHABLE', `Cannot run ${binary}: ${outcome.message}`);
  endWithUs(child);
  // A server that nobody stops must not keep an otherwise finished process alive.
  child.unref();
  return child;
}

function endWithUs(child: ChildProcess): void {
  if (process.platform === 'win32') {
    const kill = (): void => void child.kill();
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    return;
  }
  const watchdog = spawn('/bin/sh', ['-c', watchdogScript, 'holdfast-watchdog', String(child.pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watchdog.on('error', () => {});
  watchdog.stdin.on('error', () => {});
  watchdog.unref();
  (watchdog.stdin as unknown as Socket).unref();
  // Before the pid can belong to another process, the watchdog must be gone.
  child.once('exit', () => watchdog.kill('SIGKILL'));
}

/** Stops a server that this process started. Resolves when it has ended; `fast` turns immediate after a minute. */
export async function stopServer(child: ChildProcess, mode: StopMode): Promise<void> {
  if (hasEnded(child)) return;
  child.ref();
  const ended = once(child, 'exit');
  child.kill(signals[mode]);
  const timer = setTimeout(() => child.kill('SIGQUIT'), 60_000);
  await ended;
  clearTimeout(timer);
}

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/**
 * Deals with what an earlier process left on a data directory: a server whose owner has died is stopped, a lock
 * file without a server is removed when its pid belongs to some other program by now.
 * @throws INVALID_CONFIGURATION when a living process uses the directory
 */
export async function takeOver(dataDirectory: string): Promise<void> {
  const lockFile = path.join(dataDirectory, 'postmaster.pid');
  const pid = Number((await fs.readFile(lockFile, 'utf8').catch(() => '')).split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return;
  if ((await isPostgres(pid)) === false) {
    await fs.rm(lockFile, { force: true });
    return;
  }
  const owner = await ownerOf(dataDirectory);
  if (owner <= 0 || isAlive(owner)) {
    const by = owner > 0 ? `process ${owner}` : 'something else';
    throw new HoldfastError(
      'INVALID_CONFIGURATION',
      `A PostgreSQL server (pid ${pid}) started by ${by} already runs on ${dataDirectory}.`,
      { hint: 'Connect to that server, stop it, or choose another data directory.' },
    );
  }
  // Its watchdog is probably at it already; a second request does no harm.
  process.kill(pid, 'SIGINT');
  const deadline = Date.now() + 60_000;
  while (isAlive(pid)) {
    if (Date.now() > deadline) {
      throw new HoldfastError(
        'DATABASE_UNREACHABLE',
        `The old server (pid ${pid}) on ${dataDirectory} does not end.`,
      );
    }
    await pause(50);
  }
}

/** A setting that names the process which started the server; postmaster.opts keeps it, and `show` tells it. */
export const ownerSetting = 'holdfast.owner';

/** The pid of the process that started the server last seen on this directory; 0 when that was not Holdfast. */
async function ownerOf(dataDirectory: string): Promise<number> {
  const options = await fs.readFile(path.join(dataDirectory, 'postmaster.opts'), 'utf8').catch(() => '');
  return Number(options.split(`${ownerSetting}=`)[1]?.match(/^\d+/)?.[0] ?? 0);
}

/** Whether a process with this pid exists, of any user. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Undefined where the system cannot tell. After a container restarts, pids are soon used again. */
async function isPostgres(pid: number): Promise<boolean | undefined> {
  if (process.platform !== 'linux') return undefined;
  const name = await fs.readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
  return name.trim().startsWith('postgres');
}

/** The last lines that a log got since it was `from` bytes long, for an error message. */
export async function tailOf(logFile: string, from: number): Promise<string> {
  const log = await fs.readFile(logFile).catch(() => Buffer.alloc(0));
  return log.subarray(from).toString('utf8').trim().split('\n').slice(-15).join('\n');
}
