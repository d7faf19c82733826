import { z } from 'zod';
import { copy, copyAnswer, copyBody, copyPage } from '../copy.ts';
import { idText, pageQueryText, waitText } from '../fields.ts';
import { route } from '../route.ts';

const params = z.object({ id: idText });

export const copyBackup = route({
  method: 'POST',
  path: '/backup/{id}/copy',
  scope: 'backup',
  summary: 'Copy a backup to another store, or put right what is damaged where it is',
  description:
    'Sends what the store lacks, and nothing else. Answers at once, or with `?wait=` or `Prefer: wait=` when the copy has ended.',
  params,
  query: z.strictObject({ wait: waitText.optional() }),
  body: copyBody,
  answers: {
    201: { description: 'The store has confirmed all of it', schema: copyAnswer },
    202: { description: 'It is running; its address is in Location', schema: copyAnswer },
  },
});

export const readCopies = route({
  method: 'GET',
  path: '/copy',
  scope: 'read',
  summary: 'List copies',
  query: z.strictObject(pageQueryText),
  answers: { 200: { description: 'The runs that copied a backup, newest first', schema: copyPage } },
});

export const readCopy = route({
  method: 'GET',
  path: '/copy/{id}',
  scope: 'read',
  summary: 'One copy',
  params,
  answers: { 200: { description: 'The copy', schema: z.object({ copy }) } },
});

export const cancelCopy = route({
  method: 'POST',
  path: '/copy/{id}/cancel',
  scope: 'backup',
  summary: 'Stop a running copy',
  description: 'It is not begun again automatically.',
  params,
  answers: {
    200: { description: 'As it is now; a running one ends as cancelled within seconds', schema: copyAnswer },
  },
});
