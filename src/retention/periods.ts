import { periodNamer } from './calendar.ts';
import type { KeepReason, PeriodRule, RetentionBackup, RetentionPolicy } from './policy.ts';

/** The period rules a policy sets, with how many periods each keeps. */
export function periodRules(policy: RetentionPolicy): [PeriodRule, number][] {
  const counts: [PeriodRule, number | null | undefined][] = [
    ['hourly', policy.keepHourly],
    ['daily', policy.keepDaily],
    ['weekly', policy.keepWeekly],
    ['monthly', policy.keepMonthly],
    ['yearly', policy.keepYearly],
  ];
  return counts.flatMap(([rule, count]): [PeriodRule, number][] =>
    count && count > 0 ? [[rule, count]] : [],
  );
}

/**
 * What the period rules keep of the good backups, given newest first: for each rule the best backup of each of the
 * last periods that have one.
 * @throws RangeError for an unknown time zone
 */
export function keptByPeriod(
  good: readonly RetentionBackup[],
  policy: RetentionPolicy,
): [RetentionBackup, KeepReason][] {
  const rules = periodRules(policy);
  if (rules.length === 0) return [];
  const nameOf = periodNamer(policy.timezone ?? 'UTC');
  return rules.flatMap(([rule, count]) => {
    const periods = new Map<string, { newest: RetentionBackup; best: RetentionBackup }>();
    for (const backup of good) {
      const name = nameOf(rule, backup.createdAt.getTime());
      const period = periods.get(name);
      if (!period) {
        if (periods.size < count) periods.set(name, { newest: backup, best: backup });
      } else if (worth(backup) > worth(period.best)) {
        period.best = backup;
      }
    }
    return [...periods].map(([period, { newest, best }], index): [RetentionBackup, KeepReason] => [
      best,
      { code: 'period', rule, period, position: index + 1, count, newest: best === newest },
    ]);
  });
}

/**
 * Within a period a full backup is preferred to a partial one, which cannot replace it, and a safety backup comes last
 * among its type: it shows the state that a restore was meant to undo.
 */
function worth(backup: RetentionBackup): number {
  const byTrigger = { safety: 0, point: 1, manual: 2, schedule: 2 };
  return (backup.type === 'full' ? 3 : 0) + byTrigger[backup.trigger];
}
