/** The contents of the retention form. Pure. */
import type { RetentionBody, Schedule } from '../data/client.ts';

export type RuleName = Exclude<keyof RetentionBody, 'copyTo'>;

export interface RetentionField {
  name: RuleName;
  label: string;
  unit: string;
  minimum: number;
  maximum: number;
  /** What an empty field means. */
  empty: string;
  help: string;
}

export const limits: readonly RetentionField[] = [
  {
    name: 'retentionDays',
    label: 'Keep everything for',
    unit: 'days',
    minimum: 1,
    maximum: 36_500,
    empty: 'any age',
    help: 'Older backups may be deleted',
  },
  {
    name: 'maxBackups',
    label: 'Keep at most',
    unit: 'backups',
    minimum: 1,
    maximum: 100_000,
    empty: 'any number',
    help: 'Beyond this, the oldest may be deleted',
  },
];

const period = (name: RuleName, label: string, unit: string): RetentionField => ({
  name,
  label,
  unit,
  minimum: 0,
  maximum: 10_000,
  empty: 'none',
  help: '',
});

/** Period rules: one backup for each of the last hours, days and so on, even beyond every limit. */
export const periods: readonly RetentionField[] = [
  period('keepHourly', 'Hourly', 'hours'),
  period('keepDaily', 'Daily', 'days'),
  period('keepWeekly', 'Weekly', 'weeks'),
  period('keepMonthly', 'Monthly', 'months'),
  period('keepYearly', 'Yearly', 'years'),
];

export const floors: readonly RetentionField[] = [
  {
    name: 'keepMinimum',
    label: 'Always keep the newest',
    unit: 'backups',
    minimum: 1,
    maximum: 10_000,
    empty: '1',
    help: 'Regardless of the other rules',
  },
  {
    name: 'failedDays',
    label: 'Keep failed runs for',
    unit: 'days',
    minimum: 1,
    maximum: 3_650,
    empty: '7',
    help: 'So that you can see why they failed',
  },
];

export const retentionFields: readonly RetentionField[] = [...limits, ...periods, ...floors];

export type Rules = Record<RuleName, number | null>;

/** The rules of the schedule, and of the stores that it copies to. */
export type RetentionDraft = Rules & Pick<Schedule, 'copyTo'>;

export function retentionDraftOf(schedule: Schedule): RetentionDraft {
  return { ...rulesOf(schedule), copyTo: schedule.copyTo };
}

/** Every rule of something that has some; what it does not have is null. */
export function rulesOf(of: Partial<Rules>): Rules {
  return Object.fromEntries(retentionFields.map(({ name }) => [name, of[name] ?? null])) as Rules;
}

export function isSamePolicy(left: RetentionDraft, right: RetentionDraft): boolean {
  return (
    retentionFields.every(({ name }) => left[name] === right[name]) &&
    JSON.stringify(left.copyTo) === JSON.stringify(right.copyTo)
  );
}

export type RuleProblems = Partial<Record<RuleName, string>>;

/** Fields with a number out of range, with the message for each. */
export function ruleProblemsOf(rules: Partial<Rules>): RuleProblems {
  const problems: RuleProblems = {};
  for (const { name, minimum, maximum } of retentionFields) {
    const value = rules[name] ?? null;
    if (value === null) continue;
    if (!Number.isInteger(value) || value < minimum || value > maximum) {
      problems[name] = `A whole number from ${minimum} to ${maximum.toLocaleString('en-US')}`;
    }
  }
  return problems;
}

/** Whether a number anywhere is out of range. */
export function hasProblems(draft: RetentionDraft): boolean {
  return [draft, ...(draft.copyTo ?? [])].some((rules) => Object.keys(ruleProblemsOf(rules)).length > 0);
}
