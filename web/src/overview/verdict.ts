import type { Schedule, StatusAnswer } from '../../../src/contract/shapes.ts';
import { healthSentence, protection } from '../../../src/contract/health-words.ts';
import { capitalized, keptWhere, notAgainst } from '../../../src/base/words.ts';
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
  const { state, words } = protection(status, now);
  const good =
    lastCompleted === null
      ? 'there is no good backup yet'
      : `last good backup ${formatRelative(lastCompleted.startedAt ?? lastCompleted.createdAt, now)}`;
  const where = lastCompleted === null || state === 'inside' ? '' : `, ${keptWhere(lastCompleted.store)}`;
  const [headline = '', reason] = capitalized(words).split(': ');
  if (reason !== undefined) {
    const tone = health.state === 'unscheduled' && lastCompleted !== null ? 'warn' : 'bad';
    return { tone, headline, sentence: `${reason}, ${good}` };
  }
  return { tone: state === 'protected' ? 'good' : 'warn', headline, sentence: `${good}${where}` };
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
