import fc from 'fast-check';
import { decideRetention } from '../../src/retention/retention.ts';
import type { RetentionBackup, RetentionPolicy } from '../../src/retention/policy.ts';
import { describeRetentionReason } from '../../src/retention/words.ts';

const hour = 60 * 60 * 1000;
const day = 24 * hour;

let lastId = 0;

/** A completed full backup, made by hand, of a moment such as `2026-11-21 02:00` in UTC or with its own offset. */
export function backup(at: string, other: Partial<RetentionBackup> = {}): RetentionBackup {
  lastId += 1;
  const createdAt = moment(at);
  return {
    id: lastId,
    createdAt,
    finishedAt: new Date(createdAt.getTime() + 5 * 60 * 1000),
    status: 'completed',
    type: 'full',
    scheduleName: null,
    trigger: 'manual',
    pinned: false,
    damaged: false,
    inUse: false,
    storedBytes: 1000,
    ...other,
  };
}

export function moment(at: string): Date {
  return new Date(/([+-][0-9]{2}:[0-9]{2}|Z)$/.test(at) ? at : `${at}Z`);
}

/** One backup a day at 02:00 UTC, up to and including the last day, the newest first. */
export function nightly(
  last: string,
  count: number,
  other: Partial<RetentionBackup> = {},
): RetentionBackup[] {
  return Array.from({ length: count }, (_, nights) => {
    const at = new Date(moment(`${last} 02:00`).getTime() - nights * day);
    return backup(at.toISOString(), { trigger: 'schedule', scheduleName: 'nightly', ...other });
  });
}

/** The backups that stay, the newest first. */
export function keptOf(
  backups: readonly RetentionBackup[],
  policy: RetentionPolicy,
  now: string | Date,
): RetentionBackup[] {
  const { decisions } = decideRetention(backups, policy, typeof now === 'string' ? moment(now) : now);
  const byId = new Map(backups.map((each) => [each.id, each]));
  return decisions.flatMap(({ id, action }) => (action === 'keep' ? [byId.get(id)!] : []));
}

/** The dates, in UTC, of the backups that stay. */
export function keptDates(...history: Parameters<typeof keptOf>): string[] {
  return keptOf(...history).map((each) => each.createdAt.toISOString().slice(0, 10));
}

/** `keep` or `delete`, and why. */
export function outcome(
  one: RetentionBackup,
  backups: readonly RetentionBackup[],
  policy: RetentionPolicy,
  now: string,
): string {
  const { decisions } = decideRetention(backups, policy, moment(now));
  const { action, reasons } = decisions.find(({ id }) => id === one.id)!;
  return `${action}: ${reasons.map(describeRetentionReason).join('; ')}`;
}

export interface Case {
  backups: RetentionBackup[];
  policy: RetentionPolicy;
  now: Date;
}

/** Close to where clocks change and where the year of the week is not the year of the day. */
const moments = [
  '2026-11-21 12:00',
  '2026-10-25 02:40',
  '2026-03-29 12:00',
  '2027-01-04 00:30',
  '2026-04-05 16:10',
].map(moment);

const zones = [
  'UTC',
  'Europe/Zurich',
  'America/St_Johns',
  'Pacific/Auckland',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
];

/** Milliseconds before now: often the same moment, the same hour or the same day; sometimes after now. */
const age = fc.oneof(
  { arbitrary: fc.integer({ min: 0, max: 12 }).map((halves) => (halves * hour) / 2), weight: 3 },
  { arbitrary: fc.integer({ min: 0, max: 60 }).map((hours) => hours * hour), weight: 2 },
  { arbitrary: fc.integer({ min: 0, max: 90 }).map((quarters) => (quarters * day) / 4), weight: 4 },
  { arbitrary: fc.integer({ min: 0, max: 900 }).map((days) => days * day), weight: 2 },
  { arbitrary: fc.integer({ min: -48, max: -1 }).map((hours) => hours * hour), weight: 1 },
);

function run(id: number, now: Date): fc.Arbitrary<RetentionBackup> {
  return fc
    .record({
      age,
      minutes: fc.constantFrom(null, 0, 7, 60 * 30),
      status: fc.oneof(
        { arbitrary: fc.constant('completed' as const), weight: 7 },
        {
          arbitrary: fc.constantFrom(
            ...(['queued', 'running', 'failed', 'failed', 'cancelled', 'interrupted'] as const),
          ),
          weight: 4,
        },
      ),
      type: fc.constantFrom('full', 'full', 'partial'),
      scheduleName: fc.constantFrom(null, null, 'nightly', 'orders'),
      trigger: fc.constantFrom('manual', 'schedule', 'safety', 'point'),
      pinned: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      inUse: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      damaged: fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
      storedBytes: fc.option(fc.nat(1_000_000)),
    })
    .map(({ age, minutes, ...other }) => ({
      id,
      createdAt: new Date(now.getTime() - age),
      finishedAt: minutes === null ? null : new Date(now.getTime() - age + minutes * 60_000),
      ...other,
    }));
}

const rule = fc.option(fc.integer({ min: 0, max: 6 }), { freq: 2 });

export const randomPolicy: fc.Arbitrary<RetentionPolicy> = fc.record(
  {
    retentionDays: fc.option(fc.constantFrom(0, 1, 2, 7, 30, 365), { freq: 2 }),
    maxBackups: fc.option(fc.constantFrom(0, 1, 2, 3, 5, 10), { freq: 2 }),
    keepHourly: rule,
    keepDaily: rule,
    keepWeekly: rule,
    keepMonthly: rule,
    keepYearly: rule,
    timezone: fc.option(fc.constantFrom(...zones)),
    keepMinimum: fc.option(fc.integer({ min: -1, max: 5 })),
    failedDays: fc.option(fc.constantFrom(0, 1, 7, 30)),
  },
  { requiredKeys: [] },
);

/** Any history, any policy. The ids are shuffled: a larger one is not always of a later moment. */
export const randomCase: fc.Arbitrary<Case> = fc
  .record({ now: fc.constantFrom(...moments), count: fc.integer({ min: 0, max: 30 }), policy: randomPolicy })
  .chain(({ now, count, policy }) =>
    fc
      .tuple(...Array.from({ length: count }, (_, index) => run(((index * 7) % 31) + 1, now)))
      .map((backups) => ({ backups, policy, now })),
  );
