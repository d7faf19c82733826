import { z } from 'zod';
import { idText } from '../../contract/fields.ts';
import { endpoint } from '../endpoint.ts';

export const readBackupSchema = endpoint({
  method: 'GET',
  path: '/backup/{id}/schema',
  summary: 'The definitions in a backup, as SQL',
  params: z.object({ id: idText }),
  answers: { 200: { description: 'What makes everything but the rows', mediaTypes: ['application/sql'] } },
  handle: async ({ api, params }) =>
    new Response(await api.getBackupSchema(params.id), {
      headers: { 'Content-Type': 'application/sql; charset=utf-8' },
    }),
});
