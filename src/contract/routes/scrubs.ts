import { z } from 'zod';
import { idText, pageQueryText, waitText } from '../fields.ts';
import { route } from '../route.ts';
import { scrub, scrubAnswer, scrubBody, scrubPage } from '../scrub.ts';
import { storeName } from '../store.ts';

const params = z.object({ id: idText });

export const scrubStore = route({
  method: 'POST',
  path: '/stores/{name}/scrub',
  scope: 'backup',
  summary: 'Read a store, and find out whether its bytes are still those that were written',
  description:
    'Needs no key. What is missing or damaged is known from then on, and is put right from a copy or by the next backup. A part of each store is read each day in any case: `scrubDays`. Answers at once, or with `?wait=` or `Prefer: wait=` when it has ended.',
  params: z.object({ name: storeName }),
  query: z.strictObject({ wait: waitText.optional() }),
  body: scrubBody,
  answers: {
    201: { description: 'It has been read; `report` says what was found', schema: scrubAnswer },
    202: { description: 'It is running; its address is in Location', schema: scrubAnswer },
  },
});

export const readScrubs = route({
  method: 'GET',
  path: '/scrub',
  scope: 'read',
  summary: 'List scrubs',
  query: z.strictObject(pageQueryText),
  answers: { 200: { description: 'The scrubs of all stores, newest first', schema: scrubPage } },
});

export const readScrub = route({
  method: 'GET',
  path: '/scrub/{id}',
  scope: 'read',
  summary: 'One scrub',
  params,
  answers: { 200: { description: 'The scrub', schema: z.object({ scrub }) } },
});

export const cancelScrub = route({
  method: 'POST',
  path: '/scrub/{id}/cancel',
  scope: 'backup',
  summary: 'Stop a running scrub',
  description: 'The next one begins with what this one has not read.',
  params,
  answers: {
    200: { description: 'As it is now; a running one ends as cancelled within seconds', schema: scrubAnswer },
  },
});
