import { randomUUID } from 'node:crypto';
import { redact } from '../base/redaction.ts';
import type { ChannelRecord, ListedChannel } from '../catalog/channels.ts';
import type { UnnoticedEvent } from '../catalog/outbox.ts';
import type { Transaction } from '../postgres/pool.ts';
import {
  giveUpAfterHours,
  pingMinutes,
  waitingLimit,
  type ChannelTest,
  type DeliveryOutcome,
} from '../contract/channel.ts';
import { outcomeSentence } from '../contract/channel-words.ts';
import { lastGood } from '../contract/health-words.ts';
import type { Notice } from '../contract/notice.ts';
import { problemsOf, restoreTold } from '../contract/notice-words.ts';
import { databaseFailure } from '../postgres/failure.ts';
import type { RunContext } from './context.ts';
import { currentHealth, type CurrentHealth } from './current-health.ts';
import { noticeOf, noticesFor, type Moment } from './notices.ts';
import { send } from './sending.ts';
import { endedCalls, waitingCalls } from './waiting-calls.ts';
import type { Wakeups } from './wakeups.ts';

/** How often it is looked what lasts or has come with time; what happens is looked at when it happens. */
const lookEveryMs = pingMinutes * 60_000;
/** Where there is no channel. One that is added wakes every process. */
const lookForChannelsMs = 3_600_000;
const lookAfterFailureMs = 60_000;
/** A process that looks for longer is taken for dead. */
const claimMs = 120_000;
/** After each failed attempt; from then on the last. */
const pausesMs = [10_000, 60_000, 300_000, 900_000, 3_600_000];
/** A receiver that takes messages and not this one will hardly take it later. */
const badMessage = new Set([400, 413, 422]);
const badMessageAttempts = 3;
const eventsAtOnce = 500;
/** A timer of Node takes no longer time. */
const longestPauseMs = 2 ** 31 - 1;

/** Finds out what channels are to be told, and sends it: beside all runs, so that nothing waits for a receiver. */
export interface Notifying {
  /** From now on, until it is stopped. */
  listen(): void;
  /** Resolves when nothing is under way. What was not recorded as sent is sent again, by whichever process. */
  stop(): Promise<void>;
}

export function createNotifying(context: RunContext, wakeups: Wakeups): Notifying {
  const { catalog, logger, stopping } = context;
  const { idlePollMs } = context.settings;
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> | undefined;
  let again = false;
  let endWakeups: (() => void) | undefined;

  /** @returns in how many milliseconds there is something to do though nothing is announced; null for never */
  async function work(): Promise<number | null> {
    try {
      if (!(await catalog.isInitialized())) return idlePollMs;
      let due = await catalog.outbox.due();
      if (due.channels && due.lookInMs <= 0 && !stopping.aborted) {
        await look(context);
        due = await catalog.outbox.due();
      }
      while (due.sendInMs !== null && due.sendInMs <= 0 && !stopping.aborted) {
        if (!(await sendNext(context))) break;
        due = await catalog.outbox.due();
      }
      return pauseAfter(due);
    } catch (error) {
      if (stopping.aborted) return null;
      logger.log('warn', `channels could not be served: ${redact(databaseFailure(error).message)}`);
      return lookAfterFailureMs;
    }
  }

  function pauseAfter({
    channels,
    lookInMs,
    sendInMs,
  }: Awaited<ReturnType<typeof catalog.outbox.due>>): number | null {
    // A message that another process sends just now is its own.
    const sendMs = sendInMs === null ? Infinity : Math.max(sendInMs, 1_000);
    // Where a database sleeps while nothing happens, nothing but a message that waits wakes it.
    if (idlePollMs === null) return sendMs === Infinity ? null : sendMs;
    const unheardMs = wakeups.heard ? Infinity : idlePollMs;
    return Math.min(sendMs, channels ? Math.max(lookInMs, 1_000) : lookForChannelsMs, unheardMs);
  }

  function soon(): void {
    if (stopping.aborted) return;
    again = true;
    working ??= untilQuiet().finally(() => (working = undefined));
  }

  async function untilQuiet(): Promise<void> {
    clearTimeout(timer);
    let pauseMs: number | null = null;
    while (again && !stopping.aborted) {
      again = false;
      pauseMs = await work();
    }
    if (pauseMs === null || stopping.aborted) return;
    timer = setTimeout(soon, Math.min(pauseMs, longestPauseMs)).unref();
  }

  return {
    listen() {
      if (endWakeups || stopping.aborted) return;
      endWakeups = wakeups.listen(soon);
      soon();
    },
    async stop() {
      endWakeups?.();
      clearTimeout(timer);
      await working;
    },
  };
}

/** Looks at the health and at what has happened, and writes down what channels are to be told. */
async function look(context: RunContext): Promise<void> {
  const { catalog, stopping } = context;
  const claim = await catalog.outbox.claimLook(claimMs);
  if (claim === undefined) return;
  // Read first: what happens from now on is looked at again.
  const events = await catalog.outbox.unnoticed(eventsAtOnce);
  const health = await currentHealth(context, 'running');
  const moment = await momentOf(context, health);
  const done = await doneNotices(context, events, moment);
  const channels = (await catalog.channels.list()).filter(({ enabled }) => enabled);
  const calls = await callWhileWell(channels, health, stopping);
  const failed = calls.filter(({ outcome }) => outcome.problem !== null);
  const nextMs = Math.min(lookEveryMs, ...failed.map(({ channel }) => (channel.failures + 1) * 60_000));
  await catalog.pool.transaction(async (connection) => {
    const seen = events.map(({ id }) => id);
    const more = events.length === eventsAtOnce;
    if (!(await catalog.outbox.endLook(connection, claim, more ? 0 : nextMs, seen))) return;
    for (const { channel, outcome } of calls) {
      await catalog.channels.noteAttempt(connection, channel.id, outcome, 0);
    }
    await writeNotices(context, connection, channels, health, done, moment);
    await catalog.outbox.forgetRemoved(connection);
  });
}

async function writeNotices(
  { catalog, logger }: RunContext,
  connection: Transaction,
  channels: readonly ListedChannel[],
  health: CurrentHealth,
  done: readonly Notice[],
  moment: Moment,
): Promise<void> {
  const told = await catalog.outbox.told(connection);
  const problems = [...problemsOf(health), ...(await waitingCalls(catalog, moment.called))];
  const ends = await endedCalls(catalog, told, problems);
  for (const channel of channels.filter(({ kind }) => kind !== 'healthchecks')) {
    const known = told.filter(({ channelId }) => channelId === channel.id);
    const { messages, set, over } = noticesFor(channel, problems, known, moment, ends);
    const happened = done.filter(({ topic }) => channel.topics.some((each) => each === topic));
    await catalog.outbox.setTold(connection, set);
    await catalog.outbox.forgetTold(connection, over);
    const all = [...happened, ...messages];
    if (all.length === 0) continue;
    const given = await catalog.outbox.add(connection, channel.id, all, waitingLimit);
    if (given === 0) continue;
    await catalog.channels.noteGivenUp(connection, channel.id, given);
    logger.log('warn', `messages for the channel ${channel.name} were given up: too many wait`, { given });
  }
}

/** Calls the addresses that expect it while all is well; their silence is the alarm. */
async function callWhileWell(
  channels: readonly ListedChannel[],
  { state, protection }: CurrentHealth,
  stopping: AbortSignal,
): Promise<{ channel: ListedChannel; outcome: DeliveryOutcome }[]> {
  if (state !== 'healthy' || protection.state === 'unprotected') return [];
  return Promise.all(
    channels
      .filter(({ kind }) => kind === 'healthchecks')
      .map(async (channel) => ({ channel, outcome: await send(channel, null, stopping) })),
  );
}

async function momentOf({ catalog, settings }: RunContext, health: CurrentHealth): Promise<Moment> {
  return {
    catalogId: await catalog.stores.catalogId(),
    database: health.database.name,
    called: settings.called,
    lastGoodBackup: `${lastGood({ lastGoodAt: health.lastGoodAt?.toISOString() ?? null })}.`,
    page: settings.pageUrl,
    now: health.now,
  };
}

const restoreEnds = /^restore\.(completed|failed|cancelled|interrupted)$/;

/** Messages of what has happened once and lasts no time. */
async function doneNotices(
  { catalog }: RunContext,
  events: readonly UnnoticedEvent[],
  moment: Moment,
): Promise<Notice[]> {
  const notices: Notice[] = [];
  for (const { type, runId, message, at } of events) {
    const state = restoreEnds.exec(type)?.[1] as Parameters<typeof restoreTold>[0]['state'] | undefined;
    // Of a channel that was off for days nobody wants to hear what was then.
    if (!state || runId === null || moment.now.getTime() - at.getTime() > giveUpAfterHours * 3_600_000)
      continue;
    const record = await catalog.restores.get(runId);
    const told = restoreTold({
      id: runId,
      state,
      message,
      backupId: record?.backupId ?? null,
      database: record?.target.mode === 'new-database' ? record.target.database : null,
      undoable: (record?.wayBack ?? null) !== null,
    });
    notices.push(noticeOf({ key: `restore:${runId}`, topic: 'restore.done', ...told }, 'done', null, moment));
  }
  return notices;
}

/**
 * Sends the oldest message of a channel whose turn it is. Its row is locked meanwhile, and goes when the receiver has taken it: a
 * process that is killed in between lets it be sent again, with the same id.
 * @returns whether there was one
 */
async function sendNext({ catalog, logger, stopping }: RunContext): Promise<boolean> {
  return catalog.pool.transaction(async (connection) => {
    const taken = await catalog.outbox.take(connection);
    if (!taken) return false;
    const { channel, waiting } = taken;
    const { message: notice, messageId } = waiting;
    const outcome = await send(channel, { messageId, notice }, stopping);
    const pauseMs = pausesMs[Math.min(channel.failures, pausesMs.length - 1)]!;
    await catalog.channels.noteAttempt(connection, channel.id, outcome, pauseMs);
    if (outcome.problem === null) {
      await catalog.outbox.remove(connection, waiting.id);
      return true;
    }
    const words = `the channel ${channel.name} did not take a message: ${outcomeSentence(outcome, channel.kind)}`;
    logger.log('warn', words, { problem: outcome.problem, status: outcome.status });
    if (isLast(waiting.attempts + 1, waiting.ageMs + pauseMs, outcome)) {
      await catalog.outbox.remove(connection, waiting.id);
      await catalog.channels.noteGivenUp(connection, channel.id, 1);
    } else {
      await catalog.outbox.noteAttempt(connection, waiting.id);
    }
    return true;
  });
}

function isLast(attempts: number, nextAgeMs: number, { problem, status }: DeliveryOutcome): boolean {
  if (problem === 'REFUSED' && badMessage.has(status ?? 0)) return attempts >= badMessageAttempts;
  return nextAgeMs > giveUpAfterHours * 3_600_000;
}

/** Sends a message now, past all that wait, and says what came of it. */
export async function testChannel(context: RunContext, channel: ChannelRecord): Promise<ChannelTest> {
  const { catalog, settings, stopping } = context;
  const health = await currentHealth(context, 'unknown');
  const notice = noticeOf(
    {
      key: 'test',
      topic: 'test',
      severity: 'info',
      title: 'A test of this channel',
      cause: `The channel ${channel.name} works: messages about backups of ${settings.called ?? health.database.name} arrive here.`,
      step: null,
    },
    'test',
    null,
    await momentOf(context, health),
  );
  const began = performance.now();
  const outcome = await send(channel, { messageId: randomUUID(), notice }, stopping);
  const tookMs = Math.round(performance.now() - began);
  // What waits is tried again at once where it works now; where not, nothing changes.
  if (outcome.problem === null) await catalog.channels.noteAttempt(catalog.pool, channel.id, outcome, 0);
  return {
    delivered: outcome.problem === null,
    ...outcome,
    message: outcomeSentence(outcome, channel.kind),
    tookMs,
  };
}
