import type { Subject } from './subjects.ts';

/** What can be unusual. All but the shares are natural logarithms of a ratio, so that halving and doubling are equally far. */
export type Measure = 'rows' | 'values' | 'growth' | 'density' | 'ranges' | 'changed';

interface Rule {
  /** How much it moves from day to day is believed to be this much, until that is known. */
  prior: number;
  /** Days after which what was believed at first counts a third. */
  days: number;
  /** Only what is this many times as much is unusual … */
  factor: number;
  /** … and more than this, however calm the table is. */
  floor: number;
}

/** The prior times the factor is what a new table is allowed: half of its rows, a fifth of its bytes. */
export const rules: Readonly<Record<Measure, Rule>> = {
  rows: { prior: 0.165, days: 14, factor: 4, floor: 0.357 },
  values: { prior: 0.04, days: 7, factor: 6, floor: 0.084 },
  growth: { prior: 0.58, days: 14, factor: 4, floor: 1.386 },
  density: { prior: 0.06, days: 7, factor: 6, floor: 0.3 },
  ranges: { prior: 0.27, days: 7, factor: 3, floor: 0.5 },
  changed: { prior: 0.27, days: 7, factor: 3, floor: 0.5 },
};

/** What a backup said of the table. */
export interface Sample {
  id: number;
  at: number;
  rows: number;
  rawBytes: number;
  storedBytes: number;
}

/** A change since an earlier backup. */
export interface Step {
  measure: Measure;
  value: number;
}

export type Compared = Step & { reference: Sample };

export interface History {
  oid: number | null;
  shape: string;
  root: string | null;
  bound: string | null;
  /** When it was first seen. */
  first: number;
  /** How many backups it was compared in, and in how many of them its share of changes was known. */
  compared: number;
  shared: number;
  last: Sample;
  /** From about a day ago: what is lost a little at a time is seen from there. */
  dayAgo: Sample;
  /** The most it ever held. */
  peakBytes: number;
  /** How much it moves from day to day, as a mean in which the last days count most. */
  usual: Partial<Record<Measure, number>>;
  /** The largest changes of the last year that were in order: day since 1970, value. */
  peaks: Partial<Record<Measure, [day: number, value: number][]>>;
  /** Since when it is gone, and how often it has been. */
  goneAt?: number;
  absences?: number;
}

export const dayMs = 86_400_000;
/** Backups that are nearly a day apart are a day apart: a nightly one does not begin at the same second. */
const aboutADayMs = 20 * 3_600_000;
/** Keeps a few rows that come and go from being large in proportion. */
const fewRows = 20;
const peaksKept = 4;
const peakDays = 400;
/** With fewer ranges the share of those that changed says nothing. */
const tellingRanges = 8;
/** Less than this compresses by chance. */
const tellingReadBytes = 64 * 1024;
const tellingBytes = 32 * 1024;

/** How a table has changed since it was last seen. */
export function compare(history: History, now: Subject, at: number): Compared[] {
  const { last, dayAgo } = history;
  const references = dayAgo.id === last.id || at - dayAgo.at > 3 * dayMs ? [last] : [last, dayAgo];
  const steps: Compared[] = references.flatMap((reference) => [
    { measure: 'rows', value: Math.log((reference.rows + fewRows) / (now.rows + fewRows)), reference },
    ...valuesLost(history, reference, now),
  ]);
  if (last.rawBytes > 0 && now.rawBytes > 0) {
    steps.push({ measure: 'growth', value: Math.log(now.rawBytes / last.rawBytes), reference: last });
  }
  // Only where much of the table was read: a few new rows may be of another kind.
  if (now.readRawBytes >= Math.max(tellingReadBytes, now.rawBytes / 5) && last.rawBytes >= tellingReadBytes) {
    const before = last.storedBytes / last.rawBytes;
    const value = Math.log(now.readStoredBytes / now.readRawBytes / before);
    if (Number.isFinite(value)) steps.push({ measure: 'density', value, reference: last });
  }
  return [...steps, ...shareChanged(history, now).map((step) => ({ ...step, reference: last }))];
}

/** Bytes that are gone although their rows are there: what was deleted or added is left out. */
function valuesLost({ shape }: History, reference: Sample, now: Subject): Compared[] {
  if (now.shape !== shape || reference.rows === 0 || now.rows === 0 || now.rawBytes === 0) return [];
  if (reference.rawBytes < tellingBytes) return [];
  const share = Math.min(1, now.rows / reference.rows);
  // Rows that were deleted may have been the longer ones.
  const doubt = -2 * Math.log(share);
  const value = Math.log((reference.rawBytes * share) / now.rawBytes) - doubt;
  return [{ measure: 'values', value, reference }];
}

/**
 * By rows where that is known, those left out that were added or deleted; else by ranges, of which one changed row changes a whole
 * one. Ranges that were added count for nothing: new rows lie there, and the new versions of those that were updated.
 */
function shareChanged({ last }: History, { rows, rowsChanged, ranges }: Subject): Step[] {
  const compared = ranges.unchanged + ranges.changed;
  if (compared === 0) return [];
  if (rowsChanged !== null) {
    const updated = Math.max(0, rowsChanged - Math.abs(rows - last.rows));
    return last.rows === 0 ? [] : [{ measure: 'changed', value: Math.min(1, updated / last.rows) }];
  }
  return compared < tellingRanges ? [] : [{ measure: 'ranges', value: ranges.changed / compared }];
}

/** What is still usual for a table. */
export function allowance({ usual, peaks }: History, measure: Measure): number {
  const { prior, factor, floor } = rules[measure];
  // The second: what happened once is no habit.
  const [, second = 0] = (peaks[measure] ?? []).map(([, value]) => value).toSorted((a, b) => b - a);
  const isShare = measure === 'ranges' || measure === 'changed';
  const precedent = second === 0 ? 0 : isShare ? second + 0.2 : second * 1.5;
  return Math.max(floor, factor * (usual[measure] ?? prior), precedent);
}

/** Takes what was in order as usual. */
export function learn(history: History, steps: readonly Compared[], at: number): void {
  const days = (at - history.dayAgo.at) / dayMs;
  const isNewDay = at - history.dayAgo.at >= aboutADayMs;
  history.compared += 1;
  if (steps.some(({ measure }) => measure === 'ranges' || measure === 'changed')) history.shared += 1;
  for (const { measure, value } of steps) addPeak(history, measure, value, at);
  if (!isNewDay) return;
  // The last of a measure is since a day ago: up and down are one kind of unrest, seen over the day.
  for (const [measure, value] of new Map(steps.map((step) => [step.measure, step.value]))) {
    const { prior, days: memory } = rules[measure];
    const before = history.usual[measure] ?? prior;
    const moved = Math.abs(value);
    const share = Math.max(1 - Math.exp(-Math.min(days, 2) / memory), moved > before ? 0.15 : 0);
    history.usual[measure] = rounded(before + (moved - before) * share);
  }
}

/** Takes a change as usual that a person has called right. @param regular whether once is enough to make it a habit */
export function teach(history: History, { measure, value }: Step, at: number, regular: boolean): void {
  for (let times = regular ? 2 : 1; times > 0; times--) {
    (history.peaks[measure] ??= []).push([Math.floor(at / dayMs), rounded(value)]);
  }
  keepPeaks(history, measure, at);
}

function addPeak(history: History, measure: Measure, value: number, at: number): void {
  if (value < rules[measure].floor / 3) return;
  const day = Math.floor(at / dayMs);
  const peaks = (history.peaks[measure] ??= []);
  const today = peaks.find(([each]) => each === day);
  if (today) today[1] = Math.max(today[1], rounded(value));
  else peaks.push([day, rounded(value)]);
  keepPeaks(history, measure, at);
}

function keepPeaks(history: History, measure: Measure, at: number): void {
  const since = Math.floor(at / dayMs) - peakDays;
  history.peaks[measure] = history.peaks[measure]!.filter(([day]) => day >= since)
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, peaksKept);
}

export interface Size {
  rows: number;
  rawBytes: number;
}

/** Has the table have been larger or smaller all the time. */
export function shift(history: History, by: Size): void {
  const shifted = (sample: Sample): Sample => ({
    ...sample,
    rows: Math.max(0, sample.rows + by.rows),
    rawBytes: Math.max(0, sample.rawBytes + by.rawBytes),
  });
  history.last = shifted(history.last);
  history.dayAgo = shifted(history.dayAgo);
}

/** The history with the figures of one more backup. @param anew whether what was before is no measure any more */
export function observe(
  history: History | undefined,
  now: Subject,
  { id, at }: { id: number; at: number },
  anew = false,
): History {
  const { rows, rawBytes, storedBytes, oid, shape, root, bound } = now;
  const last: Sample = { id, at, rows, rawBytes, storedBytes };
  const known = { oid, shape, root, bound, last };
  if (!history) {
    const fresh = { first: at, compared: 0, shared: 0, peakBytes: rawBytes, usual: {}, peaks: {} };
    return { ...known, ...fresh, dayAgo: last };
  }
  const { goneAt, ...kept } = history;
  const isNewDay = at - history.dayAgo.at >= aboutADayMs;
  return {
    ...kept,
    ...known,
    dayAgo: isNewDay || anew || goneAt !== undefined || shape !== history.shape ? last : history.dayAgo,
    peakBytes: Math.max(history.peakBytes, rawBytes),
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
