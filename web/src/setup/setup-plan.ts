import type { ScheduleBody } from '../../../src/contract/shapes.ts';

export interface SetupPlan {
  frequency: 'hourly' | 'daily' | 'weekly' | 'none';
  time: string;
  timezone: string;
}

/** Every night in the reader's time zone. */
export function suggestedPlan(): SetupPlan {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return { frequency: 'daily', time: '02:00', timezone: timeZone || 'UTC' };
}

/** The retention policy of each frequency. */
const kept: Record<Exclude<SetupPlan['frequency'], 'none'>, ScheduleBody> = {
  hourly: { retentionDays: 2, maxBackups: null, keepDaily: 14, keepWeekly: 8, keepMonthly: 12 },
  daily: { retentionDays: 14, maxBackups: null, keepWeekly: 8, keepMonthly: 12 },
  weekly: { retentionDays: 60, maxBackups: null, keepMonthly: 12 },
};

/** What is kept, in words. */
export const keptInWords: Record<SetupPlan['frequency'], string> = {
  hourly:
    'Two days of hourly backups are kept, then one a day for 14 days, one a week for 8 weeks, one a month for a year.',
  daily: 'Two weeks of backups are kept, then one a week for 8 weeks and one a month for a year.',
  weekly: 'Two months of backups are kept, then one a month for a year.',
  none: 'Backups are only taken when you start one.',
};

/** The schedule to save; null for none. */
export function scheduleOf(plan: SetupPlan): ScheduleBody | null {
  if (plan.frequency === 'none') return null;
  return {
    enabled: true,
    frequency: plan.frequency,
    time: plan.time,
    timezone: plan.timezone,
    dayOfWeek: 0,
    ...kept[plan.frequency],
  };
}
