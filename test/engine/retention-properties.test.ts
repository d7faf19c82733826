import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decideRetention } from '../../src/retention/retention.ts';
import { periodNamer } from '../../src/retention/calendar.ts';
import { describeRetentionReason } from '../../src/retention/words.ts';
import { keepsLess } from '../../src/retention/keeps-less.ts';
import { keptOf, randomCase, randomPolicy, type Case } from './retention-histories.ts';
import { goodOnes, keptByRule, newest, periodOf, ruleCounts, stays } from './retention-model.ts';

/** A longer search: HOLDFAST_RANDOM_RUNS=100000 npm test -- test/engine/retention-properties.test.ts */
const numRuns = Number(process.env['HOLDFAST_RANDOM_RUNS'] ?? 500);

/** What holds for every history and every policy. */
function always(name: string, holds: (each: Case) => void, times = numRuns): void {
  test(name, () => {
    fc.assert(fc.property(randomCase, holds), { numRuns: times });
  });
}

const documented = ({ backups, policy, now }: Case): void => {
  const expected = backups.filter((one) => stays(one, backups, policy, now)).map(({ id }) => id);
  const kept = keptOf(backups, policy, now).map(({ id }) => id);
  assert.deepEqual(
    kept.toSorted((a, b) => a - b),
    expected.toSorted((a, b) => a - b),
  );
};
always('what the documentation says stays, and nothing else', documented, numRuns * 6);

always('each period rule keeps what grouping by period gives, in that order', ({ backups, policy, now }) => {
  const { decisions } = decideRetention(backups, policy, now);
  for (const [rule, count] of ruleCounts(policy)) {
    const expected = keptByRule(goodOnes(backups, now), rule, count, policy.timezone ?? 'UTC');
    const chosen = decisions.flatMap(({ id, reasons }) =>
      reasons.flatMap((reason) =>
        reason.code === 'period' && reason.rule === rule ? [{ id, position: reason.position }] : [],
      ),
    );
    assert.deepEqual(
      chosen.toSorted((a, b) => a.position - b.position),
      expected.map(({ id }, index) => ({ id, position: index + 1 })),
    );
  }
});

const twoPolicies = fc.tuple(randomCase, randomPolicy, fc.integer({ min: 0, max: 3 }));
test('where one policy is said to keep no less than another, it keeps every backup that the other keeps', () => {
  let compared = 0;
  fc.assert(
    fc.property(twoPolicies, ([{ backups, policy, now }, other, mixed]) => {
      // Near ones too: the other differs in a few rules only.
      const changed = Object.fromEntries(Object.entries(other).slice(0, mixed));
      const after = mixed === 0 ? other : { ...policy, ...changed };
      if (keepsLess(after, policy)) return;
      compared++;
      const kept = new Set(keptOf(backups, after, now).map(({ id }) => id));
      assert.deepEqual(
        keptOf(backups, policy, now).filter(({ id }) => !kept.has(id)),
        [],
      );
    }),
    { numRuns: numRuns * 6 },
  );
  assert.ok(compared > numRuns / 10, `only ${compared} were comparable`);
});

test('where clocks change, two moments share a period exactly when a clock there says so', () => {
  const zones = [
    'Europe/Zurich',
    'America/St_Johns',
    'America/Havana',
    'Atlantic/Azores',
    'Africa/Casablanca',
    'Asia/Beirut',
    'Pacific/Auckland',
    'Australia/Lord_Howe',
  ].map((zone) => ({ zone, nameOf: periodNamer(zone), changes: daysOfChange(zone) }));
  const pair = fc.record({
    zone: fc.constantFrom(...zones),
    change: fc.nat(),
    quarters: fc.tuple(fc.integer({ min: -100, max: 200 }), fc.integer({ min: -100, max: 200 })),
    rule: fc.constantFrom('hourly' as const, 'daily' as const, 'weekly' as const, 'monthly' as const),
  });
  fc.assert(
    fc.property(pair, ({ zone: { zone, nameOf, changes }, change, quarters, rule }) => {
      const day = changes[change % changes.length]!;
      const [one, other] = quarters.map((quarter) => new Date(day + quarter * 15 * 60_000));
      assert.equal(
        nameOf(rule, one!.getTime()) === nameOf(rule, other!.getTime()),
        periodOf(rule, one!, zone) === periodOf(rule, other!, zone),
      );
    }),
    { numRuns: numRuns * 20 },
  );
});

/** Midnights, UTC, of the days in which the clocks change; in milliseconds. */
function daysOfChange(zone: string): number[] {
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  const offset = (time: number): string | undefined => format.format(time).split('GMT')[1];
  const day = 24 * 60 * 60 * 1000;
  const days = Array.from({ length: 365 }, (_, index) => Date.UTC(2026, 0, 1) + index * day);
  return days.filter((midnight) => offset(midnight) !== offset(midnight + day));
}

always('the last good backup stays, and the last good full one', ({ backups, policy, now }) => {
  const kept = new Set(keptOf(backups, policy, now));
  const good = goodOnes(backups, now);
  for (const last of [newest(good), newest(good.filter(({ type }) => type === 'full'))]) {
    assert.ok(last === undefined || kept.has(last));
  }
});

always('the last good backup of each schedule stays', ({ backups, policy, now }) => {
  const kept = new Set(keptOf(backups, policy, now));
  for (const schedule of ['nightly', 'orders']) {
    const last = newest(goodOnes(backups, now).filter(({ scheduleName }) => scheduleName === schedule));
    assert.ok(last === undefined || kept.has(last), schedule);
  }
});

always('what is pinned, in use, unfinished or of the future stays', ({ backups, policy, now }) => {
  const kept = new Set(keptOf(backups, policy, now));
  for (const one of backups) {
    const protectedByItself =
      one.pinned || one.inUse || ['queued', 'running'].includes(one.status) || one.createdAt > now;
    assert.ok(!protectedByItself || kept.has(one), JSON.stringify(one));
  }
});

always('never fewer good ones remain than keepMinimum, or one', ({ backups, policy, now }) => {
  const good = goodOnes(backups, now);
  const least = Math.min(Math.max(1, policy.keepMinimum ?? 1), good.length);
  assert.ok(goodOnes(keptOf(backups, policy, now), now).length >= least);
});

always('backups of the future change nothing for the others', ({ backups, policy, now }) => {
  const past = backups.filter(({ createdAt }) => createdAt <= now);
  const kept = keptOf(backups, policy, now).filter(({ createdAt }) => createdAt <= now);
  assert.deepEqual(kept, keptOf(past, policy, now));
});

always('with no rule, nothing completed is deleted', ({ backups, policy, now }) => {
  const { timezone, keepMinimum, failedDays } = policy;
  const kept = new Set(keptOf(backups, { timezone, keepMinimum, failedDays }, now));
  assert.ok(backups.every((one) => one.status !== 'completed' || kept.has(one)));
});

always('deciding again after deleting deletes nothing more', ({ backups, policy, now }) => {
  const kept = keptOf(backups, policy, now);
  assert.deepEqual(keptOf(kept, policy, now), kept);
});

test('the order of the backups makes no difference', () => {
  const shuffled = randomCase.chain((each) =>
    fc.record({
      each: fc.constant(each),
      backups: fc.shuffledSubarray(each.backups, { minLength: each.backups.length }),
    }),
  );
  fc.assert(
    fc.property(shuffled, ({ each: { backups, policy, now }, backups: other }) => {
      assert.deepEqual(decideRetention(other, policy, now), decideRetention(backups, policy, now));
    }),
    { numRuns },
  );
});

always('there is one decision for each backup, the newest first, with a reason in words', (each) => {
  const { decisions } = decideRetention(each.backups, each.policy, each.now);
  let left = each.backups;
  for (const { id, reasons } of decisions) {
    assert.equal(id, newest(left)?.id);
    left = left.filter((one) => one.id !== id);
    assert.ok(reasons.length > 0);
    for (const reason of reasons)
      assert.match(describeRetentionReason(reason), /^(?!.*(undefined|null|NaN)).+$/);
  }
  assert.deepEqual(left, []);
});

always('a reason to keep never stands at a deletion, and the other way round', ({ backups, policy, now }) => {
  const toDelete = new Set(['too-old', 'too-many', 'no-period', 'old-failure']);
  for (const { action, reasons } of decideRetention(backups, policy, now).decisions) {
    assert.ok(reasons.every(({ code }) => toDelete.has(code) === (action === 'delete')));
  }
});

always('the totals add up', ({ backups, policy, now }) => {
  const { decisions, totals } = decideRetention(backups, policy, now);
  const deleted = new Set(decisions.flatMap(({ id, action }) => (action === 'delete' ? [id] : [])));
  const bytes = backups.map(({ id, storedBytes }) => (deleted.has(id) ? (storedBytes ?? 0) : 0));
  assert.deepEqual(totals, {
    kept: backups.length - deleted.size,
    deleted: deleted.size,
    deletedBytes: bytes.reduce((sum, each) => sum + each, 0),
  });
});

test('a stricter limit never keeps more', () => {
  const limits = fc.record({
    each: randomCase,
    days: fc.tuple(fc.nat(40), fc.nat(40)),
    most: fc.tuple(fc.nat(12), fc.nat(12)),
    limited: fc.constantFrom('days', 'most', 'both'),
  });
  fc.assert(
    fc.property(limits, ({ each: { backups, policy, now }, days, most, limited }) => {
      const withLimits = (choose: (...values: number[]) => number): typeof policy => ({
        ...policy,
        retentionDays: limited === 'most' ? null : choose(...days),
        maxBackups: limited === 'days' ? null : choose(...most),
      });
      const loose = new Set(keptOf(backups, withLimits(Math.max), now));
      const strict = keptOf(backups, withLimits(Math.min), now);
      assert.deepEqual(
        strict.filter((one) => !loose.has(one)),
        [],
      );
    }),
    { numRuns },
  );
});

always('pinning a backup decides nothing about another', ({ backups, policy, now }) => {
  const one = backups.find(({ pinned }) => !pinned);
  const others = (some: typeof backups): number[] =>
    keptOf(some, policy, now).flatMap(({ id }) => (id === one?.id ? [] : [id]));
  const pinned = backups.map((each) => (each === one ? { ...each, pinned: true } : each));
  assert.deepEqual(others(pinned), others(backups));
});

test('cleaning up often or rarely leaves the same in the end', () => {
  const stops = fc.record({
    each: randomCase,
    daysAgo: fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 8 }),
  });
  fc.assert(
    fc.property(stops, ({ each: { backups, policy, now }, daysAgo }) => {
      let left = backups;
      for (const days of daysAgo.toSorted((a, b) => b - a)) {
        left = keptOf(left, policy, new Date(now.getTime() - days * 24 * 60 * 60 * 1000));
      }
      assert.deepEqual(keptOf(left, policy, now), keptOf(backups, policy, now));
    }),
    { numRuns },
  );
});
