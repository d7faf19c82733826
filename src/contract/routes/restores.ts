import { z } from 'zod';
import { flagText, idText, pageQueryText, waitText } from '../fields.ts';
import { restoreOrder } from '../restore-order.ts';
import { undoBody } from '../undo.ts';
import { restoreAnswer, restoreBody, restoreDetail, restoreOutlook, restorePage } from '../restore.ts';
import { route } from '../route.ts';

const params = z.object({ id: idText });
const oneRestore = z.object({ restore: restoreDetail });

export const createRestore = route({
  method: 'POST',
  path: '/restore',
  scope: 'restore',
  summary: 'Restore a backup, or say what that would do',
  description: 'Answers at once, or with `?wait=` or `Prefer: wait=` when the restore has ended.',
  query: z.strictObject({
    wait: waitText.optional(),
    dryRun: flagText.optional().meta({ description: 'Only plan; nothing is changed' }),
    sql: flagText.optional().meta({
      description: 'With dryRun: also the SQL of the backup that would be run, in plan.statements',
    }),
  }),
  body: restoreOrder,
  answers: {
    200: { description: 'The plan, for a dry run', schema: z.object({ plan: restoreOutlook }) },
    201: { description: 'It has completed and is proved', schema: restoreAnswer },
    202: { description: 'It is running; its address is in Location', schema: restoreAnswer },
  },
});

export const planRestore = route({
  method: 'POST',
  path: '/restore/plan',
  scope: 'restore',
  summary: 'Say what a restore would do, with an id to order exactly that',
  query: z.strictObject({
    sql: flagText.optional().meta({
      description: 'Also the SQL of the backup that would be run, in plan.statements',
    }),
  }),
  body: restoreBody,
  answers: { 200: { description: 'The plan', schema: z.object({ plan: restoreOutlook }) } },
});

export const readRestores = route({
  method: 'GET',
  path: '/restore',
  // What was asked for has conditions and keys, and the plan rows: values of the data.
  scope: 'restore',
  summary: 'List restores; with id, one of them',
  query: z.strictObject({ id: idText.optional(), ...pageQueryText }),
  answers: { 200: { description: 'The restores', schema: z.union([restorePage, oneRestore]) } },
});

export const readRestore = route({
  method: 'GET',
  path: '/restore/{id}',
  scope: 'restore',
  summary: 'One restore, with its plan and report',
  params,
  answers: { 200: { description: 'The restore', schema: oneRestore } },
});

export const cancelRestore = route({
  method: 'POST',
  path: '/restore/{id}/cancel',
  scope: 'restore',
  summary: 'Stop a running restore; what it did is rolled back',
  params,
  answers: {
    200: {
      description: 'As it is now; a running one ends as cancelled within seconds',
      schema: restoreAnswer,
    },
  },
});

export const undoRestore = route({
  method: 'POST',
  path: '/restore/{id}/undo',
  scope: 'restore',
  summary: 'Put back what a restore in place replaced, or say what that would do',
  description:
    'Orders a restore of its safety backup: of the tables that it replaced and nothing else; of a restore of rows with the rows that it has kept, by their keys. What was written to these since is lost; the plan counts it. Answers as `POST /restore`.',
  params,
  query: z.strictObject({
    wait: waitText.optional(),
    dryRun: flagText.optional().meta({ description: 'Only plan; nothing is changed' }),
  }),
  body: undoBody,
  answers: {
    200: { description: 'The plan, for a dry run', schema: z.object({ plan: restoreOutlook }) },
    201: { description: 'It has completed and is proved', schema: restoreAnswer },
    202: { description: 'It is running; its address is in Location', schema: restoreAnswer },
  },
});
