import { z } from 'zod';
import { backupAnswer, pinBody } from '../../contract/backup.ts';
import { idText } from '../../contract/fields.ts';
import { endpoint, json } from '../endpoint.ts';

export const pinBackup = endpoint({
  method: 'POST',
  path: '/backup/{id}/pin',
  summary: 'Keep a backup whatever the retention policy says, or no longer',
  params: z.object({ id: idText }),
  body: pinBody,
  answers: { 200: { description: 'The row as it is now', schema: backupAnswer } },
  handle: async ({ api, params, body }) =>
    json({ success: true, backup: await api.pinBackup(params.id, body.pinned) }),
});
