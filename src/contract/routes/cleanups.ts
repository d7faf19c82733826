import { z } from 'zod';
import { cleanup, cleanupAnswer, cleanupBody, cleanupPage } from '../cleanup.ts';
import { idText, pageQueryText, waitText } from '../fields.ts';
import { route } from '../route.ts';

const params = z.object({ id: idText });

export const cleanUp = route({
  method: 'POST',
  path: '/backup/cleanup',
  summary: "Delete what the schedules' retention policies do not keep, and what no backup needs",
  description:
    'Answers at once, or with `?wait=` or `Prefer: wait=` when the cleanup has ended. It deletes, so it needs a body: `{}` at least.',
  query: z.strictObject({ wait: waitText.optional() }),
  body: cleanupBody,
  bodyRequired: true,
  answers: {
    200: { description: 'Of a dry run: what would be deleted', schema: cleanupAnswer },
    201: { description: 'It has completed', schema: cleanupAnswer },
    202: { description: 'It is running; its address is in Location', schema: cleanupAnswer },
  },
});

export const readCleanups = route({
  method: 'GET',
  path: '/backup/cleanup',
  scope: 'read',
  summary: 'List cleanups, with what each deleted and why',
  query: z.strictObject(pageQueryText),
  answers: { 200: { description: 'The cleanups, newest first', schema: cleanupPage } },
});

export const readCleanup = route({
  method: 'GET',
  path: '/backup/cleanup/{id}',
  scope: 'read',
  summary: 'One cleanup',
  params,
  answers: { 200: { description: 'The cleanup', schema: z.object({ cleanup }) } },
});

export const cancelCleanup = route({
  method: 'POST',
  path: '/backup/cleanup/{id}/cancel',
  summary: 'Stop a running cleanup; what it has deleted stays deleted',
  params,
  answers: {
    200: {
      description: 'As it is now; a running one ends as cancelled within seconds',
      schema: cleanupAnswer,
    },
  },
});
