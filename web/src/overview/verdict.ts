import type { Schedule, StatusAnswer } from '../../../src/contract/shapes.ts';
import { healthSentence } from '../../../src/contract/health-words.ts';
import { keptWhere, notAgainst } from '../../../src/base/words.ts';
import { contentsOf } from '../format/run-words.ts';
import { formatRelative, formatTime } from '../format/times.ts';

type ReadyStatus = Extract<StatusAnswer, { initialized: true }>;

export interface Verdict {
  tone: 'good' | 'warn' | 'bad';
  /** One word or two. */
  headline: string;
  /** The rest of the sentence. */
  sentence: string;
}

/** Whether the backups protect the database now, in one sentence and one colour. */
export function verdictOf(status: ReadyStatus, now: number = Date.now()): Verdict {
  const { health, lastCompleted } = status;
  const good =
    lastCompleted === null
      ? 'there is no good backup yet'
      : `last good backup ${formatRelative(lastCompleted.startedAt ?? lastCompleted.createdAt, now)}`;
  switch (health.state) {
    case 'healthy':
      return {
        tone: 'good',
        headline: 'Protected',
        sentence: lastCompleted === null ? good : `${good}, ${keptWhere(lastCompleted.store)}`,
      };
    case 'failing':
      return { tone: 'bad', headline: 'Failing', sentence: `${failuresOf(health.failures)}${good}` };
    case 'damaged':
      return { tone: 'bad', headline: 'Not protected', sentence: `stored data is damaged, ${good}` };
    case 'late':
      return {
        tone: 'bad',
        headline: 'Late',
        sentence: lastCompleted === null ? good : `a backup that was due is missing, ${good}`,
      };
    default:
      return lastCompleted === null
        ? { tone: 'bad', headline: 'Not protected', sentence: 'there is no backup and no schedule' }
        : { tone: 'warn', headline: 'Not protected', sentence: `no schedule, ${good}` };
  }
}

/** Empty when the store has failed and no run has. */
function failuresOf(failures: number): string {
  if (failures === 0) return '';
  return failures === 1 ? 'the last run failed, ' : `the last ${failures} runs failed, `;
}

/** The line below the verdict: why it is failing, or what is in the last good backup. */
export function reasonOf({ health, lastCompleted }: ReadyStatus): string {
  if (health.state === 'damaged') return healthSentence(health.finding, formatTime);
  if (health.state === 'failing')
    return sentence(health.lastFailure ?? healthSentence(health.finding, formatTime));
  if (lastCompleted === null) return '';
  const has = `Backup ${lastCompleted.id} has ${contentsOf(lastCompleted)}.`;
  return health.state === 'healthy' ? `${has} ${notAgainst(lastCompleted.store)}`.trim() : has;
}

/** With a capital letter and a full stop; an error message may have neither. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`;
}

/** What the enabled schedules do, as one. */
export interface Scheduled {
  enabled: boolean;
  /** Of the schedule that is due first. */
  nextRunAt: string | null;
  /** `daily`, or with several of them: `daily, schedule orders` */
  what: string;
  notice: string | undefined;
}

export function scheduledBy(schedules: readonly Schedule[]): Scheduled {
  const enabled = schedules.filter((schedule) => schedule.enabled);
  const first = enabled
    .filter(({ nextRunAt }) => nextRunAt !== null)
    .toSorted((a, b) => Date.parse(a.nextRunAt!) - Date.parse(b.nextRunAt!))[0];
  return {
    enabled: enabled.length > 0,
    nextRunAt: first?.nextRunAt ?? null,
    what: first ? `${first.frequency}${enabled.length > 1 ? `, schedule ${first.name}` : ''}` : '',
    notice: enabled.find(({ notice }) => notice !== undefined)?.notice,
  };
}
