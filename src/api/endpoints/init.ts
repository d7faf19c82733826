import { initAnswer } from '../contract/system.ts';
import { endpoint, json } from '../endpoint.ts';

export const init = endpoint({
  method: 'POST',
  path: '/init-backup-tables',
  summary: 'Create, upgrade or repair the tables of the backup system; idempotent',
  always: true,
  answers: { 200: { description: 'They are there', schema: initAnswer } },
  handle: async ({ api }) => json(await api.init()),
});
