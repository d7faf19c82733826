/** What a process and those that it has started take, read from /proc. */
import * as fs from 'node:fs';

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    // It has ended meanwhile.
    return '';
  }
}

/** A process and all below it. */
export function processTree(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number);
  return [pid, ...children.flatMap(processTree)];
}

/** The memory that is resident in all of them, and in the largest: the server, where npm and a shell are above it. */
export function residentBytes(pid: number): { all: number; largest: number } {
  const sizes = processTree(pid).map(
    (each) => Number(/^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${each}/status`))?.[1] ?? 0) * 1_024,
  );
  return { all: sizes.reduce((sum, one) => sum + one, 0), largest: Math.max(...sizes) };
}
