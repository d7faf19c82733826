import { statusAnswer } from '../../contract/system.ts';
import { endpoint, json } from '../endpoint.ts';

export const status = endpoint({
  method: 'GET',
  path: '/backup/status',
  summary: 'Whether the system is ready, and what it is doing',
  always: true,
  answers: { 200: { description: 'Ready, or what has to be done first', schema: statusAnswer } },
  handle: async ({ api }) => json(await api.status()),
});
