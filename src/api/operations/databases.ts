import * as routes from '../../contract/routes/databases.ts';
import { endpoint, ok } from '../endpoint.ts';
import { operation } from '../operation.ts';

export const listDatabases = operation({
  name: 'listDatabases',
  takes: [],
  async run({ databases, caller: { databases: theirs } }) {
    const all = await databases.list();
    if (!theirs) return all;
    const own = all.databases.filter(({ name }) => theirs.includes(name));
    return { databases: own, unprotected: [], unseen: [] };
  },
  endpoints: [endpoint(routes.listDatabases, async ({ api }) => ok(await api.listDatabases()))],
});
