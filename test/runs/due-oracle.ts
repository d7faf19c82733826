/**
 * When a schedule is due, found in the plainest way: one minute of real time after the other, each with what Intl
 * says the clock shows. It shares nothing with what it is there to check, the reading of cron expressions included.
 */
import type { DueSettings } from '../../src/schedule/due-times.ts';

const minute = 60_000;
/** No clock is set back by more than a day, so nothing before these minutes can have been due already. */
const lead = 26 * 60;

/** The instants in milliseconds, from `from` to before `to`, both whole half hours. */
export function oracleDueTimes(schedule: DueSettings, from: number, to: number): number[] {
  const start = from - lead * minute;
  const shown = readings(schedule.timezone, start, to);
  const isDue = localRule(schedule);
  const mode = modeOf(schedule);
  const found: number[] = [];
  let latest = shown[0]!;
  for (let index = 1; index < shown.length; index++) {
    const now = shown[index]!;
    const before = shown[index - 1]!;
    // Every minute from `since` on is due now, if it is due at all: this one, and what the clock has skipped.
    let since: number;
    if (mode === 'time of day') since = latest + 1;
    else if (mode === 'every hour') since = now + 1 - minutesPassed(before, now);
    else since = Math.min(before + 1, now);
    if (now > latest) latest = now;
    if (index >= lead && anyOf(isDue, since, now)) found.push(start + index * minute);
  }
  return found;
}

function anyOf(isDue: (local: number) => boolean, since: number, now: number): boolean {
  for (let local = since; local <= now; local++) if (isDue(local)) return true;
  return false;
}

/** How far the minute hand has come. It does not show whole hours. */
function minutesPassed(before: number, now: number): number {
  return minuteOfHour(now - before);
}

function minuteOfHour(local: number): number {
  return ((local % 60) + 60) % 60;
}

function hourOfDay(local: number): number {
  return ((Math.floor(local / 60) % 24) + 24) % 24;
}

function modeOf({ frequency, cron }: DueSettings): 'time of day' | 'every hour' | 'some hours' {
  if (frequency === 'hourly') return 'every hour';
  const hours = frequency === 'cron' ? cron!.split(' ')[1]! : '';
  if (!hours.startsWith('*')) return 'time of day';
  // Also `*/2,0-23`.
  const everyHour = allowed(hours, 0, 23).every(Boolean);
  return everyHour ? 'every hour' : 'some hours';
}

const known = new Map<string, Int32Array>();

/** What the clock shows in each minute, in minutes as if it were UTC. */
function readings(timezone: string, from: number, to: number): Int32Array {
  const key = [timezone, from, to].join();
  const found = known.get(key) ?? read(timezone, from, to);
  known.set(key, found);
  return found;
}

function read(timezone: string, from: number, to: number): Int32Array {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  const show = (instant: number): number => {
    const [month, day, year, hour, past] = format.format(instant).match(/\d+/g)!.map(Number);
    return Date.UTC(year!, month! - 1, day, hour, past) / minute;
  };
  const shown: number[] = [];
  let first = show(from);
  for (let block = from; block < to; block += 30 * minute) {
    const next = show(block + 30 * minute);
    // Where the clock goes through half an hour as it should, nobody needs to look at it each minute.
    const even = next === first + 30;
    for (let past = 0; past < 30; past++) shown.push(even ? first + past : show(block + past * minute));
    first = next;
  }
  return Int32Array.from(shown);
}

/** Whether the schedule names a local time, given in minutes as if it were UTC. */
function localRule(schedule: DueSettings): (local: number) => boolean {
  const [hour, past] = schedule.time.split(':').map(Number);
  const atTime = (local: number): boolean => minuteOfHour(local) === past && hourOfDay(local) === hour;
  switch (schedule.frequency) {
    case 'hourly':
      return (local) => minuteOfHour(local) === past;
    case 'daily':
      return atTime;
    case 'weekly':
      return (local) => atTime(local) && dateOf(local).getUTCDay() === schedule.dayOfWeek;
    case 'monthly':
      return (local) => atTime(local) && isDayOfMonth(dateOf(local), schedule.dayOfMonth);
    default:
      return cronRule(schedule.cron!);
  }
}

/** The UTC fields hold the local date. */
function dateOf(local: number): Date {
  return new Date(local * minute);
}

function isDayOfMonth(date: Date, wanted: number | 'last'): boolean {
  if (date.getUTCDate() === wanted) return true;
  const tomorrow = new Date(date.getTime() + 24 * 60 * minute);
  const isLast = tomorrow.getUTCDate() === 1;
  return isLast && (wanted === 'last' || wanted > date.getUTCDate());
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

function cronRule(expression: string): (local: number) => boolean {
  let text = expression.toLowerCase();
  for (const [position, name] of monthNames.entries()) text = text.replaceAll(name, String(position + 1));
  for (const [position, name] of dayNames.entries()) text = text.replaceAll(name, String(position));
  const [minutes, hours, daysOfMonth, months, daysOfWeek] = text.split(' ') as [
    string,
    string,
    string,
    string,
    string,
  ];
  const inMinutes = allowed(minutes, 0, 59);
  const inHours = allowed(hours, 0, 23);
  const inMonth = allowed(daysOfMonth, 1, 31);
  const inMonths = allowed(months, 1, 12);
  const inWeek = allowed(daysOfWeek, 0, 7);
  const both = daysOfMonth[0] === '*' || daysOfWeek[0] === '*';
  return (local) => {
    if (!inMinutes[minuteOfHour(local)] || !inHours[hourOfDay(local)]) return false;
    const date = dateOf(local);
    const byMonth = inMonth[date.getUTCDate()]!;
    const byWeek = inWeek[date.getUTCDay()]! || (date.getUTCDay() === 0 && inWeek[7]!);
    return inMonths[date.getUTCMonth() + 1]! && (both ? byMonth && byWeek : byMonth || byWeek);
  };
}

/** For each value of a field whether it is due. */
function allowed(field: string, lowest: number, highest: number): boolean[] {
  return Array.from({ length: highest + 1 }, (_, value) =>
    field.split(',').some((item) => covers(item, value, lowest, highest)),
  );
}

function covers(item: string, value: number, lowest: number, highest: number): boolean {
  const [, low, high, step] = /^(\*|\d+)(?:-(\d+))?(?:\/(\d+))?$/.exec(item)!;
  const begin = low === '*' ? lowest : Number(low);
  let end = begin;
  if (low === '*' || step !== undefined) end = highest;
  if (high !== undefined) end = Number(high);
  return value >= begin && value <= end && (value - begin) % Number(step ?? 1) === 0;
}
