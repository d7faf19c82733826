/** How a database is, in a word and a colour. Pure. */
import type { DatabaseSummary, HealthState } from '../../../src/contract/shapes.ts';

export interface Mark {
  tone: 'good' | 'warn' | 'bad' | 'quiet';
  word: string;
}

const byHealth: Record<HealthState, Mark> = {
  healthy: { tone: 'good', word: 'Healthy' },
  late: { tone: 'bad', word: 'Backup missing' },
  failing: { tone: 'bad', word: 'Backups fail' },
  damaged: { tone: 'bad', word: 'Damaged' },
  unscheduled: { tone: 'warn', word: 'No schedule' },
};

const byState: Record<Exclude<DatabaseSummary['state'], 'ready'>, Mark> = {
  'not-initialized': { tone: 'bad', word: 'Not set up' },
  unreachable: { tone: 'bad', word: 'Does not answer' },
  gone: { tone: 'warn', word: 'Under no rule' },
};

/** @param warnings how many besides: with some it is not all well */
export function healthMark(state: HealthState, warnings: number): Mark {
  const mark = byHealth[state];
  return mark.tone === 'good' && warnings > 0 ? { ...mark, tone: 'warn' } : mark;
}

export function databaseMark({ state, health }: Pick<DatabaseSummary, 'state' | 'health'>): Mark {
  if (state !== 'ready') return byState[state];
  return health === null ? byState.unreachable : healthMark(health.state, health.warnings);
}
