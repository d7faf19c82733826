import type { Sign } from '../contract/finding.ts';
import { allowance, dayMs, type Compared, type History, type Measure } from './history.ts';
import type { Subject } from './subjects.ts';

/** A change that is too large, with what it is measured by. */
export interface Significant extends Compared {
  /** What would still have been usual. */
  allowed: number;
  step: { measure: Measure; value: number };
}

/** From here on a table is known well enough for what a new one is not asked. */
const settledDays = 7;
const settledCompared = 5;
/** Fewer rows than these come and go. */
const manyRows = { restless: 500, calm: 100, still: 20 };
/** How much the number of rows of such a table moves in a day; nothing else has happened to a still one for some days. */
const calm = 0.12;
const still = 0.08;
const stillDays = 14;
const grownBytes = 64 * 1024 * 1024;
/** Of a table, before its share of changes says something. */
const sharesKnown = 3;
const rewrittenRows = 1_000;
/** Text that hardly compresses; what was already like that before is as it was. */
const dense = { much: 0.4, some: 0.25, farRise: 0.7 };

/** What is allowed at least, of a measure. */
export type Leeway = Partial<Record<Measure, number>>;

/**
 * The first of the changes that is beyond what is usual and large enough to be told; rows that are lost come first.
 */
export function significant(
  history: History,
  now: Subject,
  steps: readonly Compared[],
  at: number,
  leeway: Leeway,
): Significant | undefined {
  for (const measure of order) {
    const candidates = steps.filter((step) => step.measure === measure);
    const largest = candidates.toSorted((one, other) => other.value - one.value)[0];
    if (!largest) continue;
    const allowed = Math.max(allowance(history, measure), leeway[measure] ?? 0);
    if (largest.value > allowed && tells[measure](history, now, largest, at)) {
      return { ...largest, allowed, step: { measure, value: largest.value } };
    }
  }
  return undefined;
}

const order: readonly Measure[] = ['rows', 'density', 'values', 'changed', 'ranges', 'growth'];

/** Whether a change of a measure is large enough, and the table known well enough, to be told. */
const tells: Readonly<
  Record<Measure, (history: History, now: Subject, step: Compared, at: number) => boolean>
> = {
  rows: (history, now, { reference }, at) => reference.rows - now.rows >= tellingRows(history, at),
  values: (history, now, { reference }, at) => {
    const rows = isSettled(history, at) ? manyRows.calm : manyRows.restless;
    return Math.min(now.rows, reference.rows) >= rows;
  },
  growth: (history, now, { reference }, at) =>
    isSettled(history, at) &&
    // A partition fills up; what it belongs to says whether that is usual.
    now.root === null &&
    now.rawBytes - reference.rawBytes >= grownBytes &&
    now.rawBytes > 1.5 * history.peakBytes,
  density: (_history, { readStoredBytes, readRawBytes }, { value }) => {
    const density = readStoredBytes / readRawBytes;
    return density >= dense.much || (density >= dense.some && value >= dense.farRise);
  },
  ranges: ({ shared }, { rows }) => shared >= sharesKnown && rows >= rewrittenRows,
  changed: ({ shared }, { rows }) => shared >= sharesKnown && rows >= rewrittenRows,
};

function isSettled({ first, compared }: History, at: number): boolean {
  return at - first >= settledDays * dayMs && compared >= settledCompared;
}

/** How many rows must be lost to be told: few of a table that is calm, many of one that is new or restless. */
export function tellingRows(history: History, at: number): number {
  const { first, usual, peaks } = history;
  const moves = usual.rows ?? Infinity;
  if (!isSettled(history, at) || moves > calm) return manyRows.restless;
  const isStill = at - first >= stillDays * dayMs && moves < still && (peaks.rows ?? []).length === 0;
  return isStill ? manyRows.still : manyRows.calm;
}

/** The sign for people. */
export function signOf(now: Subject, { measure, allowed, reference }: Significant): Sign {
  const { table, rows } = now;
  const usual = Number((1 - Math.exp(-allowed)).toFixed(3));
  switch (measure) {
    case 'rows':
      return { kind: 'rows-lost', table, rows, rowsBefore: reference.rows, usual };
    case 'values': {
      const { rows: rowsBefore, rawBytes: bytesBefore } = reference;
      return { kind: 'values-lost', table, rows, bytes: now.rawBytes, rowsBefore, bytesBefore, usual };
    }
    case 'growth': {
      const factor = Number(Math.exp(allowed).toPrecision(3));
      return { kind: 'grown', table, bytes: now.rawBytes, bytesBefore: reference.rawBytes, usual: factor };
    }
    case 'density': {
      const ratio = Number((now.readRawBytes / now.readStoredBytes).toPrecision(3));
      const ratioBefore = Number((reference.rawBytes / reference.storedBytes).toPrecision(3));
      return { kind: 'scrambled', table, readBytes: now.readRawBytes, ratio, ratioBefore };
    }
    default: {
      const { unchanged, changed } = now.ranges;
      return {
        kind: 'rewritten',
        table,
        rows,
        rowsChanged: measure === 'changed' ? now.rowsChanged : null,
        rangesChanged: changed,
        ranges: unchanged + changed,
        usual: Number(Math.min(1, allowed).toFixed(3)),
      };
    }
  }
}
