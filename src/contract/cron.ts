/** Whether the runtime's time zone data knows the name. */
export function isTimeZone(name: string): boolean {
  // Intl takes bare offsets too; they are refused because PostgreSQL reads their sign the other way round.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export interface CronField {
  name: string;
  /** What its values are counted within. */
  within: string;
  from: number;
  to: number;
  /** Of its values, in order from the first. */
  names: readonly string[];
}

/** In the order in which they are written. */
export const cronFields: readonly [CronField, CronField, CronField, CronField, CronField] = [
  { name: 'minute', within: 'hour', from: 0, to: 59, names: [] },
  { name: 'hour', within: 'day', from: 0, to: 23, names: [] },
  { name: 'day of month', within: 'month', from: 1, to: 31, names: [] },
  {
    name: 'month',
    within: 'year',
    from: 1,
    to: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  // 7 is Sunday once more.
  {
    name: 'day of week',
    within: 'week',
    from: 0,
    to: 7,
    names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
  },
];

/** What is wrong with a cron expression of five fields, in words; null when nothing is. */
export function cronProblem(expression: string): string | null {
  const parts = expression.trim().split(/\s+/);
  if (parts.length !== 5) {
    return 'must have five fields: minute, hour, day of month, month, day of week';
  }
  for (const [position, field] of cronFields.entries()) {
    for (const item of parts[position]!.split(',')) {
      const range = cronRange(item, field);
      if (!range) return `"${item}" is not a valid ${field.name}`;
      const { low, high, step } = range;
      if (step > 1 && step > high - low) return stepTooLarge(item, field, low);
    }
  }
  return null;
}

/** Cron counts a step from the beginning of its field each time, so one that is too large means one value alone. */
function stepTooLarge(item: string, { name, within }: CronField, low: number): string {
  return `"${item}" means ${name} ${low} only, because steps are counted anew each ${within}; write ${low}, or a smaller step`;
}

/** `*`, `n`, `n-m`, each with an optional `/step`: the values it is chosen from. Null when it is none of these. */
function cronRange(item: string, field: CronField): { low: number; high: number; step: number } | null {
  const [range, stepText, ...rest] = item.split('/');
  if (range === undefined || rest.length > 0) return null;
  if (stepText !== undefined && !/^[1-9][0-9]{0,8}$/.test(stepText)) return null;
  const step = Number(stepText ?? 1);
  const last = field.to === 7 ? 6 : field.to;
  if (range === '*') return { low: field.from, high: last, step };
  const ends = range.split('-').map((text) => cronValue(text, field));
  if (ends.length > 2 || ends.some((value) => value === null)) return null;
  const [low, high] = ends as [number, number?];
  if (high !== undefined && low > high) return null;
  return { low, high: high ?? (stepText === undefined ? low : Math.max(low, last)), step };
}

function cronValue(text: string, field: CronField): number | null {
  const named = field.names.indexOf(text.toLowerCase());
  if (named >= 0) return named + field.from;
  if (!/^[0-9]{1,2}$/.test(text)) return null;
  const value = Number(text);
  return value >= field.from && value <= field.to ? value : null;
}
