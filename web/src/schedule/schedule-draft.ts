/** The contents of the schedule form, which may be incomplete, and what of it can be previewed or saved. Pure. */
import type { Schedule, ScheduleBody } from '../data/client.ts';
import type { ScheduleCopies } from './schedule-copies.ts';

export const frequencies = ['hourly', 'daily', 'weekly', 'monthly', 'cron'] as const;
export type Frequency = (typeof frequencies)[number];

export interface ScheduleDraft {
  enabled: boolean;
  frequency: Frequency;
  /** `02:00`; of an hourly schedule only the minutes count. */
  time: string;
  dayOfWeek: number;
  dayOfMonth: number | 'last';
  cron: string;
  timezone: string;
  type: Schedule['type'];
  passwords: Schedule['passwords'];
  tables: string[];
  missedRuns: 'once' | 'skip';
  jitterSeconds: number;
  /** Null for what is configured. */
  store: string | null;
  copyTo: ScheduleCopies;
}

export function draftOf(schedule: Schedule): ScheduleDraft {
  const {
    enabled,
    frequency,
    time,
    dayOfWeek,
    dayOfMonth,
    cron,
    timezone,
    type,
    passwords,
    tables,
    missedRuns,
    jitterSeconds,
    store,
    copyTo,
  } = schedule;
  return {
    enabled,
    frequency,
    time,
    dayOfWeek,
    dayOfMonth,
    cron: cron ?? '',
    timezone,
    type,
    passwords,
    tables: [...tables],
    missedRuns,
    jitterSeconds,
    store,
    copyTo,
  };
}

export function scheduleBodyOf(draft: ScheduleDraft): ScheduleBody {
  const { cron, type, passwords, tables, ...rest } = draft;
  return {
    ...rest,
    // An expression that is not used may be incomplete.
    cron: rest.frequency === 'cron' ? cron.trim() : null,
    type,
    passwords: type === 'globals' ? passwords : 'none',
    tables: type === 'partial' ? tables : [],
  };
}

/** What is missing before it can be previewed, by field. The server checks the rest. */
export function missingFrom(draft: ScheduleDraft): Partial<Record<keyof ScheduleDraft, string>> {
  const missing: Partial<Record<keyof ScheduleDraft, string>> = {};
  if (draft.frequency !== 'cron' && !/^([01][0-9]|2[0-3]):[0-5][0-9]$/.test(draft.time)) {
    missing.time = 'Enter a time, 00:00 to 23:59';
  }
  if (draft.frequency === 'cron' && draft.cron.trim() === '') missing.cron = 'Enter five fields';
  if (draft.type === 'partial' && draft.tables.length === 0) missing.tables = 'Choose at least one table';
  return missing;
}

/** `7:5` becomes 07:05, and `730` 07:30; anything else is unchanged, and an error. */
export function completeTime(typed: string): string {
  const match = /^(\d{1,2})(?:[:.h ](\d{1,2})|(\d{2}))?$/.exec(typed.trim());
  if (!match) return typed;
  const [, hours = '', minutes = match[3] ?? '0'] = match;
  return `${hours.padStart(2, '0')}:${minutes.padStart(2, '0')}`;
}

export function isSameDraft(left: ScheduleDraft, right: ScheduleDraft): boolean {
  return JSON.stringify(scheduleBodyOf(left)) === JSON.stringify(scheduleBodyOf(right));
}

/** Errors of single fields from the server. */
export function fieldProblems(error: unknown): Partial<Record<keyof ScheduleDraft, string>> {
  const problems = (error as { details?: { problems?: unknown } } | null)?.details?.problems;
  if (!Array.isArray(problems)) return {};
  return Object.fromEntries(
    problems.map(({ field, problem }: { field: string; problem: string }) => [field, problem]),
  );
}
