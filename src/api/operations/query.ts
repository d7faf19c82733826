import { id } from '../../contract/fields.ts';
import { queryBody } from '../../contract/query.ts';
import * as routes from '../../contract/routes/query.ts';
import { abortOptions } from '../aborting.ts';
import { endpoint, ok } from '../endpoint.ts';
import { operation } from '../operation.ts';

export const queryBackup = operation({
  name: 'queryBackup',
  takes: [id, queryBody, abortOptions.prefault({})],
  async run({ jobs }, backupId, { identity, ...asked }, { signal }) {
    return { backupId, ...(await jobs.queryInside(backupId, { ...asked, signal }, identity)) };
  },
  endpoints: [
    endpoint(routes.queryBackup, async ({ api, params, body, request }) =>
      ok(await api.queryBackup(params.id, body, { signal: request.signal })),
    ),
  ],
});
