import { redact } from '../base/redaction.ts';
import type { EventRecord } from '../catalog/events.ts';
import type { LiveRun } from '../catalog/queue.ts';
import { databaseFailure } from '../postgres/failure.ts';
import { runKey } from './active-run.ts';
import type { RunContext } from './context.ts';
import type { Wakeups } from './wakeups.ts';

const pollEveryMs = 500;
/** A timer of Node takes no longer time. */
const neverMs = 2 ** 31 - 1;
const pollAfterFailureMs = 5_000;
const atOnce = 500;
/**
 * An event gets its id before it can be seen, so one with a smaller id may appear a moment after a larger one. Ids are
 * looked at again for this time.
 */
const overlapMs = 10_000;

/** How far a run has come; told while it goes on, and not kept. */
export interface RunProgress extends Pick<LiveRun, 'kind' | 'id' | 'status' | 'progress'> {
  type: 'progress';
}

export type FeedEvent = EventRecord | RunProgress;
export type FeedListener = (event: FeedEvent) => void;

/** Reports events of runs and schedules of every process. The database is queried only while there are listeners. */
export interface EventFeed {
  /**
   * @param listener must not throw
   * @returns a function that ends it
   */
  listen(listener: FeedListener): () => void;
  /** Resolves when every later event will be reported. @throws when the database cannot be queried */
  ready(): Promise<void>;
}

export function createEventFeed(context: RunContext, wakeups: Wakeups): EventFeed {
  const { catalog, stopping } = context;
  const listeners = new Set<FeedListener>();
  let polling = false;
  let ready = firstLook();

  const tell = (event: FeedEvent): void => {
    for (const listener of listeners) listener(event);
  };

  async function poll(): Promise<void> {
    /** Everything up to here has been told for certain. */
    let settled: number | undefined;
    const told = new Map<number, Date>();
    const shown = new Map<string, string>();
    /** Nothing went on when it was last looked, and nothing was announced since. */
    let quiet = false;
    const alarm = alarmClock();
    const endWakeups = wakeups.listen(alarm.ring);
    stopping.addEventListener('abort', alarm.ring);
    while (listeners.size > 0 && !stopping.aborted) {
      let wait = pollEveryMs;
      try {
        if (settled === undefined) {
          settled = await catalog.events.latest();
          ready.resolve();
        } else {
          const { events, now } = await catalog.events.after(settled, atOnce);
          quiet &&= events.length === 0;
          for (const event of events) {
            if (told.has(event.id)) continue;
            told.set(event.id, event.at);
            tell(event);
          }
          for (const [id, at] of told) {
            if (at.getTime() > now.getTime() - overlapMs && told.size < atOnce / 2) continue;
            settled = Math.max(settled, id);
            told.delete(id);
          }
        }
        // No run goes on that nobody has heard of.
        const live: LiveRun[] = quiet ? [] : await catalog.queue.live();
        for (const run of live) tellProgress(run, shown);
        quiet = live.length === 0 && told.size === 0;
        // What happens is announced then; this is for when that is not heard.
        if (quiet) wait = context.settings.idlePollMs ?? neverMs;
      } catch (error) {
        wait = pollAfterFailureMs;
        if (settled === undefined) {
          ready.reject(error);
          ready = firstLook();
        }
        context.logger.log('debug', `events could not be read: ${redact(databaseFailure(error).message)}`);
      }
      if (await alarm.sleep(wait)) quiet = false;
    }
    endWakeups();
    stopping.removeEventListener('abort', alarm.ring);
    polling = false;
    ready = firstLook();
  }

  function tellProgress({ kind, id, status, progress }: LiveRun, shown: Map<string, string>): void {
    const key = runKey(kind, id);
    const latest = context.active.get(key)?.progress ?? progress;
    const text = JSON.stringify([status, latest]);
    if (shown.get(key) === text) return;
    shown.set(key, text);
    tell({ type: 'progress', kind, id, status, progress: latest });
  }

  return {
    listen(listener) {
      listeners.add(listener);
      if (!polling) {
        polling = true;
        void poll();
      }
      return () => void listeners.delete(listener);
    },
    ready: () => ready.promise,
  };
}

/**
 * Sleep that ends early when it rings, also when that was before it began; it says whether that was so. Keeps no process
 * alive.
 */
function alarmClock(): { ring(): void; sleep(ms: number): Promise<boolean> } {
  let rung = false;
  let end: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      end?.();
    },
    async sleep(ms) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms).unref();
          end = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      const early = rung;
      rung = false;
      end = undefined;
      return early;
    },
  };
}

function firstLook(): PromiseWithResolvers<void> {
  const look = Promise.withResolvers<void>();
  // Listeners that do not await it need no error.
  look.promise.catch(() => {});
  return look;
}
