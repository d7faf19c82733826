import type { ScheduleSettings } from '../contract/schedule.ts';
import { cronFields, type CronField } from '../contract/cron.ts';

/** What of a schedule says when it is due. Whether it is enabled is for the caller to ask. */
export type DueSettings = Pick<
  ScheduleSettings,
  'frequency' | 'time' | 'dayOfWeek' | 'dayOfMonth' | 'cron' | 'timezone'
>;

/** The local times at which a schedule is due; what becomes of them in a zone is in due-times.ts. */
export interface DuePattern {
  /** Minutes since midnight, ascending. */
  minutesOfDay: number[];
  /** 1 to 12 */
  months: ReadonlySet<number>;
  /** Whether a day in one of the months is one; the UTC fields hold the local date. */
  isDueDay(date: Date): boolean;
  /** Named hours are times of the day; others go by real time: `*`, or `*` with a step above 1. */
  hours: 'named' | 'every' | 'stepped';
}

const minute = 60_000;
const day = 24 * 60 * minute;
/** A date on a weekday, 29 February too, comes again within 28 years, or 40 across one like 2100 without that day. */
const longestWait = 41 * 366 * day;

const [minuteField, hourField, dayOfMonthField, monthField, dayOfWeekField] = cronFields;

export function duePattern(schedule: DueSettings): DuePattern {
  if (schedule.frequency === 'cron') {
    if (schedule.cron === null) throw new TypeError('a cron schedule without a cron expression');
    return cronPattern(schedule.cron);
  }
  const [hour, minuteOfHour] = schedule.time.split(':').map(Number);
  if (schedule.frequency === 'hourly') return cronPattern(`${minuteOfHour} * * * *`);
  const daily = cronPattern(`${minuteOfHour} ${hour} * * *`);
  if (schedule.frequency === 'daily') return daily;
  if (schedule.frequency === 'weekly') {
    return { ...daily, isDueDay: (date) => date.getUTCDay() === schedule.dayOfWeek };
  }
  return { ...daily, isDueDay: (date) => date.getUTCDate() === dueDayOfMonth(schedule.dayOfMonth, date) };
}

/** @param expression has passed `cronProblem` */
function cronPattern(expression: string): DuePattern {
  const [minutes, hours, daysOfMonth, months, daysOfWeek] = expression.trim().toLowerCase().split(/\s+/) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const dueHours = fieldValues(hours, hourField);
  const dueMinutes = fieldValues(minutes, minuteField);
  const monthDays = new Set(fieldValues(daysOfMonth, dayOfMonthField));
  const weekDays = new Set(fieldValues(daysOfWeek, dayOfWeekField).map((value) => value % 7));
  // As in vixie cron a field that begins with a star restricts nothing, be it with a step.
  const either = !daysOfMonth.startsWith('*') && !daysOfWeek.startsWith('*');
  return {
    minutesOfDay: dueHours.flatMap((hour) => dueMinutes.map((past) => hour * 60 + past)),
    months: new Set(fieldValues(months, monthField)),
    isDueDay(date) {
      const inMonth = monthDays.has(date.getUTCDate());
      const inWeek = weekDays.has(date.getUTCDay());
      return either ? inMonth || inWeek : inMonth && inWeek;
    },
    hours: !hours.startsWith('*') ? 'named' : dueHours.length === 24 ? 'every' : 'stepped',
  };
}

function fieldValues(text: string, { from, to, names }: CronField): number[] {
  const values = new Set<number>();
  const valueOf = (name: string): number =>
    names.includes(name) ? from + names.indexOf(name) : Number(name);
  for (const item of text.split(',')) {
    const [range, step] = item.split('/') as [string, string?];
    const [low, high] = range === '*' ? [from, to] : (range.split('-').map(valueOf) as [number, number?]);
    const last = high ?? (step === undefined ? low : to);
    for (let value = low; value <= last; value += Number(step ?? 1)) values.add(value);
  }
  return [...values].toSorted((a, b) => a - b);
}

/** A day that the month of the date does not have is its last one. */
function dueDayOfMonth(wanted: number | 'last', date: Date): number {
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return wanted === 'last' ? last : Math.min(wanted, last);
}

/**
 * The first local time of the pattern at or after `from`; null when there never is. Local times are in
 * milliseconds, as if what the clock on the wall shows were UTC.
 */
export function nextLocalTime(pattern: DuePattern, from: number): number | null {
  const start = Math.ceil(from / minute) * minute;
  const end = start + longestWait;
  const minuteOfDay = (start - midnight(start)) / minute;
  for (let date = midnight(start); date < end; date = nextDate(pattern, date)) {
    const fields = new Date(date);
    if (!pattern.months.has(fields.getUTCMonth() + 1) || !pattern.isDueDay(fields)) continue;
    const earliest = date < start ? minuteOfDay : 0;
    const due = pattern.minutesOfDay.find((value) => value >= earliest);
    if (due !== undefined) return date + due * minute;
  }
  return null;
}

/** The next day, or the first of the next month when nothing of this one is due. */
function nextDate(pattern: DuePattern, date: number): number {
  const fields = new Date(date);
  if (pattern.months.has(fields.getUTCMonth() + 1)) return date + day;
  return Date.UTC(fields.getUTCFullYear(), fields.getUTCMonth() + 1, 1);
}

function midnight(local: number): number {
  return Math.floor(local / day) * day;
}
