import type { Progress } from '../../api/contract.ts';
import { barLine, plainLine } from './progress-line.ts';

export interface ProgressDisplay {
  update(progress: Progress): void;
  /** Removes the bar. May be called more than once. */
  end(): void;
}

const redrawMs = 100;
const plainLineMs = 5_000;

/** On stderr, so that stdout stays the answer: a bar on a terminal, a line every few seconds elsewhere. */
export function progressDisplay(
  title: string,
  invocation: { quiet: boolean; json: boolean },
): ProgressDisplay {
  const stream = process.stderr;
  const terminal = stream.isTTY && process.env['TERM'] !== 'dumb';
  if (invocation.quiet || (invocation.json && !terminal)) return { update() {}, end() {} };

  const started = Date.now();
  let latest: Progress | undefined;
  let ended = false;

  const line = (columns?: number): string => {
    if (latest === undefined) return title;
    const input = { title, progress: latest, elapsedMs: Date.now() - started };
    return columns === undefined ? plainLine(input) : barLine(input, columns);
  };
  const draw = (): void => {
    if (ended || latest === undefined) return;
    if (terminal) stream.write(`\r\u001b[2K${line((stream.columns || 80) - 1)}`);
    else stream.write(`${line()}\n`);
  };
  // Redrawn by the clock and not by the news, so that time and rate go on when a big table says nothing.
  const timer = setInterval(draw, terminal ? redrawMs : plainLineMs);
  timer.unref();

  return {
    update(progress) {
      latest = progress;
    },
    end() {
      if (ended) return;
      ended = true;
      clearInterval(timer);
      if (terminal) stream.write('\r\u001b[2K');
    },
  };
}
