export {
  duration as formatDuration,
  relative as formatRelative,
  roughly as formatRough,
} from '../../../src/base/units.ts';

const locale = undefined;
const dayAndTime = new Intl.DateTimeFormat(locale, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const dayYearAndTime = new Intl.DateTimeFormat(locale, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const everything = new Intl.DateTimeFormat(locale, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  timeZoneName: 'short',
});

/** The reader's own time zone. */
export const localZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** `25 Nov, 08:14`; with the year if it is not the current one. */
export function formatTime(at: string | Date): string {
  const date = new Date(at);
  const format = date.getFullYear() === new Date().getFullYear() ? dayAndTime : dayYearAndTime;
  return format.format(date);
}

const hoursAndMinutes = new Intl.DateTimeFormat(locale, {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

/** `10:42` today, `25 Nov, 10:42` otherwise. */
export function formatClock(at: number): string {
  const date = new Date(at);
  return date.toDateString() === new Date().toDateString() ? hoursAndMinutes.format(date) : formatTime(date);
}

/** Date, time and zone in full, in local time. */
export function formatFullTime(at: string | Date): string {
  return everything.format(new Date(at));
}

/** `2026-11-25 08:14:09 UTC` */
export function formatUtc(at: string | Date): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** How long a run took, or has taken so far, in milliseconds; null before it started. */
export function durationOf(run: { startedAt: string | null; finishedAt: string | null }): number | null {
  if (run.startedAt === null) return null;
  const end = run.finishedAt === null ? Date.now() : new Date(run.finishedAt).getTime();
  return Math.max(0, end - new Date(run.startedAt).getTime());
}
