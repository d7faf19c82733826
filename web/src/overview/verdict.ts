import type { Schedule, StatusAnswer } from '../../../src/api/contract.ts';
import { counted } from '../format/numbers.ts';
import { formatRelative, formatTime } from '../format/times.ts';

type ReadyStatus = Extract<StatusAnswer, { initialized: true }>;

export interface Verdict {
  tone: 'good' | 'warn' | 'bad';
  /** One word or two. */
  headline: string;
  /** The rest of the sentence. */
  sentence: string;
}

/** Whether somebody who trusts in these backups can sleep, in one sentence and one colour. */
export function verdictOf(status: ReadyStatus, now: number = Date.now()): Verdict {
  const { health, lastCompleted } = status;
  const good =
    lastCompleted === null
      ? 'there is no good backup yet'
      : `last good backup ${formatRelative(lastCompleted.startedAt ?? lastCompleted.createdAt, now)}`;
  switch (health.state) {
    case 'healthy':
      return { tone: 'good', headline: 'Protected', sentence: good };
    case 'failing': {
      const runs = health.failures === 1 ? 'the last run failed' : `the last ${health.failures} runs failed`;
      return { tone: 'bad', headline: 'Failing', sentence: `${runs}, ${good}` };
    }
    case 'late':
      return {
        tone: 'bad',
        headline: 'Late',
        sentence: lastCompleted === null ? good : `a backup was due and is not there, ${good}`,
      };
    case 'unscheduled':
      return lastCompleted === null
        ? { tone: 'bad', headline: 'Not protected', sentence: 'there is no backup and no schedule' }
        : { tone: 'warn', headline: 'Not protected', sentence: `no schedule, ${good}` };
  }
}

/** When the next backup is taken by itself. */
export function nextRunOf(schedule: Schedule | undefined, now: number = Date.now()): string {
  if (!schedule) return '';
  if (schedule.nextRunAt === null) return 'Nothing is scheduled';
  return `${formatTime(schedule.nextRunAt)}, ${formatRelative(schedule.nextRunAt, now)}`;
}

/** `10 tables, 57,204 rows` */
export function contentsOf(backup: { tableCount: number | null; rowCount: number | null }): string {
  if (backup.tableCount === null || backup.rowCount === null) return '';
  return `${counted(backup.tableCount, 'table')}, ${counted(backup.rowCount, 'row')}`;
}
