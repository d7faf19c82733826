import fc from 'fast-check';
import type { DueSettings } from '../../src/schedule/due-times.ts';

/** A daily schedule at 02:30 in Copenhagen, where that time is skipped in spring and shown twice in autumn. */
export function schedule(changes: Partial<DueSettings> = {}): DueSettings {
  return {
    frequency: changes.cron === undefined ? 'daily' : 'cron',
    time: '02:30',
    dayOfWeek: 0,
    dayOfMonth: 1,
    cron: null,
    timezone: 'Europe/Copenhagen',
    ...changes,
  };
}

/** Days on which a clock was changed, is changed, or by the rules of today will be: each kind there has been. */
export const changeDays: [timezone: string, date: string][] = [
  ['Europe/Copenhagen', '2026-03-29'],
  ['Europe/Copenhagen', '2026-10-25'],
  ['America/New_York', '2026-03-08'],
  ['America/New_York', '2026-11-01'],
  ['Australia/Lord_Howe', '2026-10-03'],
  ['Australia/Lord_Howe', '2026-04-04'],
  ['Africa/Cairo', '2026-04-24'], // skips midnight
  ['America/Havana', '2026-11-01'], // shows midnight twice
  ['America/Santiago', '2026-04-05'], // from midnight back to the day before
  ['America/St_Johns', '2006-10-29'], // a minute after midnight back to the day before
  ['Antarctica/Troll', '2026-03-29'], // by two hours
  ['Africa/Casablanca', '2025-02-23'], // winter time in the month of Ramadan
  ['America/Recife', '2000-10-15'], // a week after the change before
  ['Pacific/Chatham', '2026-04-04'], // 45 minutes beside the others
  ['Asia/Kathmandu', '1985-12-31'], // once, by 15 minutes
  ['Asia/Pyongyang', '2015-08-14'], // once, back by 30 minutes
  ['America/Caracas', '2016-05-01'], // once, on by 30 minutes
  ['Pacific/Apia', '2011-12-30'], // this day was left out
  ['Pacific/Kwajalein', '1969-09-30'], // this one came twice
  ['UTC', '2026-12-31'],
];

const day = 24 * 3_600_000;

/** A zone with a few days around a change of its clock, in milliseconds. */
export const changeWindows = fc.constantFrom(...changeDays).map(([timezone, date]) => ({
  timezone,
  from: Date.parse(date) - 2 * day,
  to: Date.parse(date) + 4 * day,
}));

function cronItem(from: number, to: number, names: string[] = []): fc.Arbitrary<string> {
  const value = fc.integer({ min: from, max: to });
  const text = (number: number): string => names[number] ?? String(number);
  // 7 is Sunday once more.
  const last = to === 7 ? 6 : to;
  const any = fc.oneof(
    fc.constant({ range: '*', span: last - from }),
    value.map((only) => ({ range: text(only), span: Math.max(0, last - only) })),
    fc.tuple(value, value).map(([a, b]) => ({
      range: `${text(Math.min(a, b))}-${text(Math.max(a, b))}`,
      span: Math.abs(a - b),
    })),
  );
  return any.chain(({ range, span }) => {
    const step = fc.integer({ min: 1, max: Math.max(1, span) }).map((number) => `${range}/${number}`);
    return fc.oneof({ weight: 2, arbitrary: fc.constant(range) }, step);
  });
}

function cronField(from: number, to: number, names?: string[]): fc.Arbitrary<string> {
  return fc.array(cronItem(from, to, names), { minLength: 1, maxLength: 3 }).map((items) => items.join(','));
}

function mostly(text: string, other: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(text) }, { weight: 2, arbitrary: other });
}

const monthNames = ['', 'jan', 'feb', 'Mar', 'apr', 'may', 'jun', 'jul', 'aug', 'SEP', 'oct', 'nov', 'dec'];
const dayNames = ['sun', 'mon', 'TUE', 'wed', 'thu', 'fri', 'Sat'];
/** Every second one with the hours in which most clocks are changed. */
const hourField = fc.oneof(
  cronField(0, 23),
  fc.constantFrom('0', '1', '2', '1-3', '0,2', '*', '*/1', '*/2', '*/6'),
);

export const cronExpressions: fc.Arbitrary<string> = fc
  .tuple(
    cronField(0, 59),
    hourField,
    mostly('*', cronField(1, 31)),
    mostly('*', cronField(1, 12, monthNames)),
    mostly('*', cronField(0, 7, dayNames)),
  )
  .map((fields) => fields.join(' '));

const pad = (value: number): string => String(value).padStart(2, '0');

export const times: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 23 })),
    fc.integer({ min: 0, max: 59 }),
  )
  .map(([hour, minute]) => `${pad(hour)}:${pad(minute)}`);

/** Any schedule, without its zone. */
export const anySchedule = fc.record({
  frequency: fc.constantFrom('hourly', 'daily', 'weekly', 'monthly', 'cron', 'cron', 'cron'),
  time: times,
  dayOfWeek: fc.integer({ min: 0, max: 6 }),
  dayOfMonth: fc.oneof(fc.integer({ min: 1, max: 31 }), fc.constant('last' as const)),
  cron: cronExpressions,
});
