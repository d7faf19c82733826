import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RetentionPolicy } from '../../src/retention/policy.ts';
import { backup, keptDates, keptOf, moment, nightly, outcome } from './retention-histories.ts';

const now = '2026-11-21 12:00';

test('a store whose backups have failed for a year still has its last good one', () => {
  const good = backup('2025-11-01 02:00');
  const failures = nightly('2026-11-21', 365, { status: 'failed' });
  const policy = { retentionDays: 7, maxBackups: 3, keepDaily: 2, failedDays: 2 };
  assert.deepEqual(keptDates([good, ...failures], policy, now), ['2026-11-21', '2026-11-20', '2025-11-01']);
});

test('a policy that would keep nothing still keeps the last good backup', () => {
  const backups = nightly('2026-11-20', 30, { trigger: 'manual', scheduleName: null });
  const nothing: RetentionPolicy = {
    retentionDays: 0,
    maxBackups: 0,
    keepDaily: 0,
    keepMinimum: 0,
    failedDays: 0,
  };
  assert.deepEqual(keptDates(backups, nothing, now), ['2026-11-20']);
  assert.deepEqual(keptDates(backups, { retentionDays: -1, maxBackups: -1, keepMinimum: -5 }, now), [
    '2026-11-20',
  ]);
  assert.equal(
    keptOf(backups, { retentionDays: NaN, maxBackups: NaN, keepDaily: NaN, keepMinimum: NaN }, now).length,
    30,
  );
});

test('keepMinimum keeps the newest so many whatever the limits say', () => {
  const backups = nightly('2026-09-30', 5);
  const policy = { retentionDays: 30, keepMinimum: 3 };
  assert.deepEqual(keptDates(backups, policy, now), ['2026-09-30', '2026-09-29', '2026-09-28']);
  assert.equal(
    outcome(backups[2]!, backups, policy, now),
    'keep: one of the newest 3, which are always kept',
  );
});

test('a partial backup is not a good full one', () => {
  const full = backup('2026-10-01 02:00');
  const partial = nightly('2026-11-21', 20, { type: 'partial' });
  assert.deepEqual(keptDates([full, ...partial], { maxBackups: 2 }, now), [
    '2026-11-21',
    '2026-11-20',
    '2026-10-01',
  ]);
  assert.equal(outcome(full, [full, ...partial], { maxBackups: 2 }, now), 'keep: the last good full backup');
});

test('the last good backup of each schedule stays, also when the schedule is gone', () => {
  const former = nightly('2025-03-01', 3, { scheduleName: 'weekly' });
  const backups = [...nightly('2026-11-21', 10), ...former];
  assert.deepEqual(keptDates(backups, { maxBackups: 1 }, now), ['2026-11-21', '2025-03-01']);
  assert.equal(
    outcome(former[0]!, backups, { maxBackups: 1 }, now),
    'keep: the last good backup of schedule "weekly"',
  );
});

test('a safety backup never takes the place of the last good one', () => {
  const good = backup('2026-11-20 02:00');
  const safety = backup('2026-11-21 09:00', { trigger: 'safety' });
  const backups = [good, safety];
  assert.deepEqual(keptOf(backups, { maxBackups: 1 }, now), [safety, good]);
  assert.match(
    outcome(good, backups, { maxBackups: 1 }, now),
    /^keep: the last good backup; the last good full/,
  );
  assert.match(
    outcome(safety, backups, { maxBackups: 1 }, now),
    /^keep: the last good backup, taken before a restore;/,
  );
  assert.deepEqual(
    keptOf([...backups, backup('2026-11-19 02:00')], { maxBackups: 0, keepMinimum: 2 }, now).length,
    3,
    'two ordinary ones, and the newest of all',
  );
});

test('the newest safety backup stays for a week, then the rules decide', () => {
  const older = backup('2026-11-18 09:00', { trigger: 'safety' });
  const safety = backup('2026-11-18 10:00', { trigger: 'safety' });
  const backups = [older, safety, ...nightly('2026-11-30', 30)];
  assert.equal(
    outcome(safety, backups, { keepDaily: 30 }, '2026-11-25 10:00'),
    'keep: it can undo the last restore, for 7 days',
  );
  assert.match(outcome(older, backups, { keepDaily: 30 }, '2026-11-25 10:00'), /^delete:/);
  assert.match(outcome(safety, backups, { keepDaily: 30 }, '2026-11-25 10:00:01'), /^delete:/);
  assert.match(outcome(safety, backups, { retentionDays: 30 }, '2026-11-25 10:00:01'), /^keep: not older/);
});

test('pinned, in use, queued and running ones stay', () => {
  const backups = [
    backup('2026-11-21 02:00'),
    backup('2025-01-05 02:00', { pinned: true }),
    backup('2025-01-04 02:00', { inUse: true }),
    backup('2025-01-03 02:00', { status: 'queued' }),
    backup('2025-01-02 02:00', { status: 'running' }),
    backup('2025-01-01 02:00', { status: 'failed', pinned: true }),
  ];
  const policy = { retentionDays: 1, maxBackups: 1 };
  assert.equal(keptOf(backups, policy, now).length, backups.length);
  const outcomes = backups.slice(1).map((each) => outcome(each, backups, policy, now));
  assert.deepEqual(outcomes, [
    'keep: pinned',
    'keep: in use by a restore, a verification or a download',
    'keep: queued',
    'keep: running',
    'keep: pinned',
  ]);
});

test('a backup dated in the future stays, and takes no place', () => {
  const future = nightly('2026-12-31', 3);
  const good = nightly('2026-11-21', 3);
  const backups = [...future, ...good];
  assert.deepEqual(keptOf(backups, { maxBackups: 2 }, now), [...future, ...good.slice(0, 2)]);
  assert.deepEqual(keptOf(backups, { keepDaily: 1 }, now), [...future, good[0]]);
  assert.equal(
    outcome(future[0]!, backups, { maxBackups: 2 }, now),
    'keep: dated in the future, so its age is unknown',
  );
  assert.equal(keptOf([backup(now)], { retentionDays: 0 }, now).length, 1);
});

test('a date that is none deletes nothing', () => {
  const [one, two, three] = ['', '', ''].map((at) => backup(at, { createdAt: new Date(NaN) }));
  const backups = nightly('2026-11-21', 3);
  const mixed = [backups[2]!, two!, backups[0]!, three!, backups[1]!, one!];
  for (const history of [mixed, mixed.toReversed()]) {
    assert.deepEqual(keptOf(history, { maxBackups: 1 }, now), [three, two, one, backups[0]]);
  }
  assert.equal(keptOf(backups, { maxBackups: 1 }, new Date(NaN)).length, 3);
});

test('failed, cancelled and interrupted runs live a week from their end', () => {
  const good = backup('2026-11-21 02:00');
  for (const status of ['failed', 'cancelled', 'interrupted'] as const) {
    const old = backup('2026-11-14 02:00', { status, finishedAt: moment('2026-11-14 11:59') });
    const long = backup('2026-11-01 02:00', { status, finishedAt: moment('2026-11-14 12:00') });
    const unended = backup('2026-11-14 11:00', { status, finishedAt: null });
    const backups = [good, old, long, unended];
    assert.deepEqual(keptOf(backups, {}, now), [good, long]);
    assert.equal(outcome(old, backups, {}, now), `delete: ${status} more than 7 days ago`);
    assert.equal(outcome(long, backups, {}, now), `keep: ${status} no more than 7 days ago`);
    assert.equal(keptOf(backups, { failedDays: 1 }, now).length, 1);
    assert.equal(keptOf(backups, { failedDays: 30 }, now).length, 4);
  }
});

test('the newest failure since the last good backup stays, so that it can be told why there is none', () => {
  const failures = nightly('2026-10-10', 5, { status: 'failed', scheduleName: null });
  const cancelled = backup('2026-10-11 02:00', { status: 'cancelled' });
  const before = backup('2026-10-01 02:00');
  const backups = [before, ...failures, cancelled];
  assert.deepEqual(keptOf(backups, {}, now), [failures[0], before]);
  assert.equal(
    outcome(failures[0]!, backups, {}, now),
    'keep: the newest failure since the last good backup',
  );
  const safety = backup('2026-10-12 02:00', { trigger: 'safety' });
  assert.deepEqual(keptOf([...backups, safety], {}, now), [safety, failures[0], before]);
  const after = backup('2026-10-12 02:00');
  assert.deepEqual(keptOf([...backups, after], {}, now), [after, before]);
});

test('a schedule that fails keeps its newest failure while another succeeds', () => {
  const failing = nightly('2026-10-10', 5, { status: 'interrupted', scheduleName: 'full' });
  const good = nightly('2026-11-21', 3);
  const backups = [...failing, ...good];
  assert.deepEqual(keptOf(backups, {}, now), [...good, failing[0]]);
  assert.equal(
    outcome(failing[0]!, backups, {}, now),
    'keep: the newest failure of schedule "full" since its last good backup',
  );
});
