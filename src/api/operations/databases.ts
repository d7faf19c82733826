import * as routes from '../../contract/routes/databases.ts';
import { endpoint, ok } from '../endpoint.ts';
import { operation } from '../operation.ts';

export const listDatabases = operation({
  name: 'listDatabases',
  takes: [],
  run: ({ databases, caller }) => databases.list(caller.databases),
  endpoints: [endpoint(routes.listDatabases, async ({ api }) => ok(await api.listDatabases()))],
});
