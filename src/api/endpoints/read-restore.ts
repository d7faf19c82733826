import { z } from 'zod';
import { idText, pageQueryText } from '../../contract/fields.ts';
import { restoreDetail, restorePage } from '../../contract/restore.ts';
import { endpoint, json } from '../endpoint.ts';
import { invalidRequest } from '../validate.ts';

const oneRestore = z.object({ restore: restoreDetail });

export const readRestores = endpoint({
  method: 'GET',
  path: '/restore',
  summary: 'List restores; with id, one of them',
  query: z.strictObject({ id: idText.optional(), ...pageQueryText }),
  answers: { 200: { description: 'The restores', schema: z.union([restorePage, oneRestore]) } },
  async handle({ api, query: { id, ...page } }) {
    if (id === undefined) return json(await api.listRestores(page));
    const given = Object.entries(page).filter(([, value]) => value !== undefined);
    if (given.length > 0) {
      throw invalidRequest(given.map(([field]) => ({ field, problem: 'cannot be combined with id' })));
    }
    return json({ restore: await api.getRestore(id) });
  },
});

export const readRestore = endpoint({
  method: 'GET',
  path: '/restore/{id}',
  summary: 'One restore, with its plan and report',
  params: z.object({ id: idText }),
  answers: { 200: { description: 'The restore', schema: oneRestore } },
  handle: async ({ api, params }) => json({ restore: await api.getRestore(params.id) }),
});
