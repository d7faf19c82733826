import { z } from 'zod';
import { route } from '../route.ts';

export const readEvents = route({
  method: 'GET',
  path: '/events',
  scope: 'read',
  summary: 'What happens to runs and schedules, as it happens: server-sent events',
  description:
    'Each event has the type of its `Signal` or `RunProgress`, which is its data. After a broken connection, continue with ' +
    '`Last-Event-ID`, or with `?after=` and an `eventId`.',
  query: z.strictObject({
    after: z
      .string()
      .regex(/^[0-9]{1,15}$/, 'must be an eventId')
      .transform(Number)
      .optional()
      .meta({ description: 'Begins with what came after the event of this `eventId`' }),
  }),
  answers: { 200: { description: 'A stream without end', mediaTypes: ['text/event-stream'] } },
});
