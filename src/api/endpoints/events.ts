import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { eventStream } from '../event-stream.ts';

export const events = endpoint({
  method: 'GET',
  path: '/events',
  summary: 'What happens to runs and schedules, as it happens: server-sent events',
  description:
    'Each event has the type of its `Signal` or `RunProgress`, which is its data. A connection that broke goes on where it ' +
    'was with `Last-Event-ID`, or `?after=` and an `eventId`.',
  query: z.strictObject({
    after: z
      .string()
      .regex(/^[0-9]{1,15}$/, 'must be an eventId')
      .transform(Number)
      .optional()
      .meta({ description: 'Begins with what came after the event of this `eventId`' }),
  }),
  answers: { 200: { description: 'A stream without end', mediaTypes: ['text/event-stream'] } },
  async handle({ api, request, query }) {
    const lastSeen = /^[0-9]{1,15}$/.exec(request.headers.get('last-event-id') ?? '')?.[0];
    const after = query.after ?? (lastSeen === undefined ? undefined : Number(lastSeen));
    const headers = {
      'Content-Type': 'text/event-stream; charset=utf-8',
      // Or nginx keeps events until it has a page of them.
      'X-Accel-Buffering': 'no',
    };
    if (request.method === 'HEAD') return new Response(null, { headers });
    return new Response(await eventStream(api, request.signal, after), { headers });
  },
});
