import { z } from 'zod';
import { backupAnswer } from '../../contract/backup.ts';
import { idText } from '../../contract/fields.ts';
import { restoreAnswer } from '../../contract/restore.ts';
import { endpoint, json } from '../endpoint.ts';

const description = 'The row as it stands; a running one ends as cancelled within seconds';

export const cancelBackup = endpoint({
  method: 'POST',
  path: '/backup/{id}/cancel',
  summary: 'Stop a running backup',
  params: z.object({ id: idText }),
  answers: { 200: { description, schema: backupAnswer } },
  handle: async ({ api, params }) => json({ success: true, backup: await api.cancelBackup(params.id) }),
});

export const cancelRestore = endpoint({
  method: 'POST',
  path: '/restore/{id}/cancel',
  summary: 'Stop a running restore; what it did is rolled back',
  params: z.object({ id: idText }),
  answers: { 200: { description, schema: restoreAnswer } },
  handle: async ({ api, params }) => json({ success: true, restore: await api.cancelRestore(params.id) }),
});
