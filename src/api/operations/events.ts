import { z } from 'zod';
import * as routes from '../../contract/routes/events.ts';
import type { SystemEvent } from '../contract.ts';
import { asItIs, endpoint } from '../endpoint.ts';
import { eventStream } from '../event-stream.ts';
import { operation } from '../operation.ts';
import { presentEvent, presentSignal } from '../present-event.ts';

const eventOptions = z.strictObject({
  signal: z.instanceof(AbortSignal).optional(),
  after: z.number().int().min(0).optional(),
});

/** Events a slow reader may fall behind by. Beyond that its stream ends, and it can continue from its last `eventId`. */
const waitingLimit = 1_000;
/** Past events that a returning reader gets. */
const backlogLimit = 1_000;

export const events = operation({
  name: 'events',
  takes: [eventOptions.prefault({})],
  async run({ catalog, jobs }, { signal, after }) {
    signal?.throwIfAborted();
    const waiting: SystemEvent[] = [];
    let arrived = Promise.withResolvers<void>();
    let ended = false;
    /** Ids of past events: some of them also arrive from the feed. */
    let told = new Set<number>();
    const end = (): void => {
      ended = true;
      stopListening();
      arrived.resolve();
    };
    const stopListening = jobs.events.listen((event) => {
      // The next report of the same run says more.
      if (event.type === 'progress' ? waiting.length > waitingLimit / 2 : told.has(event.id)) return;
      waiting.push(presentEvent(event));
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
  endpoints: [
    endpoint(routes.readEvents, async ({ api, request, query }) => {
      const lastSeen = /^[0-9]{1,15}$/.exec(request.headers.get('last-event-id') ?? '')?.[0];
      const after = query.after ?? (lastSeen === undefined ? undefined : Number(lastSeen));
      const headers = {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': asItIs,
        // Otherwise nginx holds events back until it has a page of them.
        'X-Accel-Buffering': 'no',
      };
      if (request.method === 'HEAD') return new Response(null, { headers });
      return new Response(await eventStream(api, request.signal, after), { headers });
    }),
  ],
});
