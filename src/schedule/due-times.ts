/*
 * schedule/ owns when a schedule is due, as pure functions. It never looks at a clock, a database or a time zone
 * other than the one it is given.
 */
/**
 * When a schedule is due: the one calculation for what is shown and for what is run. No clock is read here.
 * docs/SCHEDULES.md says what happens when a zone changes its clock; `firstLocalTime` is that rule.
 */
import { offsetSpans, reach, readClock, type LocalTime, type OffsetSpan } from './local-clock.ts';
import { duePattern, nextLocalTime, type DuePattern, type DueSettings } from './due-pattern.ts';
import { zoneOffsets } from '../base/zone-offsets.ts';

export { localTime } from './local-clock.ts';
export type { DueSettings } from './due-pattern.ts';

const hour = 3_600_000;
const day = 24 * hour;

/** The first time after an instant that the schedule is due; null when it never is again, as on 31 February. */
export function nextDueTime(schedule: DueSettings, after: Date): Date | null {
  const [next] = dueTimes(schedule, after);
  return next ?? null;
}

/** Every time the schedule is due after one instant, up to and including another; ascending, without end if none is given. */
export function* dueTimes(schedule: DueSettings, after: Date, until?: Date): Generator<Date, undefined> {
  for (const at of dueInstants(schedule, after.getTime() + 1)) {
    if (until !== undefined && at > until.getTime()) return;
    yield new Date(at);
  }
}

/** The last time the schedule is due after one instant, up to and including another. Fast however many there are. */
export function lastDueTime(schedule: DueSettings, after: Date, until: Date): Date | null {
  const dueFrom = (instant: number): number => {
    const [due] = dueInstants(schedule, instant);
    return due !== undefined && due <= until.getTime() ? due : Infinity;
  };
  let last = dueFrom(after.getTime() + 1);
  if (last === Infinity) return null;
  // Nothing is due after `end`, up to `until`.
  let end = until.getTime();
  while (last < end) {
    const middle = Math.ceil((last + end) / 2);
    const due = dueFrom(middle);
    if (due === Infinity) end = middle - 1;
    else last = due;
  }
  return new Date(last);
}

export interface MissedRuns {
  /** Not above the limit, where it means "at least". */
  count: number;
  latest: Date | null;
}

/** What was due after one instant, up to and including another. */
export function missedBetween(schedule: DueSettings, after: Date, until: Date, limit: number): MissedRuns {
  let count = 0;
  for (const _ of dueTimes(schedule, after, until)) {
    if (count === limit) break;
    count++;
  }
  return { count, latest: lastDueTime(schedule, after, until) };
}

export interface DueTime extends LocalTime {
  at: Date;
  /** The clock skips the time that was set, so it is due at the change, and `local` is not that time. */
  moved: boolean;
}

/** The next times the schedule is due, as they read in its zone; fewer when it never is again. */
export function previewDueTimes(schedule: DueSettings, after: Date, count: number): DueTime[] {
  const pattern = duePattern(schedule);
  const offsetAt = zoneOffsets(schedule.timezone);
  const preview: DueTime[] = [];
  for (const at of dueTimes(schedule, after)) {
    if (preview.length === count) break;
    const instant = at.getTime();
    const shown = instant + offsetAt(instant);
    const moved = nextLocalTime(pattern, shown) !== shown;
    preview.push({ at, ...readClock(offsetAt, instant), moved });
  }
  return preview;
}

/** Every instant from `from` on, in milliseconds, in steps short enough to see each change of the clock. */
function* dueInstants(schedule: DueSettings, from: number): Generator<number, undefined> {
  const pattern = duePattern(schedule);
  const offsetAt = zoneOffsets(schedule.timezone);
  let position = from;
  for (;;) {
    const until = position + reach;
    const [span, changed] = offsetSpans(offsetAt, position - reach, until);
    yield* dueInSpan(pattern, span, span.start + span.offset, position);
    if (changed) yield* dueInSpan(pattern, changed, firstLocalTime(pattern, span, changed), position);
    // A clock that is set back by a day shows once more what it has shown.
    const next = nextLocalTime(pattern, until + offsetAt(until) - day);
    if (next === null) return;
    // The clock of no zone is ahead of UTC by a day.
    position = Math.max(until, next - day);
  }
}

/** @param lowest the first local time that may be due in the span; what lies before its start is due at its start */
function* dueInSpan(
  pattern: DuePattern,
  { start, end, offset }: OffsetSpan,
  lowest: number,
  from: number,
): Generator<number, undefined> {
  let local = start >= from ? lowest : Math.max(lowest, from + offset);
  for (;;) {
    const next = nextLocalTime(pattern, local);
    if (next === null) return;
    const at = Math.max(next - offset, start);
    if (at >= end) return;
    yield at;
    local = Math.max(next, at + offset) + 1;
  }
}

/** The first local time that may be due after a change of the clock: earlier than it shows if it skipped some. */
function firstLocalTime({ hours }: DuePattern, before: OffsetSpan, after: OffsetSpan): number {
  const left = before.end + before.offset;
  const shown = after.start + after.offset;
  // What was shown before the clock was set back is not due again.
  if (hours === 'named') return left;
  if (hours === 'stepped') return Math.min(left, shown);
  // By whole hours, either way, the minutes go on; by half an hour, either way, they jump ahead by 30.
  const jump = (shown - left) % hour;
  return shown - (jump < 0 ? jump + hour : jump);
}
