import { z } from 'zod';
import { cleanup, cleanupAnswer, cleanupBody, cleanupPage } from '../../contract/cleanup.ts';
import { idText, pageQueryText } from '../../contract/fields.ts';
import { endpoint, json } from '../endpoint.ts';
import { answerRun, waitText } from '../run-answer.ts';

export const cleanUp = endpoint({
  method: 'POST',
  path: '/backup/cleanup',
  summary: "Delete what the schedules' retention policies do not keep, and what no backup needs",
  description:
    'Answers at once, or with `?wait=` or `Prefer: wait=` when the clean-up has ended. It deletes, so it wants a body: `{}` at least.',
  query: z.strictObject({ wait: waitText.optional() }),
  body: cleanupBody,
  bodyRequired: true,
  answers: {
    200: { description: 'Of a dry run: what would be deleted', schema: cleanupAnswer },
    201: { description: 'It has completed', schema: cleanupAnswer },
    202: { description: 'It is running; its address is in Location', schema: cleanupAnswer },
  },
  async handle(call) {
    const { body } = call;
    if (body.dryRun) return json({ success: true, cleanup: await call.api.cleanUp(body) });
    return answerRun(call, 'cleanup', async (request) => {
      const { id, ...started } = await call.api.cleanUp(request);
      return { ...started, id: id! };
    });
  },
});

export const readCleanups = endpoint({
  method: 'GET',
  path: '/backup/cleanup',
  summary: 'List clean-ups, with what each deleted and why',
  query: z.strictObject(pageQueryText),
  answers: { 200: { description: 'The clean-ups, newest first', schema: cleanupPage } },
  handle: async ({ api, query }) => json(await api.listCleanups(query)),
});

export const readCleanup = endpoint({
  method: 'GET',
  path: '/backup/cleanup/{id}',
  summary: 'One clean-up',
  params: z.object({ id: idText }),
  answers: { 200: { description: 'The clean-up', schema: z.object({ cleanup }) } },
  handle: async ({ api, params }) => json({ cleanup: await api.getCleanup(params.id) }),
});

export const cancelCleanup = endpoint({
  method: 'POST',
  path: '/backup/cleanup/{id}/cancel',
  summary: 'Stop a running clean-up; what it has deleted stays deleted',
  params: z.object({ id: idText }),
  answers: {
    200: {
      description: 'The row as it stands; a running one ends as cancelled within seconds',
      schema: cleanupAnswer,
    },
  },
  handle: async ({ api, params }) => json({ success: true, cleanup: await api.cancelCleanup(params.id) }),
});
