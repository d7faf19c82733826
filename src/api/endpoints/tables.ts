import { missingTablesAnswer, tablesAnswer } from '../../contract/table.ts';
import { endpoint, json } from '../endpoint.ts';

export const readTables = endpoint({
  method: 'GET',
  path: '/tables',
  summary: 'The tables of the database with their sizes, to choose from',
  answers: { 200: { description: 'All but our own', schema: tablesAnswer } },
  handle: async ({ api }) => json(await api.listTables()),
});

export const readMissingTables = endpoint({
  method: 'GET',
  path: '/tables/missing',
  summary: 'The tables that were there at the newest good full backup and are not any more',
  answers: { 200: { description: 'Those with the most rows by name', schema: missingTablesAnswer } },
  handle: async ({ api }) => json(await api.missingTables()),
});
