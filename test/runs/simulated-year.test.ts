import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ScheduleSettings } from '../../src/contract/schedule.ts';
import { previewDueTimes } from '../../src/schedule/due-times.ts';
import { oracleDueTimes } from './due-oracle.ts';
import {
  day,
  hour,
  minute,
  randomFrom,
  settingsOf,
  simulatedTime,
  type SimulatedTime,
} from './simulated-time.ts';

/*
 * A year of schedules, as the worker's own code decides it, in a real database. What should come of it is found by the
 * plain walk through the minutes of due-oracle.ts.
 *
 * All frequencies but hourly live through the whole year in each zone with one instance, and the plain ones among them
 * with five. Hourly ones do so in one zone with one instance, 8,761 runs, when HOLDFAST_YEAR is `full`, and otherwise
 * through the two months in which its clock is changed. In the others, and with five instances, they live through some
 * days around each change, because nothing else distinguishes one hour from another.
 */

const [yearBegins, yearEnds] = [Date.UTC(2027, 0, 1), Date.UTC(2028, 0, 1)];

/** With the days on which their clocks change in 2027. */
const zones: Record<string, [string, string]> = {
  'Europe/Zurich': ['2027-03-28', '2027-10-31'],
  'America/New_York': ['2027-03-14', '2027-11-07'],
  // By half an hour, and the other way round.
  'Australia/Lord_Howe': ['2027-04-04', '2027-10-03'],
};

/** Times in the hour that is skipped in spring and comes twice in autumn. */
const frequencies: [string, Partial<ScheduleSettings>][] = [
  ['daily', { frequency: 'daily', time: '02:15' }],
  ['weekly', { frequency: 'weekly', time: '02:30', dayOfWeek: 0 }],
  ['monthly', { frequency: 'monthly', time: '02:00', dayOfMonth: 'last' }],
  ['monthly on the 31st', { frequency: 'monthly', time: '23:59', dayOfMonth: 31 }],
  ['cron at hours', { frequency: 'cron', cron: '45 1,2 * * 0,6' }],
  ['cron in steps', { frequency: 'cron', cron: '10 */12 * * *' }],
];
const hourly: [string, Partial<ScheduleSettings>] = ['hourly', { frequency: 'hourly', time: '00:15' }];

interface Plan {
  name: string;
  settings: ScheduleSettings;
  due: number[];
}

function plansOf(
  kinds: typeof frequencies,
  from: number,
  to: number,
  timezones = Object.keys(zones),
): Plan[] {
  return timezones.flatMap((timezone) =>
    kinds.map(([kind, changes]) => {
      const settings = settingsOf({ ...changes, timezone });
      return { name: `${kind} in ${timezone}`, settings, due: oracleDueTimes(settings, from, to) };
    }),
  );
}

/** The windows around the changes of the clock in a zone, so many days before and after. */
function changesOf(timezone: string, days: number): [number, number][] {
  return zones[timezone]!.map((date) => [Date.parse(date) - days * day, Date.parse(date) + days * day]);
}

/** The moments at which somebody looks: soon after each due time, just before some, and in between for nothing. */
function looksAt(plans: readonly Plan[], random: () => number): number[] {
  const looks = new Set<number>();
  for (const due of new Set(plans.flatMap((plan) => plan.due))) {
    // What is due within a few seconds of that is found by the same look.
    looks.add(due + Math.floor(random() * 20) * 1_000);
    if (random() < 0.1) looks.add(due - 1);
    if (random() < 0.1) looks.add(due + Math.floor(random() * 4 * minute));
  }
  return [...looks].toSorted((a, b) => a - b);
}

/** Fails with the first difference, not with thousands of instants. */
function assertSame(found: readonly number[], expected: readonly number[], what: string): void {
  for (let index = 0; index < Math.max(found.length, expected.length); index++) {
    if (found[index] === expected[index]) continue;
    const text = (at: number | undefined): string =>
      at === undefined ? 'nothing' : new Date(at).toISOString();
    assert.fail(`${what}: run ${index} is ${text(found[index])}, not ${text(expected[index])}`);
  }
}

async function liveThrough(time: SimulatedTime, plans: readonly Plan[], from: number): Promise<number> {
  const random = randomFrom(plans.length);
  for (const { name, settings } of plans) await time.setSchedule(name, settings, from - 1);
  for (const now of looksAt(plans, random)) {
    await time.look(now);
    // What would be shown right now is what is still to come.
    if (random() > 0.02) continue;
    for (const { settings, due, name } of plans) {
      const rest = due.filter((at) => at > now).slice(0, 20);
      const shown = previewDueTimes(settings, new Date(now), rest.length);
      assertSame(
        shown.map(({ at }) => at.getTime()),
        rest,
        `preview of ${name}`,
      );
    }
  }
  let runs = 0;
  for (const { name, settings, due } of plans) {
    const { ran, late, skipped } = await time.became(name);
    assertSame(ran, due, name);
    assert.deepEqual({ late, skipped }, { late: [], skipped: 0 }, name);
    const preview = previewDueTimes(settings, new Date(from - 1), due.length);
    assertSame(
      preview.map(({ at }) => at.getTime()),
      ran,
      `what was shown before of ${name}`,
    );
    runs += ran.length;
    await time.client.query('delete from backup_schedule where name = $1', [name]);
    await time.client.query('delete from system_backups where schedule_name = $1', [name]);
    await time.client.query('delete from backup_schedule_log where schedule_name = $1', [name]);
  }
  return runs;
}

for (const instances of [1, 5]) {
  test(`a year in three zones with ${instances} instance(s): exactly what is due, as it was shown`, async (t) => {
    const time = await simulatedTime(t, instances);
    const kinds = frequencies.filter(([kind]) => instances === 1 || !kind.startsWith('cron'));
    let runs = 0;
    // One zone after the other: a look has to think about every schedule there is.
    for (const timezone of Object.keys(zones)) {
      const plans = plansOf(kinds, yearBegins, yearEnds, [timezone]);
      assert.ok(plans.every(({ due }) => due.length >= 12));
      runs += await liveThrough(time, plans, yearBegins);
    }
    t.diagnostic(`${runs} runs of ${Object.keys(zones).length * kinds.length} schedules`);
  });

  test(`hourly with ${instances} instance(s) around each change of a clock`, async (t) => {
    const time = await simulatedTime(t, instances);
    let runs = 0;
    const days = instances > 1 ? 2 : 4;
    for (const timezone of Object.keys(zones)) {
      for (const [from, to] of changesOf(timezone, days)) {
        runs += await liveThrough(time, plansOf([hourly], from, to, [timezone]), from);
      }
    }
    t.diagnostic(`${runs} runs`);
    assert.ok(runs >= 6 * 2 * days * 24);
  });
}

test('hourly through months with one instance', async (t) => {
  const time = await simulatedTime(t, 1);
  const whole = process.env['HOLDFAST_YEAR'] === 'full';
  const spans = whole
    ? [[yearBegins, yearEnds]]
    : ([3, 9] as const).map((month) => [Date.UTC(2027, month), Date.UTC(2027, month + 1)]);
  let runs = 0;
  for (const [from, to] of spans as [number, number][]) {
    runs += await liveThrough(time, plansOf([hourly], from, to, ['Australia/Lord_Howe']), from);
  }
  t.diagnostic(`${runs} runs`);
  // Half an hour is passed twice, and half an hour left out.
  assert.ok(Math.abs(runs - (whole ? 8_760 : 61 * 24)) <= 1);
});

for (const missedRuns of ['once', 'skip'] as const) {
  test(`outages over due times, missed runs ${missedRuns}: each due time has its run or is accounted for`, async (t) => {
    const time = await simulatedTime(t, 2);
    const plans = plansOf([...frequencies, hourly], yearBegins, yearEnds);
    const random = randomFrom(7);
    for (const plan of plans) {
      plan.settings = { ...plan.settings, missedRuns };
      await time.setSchedule(plan.name, plan.settings, yearBegins - 1);
    }
    const looks: number[] = [];
    // Away for minutes to three weeks at a time, then there for a while.
    for (let now = yearBegins; now < yearEnds;) {
      const away = random() < 0.3 ? random() * 21 * day : random() * 30 * hour;
      now += Math.floor(away / 1_000) * 1_000;
      for (let n = 0; n < 4 && now < yearEnds; n++, now += 4 * minute) looks.push(now);
    }
    looks.push(yearEnds - 1);
    for (const now of looks) await time.look(now);
    for (const { name, due } of plans) {
      const expected = { ran: [] as number[], late: [] as number[], skipped: 0 };
      let handled = yearBegins - 1;
      for (const now of looks) {
        const missed = due.filter((at) => at > handled && at <= now);
        const last = missed.at(-1);
        if (last === undefined) continue;
        handled = last;
        const inTime = now - last <= 5 * minute;
        if (inTime || missedRuns === 'once') expected.ran.push(last);
        if (!inTime && missedRuns === 'once') expected.late.push(last);
        expected.skipped += missed.length - (inTime || missedRuns === 'once' ? 1 : 0);
      }
      const { ran, late, skipped } = await time.became(name);
      assertSame(ran, expected.ran, name);
      assertSame(late, expected.late, `late of ${name}`);
      assert.equal(skipped, expected.skipped, `skipped of ${name}`);
      assert.equal(ran.length + skipped, due.length, `all of ${name}`);
    }
  });
}

test('a clock that is set back and forth by hours: no run twice, none lost, every one accounted for', async (t) => {
  const time = await simulatedTime(t, 3);
  const [from, to] = changesOf('Europe/Zurich', 2)[1]!;
  const plans = plansOf([hourly, ...frequencies], from, to + 2 * day);
  for (const { name, settings } of plans) await time.setSchedule(name, settings, from - 1);
  const random = randomFrom(11);
  let latest = from;
  let [back, ahead] = [0, 0];
  for (let now = from; now < to; now += Math.floor(minute + random() * 4 * minute)) {
    if (random() < 0.01) {
      // A clock that is further behind what it has shown was wrong before: see the next test.
      now = latest - Math.floor(random() * 24 * hour);
      back++;
    } else if (random() < 0.005) {
      now += Math.floor(random() * 24 * hour);
      ahead++;
    }
    latest = Math.max(latest, now);
    await time.look(now);
  }
  // There again, wherever the last setting has left it.
  await time.look(latest);
  t.diagnostic(`back ${back} times, ahead ${ahead} times`);
  assert.ok(back > 3 && ahead > 1);
  for (const { name, due } of plans) {
    const { ran, skipped } = await time.became(name);
    const passed = due.filter((at) => at <= latest);
    assert.equal(new Set(ran).size, ran.length, `${name}: each once`);
    const known = new Set(passed);
    assert.ok(
      ran.every((at) => known.has(at)),
      `${name}: only what is due`,
    );
    assert.equal(ran.length + skipped, passed.length, `${name}: all of them`);
  }
});

test('a clock that was a year ahead for a day: what is due then still runs, each once', async (t) => {
  const time = await simulatedTime(t, 2);
  const [from, to] = changesOf('America/New_York', 4)[0]!;
  const plans = plansOf([hourly, ...frequencies.slice(0, 1)], from, to, ['America/New_York']);
  for (const { name, settings } of plans) await time.setSchedule(name, settings, from - 1);
  const wrongFrom = from + 2 * day;
  const wrongTo = wrongFrom + day;
  const looks = looksAt(plans, randomFrom(3));
  for (const now of looks) await time.look(now >= wrongFrom && now < wrongTo ? now + 365 * day : now);
  for (const { name, due } of plans) {
    const { ran } = await time.became(name);
    const inThisYear = ran.filter((at) => at < to);
    assert.equal(new Set(ran).size, ran.length, `${name}: each once`);
    const first = looks.find((now) => now >= wrongTo)!;
    // By the look that finds the clock put right they have been forgotten.
    const expected = due.filter((at) => at < wrongFrom || at > first);
    assertSame(
      inThisYear.filter((at) => at < wrongFrom || at > first),
      expected,
      name,
    );
  }
});
