import type { RetentionPolicy } from './policy.ts';

const limits = ['retentionDays', 'maxBackups'] as const;
const periods = ['keepHourly', 'keepDaily', 'keepWeekly', 'keepMonthly', 'keepYearly'] as const;

/**
 * Whether there can be backups that the one policy keeps and the other deletes. True where that is not certain. docs/RETENTION.md, "How
 * the rules work together".
 */
export function keepsLess(after: RetentionPolicy, before: RetentionPolicy): boolean {
  const count = (policy: RetentionPolicy, name: (typeof periods)[number]): number => policy[name] ?? 0;
  const limited = (policy: RetentionPolicy): boolean => limits.some((name) => policy[name] != null);
  const periodic = (policy: RetentionPolicy): boolean => periods.some((name) => count(policy, name) > 0);
  const bounded = (policy: RetentionPolicy): boolean => limited(policy) || periodic(policy);

  if ((after.failedDays ?? 7) < (before.failedDays ?? 7)) return true;
  if ((after.keepMinimum ?? 1) < (before.keepMinimum ?? 1)) return true;
  if (!bounded(after)) return false;
  if (!bounded(before)) return true;
  if (periodic(before)) {
    if ((after.timezone ?? 'UTC') !== (before.timezone ?? 'UTC')) return true;
    if (periods.some((name) => count(after, name) < count(before, name))) return true;
  }
  if (!limited(before)) return false;
  // Without a limit the rest goes.
  if (!limited(after)) return true;
  return limits.some((name) => (after[name] ?? Infinity) < (before[name] ?? Infinity));
}
