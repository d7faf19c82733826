import { z } from 'zod';
import { backupAnswer, backupBody } from '../../contract/backup.ts';
import { endpoint } from '../endpoint.ts';
import { answerRun, waitText } from '../run-answer.ts';

export const createBackup = endpoint({
  method: 'POST',
  path: '/backup',
  summary: 'Take a backup',
  description: 'Answers at once, or with `?wait=` or `Prefer: wait=` when the backup has ended.',
  query: z.strictObject({ wait: waitText.optional() }),
  body: backupBody,
  answers: {
    201: { description: 'It has completed', schema: backupAnswer },
    202: { description: 'It is running; its address is in Location', schema: backupAnswer },
  },
  handle: (call) => answerRun(call, 'backup', (request) => call.api.createBackup(request)),
});
