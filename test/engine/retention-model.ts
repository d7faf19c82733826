import type { PeriodRule, RetentionBackup, RetentionPolicy } from '../../src/retention/policy.ts';

/*
 * docs/RETENTION.md once more, as plainly as it can be said and with nothing of the engine's: every question is
 * answered by looking through the whole history again.
 */

const day = 24 * 60 * 60 * 1000;

export function isNewer(a: RetentionBackup, b: RetentionBackup): boolean {
  return a.createdAt > b.createdAt || (a.createdAt.getTime() === b.createdAt.getTime() && a.id > b.id);
}

/** The one that no other is newer than. */
export function newest(backups: readonly RetentionBackup[]): RetentionBackup | undefined {
  return backups.find((one) => backups.every((other) => !isNewer(other, one)));
}

export function goodOnes(backups: readonly RetentionBackup[], now: Date): RetentionBackup[] {
  return backups.filter((one) => one.status === 'completed' && !one.damaged && one.createdAt <= now);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** `2026-10-25 02:30:00 GMT+01:00`, as a clock in that zone shows it. */
function clockText(time: Date, timezone: string): string {
  let format = formats.get(timezone);
  if (!format) {
    format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: timezone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      timeZoneName: 'longOffset',
    });
    formats.set(timezone, format);
  }
  return format.format(time);
}

/** The same for all moments of one period, and for no other. A week is known by its Monday. */
export function periodOf(rule: PeriodRule, time: Date, timezone: string): string {
  const text = clockText(time, timezone);
  if (rule === 'hourly') return text.replace(/:\d\d:\d\d /, ' ');
  if (rule === 'daily') return text.slice(0, 10);
  if (rule === 'monthly') return text.slice(0, 7);
  if (rule === 'yearly') return text.slice(0, 4);
  const monday = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  while (monday.getUTCDay() !== 1) monday.setUTCDate(monday.getUTCDate() - 1);
  return monday.toISOString();
}

/** The backups one period rule keeps, the newest period first. */
export function keptByRule(
  good: readonly RetentionBackup[],
  rule: PeriodRule,
  count: number,
  timezone: string,
): RetentionBackup[] {
  const sorted = good.toSorted((a, b) => (isNewer(a, b) ? -1 : 1));
  const groups = Map.groupBy(sorted, (one) => periodOf(rule, one.createdAt, timezone));
  return [...groups.values()].slice(0, Math.max(0, count)).map((group) => {
    const full = group.filter((one) => one.type === 'full');
    const candidates = full.length > 0 ? full : group;
    const by = (...triggers: string[]) => candidates.find((one) => triggers.includes(one.trigger));
    return by('manual', 'schedule') ?? by('point') ?? candidates[0]!;
  });
}

export function ruleCounts(policy: RetentionPolicy): [PeriodRule, number][] {
  return [
    ['hourly', policy.keepHourly ?? 0],
    ['daily', policy.keepDaily ?? 0],
    ['weekly', policy.keepWeekly ?? 0],
    ['monthly', policy.keepMonthly ?? 0],
    ['yearly', policy.keepYearly ?? 0],
  ];
}

/** Whether a backup stays, by the words of docs/RETENTION.md. */
export function stays(
  one: RetentionBackup,
  backups: readonly RetentionBackup[],
  policy: RetentionPolicy,
  now: Date,
): boolean {
  if (one.pinned || one.inUse || one.status === 'queued' || one.status === 'running') return true;
  if (one.createdAt > now) return true;
  const age = now.getTime() - one.createdAt.getTime();
  const good = goodOnes(backups, now);
  const ordinary = good.filter((other) => other.trigger !== 'safety');

  if (one.status !== 'completed') {
    const sinceEnd = now.getTime() - (one.finishedAt ?? one.createdAt).getTime();
    if (sinceEnd <= (policy.failedDays ?? 7) * day) return true;
    if (one.status === 'cancelled') return false;
    const later = backups.filter(
      (other) =>
        other.createdAt <= now &&
        isNewer(other, one) &&
        (['failed', 'interrupted'].includes(other.status) || ordinary.includes(other)),
    );
    const ofSchedule = later.filter((other) => other.scheduleName === one.scheduleName);
    return later.length === 0 || (one.scheduleName !== null && ofSchedule.length === 0);
  }

  if (one.damaged) return withinLimits(one, good, policy, age);
  for (const some of [good, ordinary]) {
    if (one === newest(some) || one === newest(some.filter((other) => other.type === 'full'))) return true;
  }
  const { scheduleName } = one;
  if (scheduleName !== null && one === newest(good.filter((other) => other.scheduleName === scheduleName))) {
    return true;
  }
  const place = { manual: 0, schedule: 0, point: 1, safety: 2 };
  const better = good.filter((other) =>
    place[one.trigger] === place[other.trigger]
      ? isNewer(other, one)
      : place[other.trigger] < place[one.trigger],
  );
  if (better.length < (policy.keepMinimum ?? 1)) return true;
  if (age <= 7 * day && one === newest(good.filter((other) => other.trigger === 'safety'))) return true;

  const rules = ruleCounts(policy).filter(([, count]) => count > 0);
  for (const [rule, count] of rules) {
    if (keptByRule(good, rule, count, policy.timezone ?? 'UTC').includes(one)) return true;
  }
  return withinLimits(one, good, policy, age);
}

function withinLimits(
  one: RetentionBackup,
  good: readonly RetentionBackup[],
  policy: RetentionPolicy,
  age: number,
): boolean {
  const days = policy.retentionDays ?? null;
  const most = policy.maxBackups ?? null;
  if (days === null && most === null) return ruleCounts(policy).every(([, count]) => count <= 0);
  const alike = good.filter((other) => (other.trigger === 'point') === (one.trigger === 'point'));
  const newer = alike.filter((other) => isNewer(other, one)).length;
  return (days === null || age <= days * day) && (most === null || newer < most);
}
