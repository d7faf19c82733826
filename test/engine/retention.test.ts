import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { decideRetention } from '../../src/retention/retention.ts';
import { describeRetentionReason } from '../../src/retention/words.ts';
import { backup, keptDates, keptOf, moment, nightly, outcome } from './retention-histories.ts';

const now = '2026-11-21 12:00';

test('without a rule nothing is deleted', () => {
  const backups = nightly('2026-11-21', 1000);
  assert.equal(keptOf(backups, {}, now).length, 1000);
  const none = { retentionDays: null, maxBackups: null, keepDaily: null, keepMonthly: 0 };
  assert.equal(keptOf(backups, none, now).length, 1000);
  assert.equal(outcome(backups[999]!, backups, none, now), 'keep: nothing in the policy limits it');
});

test('retentionDays deletes what is older, to the millisecond', () => {
  const newest = backup('2026-11-21 02:00');
  const justWithin = backup('2026-11-14 12:00');
  const justTooOld = backup('2026-11-14 11:59:59.999');
  const backups = [newest, justWithin, justTooOld];
  assert.deepEqual(keptOf(backups, { retentionDays: 7 }, now), [newest, justWithin]);
  assert.equal(outcome(justWithin, backups, { retentionDays: 7 }, now), 'keep: not older than 7 days');
  assert.equal(outcome(justTooOld, backups, { retentionDays: 7 }, now), 'delete: older than 7 days');
});

test('maxBackups keeps the newest so many', () => {
  const backups = nightly('2026-11-21', 5);
  assert.deepEqual(keptDates(backups, { maxBackups: 3 }, now), ['2026-11-21', '2026-11-20', '2026-11-19']);
  assert.equal(
    outcome(backups[3]!, backups, { maxBackups: 3 }, now),
    'delete: number 4 from the newest, of at most 3',
  );
});

test('of both limits the tighter one decides, and all that a backup is beyond are told', () => {
  const backups = nightly('2026-11-21', 10);
  assert.equal(keptOf(backups, { retentionDays: 4, maxBackups: 8 }, now).length, 4);
  assert.equal(keptOf(backups, { retentionDays: 8, maxBackups: 4 }, now).length, 4);
  const policy = { retentionDays: 4, maxBackups: 8 };
  assert.equal(
    outcome(backups[1]!, backups, policy, now),
    'keep: not older than 4 days, and number 2 from the newest, of at most 8',
  );
  assert.equal(outcome(backups[6]!, backups, policy, now), 'delete: older than 4 days');
  assert.equal(
    outcome(backups[9]!, backups, policy, now),
    'delete: older than 4 days; number 10 from the newest, of at most 8',
  );
});

test('keepDaily keeps the newest of each of the last days that have one', () => {
  const backups = [
    backup('2026-11-21 11:00'),
    backup('2026-11-21 02:00'),
    backup('2026-11-20 23:59'),
    backup('2026-11-20 00:00'),
    // Nothing for a week: days without a backup are not counted.
    backup('2026-11-12 02:00'),
    backup('2026-11-11 02:00'),
  ];
  assert.deepEqual(keptOf(backups, { keepDaily: 3 }, now), [backups[0], backups[2], backups[4]]);
  assert.equal(
    outcome(backups[4]!, backups, { keepDaily: 3 }, now),
    'keep: the newest of 2026-11-12 (daily 3 of 3)',
  );
  assert.equal(
    outcome(backups[1]!, backups, { keepDaily: 3 }, now),
    'delete: not chosen for any hour, day, week, month or year',
  );
});

test('the examples of docs/RETENTION.md are true', () => {
  const page = fs.readFileSync(path.resolve(import.meta.dirname, '../../docs/RETENTION.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-zA-Z:0-9, ]+)` \| ([0-9]+): (.*) \|$/gm)];
  assert.equal(rows.length, 6);
  const backups = nightly('2026-11-21', 365);
  for (const [, settings, count, words] of rows) {
    const policy = Object.fromEntries(
      settings!.split(', ').map((setting) => [setting.split(': ')[0], Number(setting.split(': ')[1])]),
    );
    const kept = keptDates(backups, policy, now).map((date) => date.slice(5));
    assert.equal(kept.length, Number(count), settings);
    for (const [date] of words!.matchAll(/[0-9]{2}-[0-9]{2}/g))
      assert.ok(kept.includes(date), `${settings} ${date}`);
  }
});

test('grandfather, father and son: a year of nights', () => {
  const backups = nightly('2026-11-21', 365);
  const policy = { keepDaily: 3, keepWeekly: 3, keepMonthly: 4, keepYearly: 2 };
  assert.deepEqual(keptDates(backups, policy, now), [
    '2026-11-21',
    '2026-11-20',
    '2026-11-19',
    '2026-11-15',
    '2026-11-08',
    '2026-10-31',
    '2026-09-30',
    '2026-08-31',
    '2025-12-31',
  ]);
  assert.equal(
    outcome(backups[0]!, backups, policy, now),
    'keep: the last good backup; the last good full backup; the last good backup of schedule "nightly"; ' +
      'the newest of 2026-11-21 (daily 1 of 3); the newest of 2026-W47 (weekly 1 of 3); ' +
      'the newest of 2026-11 (monthly 1 of 4); the newest of 2026 (yearly 1 of 2)',
  );
});

test('weeks start on Monday, and the first days of a year may belong to a week of the last', () => {
  const backups = nightly('2027-01-05', 10);
  // 2026-12-27 is a Sunday; 2027-01-03, the next, ends week 53 of 2026.
  assert.deepEqual(keptDates(backups, { keepWeekly: 3 }, '2027-01-05 12:00'), [
    '2027-01-05',
    '2027-01-03',
    '2026-12-27',
  ]);
  assert.equal(
    outcome(backups[2]!, backups, { keepWeekly: 3 }, '2027-01-05 12:00'),
    'keep: the newest of 2026-W53 (weekly 2 of 3)',
  );
  // 2024-12-30 is a Monday, and starts week 1 of 2025.
  const other = nightly('2025-01-02', 10);
  assert.deepEqual(keptDates(other, { keepWeekly: 2 }, '2025-01-02 12:00'), ['2025-01-02', '2024-12-29']);
  assert.match(
    outcome(other[0]!, other, { keepWeekly: 2 }, '2025-01-02 12:00'),
    /2025-W01 \(weekly 1 of 2\)/,
  );
});

test('days are those of the time zone', () => {
  const evening = backup('2026-11-20 22:30');
  const night = backup('2026-11-20 23:30');
  const backups = [evening, night];
  const day = (timezone: string | null): unknown => keptOf(backups, { keepDaily: 5, timezone }, now);
  assert.deepEqual(day(null), [night]);
  assert.deepEqual(day('UTC'), [night]);
  assert.deepEqual(day('Europe/Zurich'), [night, evening]);
  assert.deepEqual(day('America/Los_Angeles'), [night]);
  const hour = (timezone: string): string =>
    outcome(evening, backups, { keepHourly: 5, timezone }, now).replace('keep: the newest of ', '');
  assert.equal(hour('Asia/Kathmandu'), '2026-11-21 04:00+05:45 (hourly 2 of 5)');
  assert.equal(hour('America/St_Johns'), '2026-11-20 19:00-03:30 (hourly 2 of 5)');
});

test('the hour that the clock shows twice in autumn is two hours', () => {
  const summer = backup('2026-10-25 02:30+02:00');
  const winter = backup('2026-10-25 02:30+01:00');
  const backups = [summer, winter];
  const policy = { keepHourly: 2, timezone: 'Europe/Zurich' };
  assert.deepEqual(keptOf(backups, policy, now), [winter, summer]);
  assert.equal(
    outcome(summer, backups, policy, now),
    'keep: the newest of 2026-10-25 02:00+02:00 (hourly 2 of 2)',
  );
});

test('a day ends at midnight, whether it has 23 hours or 25', () => {
  const policy = { keepDaily: 9, timezone: 'Europe/Zurich' };
  const spring = [
    '2026-03-28 23:59+01:00',
    '2026-03-29 00:00+01:00',
    '2026-03-29 23:59+02:00',
    '2026-03-30 00:00+02:00',
  ];
  const autumn = [
    '2026-10-24 23:59+02:00',
    '2026-10-25 00:00+02:00',
    '2026-10-25 23:59+01:00',
    '2026-10-26 00:00+01:00',
  ];
  for (const times of [spring, autumn]) {
    const [before, first, last, after] = times.map((time) => backup(time));
    assert.deepEqual(keptOf([before!, first!, last!, after!], policy, now), [after, last, before]);
  }
});

test('with limits and period rules, all within the limits stays, and beyond them what a rule chose', () => {
  const backups = nightly('2026-11-21', 100);
  const policy = { retentionDays: 3, keepMonthly: 3 };
  assert.deepEqual(keptDates(backups, policy, now), [
    '2026-11-21',
    '2026-11-20',
    '2026-11-19',
    '2026-10-31',
    '2026-09-30',
  ]);
  assert.deepEqual(keptDates(backups, { maxBackups: 2, keepMonthly: 2 }, now), [
    '2026-11-21',
    '2026-11-20',
    '2026-10-31',
  ]);
  assert.equal(
    outcome(backups[3]!, backups, policy, now),
    'delete: older than 3 days; not chosen for any hour, day, week, month or year',
  );
});

test('within a period a full backup goes before a newer partial one', () => {
  const fulls = nightly('2026-11-21', 3, { scheduleName: null });
  const orders = nightly('2026-11-21', 4, { type: 'partial', scheduleName: 'orders' }).map((each) => ({
    ...each,
    createdAt: new Date(each.createdAt.getTime() + 60 * 60 * 1000),
  }));
  // The last of the schedule, three full ones, and the partial one of a day that has no full one.
  const backups = [...fulls, ...orders];
  assert.deepEqual(keptOf(backups, { keepDaily: 4 }, now), [orders[0], ...fulls, orders[3]]);
  assert.equal(
    outcome(fulls[1]!, backups, { keepDaily: 4 }, now),
    'keep: kept for 2026-11-20 (daily 2 of 4), because newer ones are partial or were taken before a restore',
  );
});

test('of two backups of the same moment the larger id is the newer', () => {
  const time = '2026-11-20 02:00';
  const backups = [backup(time, { id: 9001 }), backup(time, { id: 9010 }), backup(time, { id: 9009 })];
  for (const policy of [{ maxBackups: 1 }, { keepDaily: 1 }, { retentionDays: 0 }]) {
    assert.deepEqual(
      keptOf(backups, policy, now).map(({ id }) => id),
      [9010],
    );
  }
});

test('the totals count what is kept and deleted, and its bytes', () => {
  const backups = [
    ...nightly('2026-11-21', 5),
    backup('2026-01-01', { status: 'failed', storedBytes: null }),
  ];
  const { totals } = decideRetention(backups, { maxBackups: 2 }, moment(now));
  assert.deepEqual(totals, { kept: 2, deleted: 4, deletedBytes: 3000 });
  assert.deepEqual(decideRetention([], { maxBackups: 2 }, moment(now)), {
    decisions: [],
    totals: { kept: 0, deleted: 0, deletedBytes: 0 },
  });
});

test('an unknown time zone is an error, not a decision', () => {
  const policy = { keepDaily: 1, timezone: 'Mars/Olympus' };
  assert.throws(() => decideRetention(nightly('2026-11-21', 3), policy, moment(now)), RangeError);
});

test('one day is one day', () => {
  assert.equal(describeRetentionReason({ code: 'too-old', retentionDays: 1 }), 'older than 1 day');
});

test('a hundred thousand backups are decided at once, with one clock', (t) => {
  const clocks = t.mock.method(Intl, 'DateTimeFormat');
  const start = moment(now).getTime();
  const backups = Array.from({ length: 100_000 }, (_, hours) =>
    backup(new Date(start - hours * 3_600_000).toISOString()),
  );
  const policy = { keepHourly: 24, keepDaily: 7, keepMonthly: 12, keepYearly: 10, timezone: 'Europe/Vaduz' };
  const began = performance.now();
  assert.equal(keptOf(backups, policy, now).length, 24 + 5 + 11 + 8);
  // Takes a third of a second; what compares every backup with every other takes minutes.
  assert.ok(performance.now() - began < 20_000);
  // A zone of this test alone: a clock that was made before would be used again.
  assert.equal(clocks.mock.callCount(), 1);
});

test('backups of roles and tablespaces are decided about among themselves', () => {
  const globals = { type: 'globals' } as const;
  const data = nightly('2026-11-21', 4);
  const roles = nightly('2026-11-21', 4, globals);
  const kept = keptOf([...data, ...roles], { maxBackups: 2, keepMinimum: 3 }, now);
  assert.deepEqual(
    kept.map(({ id }) => id).toSorted((a, b) => a - b),
    [...data.slice(0, 3), ...roles.slice(0, 3)].map(({ id }) => id).toSorted((a, b) => a - b),
  );
  // The last good backup of the data stays, however many newer ones there are of the other kind.
  const old = backup('2025-01-01 02:00');
  const lone = keptOf([old, ...roles], { retentionDays: 2 }, now);
  assert.deepEqual(lone.includes(old), true);
  assert.equal(lone.length, 3);
});
