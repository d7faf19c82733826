import { z } from 'zod';
import { deleteAnswer } from '../../contract/backup.ts';
import { idText } from '../../contract/fields.ts';
import { endpoint, json } from '../endpoint.ts';

const answers = { 200: { description: 'It is gone', schema: deleteAnswer } };

export const deleteBackupByQuery = endpoint({
  method: 'DELETE',
  path: '/backup',
  summary: 'Delete a backup, and the chunks no other backup needs',
  query: z.strictObject({ id: idText }),
  answers,
  handle: async ({ api, query }) => json(await api.deleteBackup(query.id)),
});

export const deleteBackup = endpoint({
  method: 'DELETE',
  path: '/backup/{id}',
  summary: 'Delete a backup, and the chunks no other backup needs',
  params: z.object({ id: idText }),
  answers,
  handle: async ({ api, params }) => json(await api.deleteBackup(params.id)),
});
