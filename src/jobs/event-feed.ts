import { setTimeout as pause } from 'node:timers/promises';
import { redact } from '../base/redaction.ts';
import type { EventRecord } from '../catalog/events.ts';
import type { LiveRun } from '../catalog/queue.ts';
import { databaseFailure } from '../postgres/failure.ts';
import { runKey } from './active-run.ts';
import type { JobContext } from './context.ts';

const pollEveryMs = 500;
const pollAfterFailureMs = 5_000;
const atOnce = 500;
/**
 * An event gets its id before it can be seen, so one with a smaller id may appear a moment after a larger one. Ids are
 * looked at again for so long.
 */
const overlapMs = 10_000;

/** How far a run has come; told while it goes on, and not kept. */
export interface RunProgress extends Pick<LiveRun, 'kind' | 'id' | 'status' | 'progress'> {
  type: 'progress';
}

export type FeedEvent = EventRecord | RunProgress;
export type FeedListener = (event: FeedEvent) => void;

/** Tells what happens to runs and schedules, whichever process they are in. The database is asked only while somebody listens. */
export interface EventFeed {
  /**
   * @param listener must not throw
   * @returns a function that ends it
   */
  listen(listener: FeedListener): () => void;
  /** Resolves once whatever happens from now on will be told. @throws when the database cannot be asked */
  ready(): Promise<void>;
}

export function createEventFeed(context: JobContext): EventFeed {
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
    while (listeners.size > 0 && !stopping.aborted) {
      let wait = pollEveryMs;
      try {
        if (settled === undefined) {
          settled = await catalog.events.latest();
          ready.resolve();
        } else {
          const { events, now } = await catalog.events.after(settled, atOnce);
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
        for (const run of await catalog.queue.live()) tellProgress(run, shown);
      } catch (error) {
        wait = pollAfterFailureMs;
        if (settled === undefined) {
          ready.reject(error);
          ready = firstLook();
        }
        context.logger.log('debug', `events could not be read: ${redact(databaseFailure(error).message)}`);
      }
      await pause(wait, undefined, { ref: false, signal: stopping }).catch(() => {});
    }
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

function firstLook(): PromiseWithResolvers<void> {
  const look = Promise.withResolvers<void>();
  // Whoever listens without waiting for it need not know.
  look.promise.catch(() => {});
  return look;
}
