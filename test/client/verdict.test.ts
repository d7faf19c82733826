import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BackupSummary, Schedule, StatusAnswer } from '../../src/api/contract.ts';
import { reusedShare, scopeOf } from '../../web/src/backups/backup-words.ts';
import { counted, formatBytes, formatShare } from '../../web/src/format/numbers.ts';
import {
  formatDuration,
  formatRelative,
  formatRough,
  formatTime,
  formatUtc,
} from '../../web/src/format/times.ts';
import { reasonOf, scheduledBy, verdictOf } from '../../web/src/overview/verdict.ts';
import { scheduleOf, suggestedPlan } from '../../web/src/setup/setup-plan.ts';
import { scheduleBody } from '../../src/contract/schedule.ts';

type ReadyStatus = Extract<StatusAnswer, { initialized: true }>;

const now = Date.parse('2026-11-25T08:14:00Z');
const good = {
  id: 12,
  startedAt: '2026-11-25T08:00:00Z',
  createdAt: '2026-11-25T08:00:00Z',
  tableCount: 31,
  rowCount: 455_611,
  store: 'database',
} as BackupSummary;

function status(
  health: Partial<ReadyStatus['health']>,
  lastCompleted: BackupSummary | null = good,
): ReadyStatus {
  return {
    health: {
      state: 'healthy',
      finding: { code: 'UP_TO_DATE', lastGoodAt: good.startedAt },
      warnings: [],
      failures: 0,
      lastFailure: null,
      ...health,
    },
    lastCompleted,
    recoveryPoint: { backupId: lastCompleted?.id ?? null, offSite: false },
    proved: { backupId: null, how: null, at: null },
  } as unknown as ReadyStatus;
}

/** With a copy outside the database, and a proof of that age. */
function offSite(each: ReadyStatus, how: ReadyStatus['proved']['how'] = null, days = 0): ReadyStatus {
  const at = how && new Date(now - days * 86_400_000).toISOString();
  return {
    ...each,
    recoveryPoint: { ...each.recoveryPoint, offSite: true },
    proved: { backupId: how && 12, how, at },
  };
}

function said(each: ReadyStatus): string {
  const { tone, headline, sentence } = verdictOf(each, now);
  return `${tone} ${headline}: ${sentence}`;
}

test('the verdict is one true sentence and one colour', () => {
  assert.equal(said(status({})), 'warn Only inside the database itself: last good backup 14 minutes ago');
  assert.equal(
    said(offSite(status({}, { ...good, store: 'offsite' }))),
    'warn Protected, not proved yet: last good backup 14 minutes ago, in offsite',
  );
  assert.equal(
    said(offSite(status({}, { ...good, store: 'offsite' }), 'content', 3)),
    'good Protected: last good backup 14 minutes ago, in offsite',
  );
  assert.equal(
    said(offSite(status({}, { ...good, store: 'offsite' }), 'drill', 40)),
    'warn Protected, not proved for 40 days: last good backup 14 minutes ago, in offsite',
  );
  // Bytes that are still those that were written prove no backup.
  assert.match(said(offSite(status({}), 'checksum', 1)), /^warn Protected, not proved yet/);
  assert.equal(
    said(status({ state: 'unscheduled' })),
    'warn Not protected: no schedule, last good backup 14 minutes ago',
  );
  assert.equal(
    said(status({ state: 'unscheduled' }, null)),
    'bad Not protected: there is no good backup of everything, there is no good backup yet',
  );
  assert.equal(
    said(status({ state: 'failing', failures: 3, lastFailure: 'disk full' })),
    'bad Not protected: the last 3 runs failed, last good backup 14 minutes ago',
  );
  assert.equal(
    said(status({ state: 'failing', failures: 1 }, null)),
    'bad Not protected: the last run failed, there is no good backup yet',
  );
  assert.equal(
    said(status({ state: 'late' })),
    'bad Not protected: a backup that was due is missing, last good backup 14 minutes ago',
  );
  assert.equal(
    said(
      offSite(
        status({
          warnings: [{ code: 'DRILL_FAILED', backupId: 12, at: good.createdAt, problem: '', message: '' }],
        }),
        'content',
        1,
      ),
    ),
    'bad Not protected: a backup did not come back in the last drill, last good backup 14 minutes ago',
  );
});

test('below it is the reason, or what is safe', () => {
  assert.equal(
    reasonOf(status({})),
    'Backup 12 has 31 tables, 455,611 rows. Backups are lost with the server: download one regularly and keep it elsewhere.',
  );
  assert.equal(reasonOf(status({ state: 'failing', lastFailure: 'disk full' })), 'Disk full.');
  assert.equal(
    reasonOf(
      status({
        state: 'failing',
        finding: { code: 'STORE_INCOMPLETE', storedBytes: 5_000, backupId: 1234, neededBytes: 1_048_576 },
      }),
    ),
    'The store holds 5.0 kB, but backup 1234 alone needs 1.0 MB: stored data is gone.',
  );
  assert.equal(reasonOf(status({}, null)), '');
});

test('times of the server are written in the time zone of the reader', () => {
  const text = reasonOf(
    status({
      state: 'damaged',
      finding: {
        code: 'BACKUPS_DAMAGED',
        lastGoodAt: '2026-11-25T02:00:00.000Z',
        backupIds: [7],
        backupCount: 1,
        tables: ['public.orders'],
        tableCount: 1,
      },
    }),
  );
  assert.equal(
    text,
    `Not protected: backup 7 cannot restore public.orders. The last good backup is from ${formatTime('2026-11-25T02:00:00.000Z')}.`,
  );
  assert.doesNotMatch(text, /T02:00|000Z/);
});

test('numbers have units, and say neither more nor less than is known', () => {
  assert.equal(formatBytes(0), '0 B');
  assert.equal(formatBytes(999), '999 B');
  assert.equal(formatBytes(1_000), '1.0 kB');
  assert.equal(formatBytes(1_536), '1.5 kB');
  assert.equal(formatBytes(999_999), '1.0 MB');
  assert.equal(formatBytes(213e9), '213 GB');
  assert.equal(counted(1, 'table'), '1 table');
  assert.equal(counted(2, 'table'), '2 tables');
  assert.match(formatShare(0.9999), /^>99/);
  assert.match(formatShare(0.0001), /^<1/);
  assert.match(formatShare(1), /^100/);
});

test('times read as one would say them', () => {
  const ago = (seconds: number): string => formatRelative(new Date(now - seconds * 1_000), now);
  assert.equal(ago(3), 'just now');
  assert.equal(ago(61), '1 minute ago');
  assert.equal(ago(3_600 * 36), '36 hours ago');
  assert.equal(ago(3_600 * 50), '2 days ago');
  assert.equal(ago(-20), 'in less than a minute');
  assert.equal(ago(-3_600 * 17), 'in 17 hours');
  assert.equal(formatUtc('2026-11-25T08:14:09.123Z'), '2026-11-25 08:14:09 UTC');
  assert.equal(formatDuration(420), '0.4 s');
  assert.equal(formatDuration(59_700), '1 min');
  assert.equal(formatDuration(200_000), '3 min 20 s');
  assert.equal(formatDuration(3_600_000 * 2 + 300_000), '2 h 5 min');
  assert.equal(formatDuration(86_400_000 * 3), '3 d');
  assert.equal(formatRough(6_200), '7 s');
});

test('what is said of a backup', () => {
  assert.equal(reusedShare({ storedBytes: 1_000, newBytes: 40 }), 0.96);
  assert.equal(reusedShare({ storedBytes: 1_000, newBytes: null }), null);
  assert.equal(reusedShare({ storedBytes: 0, newBytes: 0 }), null);
  assert.equal(scopeOf({ type: 'full', tables: [] }), 'Every table');
  assert.equal(scopeOf({ type: 'partial', tables: ['a', 'b'] }), 'a, b');
  assert.equal(scopeOf({ type: 'partial', tables: ['a', 'b', 'c', 'd'] }), 'a, b, c and 1 more table');
});

test('every schedule that the set-up offers is one the API takes', () => {
  for (const frequency of ['hourly', 'daily', 'weekly'] as const) {
    const schedule = scheduleOf({ ...suggestedPlan(), frequency });
    assert.ok(scheduleBody.safeParse(schedule).success, frequency);
    assert.equal(schedule?.enabled, true);
  }
  assert.equal(scheduleOf({ ...suggestedPlan(), frequency: 'none' }), null);
});

test('of several schedules the one that is due first counts', () => {
  const schedule = (name: string, enabled: boolean, nextRunAt: string | null): Schedule =>
    ({ name, enabled, nextRunAt, frequency: 'daily' }) as Schedule;
  assert.deepEqual(scheduledBy([schedule('default', false, null)]), {
    enabled: false,
    nextRunAt: null,
    what: '',
    notice: undefined,
  });
  const late = schedule('default', true, '2026-11-26T02:00:00Z');
  assert.equal(scheduledBy([late]).what, 'daily');
  const early = schedule('orders', true, '2026-11-25T12:00:00Z');
  const { nextRunAt, what } = scheduledBy([late, early]);
  assert.deepEqual([nextRunAt, what], ['2026-11-25T12:00:00Z', 'daily, schedule orders']);
});
