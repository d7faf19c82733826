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

const cronFields = [
  { name: 'minute', from: 0, to: 59, names: [] },
  { name: 'hour', from: 0, to: 23, names: [] },
  { name: 'day of month', from: 1, to: 31, names: [] },
  {
    name: 'month',
    from: 1,
    to: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { name: 'day of week', from: 0, to: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
];

/** What is wrong with a cron expression of five fields, in words; null when nothing is. */
export function cronProblem(expression: string): string | null {
  const parts = expression.trim().split(/\s+/);
  if (parts.length !== 5) {
    return 'must have five fields: minute, hour, day of month, month, day of week';
  }
  for (const [position, field] of cronFields.entries()) {
    for (const item of parts[position]!.split(',')) {
      if (!isCronItem(item, field)) return `"${item}" is not a valid ${field.name}`;
    }
  }
  return null;
}

/** `*`, `n`, `n-m`, each with an optional `/step`. */
function isCronItem(item: string, field: (typeof cronFields)[number]): boolean {
  const [range, step, ...rest] = item.split('/');
  if (range === undefined || rest.length > 0) return false;
  if (step !== undefined && !/^[1-9][0-9]?$/.test(step)) return false;
  if (range === '*') return true;
  const ends = range.split('-').map((text) => cronValue(text, field));
  if (ends.length > 2 || ends.some((value) => value === null)) return false;
  const [low, high] = ends;
  return high === undefined || low! <= high!;
}

function cronValue(text: string, field: (typeof cronFields)[number]): number | null {
  const named = field.names.indexOf(text.toLowerCase());
  if (named >= 0) return named + (field.name === 'month' ? 1 : 0);
  if (!/^[0-9]{1,2}$/.test(text)) return null;
  const value = Number(text);
  return value >= field.from && value <= field.to ? value : null;
}
