import { z } from 'zod';
import { waitText } from '../fields.ts';
import { pointAnswer, pointBody } from '../point.ts';
import { route } from '../route.ts';

export const createPoint = route({
  method: 'POST',
  path: '/point',
  scope: 'point',
  summary: 'Take a point to go back to, before something risky',
  description:
    'An incremental backup with the settings of the installation, and nothing else: nothing is read back, chosen or deleted with it. Answers at once, or with `?wait=` or `Prefer: wait=` when it has ended.',
  query: z.strictObject({ wait: waitText.optional() }),
  body: pointBody,
  answers: {
    201: { description: 'It is there', schema: pointAnswer },
    202: { description: 'It is being taken', schema: pointAnswer },
  },
});
