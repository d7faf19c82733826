import os from 'node:os';
import type { Run, Series } from './pairing.ts';
import { pairedRatio, summarise, type Summary } from './statistics.ts';

export interface Result {
  set: string;
  scale: number;
  describes: string;
  phase: 'backup' | 'restore';
  series: Series[];
}

interface Figure {
  name: string;
  of: (run: Run) => number | undefined;
  show: (value: number) => string;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 0)} MB`;

const figures: readonly Figure[] = [
  { name: 'wall clock', of: (run) => run.wallMs, show: seconds },
  { name: 'CPU, client', of: (run) => run.cpuMs, show: seconds },
  { name: 'CPU, server', of: (run) => run.serverCpuMs, show: seconds },
  { name: 'peak RSS', of: (run) => run.peakRssBytes, show: megabytes },
  { name: 'size', of: (run) => run.bytes, show: megabytes },
];

/** Medians with the least and the most, side by side, and the median of the ratios of each pair of runs. */
export function table(result: Result): string {
  const [ours, theirs] = result.series;
  const lines = [['', ...result.series.map(({ name }) => name), ...(theirs ? ['ratio'] : [])]];
  for (const figure of figures) {
    const summaries = result.series.map(({ runs }) => summarise(runs.map(figure.of)));
    if (summaries.every((summary) => summary === undefined)) continue;
    const line = [figure.name, ...summaries.map((summary) => showSummary(summary, figure.show))];
    if (ours && theirs) {
      line.push(
        showSummary(pairedRatio(ours.runs.map(figure.of), theirs.runs.map(figure.of)), (value) =>
          value.toFixed(2),
        ),
      );
    }
    lines.push(line);
  }
  const runs = ours?.runs.length ?? 0;
  return `${result.set}: ${result.phase} of ${result.describes} at scale ${result.scale}, ${runs} ${runs === 1 ? 'run' : 'runs'}\n${align(lines)}\n`;
}

function showSummary(summary: Summary | undefined, show: (value: number) => string): string {
  if (summary === undefined) return '–';
  const middle = show(summary.median);
  const [least, most] = [show(summary.least), show(summary.most)];
  return least === most ? middle : `${middle} (${least}–${most})`;
}

function align(lines: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const line of lines)
    line.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, cell.length)));
  return lines
    .map(
      (line) =>
        `  ${line
          .map((cell, index) => cell.padEnd(widths[index] ?? 0))
          .join('   ')
          .trimEnd()}`,
    )
    .join('\n');
}

/** What a figure depends on. */
export function machine(): Record<string, unknown> {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cpus: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.version,
  };
}

/** The medians and ratios of a result, for the JSON file; the runs stand beside them. */
export function record(result: Result): Record<string, unknown> {
  const [ours, theirs] = result.series;
  const ofEach = (value: (runs: Run[], figure: Figure) => unknown): Record<string, unknown>[] =>
    result.series.map(({ name, runs }) => ({
      name,
      ...Object.fromEntries(figures.map((figure) => [figure.name, value(runs, figure)])),
    }));
  return {
    ...result,
    medians: ofEach((runs, figure) => summarise(runs.map(figure.of))),
    ratios:
      ours && theirs
        ? Object.fromEntries(
            figures.map((figure) => [
              figure.name,
              pairedRatio(ours.runs.map(figure.of), theirs.runs.map(figure.of)),
            ]),
          )
        : undefined,
  };
}
