import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

export interface Command {
  file: string;
  args: string[];
  /** Added to the environment. */
  env?: Record<string, string>;
}

/** One process from its start to its end, with the processes it waited for. */
export interface Measurement {
  wallMs: number;
  /** User and system time; undefined where it cannot be had. */
  cpuMs: number | undefined;
  /** Of the largest process, where there are several. */
  peakRssBytes: number | undefined;
  /** User and system time of the database server meanwhile. */
  serverCpuMs: number | undefined;
  stdout: string;
}

const timeProgram = '/usr/bin/time';
let gnuTime: boolean | undefined;

/** GNU time asks the kernel what a process used when it ended: exact, where polling /proc only comes near. */
function haveGnuTime(): boolean {
  gnuTime ??= spawnSync(timeProgram, ['--version'], { encoding: 'utf8' }).stdout?.includes('GNU') ?? false;
  return gnuTime;
}

export function measuringMethod(): string {
  if (haveGnuTime()) return 'GNU time';
  return process.platform === 'linux' ? '/proc, polled' : 'wall clock only';
}

/** Runs a command to its end. Throws with what it said when it fails. */
export async function measure(command: Command, serverPid?: number): Promise<Measurement> {
  const report = path.join(os.tmpdir(), `holdfast-bench-${process.pid}.time`);
  const timed = haveGnuTime()
    ? {
        file: timeProgram,
        // -o keeps the figures apart from what the command itself prints.
        args: ['-f', '%U %S %M', '-o', report, command.file, ...command.args],
      }
    : command;
  const serverBefore = await serverCpuMs(serverPid);
  const started = performance.now();
  const child = spawn(timed.file, timed.args, {
    env: { ...process.env, ...command.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-8_000)));
  const watched = haveGnuTime() || child.pid === undefined ? undefined : watch(child.pid);
  // `close` waits for the pipes as well; the process has ended at `exit`.
  let wallMs = 0;
  child.once('exit', () => (wallMs = performance.now() - started));
  const code = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve(status ?? signal ?? 'unknown'));
  });
  const polled = watched?.();
  if (code !== 0) {
    await fs.rm(report, { force: true });
    throw new Error(
      `${command.file} ${command.args[0] ?? ''} ended with ${code}:\n${stderr}\n${stdout.slice(-2_000)}`,
    );
  }
  const used = haveGnuTime() ? await readReport(report) : polled;
  const serverAfter = await serverCpuMs(serverPid);
  return {
    wallMs,
    cpuMs: used?.cpuMs,
    peakRssBytes: used?.peakRssBytes,
    serverCpuMs:
      serverBefore === undefined || serverAfter === undefined ? undefined : serverAfter - serverBefore,
    stdout,
  };
}

interface Used {
  cpuMs: number | undefined;
  peakRssBytes: number | undefined;
}

async function readReport(file: string): Promise<Used> {
  const text = await fs.readFile(file, 'utf8');
  await fs.rm(file);
  const [user = NaN, system = NaN, kibibytes = NaN] = (text.trim().split('\n').at(-1) ?? '')
    .split(' ')
    .map(Number);
  return { cpuMs: (user + system) * 1000, peakRssBytes: kibibytes * 1024 };
}

/** Looks at a process and its children until it is told to stop, and returns the most that was seen. */
function watch(pid: number): () => Used {
  const used: Used = { cpuMs: undefined, peakRssBytes: undefined };
  const look = async (): Promise<void> => {
    const main = await cpuOf(pid);
    if (main === undefined) return;
    const list = await fs.readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
    const children = list.trim().split(' ').filter(Boolean);
    let cpuMs = main.own + main.ended;
    for (const child of children) cpuMs += (await cpuOf(child))?.own ?? 0;
    used.cpuMs = Math.max(used.cpuMs ?? 0, cpuMs);
    for (const process of [pid, ...children]) {
      const status = await fs.readFile(`/proc/${process}/status`, 'utf8').catch(() => '');
      const peak = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
      used.peakRssBytes = Math.max(used.peakRssBytes ?? 0, Number(peak ?? 0) * 1024);
    }
  };
  const timer = setInterval(() => void look(), 20);
  return () => {
    clearInterval(timer);
    return used;
  };
}

// Linux counts in hundredths of a second, whatever the kernel was built with.
const tickMs = 10;

interface ProcessCpu {
  parent: number;
  own: number;
  /** Of the children that have ended. */
  ended: number;
}

export async function cpuOf(pid: number | string): Promise<ProcessCpu | undefined> {
  const stat = await fs.readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The second field is the name in parentheses, and may hold spaces itself.
  const fields = stat
    ?.slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  if (fields === undefined) return undefined;
  const field = (index: number): number => fields[index] ?? 0;
  return { parent: field(1), own: (field(11) + field(12)) * tickMs, ended: (field(13) + field(14)) * tickMs };
}

/** What the server has used so far: the postmaster with its ended children, and those that live. */
export async function serverCpuMs(postmaster: number | undefined): Promise<number | undefined> {
  if (postmaster === undefined) return undefined;
  for (;;) {
    const before = await cpuOf(postmaster);
    if (before === undefined) return undefined;
    let total = before.own + before.ended;
    for (const entry of await fs.readdir('/proc')) {
      if (!/^\d+$/.test(entry)) continue;
      const process = await cpuOf(entry);
      if (process?.parent === postmaster) total += process.own;
    }
    // A child that ended meanwhile would be counted twice or not at all.
    const after = await cpuOf(postmaster);
    if (after?.ended === before.ended) return total;
  }
}
