import { missingTablesAnswer, tablesAnswer } from '../table.ts';
import { openBody } from '../identity.ts';
import { route } from '../route.ts';

export const readTables = route({
  method: 'GET',
  path: '/tables',
  scope: 'read',
  summary: 'The tables of the database with their sizes, to choose from',
  answers: { 200: { description: 'All but our own', schema: tablesAnswer } },
});

export const readMissingTables = route({
  method: 'GET',
  path: '/tables/missing',
  scope: 'read',
  summary: 'Tables of the newest good full backup that the database no longer has',
  answers: { 200: { description: 'Those with the most rows by name', schema: missingTablesAnswer } },
});

/** With a key, which goes into no address and no log of addresses. */
export const openMissingTables = route({
  method: 'POST',
  path: '/tables/missing',
  scope: 'restore',
  summary: 'The same of an encrypted backup, by its key',
  body: openBody,
  answers: { 200: { description: 'Those with the most rows by name', schema: missingTablesAnswer } },
});
