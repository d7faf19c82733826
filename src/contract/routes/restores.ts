import { z } from 'zod';
import { flagText, idText, pageQueryText, waitText } from '../fields.ts';
import { restoreAnswer, restoreBody, restoreDetail, restoreOutlook, restorePage } from '../restore.ts';
import { route } from '../route.ts';

const params = z.object({ id: idText });
const oneRestore = z.object({ restore: restoreDetail });

export const createRestore = route({
  method: 'POST',
  path: '/restore',
  summary: 'Restore a backup, or say what that would do',
  description: 'Answers at once, or with `?wait=` or `Prefer: wait=` when the restore has ended.',
  query: z.strictObject({
    wait: waitText.optional(),
    dryRun: flagText.optional().meta({ description: 'Only plan; nothing is changed' }),
    sql: flagText.optional().meta({
      description: 'With dryRun: also the SQL of the backup that would be run, in plan.statements',
    }),
  }),
  body: restoreBody,
  answers: {
    200: { description: 'The plan, for a dry run', schema: z.object({ plan: restoreOutlook }) },
    201: { description: 'It has completed and is proved', schema: restoreAnswer },
    202: { description: 'It is running; its address is in Location', schema: restoreAnswer },
  },
});

export const readRestores = route({
  method: 'GET',
  path: '/restore',
  summary: 'List restores; with id, one of them',
  query: z.strictObject({ id: idText.optional(), ...pageQueryText }),
  answers: { 200: { description: 'The restores', schema: z.union([restorePage, oneRestore]) } },
});

export const readRestore = route({
  method: 'GET',
  path: '/restore/{id}',
  summary: 'One restore, with its plan and report',
  params,
  answers: { 200: { description: 'The restore', schema: oneRestore } },
});

export const cancelRestore = route({
  method: 'POST',
  path: '/restore/{id}/cancel',
  summary: 'Stop a running restore; what it did is rolled back',
  params,
  answers: {
    200: {
      description: 'As it is now; a running one ends as cancelled within seconds',
      schema: restoreAnswer,
    },
  },
});
