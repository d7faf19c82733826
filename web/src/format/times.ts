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

/** `25 Nov, 08:14`; with the year when it is another one. */
export function formatTime(at: string | Date): string {
  const date = new Date(at);
  const format = date.getFullYear() === new Date().getFullYear() ? dayAndTime : dayYearAndTime;
  return format.format(date);
}

/** The whole of it, in local time. */
export function formatFullTime(at: string | Date): string {
  return everything.format(new Date(at));
}

/** `2026-11-25 08:14:09 UTC` */
export function formatUtc(at: string | Date): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always' });
const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** `14 minutes ago`, `in 3 hours`, `just now` */
export function formatRelative(at: string | Date, now: number = Date.now()): string {
  const seconds = (new Date(at).getTime() - now) / 1_000;
  for (const [unit, size] of steps) {
    // Days up to two weeks of hours: `36 hours ago` says more than `1 day ago`.
    const least = unit === 'day' ? 2 * size : size;
    if (Math.abs(seconds) >= least) return relative.format(Math.trunc(seconds / size), unit);
  }
  return seconds > 5 ? 'in less than a minute' : 'just now';
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h` */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1_000;
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return joined(minutes, 'min', whole % 60, 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return joined(hours, 'h', minutes % 60, 'min');
  return joined(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** The same for a guess, which has no tenths: `7 s`, `3 min 20 s` */
export function formatRough(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1_000);
  return seconds < 60 ? `${seconds} s` : formatDuration(seconds * 1_000);
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** How long a run took, or has taken so far; null before it began. */
export function durationOf(run: { startedAt: string | null; finishedAt: string | null }): number | null {
  if (run.startedAt === null) return null;
  const end = run.finishedAt === null ? Date.now() : new Date(run.finishedAt).getTime();
  return Math.max(0, end - new Date(run.startedAt).getTime());
}
