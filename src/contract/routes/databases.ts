import { databasesAnswer } from '../database.ts';
import { route } from '../route.ts';

export const listDatabases = route({
  method: 'GET',
  path: '/databases',
  scope: 'read',
  summary:
    'Every database that this Holdfast protects, how its backups are, and which ones of the same servers nothing protects',
  needsTables: false,
  ofAll: true,
  answers: {
    200: { description: 'One that does not answer is among them, with the reason', schema: databasesAnswer },
  },
});
