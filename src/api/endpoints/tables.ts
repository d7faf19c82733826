import { tablesAnswer } from '../contract/table.ts';
import { endpoint, json } from '../endpoint.ts';

export const readTables = endpoint({
  method: 'GET',
  path: '/tables',
  summary: 'The tables of the database with their sizes, to choose from',
  answers: { 200: { description: 'All but our own', schema: tablesAnswer } },
  handle: async ({ api }) => json(await api.listTables()),
});
