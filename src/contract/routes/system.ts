import { initAnswer, initPlan, statusAnswer } from '../system.ts';
import { route } from '../route.ts';

export const init = route({
  method: 'POST',
  path: '/init-backup-tables',
  summary: 'Create, upgrade or repair the tables of the backup system; idempotent',
  needsTables: false,
  answers: { 200: { description: 'They are there', schema: initAnswer } },
});

export const readInitPlan = route({
  method: 'GET',
  path: '/init-backup-tables',
  scope: 'read',
  summary: 'Which tables would be created, and in which database; changes nothing',
  needsTables: false,
  answers: { 200: { description: 'Whether they exist already or not', schema: initPlan } },
});

export const readStatus = route({
  method: 'GET',
  path: '/backup/status',
  scope: 'read',
  summary: 'Whether the system is ready, and what it is doing',
  needsTables: false,
  answers: { 200: { description: 'Ready, or what has to be done first', schema: statusAnswer } },
});

export const readOpenApi = route({
  method: 'GET',
  path: '/openapi.json',
  ofAll: true,
  scope: 'read',
  summary: 'This description',
  description: 'For admins only: it tells which version runs here and what it can do.',
  needsTables: false,
  answers: { 200: { description: 'OpenAPI 3.1', mediaTypes: ['application/json'] } },
});
