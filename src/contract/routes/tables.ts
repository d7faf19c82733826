import { missingTablesAnswer, tablesAnswer } from '../table.ts';
import { route } from '../route.ts';

export const readTables = route({
  method: 'GET',
  path: '/tables',
  summary: 'The tables of the database with their sizes, to choose from',
  answers: { 200: { description: 'All but our own', schema: tablesAnswer } },
});

export const readMissingTables = route({
  method: 'GET',
  path: '/tables/missing',
  summary: 'Tables of the newest good full backup that the database no longer has',
  answers: { 200: { description: 'Those with the most rows by name', schema: missingTablesAnswer } },
});
