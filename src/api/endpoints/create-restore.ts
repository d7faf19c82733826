import { z } from 'zod';
import { flagText } from '../../contract/fields.ts';
import { restoreAnswer, restoreBody, restoreOutlook } from '../../contract/restore.ts';
import { endpoint, json } from '../endpoint.ts';
import { answerRun, waitText } from '../run-answer.ts';
import { invalidRequest } from '../validate.ts';

export const createRestore = endpoint({
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
  async handle(call) {
    const { wait, dryRun, sql } = call.query;
    if (sql !== undefined && !dryRun) throw invalidRequest([{ field: 'sql', problem: 'needs dryRun=true' }]);
    if (!dryRun) return answerRun(call, 'restore', (request) => call.api.restore(request));
    if (wait !== undefined) {
      throw invalidRequest([{ field: 'wait', problem: 'cannot be combined with dryRun' }]);
    }
    return json({ plan: await call.api.planRestore(call.body, { statements: sql === true }) });
  },
});
