import { defaultScheduleName } from '../catalog/schedules.ts';
import { type ScheduleSettings } from '../contract/schedule.ts';
import {
  newestFirst,
  type RetentionBackup,
  type RetentionDecisions,
  type RetentionPolicy,
} from '../retention/policy.ts';
import { decideRetention } from '../retention/retention.ts';
import type { RunContext } from './context.ts';

/** What of a schedule is its retention policy. */
export function policyOf(schedule: ScheduleSettings): RetentionPolicy {
  return {
    retentionDays: schedule.retentionDays,
    maxBackups: schedule.maxBackups,
    keepHourly: schedule.keepHourly,
    keepDaily: schedule.keepDaily,
    keepWeekly: schedule.keepWeekly,
    keepMonthly: schedule.keepMonthly,
    keepYearly: schedule.keepYearly,
    keepMinimum: schedule.keepMinimum,
    failedDays: schedule.failedDays,
    timezone: schedule.timezone,
  };
}

/** A policy in place of the one a schedule has. */
export interface PolicyChange {
  name: string;
  policy: RetentionPolicy;
}

/**
 * What the policies of all schedules keep and delete now; nothing is changed. A policy that nobody has set deletes nothing. Each decides about the backups of its own
 * schedule, the default one about all others, those of schedules that are gone included. So each keeps a last good
 * backup of its own, and the last good one of all is among them.
 */
export async function decideBySchedule(
  context: RunContext,
  change?: PolicyChange,
): Promise<RetentionDecisions> {
  const { catalog } = context;
  const policies = new Map<string, RetentionPolicy>([[defaultScheduleName, {}]]);
  for (const schedule of await catalog.schedules.all()) policies.set(schedule.name, policyOf(schedule));
  if (change) policies.set(change.name, change.policy);
  const backups = await catalog.backups.forRetention();
  const [clock] = await catalog.pool.query<{ now: Date }>('select pg_catalog.now() as now');
  return decideByPolicies(backups, policies, clock!.now);
}

/** Pure. @param policies by the name of the schedule; the default one is among them */
export function decideByPolicies(
  backups: readonly RetentionBackup[],
  policies: ReadonlyMap<string, RetentionPolicy>,
  now: Date,
): RetentionDecisions {
  const groups = Map.groupBy(backups, ({ scheduleName }) =>
    scheduleName !== null && policies.has(scheduleName) ? scheduleName : defaultScheduleName,
  );
  const all = [...groups].map(([name, group]) => decideRetention(group, policies.get(name) ?? {}, now));
  const order = new Map(backups.toSorted(newestFirst).map(({ id }, position) => [id, position]));
  const sum = (figure: 'kept' | 'deleted' | 'deletedBytes'): number =>
    all.reduce((total, { totals }) => total + totals[figure], 0);
  return {
    decisions: all
      .flatMap(({ decisions }) => decisions)
      .toSorted((a, b) => order.get(a.id)! - order.get(b.id)!),
    totals: { kept: sum('kept'), deleted: sum('deleted'), deletedBytes: sum('deletedBytes') },
  };
}
