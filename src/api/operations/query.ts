import { id } from '../../contract/fields.ts';
import { queryBody } from '../../contract/query.ts';
import * as routes from '../../contract/routes/query.ts';
import { endpoint, ok } from '../endpoint.ts';
import { operation } from '../operation.ts';

export const queryBackup = operation({
  name: 'queryBackup',
  takes: [id, queryBody],
  async run({ jobs }, backupId, { identity, ...asked }) {
    return { backupId, ...(await jobs.queryInside(backupId, asked, identity)) };
  },
  endpoints: [
    endpoint(routes.queryBackup, async ({ api, params, body }) => ok(await api.queryBackup(params.id, body))),
  ],
});
