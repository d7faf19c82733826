import { setTimeout as pause } from 'node:timers/promises';
import { redact } from '../base/redaction.ts';
import { endLaneHolder } from '../catalog/locks.ts';
import type { QueuedRun } from '../catalog/queue.ts';
import { laneOf, lanes, type Lane } from '../catalog/run-tables.ts';
import type { RunKind } from '../contract/states.ts';
import { databaseFailure } from '../postgres/failure.ts';
import { runKey } from './active-run.ts';
import type { RunContext } from './context.ts';
import { orderDueCopies } from './copies.ts';
import { marked } from './databases.ts';
import { openLocks, type LaneHold } from './locks.ts';
import { joinRuns } from './joining.ts';
import { kinds } from './kinds/kinds.ts';
import { perform } from './perform.ts';
import { interruptLeftovers, isWithoutKey, reap } from './reaper.ts';
import { orderDueRuns } from './scheduler.ts';
import { hasDrillTarget } from './scratch-target.ts';
import { dueDrills } from './drills.ts';
import { dueScrubs } from './scrubs.ts';
import { dueStoreTests } from './store-tests.ts';
import type { Wakeups } from './wakeups.ts';

/** How often the queue is looked at while runs wait or go on: their process may have died. */
const lookWhileBusyMs = 2_000;
/** When the database could not be asked. */
const lookAfterFailureMs = 5_000;
/** A timer of Node takes no longer time than some 24 days. */
const longestPauseMs = 24 * 3_600_000;
/** How often a run that waits for another one, of whichever process, tries again. */
const busyPauseMs = 250;
/** A run without a heartbeat for this time loses its lock to a waiting one. */
const holderSilentSeconds = 300;

/** Takes queued runs and performs them, one per lane at a time across all processes. */
export interface Worker {
  /**
   * There may be a run in the queue of a lane: takes it when its turn comes. Resolves as soon as the next run has begun,
   * or is known to have to wait for another one.
   * @throws when the database does not let a run begin
   */
  wake(lane: Lane): Promise<void>;
  /** Looks for runs from now on, until it is stopped. */
  listen(): void;
  /** Takes no more runs; resolves when those under way have ended. */
  stop(): Promise<void>;
}

export function createWorker(context: RunContext, wakeups: Wakeups): Worker {
  const { stopping } = context;
  // What goes wrong is in the log.
  const wakeLane = (lane: Lane): void => void laneWorkers[lane].wake().catch(() => {});
  const laneWorkers: Record<Lane, LaneWorker> = {
    writer: laneWorker(context, 'writer', wakeLane),
    maintenance: laneWorker(context, 'maintenance', wakeLane),
    copy: laneWorker(context, 'copy', wakeLane),
    drill: laneWorker(context, 'drill', wakeLane),
    scrub: laneWorker(context, 'scrub', wakeLane),
    check: laneWorker(context, 'check', wakeLane),
  };
  const storeTests = dueStoreTests(context);
  const drills = dueDrills(context);
  const scrubs = dueScrubs(context);
  const joining = joinRuns(context);
  const { idlePollMs } = context.settings;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let lookAgain = false;
  let endWakeups: (() => void) | undefined;

  /**
   * Does what there is to do.
   * @returns in how many milliseconds to look again though nothing is announced; null for never
   */
  async function look(): Promise<number | null> {
    const { catalog, logger } = context;
    try {
      if (!(await catalog.isInitialized())) return idlePollMs;
      const alive = await catalog.queue.live();
      if (alive.some((run) => run.status === 'running' || isWithoutKey(context, run))) await reap(context);
      if (alive.some((run) => run.status === 'running')) await joining.look();
      storeTests.begin();
      const due = await orderDueRuns(context);
      const copies = await orderDueCopies(context);
      const drilled = await drills.order();
      const scrubbed = await scrubs.order();
      const ordered = due.ordered || copies.length > 0 || drilled || scrubbed;
      if (alive.length === 0 && !ordered) return earlier(idlePollMs, due.nextInMs);
      for (const lane of lanes) if (await nextOf(context, lane)) await laneWorkers[lane].wake();
      if (ordered) wakeups.wake();
      return lookWhileBusyMs;
    } catch (error) {
      logger.log('warn', `the queue could not be read: ${redact(databaseFailure(error).message)}`);
      return earlier(idlePollMs, lookAfterFailureMs);
    }
  }

  function lookSoon(): void {
    if (!context.listening || stopping.aborted) return;
    // One at a time; what is announced while it looks may have come too late for it.
    lookAgain = true;
    looking ??= lookUntilQuiet().finally(() => (looking = undefined));
  }

  async function lookUntilQuiet(): Promise<void> {
    clearTimeout(timer);
    let pauseMs: number | null = null;
    while (lookAgain && !stopping.aborted) {
      lookAgain = false;
      pauseMs = await look();
    }
    if (pauseMs === null || stopping.aborted) return;
    timer = setTimeout(lookSoon, Math.min(Math.max(pauseMs, 0), longestPauseMs)).unref();
  }

  return {
    wake: (lane) => laneWorkers[lane].wake(),
    listen() {
      if (context.listening || stopping.aborted) return;
      context.listening = true;
      endWakeups = wakeups.listen(lookSoon);
      lookSoon();
    },
    async stop() {
      endWakeups?.();
      clearTimeout(timer);
      await looking;
      await storeTests.ended();
      await joining.ended();
      await Promise.all(lanes.map((lane) => laneWorkers[lane].ended()));
    },
  };
}

function nextOf(context: RunContext, lane: Lane): Promise<QueuedRun | undefined> {
  const { catalog, keys } = context;
  // A drill is for a process that has a place for it, or was given one.
  const notHere = lane === 'drill' && !hasDrillTarget(context);
  return catalog.queue.next(lane, keys.tickets(), notHere);
}

function earlier(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}

interface LaneWorker {
  wake(): Promise<void>;
  /** Resolves when nothing of the lane is under way. */
  ended(): Promise<void>;
}

function laneWorker(context: RunContext, lane: Lane, wakeLane: (lane: Lane) => void): LaneWorker {
  let emptying: Promise<void> | undefined;
  let wokenMeanwhile = false;

  async function wake(): Promise<void> {
    if (context.stopping.aborted) return;
    if (emptying) {
      // It may have found the queue empty just before.
      wokenMeanwhile = true;
      return;
    }
    const first = Promise.withResolvers<void>();
    emptying = emptyQueue(context, lane, wakeLane, first.resolve)
      .catch((error: unknown) => {
        const failure = databaseFailure(error);
        context.logger.log('error', `queued runs could not be started: ${redact(failure.message)}`);
        first.reject(failure);
      })
      .finally(() => {
        emptying = undefined;
        first.resolve();
        if (!wokenMeanwhile) return;
        wokenMeanwhile = false;
        // What goes wrong is in the log.
        wake().catch(() => {});
      });
    await first.promise;
  }

  return {
    wake,
    async ended() {
      await emptying;
    },
  };
}

/** @param onDecided called when the first run has begun, has to wait, or is no longer there */
async function emptyQueue(
  context: RunContext,
  lane: Lane,
  wakeLane: (lane: Lane) => void,
  onDecided: () => void,
): Promise<void> {
  const { gate, stopping } = context;
  while (!stopping.aborted && (await mayTakeOne(context, lane))) {
    // For a restore a person waits: it needs no place.
    const leave = await gate.enter(() => isRestoreNext(context, lane));
    if (!leave) {
      onDecided();
      await gate.freed(stopping);
      continue;
    }
    const taken = await takeNext(context, lane, wakeLane, onDecided).finally(leave);
    onDecided();
    if (!taken) await pause(busyPauseMs, undefined, { signal: stopping }).catch(() => {});
  }
}

async function isRestoreNext(context: RunContext, lane: Lane): Promise<boolean> {
  return lane === 'writer' && (await nextOf(context, lane))?.kind === 'restore';
}

/**
 * A process that does not listen works for its own orders only, and for those before them: what others order is not
 * begun by one that is about to end.
 */
async function mayTakeOne(context: RunContext, lane: Lane): Promise<boolean> {
  const { catalog, listening, ordered } = context;
  if ((await nextOf(context, lane)) === undefined) return false;
  if (listening) return true;
  for (const key of ordered) {
    const [kind, id] = key.split(':') as [RunKind, string];
    if (laneOf(kind) !== lane) continue;
    if (await kinds[kind].rows(catalog).isWaiting(Number(id))) return true;
    ordered.delete(key);
  }
  return false;
}

/** @returns false when another run of the lane is in progress */
async function takeNext(
  context: RunContext,
  lane: Lane,
  wakeLane: (lane: Lane) => void,
  onBegun: () => void,
): Promise<boolean> {
  const locks = await openLocks(context.databases.locks, context.catalog.schema);
  try {
    const taken = await locks.tryLane(lane);
    if (!taken) {
      await endSilentHolder(context, lane);
      return false;
    }
    await interruptLeftovers(context, lane, context.catalog.pool);
    // Read under the lock: no other process takes one now.
    const next = await nextOf(context, lane);
    if (next && !context.stopping.aborted) {
      for (const lane of await take(context, { locks, ...taken }, next, onBegun)) wakeLane(lane);
    }
    return true;
  } finally {
    await locks.close();
  }
}

/** A process that works writes twice a second that it does. One that has not for minutes will not let the lock go either. */
async function endSilentHolder({ catalog, logger }: RunContext, lane: Lane): Promise<void> {
  if (((await catalog.queue.silentFor(lane)) ?? 0) < holderSilentSeconds) return;
  logger.log('warn', `no heartbeat from the active run: its lock is taken over`, { lane });
  await endLaneHolder(catalog.pool, catalog.schema, lane);
}

/** @returns the lanes in which something waits because of this run */
async function take(
  context: RunContext,
  hold: LaneHold,
  next: QueuedRun,
  onBegun: () => void,
): Promise<Lane[]> {
  const { kind: name, id, keyTicket } = next;
  const kind = kinds[name];
  const { catalog, keys } = context;
  const secrets = keyTicket === null ? undefined : keys.secretsOf(keyTicket);
  if (keyTicket !== null && secrets === undefined) return [];
  // It may have been cancelled meanwhile.
  if (!(await kind.begin(context, { id, fence: hold.fence }))) return [];
  if (keyTicket !== null) await keys.begun(keyTicket);
  // By the mark others find what is left of it, should this process be gone.
  const marks = { ...context, databases: marked(context.databases, hold.mark) };
  const run = await perform(marks, hold, next, secrets);
  onBegun();
  await run?.done;
  if (keyTicket !== null) await keys.forget(keyTicket);
  const own = context.ordered.delete(runKey(name, id));
  // Other processes go on with what this one had to leave; without any, it goes on when one is started.
  if (kind.resumable && context.stopping.aborted && (context.listening || !own)) {
    await kind.rows(catalog).requeue(catalog.pool, id, 0);
  } else {
    await kind.retry?.(context, catalog.pool, id);
  }
  if (context.stopping.aborted) return [];
  const following = (await kind.followUp?.(context)) ?? [];
  for (const run of following) context.ordered.add(runKey(run.kind, run.id));
  return following.map((run) => laneOf(run.kind));
}
