import { z } from 'zod';
import { idText } from '../fields.ts';
import { queryAnswer, queryBody } from '../query.ts';
import { route } from '../route.ts';

export const queryBackup = route({
  method: 'POST',
  path: '/backup/{id}/query',
  scope: 'restore',
  summary: 'What a SELECT says of a backup',
  description:
    'A scratch database is filled with the tables that the statement names, and the statement runs in it as a role that may read them and do nothing else. The database stays for some minutes for the next question.',
  params: z.object({ id: idText }),
  body: queryBody,
  bodyRequired: true,
  answers: { 200: { description: 'The answer', schema: queryAnswer } },
});
