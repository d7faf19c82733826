/*
 * progress/ owns how a run counts what it has done, how fast it goes and how long its phases take. It never knows what kind
 * of run it is, and never writes it down: that is for the caller of `RunControl.report`.
 */
import { displayName, type QualifiedName } from '../../postgres/identifiers.ts';
import { rateMeter } from './rate-meter.ts';
import type { RunControl } from '../run.ts';
import type { Progress } from '../../contract/progress.ts';

const intervalMs = 250;

/** Gathers what the parts of a run have done and reports it a few times a second. */
export class ProgressMeter {
  readonly #control: RunControl;
  readonly #progress: Progress;
  readonly #timer: NodeJS.Timeout;
  readonly #rate = rateMeter();
  #storedBytes: (() => number) | undefined;

  constructor(control: RunControl, tablesTotal: number, estimatedRawBytes: number) {
    this.#control = control;
    this.#progress = {
      phase: 'starting',
      tablesDone: 0,
      tablesTotal,
      rows: 0,
      rawBytes: 0,
      storedBytes: 0,
      rawBytesPerSecond: null,
      estimatedRawBytes,
      currentTable: null,
      machines: 1,
    };
    this.#timer = setInterval(() => this.#report(), intervalMs);
    this.#timer.unref();
    this.#report();
  }

  /** Where the stored bytes are read from at every report. */
  watch(storedBytes: () => number): void {
    this.#storedBytes = storedBytes;
  }

  phase(phase: Progress['phase']): void {
    this.#progress.phase = phase;
    if (phase !== 'data') this.#progress.currentTable = null;
    this.#report();
  }

  /** How much there is to do, once that is known. */
  estimate(rawBytes: number): void {
    this.#progress.estimatedRawBytes = rawBytes;
  }

  currentTable(table: QualifiedName): void {
    this.#progress.currentTable = displayName(table);
  }

  /** How many work on it now. */
  machines(count: number): void {
    this.#progress.machines = count;
  }

  tableDone(): void {
    this.#progress.tablesDone++;
  }

  addRows(rows: number): void {
    this.#progress.rows += rows;
  }

  addRawBytes(bytes: number): void {
    this.#progress.rawBytes += bytes;
  }

  addStoredBytes(bytes: number): void {
    this.#progress.storedBytes += bytes;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#report();
  }

  #report(): void {
    if (this.#storedBytes) this.#progress.storedBytes = this.#storedBytes();
    this.#rate.add(Date.now(), this.#progress.rawBytes);
    this.#progress.rawBytesPerSecond = this.#rate.rate();
    this.#control.report({ ...this.#progress });
  }
}
