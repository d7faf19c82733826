import { z } from 'zod';
import { idText, pageQueryText } from '../../contract/fields.ts';
import { verification, verificationAnswer, verificationPage } from '../../contract/verification.ts';
import { endpoint, json } from '../endpoint.ts';
import { answerRun, waitText } from '../run-answer.ts';

export const verifyBackup = endpoint({
  method: 'POST',
  path: '/backup/{id}/verify',
  summary: 'Read a backup again, and prove that all of it is there',
  description: 'Answers at once, or with `?wait=` or `Prefer: wait=` when the verification has ended.',
  params: z.object({ id: idText }),
  query: z.strictObject({ wait: waitText.optional() }),
  answers: {
    201: { description: 'All of it is there', schema: verificationAnswer },
    202: { description: 'It is running; its address is in Location', schema: verificationAnswer },
  },
  handle: (call) =>
    answerRun(call, 'verification', ({ wait }) => call.api.verifyBackup(call.params.id, { wait })),
});

export const readVerifications = endpoint({
  method: 'GET',
  path: '/verification',
  summary: 'List verifications',
  query: z.strictObject(pageQueryText),
  answers: { 200: { description: 'The verifications, newest first', schema: verificationPage } },
  handle: async ({ api, query }) => json(await api.listVerifications(query)),
});

export const readVerification = endpoint({
  method: 'GET',
  path: '/verification/{id}',
  summary: 'One verification',
  params: z.object({ id: idText }),
  answers: { 200: { description: 'The verification', schema: z.object({ verification }) } },
  handle: async ({ api, params }) => json({ verification: await api.getVerification(params.id) }),
});

export const cancelVerification = endpoint({
  method: 'POST',
  path: '/verification/{id}/cancel',
  summary: 'Stop a running verification',
  params: z.object({ id: idText }),
  answers: {
    200: {
      description: 'The row as it stands; a running one ends as cancelled within seconds',
      schema: verificationAnswer,
    },
  },
  handle: async ({ api, params }) =>
    json({ success: true, verification: await api.cancelVerification(params.id) }),
});
