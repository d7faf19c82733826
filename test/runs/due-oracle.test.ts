import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cronProblem } from '../../src/contract/cron.ts';
import {
  dueTimes,
  lastDueTime,
  missedBetween,
  nextDueTime,
  type DueSettings,
} from '../../src/schedule/due-times.ts';
import { oracleDueTimes } from './due-oracle.ts';
import { anySchedule, changeDays, changeWindows, cronExpressions, schedule } from './due-schedules.ts';

/** Due from `from` to before `to`, in milliseconds. */
function dueBetween(settings: DueSettings, from: number, to: number): number[] {
  return [...dueTimes(settings, new Date(from - 1), new Date(to - 1))].map((at) => at.getTime());
}

/** Fails with the first difference, not with thousands of instants. */
function assertSame(found: number[], expected: number[], what: string): void {
  const length = Math.max(found.length, expected.length);
  for (let index = 0; index < length; index++) {
    if (found[index] === expected[index]) continue;
    assert.fail(`${what}: run ${index} is ${instant(found[index])}, not ${instant(expected[index])}`);
  }
}

function instant(at: number | undefined): string {
  return at === undefined ? 'nothing' : new Date(at).toISOString();
}

const everyFrequency: Partial<DueSettings>[] = [
  { frequency: 'hourly', time: '00:00' },
  { frequency: 'hourly', time: '00:15' },
  { frequency: 'hourly', time: '00:45' },
  { frequency: 'daily', time: '00:00' },
  { frequency: 'daily', time: '02:00' },
  { frequency: 'daily', time: '02:15' },
  { frequency: 'daily', time: '01:45' },
  { frequency: 'weekly', time: '02:30', dayOfWeek: 0 },
  { frequency: 'weekly', time: '23:59', dayOfWeek: 6 },
  { frequency: 'monthly', time: '02:30', dayOfMonth: 1 },
  { frequency: 'monthly', time: '02:30', dayOfMonth: 29 },
  { frequency: 'monthly', time: '00:00', dayOfMonth: 31 },
  { frequency: 'monthly', time: '23:59', dayOfMonth: 'last' },
  { cron: '*/15 * * * *' },
  { cron: '10 */2 * * *' },
  { cron: '0 */6 * * *' },
  { cron: '5,35 1-3 * * *' },
  { cron: '30 2 13 * fri' },
  { cron: '0 0 29 2 *' },
  { cron: '0 12 31 dec *' },
];

for (const timezone of ['UTC', 'Europe/Copenhagen', 'America/New_York', 'Australia/Lord_Howe']) {
  test(`2024 to 2028 in ${timezone}: exactly the runs that are due`, () => {
    const [from, to] = [Date.UTC(2024, 0, 1), Date.UTC(2029, 0, 1)];
    for (const changes of everyFrequency) {
      const settings = schedule({ ...changes, timezone });
      const expected = oracleDueTimes(settings, from, to);
      assert.ok(expected.length > 0);
      assertSame(dueBetween(settings, from, to), expected, JSON.stringify(changes));
    }
  });
}

test('any schedule around any change of a clock: what the plain walk through the minutes finds', () => {
  let due = 0;
  fc.assert(
    fc.property(anySchedule, changeWindows, (settings, { timezone, from, to }) => {
      const expected = oracleDueTimes({ ...settings, timezone }, from, to);
      assertSame(dueBetween({ ...settings, timezone }, from, to), expected, 'due');
      if (expected.length > 0) due++;
    }),
    { numRuns: 1000 },
  );
  assert.ok(due > 300, `only ${due} schedules were due at all`);
});

test('the cron expressions of these tests are ones that are accepted', () => {
  fc.assert(fc.property(cronExpressions, (expression) => cronProblem(expression) === null));
});

/** A schedule with the instants at which it is due in a window. */
const dueLists = fc.tuple(anySchedule, changeWindows).map(([fields, { timezone, from, to }]) => {
  const settings: DueSettings = { ...fields, timezone };
  return { settings, from, to, list: dueBetween(settings, from, to) };
});
const fractions = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 });

test('each run is later than the one before', () => {
  fc.assert(
    fc.property(dueLists, ({ list }) => list.every((at, index) => index === 0 || at > list[index - 1]!)),
  );
});

test('where one starts makes no difference, whichever way the clock of the machine is set between', () => {
  fc.assert(
    fc.property(dueLists, fractions, ({ settings, from, to, list }, starts) => {
      const instants = starts.map((part) => Math.floor(from + part * (to - from)));
      for (const after of [...instants, ...list.slice(0, 5)]) {
        const expected = list.find((at) => at > after);
        const next = nextDueTime(settings, new Date(after))?.getTime();
        if (expected === undefined) assert.ok(next === undefined || next >= to);
        else assert.equal(next, expected);
        assertSame(
          dueBetween(settings, after, to),
          list.filter((at) => at >= after),
          'from there',
        );
      }
    }),
  );
});

test('the same runs follow from each half hour of the days before a change', () => {
  const halfHour = 30 * 60_000;
  for (const [timezone, date] of changeDays) {
    const change = Date.parse(date);
    const to = change + 36 * 2 * halfHour;
    // The third: in Santiago its last run in the year is in the hour that comes twice.
    for (const cron of ['30 0-3 * * *', '0 */2 * * *', '15 * 4 4 *']) {
      const settings = schedule({ cron, timezone });
      const expected = oracleDueTimes(settings, change - 72 * 2 * halfHour, to);
      for (let from = change - 72 * 2 * halfHour; from < change; from += halfHour) {
        const rest = expected.filter((at) => at >= from);
        assertSame(dueBetween(settings, from, to), rest, `${timezone} ${instant(from)}`);
      }
    }
  }
});

test('who remembers the last run and looks at a clock that goes back and forth runs each once', () => {
  fc.assert(
    fc.property(dueLists, fractions, ({ settings, from, to, list }, looks) => {
      const ran: number[] = [];
      let last = from - 1;
      for (const part of [...looks, 1]) {
        const now = from + Math.floor(part * (to - 1 - from));
        for (const due of dueTimes(settings, new Date(last), new Date(now))) ran.push((last = due.getTime()));
      }
      assertSame(ran, list, 'ran');
    }),
  );
});

test('the last run and the number of runs are those of the list', () => {
  fc.assert(
    fc.property(dueLists, fc.nat(400), ({ settings, from, to, list }, limit) => {
      const [after, until] = [new Date(from - 1), new Date(to - 1)];
      assert.equal(lastDueTime(settings, after, until)?.getTime(), list.at(-1));
      const missed = missedBetween(settings, after, until, limit);
      assert.equal(missed.count, Math.min(limit, list.length));
      assert.equal(missed.latest?.getTime(), list.at(-1));
    }),
  );
});

test('an hourly schedule never waits longer than an hour, and only a half-hour change makes it shorter', () => {
  for (const [timezone, date] of changeDays) {
    const noon = Date.parse(`${date}T12:00Z`);
    for (let past = 0; past < 60; past++) {
      const settings = schedule({
        frequency: 'hourly',
        time: `00:${String(past).padStart(2, '0')}`,
        timezone,
      });
      const list = dueBetween(settings, noon - 48 * 3_600_000, noon + 48 * 3_600_000);
      const waits = list.slice(1).map((at, index) => (at - list[index]!) / 60_000);
      assert.ok(waits.length >= 95);
      assert.ok(Math.max(...waits) <= 60, `${timezone} ${past}`);
      const shorter = waits.filter((wait) => wait < 60);
      if (!/Lord_Howe|Kathmandu|Pyongyang|Caracas/.test(timezone)) assert.deepEqual(shorter, []);
      else assert.ok(shorter.length === 1 || shorter.length === 2, `${timezone} ${past}: ${shorter.join()}`);
    }
  }
});
