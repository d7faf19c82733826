import { zoneOffsets, type OffsetAt } from '../base/zone-offsets.ts';
import type { PeriodRule } from './policy.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/**
 * Names the hour, day, ISO week, month or year that a moment, in milliseconds since 1970, lies in.
 * @throws RangeError for an unknown time zone
 */
export function periodNamer(timezone: string): (rule: PeriodRule, time: number) => string {
  const offsetAt = offsets(timezone);
  const dates = new Map<number, ReturnType<typeof dateNames>>();
  return (rule, time) => {
    const offset = offsetAt(time);
    const local = time + offset;
    const date = Math.floor(local / day);
    let names = dates.get(date);
    if (!names) dates.set(date, (names = dateNames(date)));
    if (rule !== 'hourly') return names[rule];
    // With the offset, because in autumn the clock shows an hour twice, and they are two.
    return `${names.daily} ${twoDigits(Math.floor((local - date * day) / hour))}:00${offsetText(offset)}`;
  };
}

/** Of a date counted in days since 1970. */
function dateNames(date: number): Record<Exclude<PeriodRule, 'hourly'>, string> {
  const text = new Date(date * day).toISOString();
  return {
    daily: text.slice(0, 10),
    weekly: isoWeek(date),
    monthly: text.slice(0, 7),
    yearly: text.slice(0, 4),
  };
}

/** How far the clocks of a time zone are ahead of UTC at a moment; both in milliseconds. */
function offsets(timezone: string): OffsetAt {
  const ask = zoneOffsets(timezone);
  const midnights = new Map<number, number>();
  const atMidnight = (date: number): number => {
    const known = midnights.get(date);
    if (known !== undefined) return known;
    const offset = ask(date * day);
    midnights.set(date, offset);
    return offset;
  };
  return (time) => {
    const date = Math.floor(time / day);
    const before = atMidnight(date);
    // Asking takes microseconds. No zone ever changed its clocks twice in a day, so equal ends leave nothing to ask.
    return before === atMidnight(date + 1) ? before : ask(time);
  };
}

function offsetText(offset: number): string {
  const minutes = Math.abs(Math.round(offset / minute));
  return `${offset < 0 ? '-' : '+'}${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
}

/** `2026-W53`: weeks start on Monday and belong to the year of their Thursday. */
function isoWeek(date: number): string {
  // 1970 began on a Thursday.
  const thursday = date - ((((date + 3) % 7) + 7) % 7) + 3;
  const year = new Date(thursday * day).getUTCFullYear();
  return `${year}-W${twoDigits(Math.floor((thursday - Date.UTC(year, 0, 1) / day) / 7) + 1)}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
