/** A schedule in one sentence, and the words of its fields. Pure. */
import type { ScheduleDraft } from './schedule-draft.ts';

export const weekdays = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
] as const;

const whats: Record<ScheduleDraft['type'], string> = {
  full: 'A backup of everything',
  partial: 'A backup of chosen tables',
  globals: 'A backup of roles and tablespaces',
};

export function scheduleSentence(draft: ScheduleDraft): string {
  return `${whats[draft.type]} ${whenWords(draft)}, ${draft.timezone} time.`;
}

function whenWords({ frequency, time, dayOfWeek, dayOfMonth, cron }: ScheduleDraft): string {
  switch (frequency) {
    case 'hourly':
      return `every hour at ${time.slice(-2)} minutes past`;
    case 'daily':
      return `every day at ${time}`;
    case 'weekly':
      return `every ${weekdays[dayOfWeek] ?? 'week'} at ${time}`;
    case 'monthly':
      return dayOfMonth === 'last'
        ? `on the last day of every month at ${time}`
        : `on the ${ordinal(dayOfMonth)} of every month at ${time}`;
    case 'cron':
      break;
  }
  return `whenever ${cron.trim() === '' ? 'the cron expression' : cron.trim()} matches`;
}

export function ordinal(day: number): string {
  const teen = day % 100 >= 11 && day % 100 <= 13;
  const ending = teen ? 'th' : (['th', 'st', 'nd', 'rd'][day % 10] ?? 'th');
  return `${day}${ending}`;
}
