/** How a database is, in a word and a colour. Pure. */
import type { DatabaseSummary, HealthState } from '../../../src/contract/shapes.ts';

type Marked = Pick<DatabaseSummary, 'state' | 'problem'> & { health: { state: HealthState } | null };

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

/** A database whose catalog answers, and which itself does not, has a problem. */
export function databaseMark({ state, health, problem }: Marked): Mark {
  if (state !== 'ready') return byState[state];
  return health === null || problem !== null ? byState.unreachable : byHealth[health.state];
}
