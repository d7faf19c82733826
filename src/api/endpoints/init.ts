import { initAnswer, initPlan } from '../../contract/system.ts';
import { endpoint, json } from '../endpoint.ts';

export const init = endpoint({
  method: 'POST',
  path: '/init-backup-tables',
  summary: 'Create, upgrade or repair the tables of the backup system; idempotent',
  always: true,
  answers: { 200: { description: 'They are there', schema: initAnswer } },
  handle: async ({ api }) => json(await api.init()),
});

export const readInitPlan = endpoint({
  method: 'GET',
  path: '/init-backup-tables',
  summary: 'Which tables would be created, and in which database; changes nothing',
  always: true,
  answers: { 200: { description: 'Whether they are there already or not', schema: initPlan } },
  handle: async ({ api }) => json(await api.planInit()),
});
