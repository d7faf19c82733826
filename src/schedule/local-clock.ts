import { zoneOffsets, type OffsetAt } from '../base/zone-offsets.ts';

/** How far from a change of its clock a zone is looked at, in milliseconds: no clock was ever set by more than a day. */
export const reach = 2 * 24 * 3_600_000;

/** A stretch of time in which a zone keeps its offset, from `start` to just before `end`. */
export interface OffsetSpan {
  start: number;
  end: number;
  /** Milliseconds to add to an instant to get what the clock shows. */
  offset: number;
}

/** Before and after a change; or the one span when nothing changes. */
export type OffsetSpans = [OffsetSpan, OffsetSpan?];

/**
 * The offsets between two instants that are not more than seven days apart, which is how close two changes of any
 * zone have come since 1970.
 */
export function offsetSpans(offsetAt: OffsetAt, from: number, to: number): OffsetSpans {
  const first = offsetAt(from);
  const last = offsetAt(to);
  if (first === last) return [{ start: from, end: to, offset: first }];
  let before = from;
  let change = to;
  while (change - before > 1) {
    const middle = Math.floor((before + change) / 2);
    if (offsetAt(middle) === first) before = middle;
    else change = middle;
  }
  return [
    { start: from, end: change, offset: first },
    { start: change, end: to, offset: last },
  ];
}

export interface LocalTime {
  /** ISO 8601, for example `2026-10-25T02:30:00+02:00` */
  local: string;
  /** Which of two it is, where the clock is set back and shows the same time twice; null where it does not. */
  showing: 'first' | 'second' | null;
}

/** What the clock of a zone shows at an instant. */
export function localTime(instant: Date, timezone: string): LocalTime {
  return readClock(zoneOffsets(timezone), instant.getTime());
}

/** The same for one who reads a clock often. */
export function readClock(offsetAt: OffsetAt, at: number): LocalTime {
  const offset = offsetAt(at);
  return {
    local: new Date(at + offset).toISOString().slice(0, -'.000Z'.length) + offsetText(offset),
    showing: showing(offsetSpans(offsetAt, at - reach, at + reach), at, at + offset),
  };
}

function showing([before, after]: OffsetSpans, at: number, shown: number): LocalTime['showing'] {
  if (after === undefined) return null;
  const twice = shown >= after.start + after.offset && shown < before.end + before.offset;
  if (!twice) return null;
  return at < after.start ? 'first' : 'second';
}

/** `+05:45`; `-00:44:30` where the offset has seconds. */
function offsetText(offset: number): string {
  const text = new Date(Math.abs(offset)).toISOString().slice(11, 19);
  return (offset < 0 ? '-' : '+') + text.replace(/:00$/, '');
}
