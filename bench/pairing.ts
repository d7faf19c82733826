import { measure, type Command, type Measurement } from './measure.ts';

/** One of the two that are compared. */
export interface Side {
  name: string;
  /** Not measured; gives the command that is. */
  prepare(): Promise<Command>;
  /** Not measured: notes the size of what came out. `last` leaves it, for whoever looks at it next. */
  finish(measurement: Measurement, last: boolean): Promise<{ bytes?: number }>;
}

export interface Run extends Omit<Measurement, 'stdout'> {
  bytes: number | undefined;
}

export interface Series {
  name: string;
  runs: Run[];
}

export interface PairingOptions {
  runs: number;
  /** Each side runs so often first, and that is not counted. Default: 1 */
  warmUps?: number;
  /** No round begins that would not end before it, by `performance.now()`, but for the first one that counts. Default: never */
  untilMs?: number;
  serverPid: number | undefined;
  /** Puts the server into the same state before every run. */
  settle(): Promise<void>;
  /** Called after every run; up to run 0 they are not counted. */
  onRun(name: string, run: number, result: Run): void;
}

/** Runs the sides in alternation: A B A B … */
export async function alternate(sides: readonly Side[], options: PairingOptions): Promise<Series[]> {
  const series = sides.map((side) => ({ side, name: side.name, runs: [] as Run[] }));
  let roundMs = 0;
  for (let run = 1 - (options.warmUps ?? 1), last = false; !last; run++) {
    const began = performance.now();
    // This round and the next one take as long as the one before.
    const isLate = began + 2 * roundMs > (options.untilMs ?? Infinity);
    last = run >= options.runs || (run > 0 && isLate);
    for (const { side, runs } of series) {
      const command = await side.prepare();
      await options.settle();
      const measurement = await measure(command, options.serverPid);
      const { bytes } = await side.finish(measurement, last);
      const { stdout: _, ...figures } = measurement;
      const result: Run = { ...figures, bytes };
      if (run > 0) runs.push(result);
      options.onRun(side.name, run, result);
    }
    roundMs = performance.now() - began;
  }
  return series.map(({ name, runs }) => ({ name, runs }));
}
