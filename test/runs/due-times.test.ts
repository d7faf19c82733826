import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  dueTimes,
  lastDueTime,
  localTime,
  missedBetween,
  nextDueTime,
  previewDueTimes,
  type DueSettings,
} from '../../src/schedule/due-times.ts';
import { schedule } from './due-schedules.ts';

const utc = { timezone: 'UTC' } as const;

/** The next runs as an operator sees them: `03-29 03:00 +02:00, moved`. */
function preview(settings: DueSettings, after: string, count: number): string[] {
  return previewDueTimes(settings, new Date(after), count).map(({ local, showing, moved }) => {
    const [, text, offset] = /^\d{4}-(.*):00([+-].*)$/.exec(local)!;
    const marks = [moved ? 'moved' : null, showing].filter((mark) => mark !== null);
    return [`${text!.replace('T', ' ')} ${offset}`, ...marks].join(', ');
  });
}

/** The dates of the next four runs: `03-29`. */
function dates(settings: DueSettings, after: string): string[] {
  return preview(settings, after, 4).map((text) => text.slice(0, 'MM-DD'.length));
}

function monthly(dayOfMonth: number | 'last'): DueSettings {
  return schedule({ ...utc, frequency: 'monthly', dayOfMonth });
}

function cron(expression: string): DueSettings {
  return schedule({ ...utc, cron: expression });
}

function read(at: string, timezone: string): [string, string | null] {
  const { local, showing } = localTime(new Date(at), timezone);
  return [local, showing];
}

function count(settings: DueSettings, after: string, until: string): number {
  return [...dueTimes(settings, new Date(after), new Date(until))].length;
}

test('the next run is after the moment that is asked about, never at it', () => {
  const settings = schedule(utc);
  const due = new Date('2026-05-01T02:30:00.000Z');
  assert.deepEqual(nextDueTime(settings, new Date(due.getTime() - 1)), due);
  assert.deepEqual(nextDueTime(settings, due), new Date('2026-05-02T02:30:00.000Z'));
  assert.deepEqual([...dueTimes(settings, new Date(due.getTime() - 1), due)], [due]);
});

test('hourly at the minute, weekly on the weekday', () => {
  const hourly = schedule({ ...utc, frequency: 'hourly', time: '17:20' });
  assert.deepEqual(preview(hourly, '2026-12-31T22:20Z', 3), [
    '12-31 23:20 +00:00',
    '01-01 00:20 +00:00',
    '01-01 01:20 +00:00',
  ]);
  const sundays = schedule({ ...utc, frequency: 'weekly', dayOfWeek: 0 });
  assert.deepEqual(preview(sundays, '2026-10-20T00:00Z', 2), ['10-25 02:30 +00:00', '11-01 02:30 +00:00']);
});

test('monthly: a day that the month does not have is its last one', () => {
  assert.deepEqual(dates(monthly(31), '2027-12-31T12:00Z'), ['01-31', '02-29', '03-31', '04-30']);
  assert.deepEqual(dates(monthly('last'), '2026-12-31T12:00Z'), ['01-31', '02-28', '03-31', '04-30']);
  assert.deepEqual(dates(monthly(29), '2027-01-01T12:00Z'), ['01-29', '02-28', '03-29', '04-29']);
  assert.deepEqual(dates(monthly(1), '2026-11-01T12:00Z'), ['12-01', '01-01', '02-01', '03-01']);
});

test('a year has as many runs as it has days, hours, months', () => {
  for (const timezone of ['UTC', 'Europe/Copenhagen', 'America/New_York', 'Australia/Lord_Howe']) {
    const year = ['2023-12-31T23:59Z', '2024-12-31T23:59Z'] as const;
    assert.equal(count(schedule({ timezone }), ...year), 366, timezone);
    assert.equal(count(schedule({ timezone, frequency: 'weekly' }), ...year), 52, timezone);
    assert.equal(count(schedule({ timezone, frequency: 'monthly', dayOfMonth: 31 }), ...year), 12, timezone);
    // Lord Howe: two hours in a year are half as long and have a run all the same.
    const hours = timezone === 'Australia/Lord_Howe' ? 8785 : 8784;
    assert.equal(count(schedule({ timezone, frequency: 'hourly' }), ...year), hours, timezone);
  }
});

test('a time that the clock skips is due when it does so', () => {
  const moved = ['03-28 02:30 +01:00', '03-29 03:00 +02:00, moved', '03-30 02:30 +02:00'];
  assert.deepEqual(preview(schedule(), '2026-03-28T00:00Z', 3), moved);
  assert.deepEqual(preview(schedule({ cron: '30 2 * * *' }), '2026-03-28T00:00Z', 3), moved);
  const weekly = schedule({ frequency: 'weekly', dayOfWeek: 0 });
  assert.deepEqual(preview(weekly, '2026-03-28T00:00Z', 1), moved.slice(1, 2));
  const onThe29th = schedule({ frequency: 'monthly', dayOfMonth: 29 });
  assert.deepEqual(preview(onThe29th, '2026-03-28T00:00Z', 1), moved.slice(1, 2));
  const cairo = schedule({ time: '00:15', timezone: 'Africa/Cairo' });
  assert.deepEqual(preview(cairo, '2026-04-23T12:00Z', 2), [
    '04-24 01:00 +03:00, moved',
    '04-25 00:15 +03:00',
  ]);
});

test('several times that the clock skips are one run, and one that falls on it is not moved', () => {
  assert.deepEqual(preview(schedule({ cron: '*/20 2 * * *' }), '2026-03-28T22:00Z', 2), [
    '03-29 03:00 +02:00, moved',
    '03-30 02:00 +02:00',
  ]);
  assert.deepEqual(preview(schedule({ cron: '0,30 2-3 * * *' }), '2026-03-28T22:00Z', 2), [
    '03-29 03:00 +02:00',
    '03-29 03:30 +02:00',
  ]);
});

test('a time that the clock shows twice is due the first time', () => {
  const first = ['10-24 02:30 +02:00', '10-25 02:30 +02:00, first', '10-26 02:30 +01:00'];
  assert.deepEqual(preview(schedule(), '2026-10-24T00:00Z', 3), first);
  assert.deepEqual(preview(schedule({ cron: '30 2 * * *' }), '2026-10-24T00:00Z', 3), first);
  const beforeMidnight = schedule({ time: '23:30', timezone: 'America/Santiago' });
  assert.deepEqual(preview(beforeMidnight, '2026-04-04T12:00Z', 2), [
    '04-04 23:30 -03:00, first',
    '04-05 23:30 -04:00',
  ]);
});

test('every hour: no hour is left out and none has two runs', () => {
  for (const settings of [schedule({ frequency: 'hourly' }), schedule({ cron: '30 * * * *' })]) {
    assert.deepEqual(preview(settings, '2026-03-29T00:00Z', 3), [
      '03-29 01:30 +01:00',
      '03-29 03:30 +02:00',
      '03-29 04:30 +02:00',
    ]);
    assert.deepEqual(preview(settings, '2026-10-24T23:00Z', 4), [
      '10-25 01:30 +02:00',
      '10-25 02:30 +02:00, first',
      '10-25 02:30 +01:00, second',
      '10-25 03:30 +01:00',
    ]);
  }
});

test('every hour where the clock is changed by half an hour: minutes that it jumps over are due at the change', () => {
  const quarterPast = schedule({ frequency: 'hourly', time: '00:15', timezone: 'Australia/Lord_Howe' });
  assert.deepEqual(preview(quarterPast, '2026-10-03T14:00Z', 3), [
    '10-04 01:15 +10:30',
    '10-04 02:30 +11:00, moved',
    '10-04 03:15 +11:00',
  ]);
  assert.deepEqual(preview(quarterPast, '2026-04-04T14:00Z', 3), [
    '04-05 01:15 +11:00',
    '04-05 01:30 +10:30, moved, second',
    '04-05 02:15 +10:30',
  ]);
  const quarterHours = schedule({ cron: '*/15 * * * *', timezone: 'Australia/Lord_Howe' });
  for (const night of ['2026-10-03', '2026-04-04'])
    assert.equal(count(quarterHours, `${night}T11:59Z`, `${night}T19:59Z`), 8 * 4);
});

test('every few hours: what is skipped is due at the change, what is shown twice is due twice', () => {
  const settings = schedule({ cron: '0 */2 * * *' });
  assert.deepEqual(preview(settings, '2026-03-28T22:59Z', 3), [
    '03-29 00:00 +01:00',
    '03-29 03:00 +02:00, moved',
    '03-29 04:00 +02:00',
  ]);
  assert.deepEqual(preview(settings, '2026-10-24T22:01Z', 3), [
    '10-25 02:00 +02:00, first',
    '10-25 02:00 +01:00, second',
    '10-25 04:00 +01:00',
  ]);
});

test('a day that a zone leaves out', () => {
  const zone = { timezone: 'Pacific/Apia' };
  assert.deepEqual(preview(schedule(zone), '2011-12-29T00:00Z', 3), [
    '12-29 02:30 -10:00',
    '12-31 00:00 +14:00, moved',
    '12-31 02:30 +14:00',
  ]);
  assert.deepEqual(preview(schedule({ ...zone, frequency: 'hourly' }), '2011-12-30T09:00Z', 2), [
    '12-29 23:30 -10:00',
    '12-31 00:30 +14:00',
  ]);
});

test('cron: with a day of the month and a weekday, either will do; a star restricts nothing', () => {
  const after = '2026-02-01T12:00Z';
  assert.deepEqual(dates(cron('0 0 13 * FRI'), after), ['02-06', '02-13', '02-20', '02-27']);
  assert.deepEqual(dates(cron('0 0 10,11 * mon'), after), ['02-02', '02-09', '02-10', '02-11']);
  assert.deepEqual(dates(cron('0 0 * * 7'), after), ['02-08', '02-15', '02-22', '03-01']);
  assert.deepEqual(dates(cron('0 0 */10 * *'), after), ['02-11', '02-21', '03-01', '03-11']);
  assert.deepEqual(dates(cron('0 0 */2 * mon'), after), ['02-09', '02-23', '03-09', '03-23']);
  assert.deepEqual(dates(cron('0 0 20/5 feb,APR *'), after), ['02-20', '02-25', '04-20', '04-25']);
});

test('cron: 29 February is due in leap years, 31 February never', () => {
  const leapDays = [...dueTimes(cron('0 0 29 2 *'), new Date('2089-01-01'), new Date('2109-01-01'))];
  assert.deepEqual(
    leapDays.map((at) => at.getUTCFullYear()),
    [2092, 2096, 2104, 2108],
  );
  const never = schedule({ cron: '0 0 31 2 *' });
  assert.equal(nextDueTime(never, new Date('2026-01-01')), null);
  assert.deepEqual(previewDueTimes(never, new Date('2026-01-01'), 20), []);
  assert.deepEqual(missedBetween(never, new Date('2016-01-01'), new Date('2026-01-01'), 10), {
    count: 0,
    latest: null,
  });
});

test('runs missed in ten years are counted up to the limit; the latest one is known all the same', () => {
  const [after, until] = [new Date('2016-01-01T00:30Z'), new Date('2026-01-01T00:30Z')];
  const everyMinute = cron('* * * * *');
  const began = performance.now();
  assert.deepEqual(missedBetween(everyMinute, after, until, 1000), { count: 1000, latest: until });
  assert.ok(performance.now() - began < 1000, 'it did not look at each of them');
  const hourly = schedule({ ...utc, frequency: 'hourly' });
  assert.deepEqual(missedBetween(hourly, after, until, 100_000), { count: 87_672, latest: until });
  const once = cron('0 0 29 2 *');
  assert.deepEqual(lastDueTime(once, after, until), new Date('2024-02-29'));
  assert.equal(lastDueTime(once, new Date('2024-02-29'), until), null);
});

test('what a clock shows, and which of two times it is', () => {
  const [copenhagen, lordHowe] = ['Europe/Copenhagen', 'Australia/Lord_Howe'];
  assert.deepEqual(read('2026-10-24T23:59:59Z', copenhagen), ['2026-10-25T01:59:59+02:00', null]);
  assert.deepEqual(read('2026-10-25T00:00:00Z', copenhagen), ['2026-10-25T02:00:00+02:00', 'first']);
  assert.deepEqual(read('2026-10-25T00:59:59Z', copenhagen), ['2026-10-25T02:59:59+02:00', 'first']);
  assert.deepEqual(read('2026-10-25T01:00:00Z', copenhagen), ['2026-10-25T02:00:00+01:00', 'second']);
  assert.deepEqual(read('2026-10-25T02:00:00Z', copenhagen), ['2026-10-25T03:00:00+01:00', null]);
  assert.deepEqual(read('2026-03-29T01:00:00Z', copenhagen), ['2026-03-29T03:00:00+02:00', null]);
  assert.deepEqual(read('2026-04-04T15:10:00Z', lordHowe), ['2026-04-05T01:40:00+10:30', 'second']);
  assert.deepEqual(read('2026-01-01T00:00:00Z', 'Asia/Kathmandu'), ['2026-01-01T05:45:00+05:45', null]);
  assert.deepEqual(read('2026-01-01T00:00:00Z', 'America/St_Johns'), ['2025-12-31T20:30:00-03:30', null]);
  assert.deepEqual(read('1971-06-01T00:00:00Z', 'Africa/Monrovia'), ['1971-05-31T23:15:30-00:44:30', null]);
  assert.deepEqual(read('2026-07-01T00:00:00Z', 'UTC'), ['2026-07-01T00:00:00+00:00', null]);
});
