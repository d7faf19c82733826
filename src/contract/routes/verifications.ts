import { z } from 'zod';
import { drillAnswer } from '../drill.ts';
import { idText, pageQueryText, waitText } from '../fields.ts';
import { route } from '../route.ts';
import { storeName } from '../store.ts';
import { verification, verificationAnswer, verificationPage, verifyOrDrillBody } from '../verification.ts';

const params = z.object({ id: idText });

export const verifyBackup = route({
  method: 'POST',
  path: '/backup/{id}/verify',
  scope: 'backup',
  summary: 'Read a backup again, and prove what the level says',
  description:
    'presence looks whether everything is there, checksum reads what is stored, content unpacks and counts it, drill restores it. Answers at once, or with `?wait=` or `Prefer: wait=` when the verification has ended.',
  params,
  query: z.strictObject({
    wait: waitText.optional(),
    store: storeName
      .optional()
      .meta({ description: 'The copy in this store; default: where the backup is at home' }),
  }),
  body: verifyOrDrillBody,
  answers: {
    201: {
      description: 'It is proved; `report.proved` says what',
      schema: z.union([verificationAnswer, drillAnswer]),
    },
    202: {
      description: 'It is running; its address is in Location',
      schema: z.union([verificationAnswer, drillAnswer]),
    },
  },
});

export const readVerifications = route({
  method: 'GET',
  path: '/verification',
  scope: 'read',
  summary: 'List verifications',
  query: z.strictObject(pageQueryText),
  answers: { 200: { description: 'The verifications, newest first', schema: verificationPage } },
});

export const readVerification = route({
  method: 'GET',
  path: '/verification/{id}',
  scope: 'read',
  summary: 'One verification',
  params,
  answers: { 200: { description: 'The verification', schema: z.object({ verification }) } },
});

export const cancelVerification = route({
  method: 'POST',
  path: '/verification/{id}/cancel',
  scope: 'backup',
  summary: 'Stop a running verification',
  params,
  answers: {
    200: {
      description: 'As it is now; a running one ends as cancelled within seconds',
      schema: verificationAnswer,
    },
  },
});
