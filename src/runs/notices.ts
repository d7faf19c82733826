import type { ChannelRecord } from '../catalog/channels.ts';
import type { ToldRecord } from '../catalog/outbox.ts';
import type { Notice } from '../contract/notice.ts';
import { redact } from '../base/redaction.ts';
import { shellWord } from '../base/shell-word.ts';
import type { Problem } from '../contract/notice-words.ts';
import type { Step } from '../contract/problem-words.ts';

/** What every message of a moment has in common. */
export interface Moment {
  /** Names this installation among others that write to the same receiver. */
  catalogId: string;
  database: string;
  /** What the database is called among several, for calls and the page; undefined where it is the only one. */
  called: string | undefined;
  /** As a sentence. */
  lastGoodBackup: string;
  /** `https://app.example.com/api/admin/ui/`; undefined where no origin is configured. */
  page: string | undefined;
  now: Date;
}

export interface Told {
  messages: Notice[];
  /** What the channel is told of from now on. */
  set: ToldRecord[];
  /** What is over. */
  over: ToldRecord[];
}

type Rules = Pick<ChannelRecord, 'id' | 'name' | 'topics' | 'repeatHours' | 'recovery'>;

/**
 * What a channel is to be told now. Pure.
 * @param problems all that there are now
 * @param known what this channel was told of and was not over then
 * @param ends how problems ended for which 'over' does not say it, by their keys
 */
export function noticesFor(
  channel: Rules,
  problems: readonly Problem[],
  known: readonly ToldRecord[],
  moment: Moment,
  ends: ReadonlyMap<string, Pick<Problem, 'title' | 'cause'>> = new Map(),
): Told {
  const told: Told = { messages: [], set: [], over: [] };
  const { now } = moment;
  for (const problem of problems) {
    if (!channel.topics.includes(problem.topic) || problem.channel === channel.name) continue;
    const before = known.find(({ key }) => key === problem.key);
    const isNew = before?.code !== problem.code;
    const pauseMs = channel.repeatHours * 3_600_000;
    const again = pauseMs > 0 && before !== undefined && now.getTime() - before.toldAt.getTime() >= pauseMs;
    if (!isNew && !again) continue;
    const since = before?.since ?? now;
    told.messages.push(noticeOf(problem, isNew ? 'problem' : 'reminder', since, moment));
    const { key, code, topic, title } = problem;
    told.set.push({ channelId: channel.id, key, code, topic, title, since, toldAt: now });
  }
  const lasting = new Set(problems.map(({ key }) => key));
  for (const before of known) {
    if (lasting.has(before.key)) continue;
    told.over.push(before);
    if (channel.recovery) told.messages.push(recoveryOf(before, moment, ends.get(before.key)));
  }
  return told;
}

type Content = Pick<Problem, 'key' | 'severity' | 'title' | 'cause'> & {
  topic: Notice['topic'];
  step: Step | null;
};

/** One message. */
export function noticeOf(
  { key, topic, severity, title, cause, step }: Content,
  kind: Notice['kind'],
  since: Date | null,
  { catalogId, database, called, lastGoodBackup, page, now }: Moment,
): Notice {
  return {
    kind,
    topic,
    severity,
    key: `holdfast:${catalogId}:${key}`,
    title: redact(title),
    cause: redact(cause),
    lastGoodBackup,
    nextStep: step && {
      words: step.words,
      command: commandOf(step, called),
      page: page === undefined || step.screen === undefined ? null : screenOf(page, step.screen, called),
    },
    database: called ?? database,
    since: since?.toISOString() ?? null,
    at: now.toISOString(),
  };
}

/** Without its name a command would be about the first of several databases, and a screen would show that one. */
function commandOf({ command, ofAll }: Step, called: string | undefined): string | null {
  if (command === undefined) return null;
  return called === undefined || ofAll ? command : `${command} --database ${shellWord(called)}`;
}

function screenOf(page: string, screen: string, called: string | undefined): string {
  const address = new URL(page + screen);
  if (called !== undefined) address.searchParams.set('database', called);
  return called === undefined ? page + screen : address.href;
}

function recoveryOf(
  { key, topic, title, since }: ToldRecord,
  moment: Moment,
  end: Pick<Problem, 'title' | 'cause'> = {
    title: `Over: ${title}`,
    cause: `This is over: ${title}. It was seen first at ${since.toISOString()}.`,
  },
): Notice {
  const content = { key, topic, severity: 'info', ...end, step: null } as const;
  return noticeOf(content, 'recovery', since, moment);
}
