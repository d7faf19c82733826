import type { EventRecord } from '../../catalog/events.ts';
import { redact } from '../../base/redaction.ts';
import type { FeedEvent } from '../../runs/event-feed.ts';
import type { Progress } from '../../contract/progress.ts';
import type { BackupApi, Signal, SystemEvent } from '../contract.ts';
import type { ApiContext } from '../context.ts';

/** Events that a slow reader may be behind with; beyond, what it reads ends, and it can go on from the last `eventId`. */
const waitingLimit = 1_000;
/** Events of the past that are told to one who comes back. */
const backlogLimit = 1_000;

export function eventOperations({ catalog, jobs }: ApiContext): Pick<BackupApi, 'events'> {
  return {
    async events({ signal, after } = {}) {
      signal?.throwIfAborted();
      const waiting: SystemEvent[] = [];
      let arrived = Promise.withResolvers<void>();
      let ended = false;
      /** Of those that happened before it was listened for; some of them are told twice. */
      let told = new Set<number>();
      const end = (): void => {
        ended = true;
        stopListening();
        arrived.resolve();
      };
      const stopListening = jobs.events.listen((event) => {
        // The next report of the same run says more.
        if (event.type === 'progress' ? waiting.length > waitingLimit / 2 : told.has(event.id)) return;
        waiting.push(present(event));
        if (waiting.length > waitingLimit) end();
        arrived.resolve();
      });
      signal?.addEventListener('abort', end, { once: true });
      jobs.stopping.addEventListener('abort', end, { once: true });
      try {
        await jobs.events.ready();
        const past = after === undefined ? [] : (await catalog.events.after(after, backlogLimit)).events;
        const known = new Set(waiting.map((event) => ('eventId' in event ? event.eventId : 0)));
        told = new Set(past.map(({ id }) => id));
        waiting.unshift(...past.filter(({ id }) => !known.has(id)).map(presentSignal));
      } catch (error) {
        end();
        throw error;
      }
      return (async function* () {
        try {
          while (!ended) {
            yield* waiting.splice(0);
            if (waiting.length > 0 || ended) continue;
            arrived = Promise.withResolvers<void>();
            await arrived.promise;
          }
        } finally {
          end();
        }
      })();
    },
  };
}

/** `system.api.on`: not an operation, because it answers at once and asks nothing of the database itself. */
export function listenTo({ jobs, config }: ApiContext): BackupApi['on'] {
  return (type, listener) =>
    jobs.events.listen((event) => {
      if (event.type !== type && type !== '*') return;
      try {
        (listener as (event: SystemEvent) => void)(present(event));
      } catch (error) {
        // Whoever listens must not be able to disturb the others.
        config.logger.log('error', `a listener of ${type} failed: ${redact(String(error))}`);
      }
    });
}

function present(event: FeedEvent): SystemEvent {
  return event.type === 'progress'
    ? { ...event, progress: event.progress as Progress | null }
    : presentSignal(event);
}

function presentSignal({ id, at, type, kind, runId, scheduleName, message }: EventRecord): Signal {
  return { type, at: at.toISOString(), kind, id: runId, scheduleName, message, eventId: id };
}
