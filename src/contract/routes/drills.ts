import { z } from 'zod';
import { certificate } from '../certificate.ts';
import { drillAnswer, drillDetail, drillPage } from '../drill.ts';
import { idText, pageQueryText, waitText } from '../fields.ts';
import { openBody } from '../identity.ts';
import { route } from '../route.ts';
import { storeName } from '../store.ts';

const params = z.object({ id: idText });

export const drillBackup = route({
  method: 'POST',
  path: '/backup/{id}/drill',
  scope: 'restore',
  summary: 'Prove a backup by restoring it into a scratch database',
  description:
    'Restores it, compares every row and definition, runs the configured checks, and drops the scratch database. Answers at once, or with `?wait=` or `Prefer: wait=` when the drill has ended.',
  params,
  query: z.strictObject({
    wait: waitText.optional(),
    store: storeName
      .optional()
      .meta({ description: 'The copy in this store; default: where the backup is at home' }),
  }),
  body: openBody,
  answers: {
    201: { description: 'It passed, or is inconclusive', schema: drillAnswer },
    202: { description: 'It is running; its address is in Location', schema: drillAnswer },
  },
});

export const readCertificate = route({
  method: 'GET',
  path: '/backup/{id}/certificate',
  scope: 'read',
  summary: 'The newest certificate of a backup',
  params,
  answers: { 200: { description: 'The certificate, byte for byte', schema: certificate } },
});

export const keepCertificate = route({
  method: 'POST',
  path: '/certificates',
  scope: 'backup',
  summary: 'Hand in the certificate of a drill that was made elsewhere',
  description:
    'It is proved and kept with the backup that it is of. In an encrypted store a signature must be by a writer key of the store.',
  body: certificate,
  bodyRequired: true,
  answers: { 201: { description: 'It is kept', schema: drillAnswer } },
});

export const readDrills = route({
  method: 'GET',
  path: '/drill',
  scope: 'read',
  summary: 'List drills',
  query: z.strictObject(pageQueryText),
  answers: { 200: { description: 'The drills, newest first', schema: drillPage } },
});

export const readDrill = route({
  method: 'GET',
  path: '/drill/{id}',
  scope: 'read',
  summary: 'One drill, with its certificate',
  params,
  answers: { 200: { description: 'The drill', schema: drillDetail } },
});

export const cancelDrill = route({
  method: 'POST',
  path: '/drill/{id}/cancel',
  scope: 'restore',
  summary: 'Stop a running drill',
  params,
  answers: {
    200: { description: 'As it is now; a running one ends as cancelled within seconds', schema: drillAnswer },
  },
});
