import { diffBody } from '../../contract/diff.ts';
import { id } from '../../contract/fields.ts';
import { historyBody } from '../../contract/row-history.ts';
import * as routes from '../../contract/routes/diff.ts';
import { abortOptions } from '../aborting.ts';
import { endpoint, ok } from '../endpoint.ts';
import { operation } from '../operation.ts';

export const diffBackup = operation({
  name: 'diffBackup',
  takes: [id, diffBody, abortOptions.prefault({})],
  async run({ jobs }, backupId, { identity, ...wanted }, { signal }) {
    const diff = await jobs.diffInside(backupId, { ...wanted, signal }, identity);
    return { backupId, against: wanted.against, ...diff };
  },
  endpoints: [
    endpoint(routes.readDiff, async ({ api, params, query, request }) =>
      ok(await api.diffBackup(params.id, query, { signal: request.signal })),
    ),
    endpoint(routes.openDiff, async ({ api, params, body, request }) =>
      ok(await api.diffBackup(params.id, body, { signal: request.signal })),
    ),
  ],
});

export const rowHistory = operation({
  name: 'rowHistory',
  takes: [historyBody, abortOptions.prefault({})],
  async run({ jobs }, { identity, ...wanted }, { signal }) {
    return jobs.rowHistory({ ...wanted, signal }, identity);
  },
  endpoints: [
    endpoint(routes.readHistory, async ({ api, query, request }) =>
      ok(await api.rowHistory(query, { signal: request.signal })),
    ),
    endpoint(routes.openHistory, async ({ api, body, request }) =>
      ok(await api.rowHistory(body, { signal: request.signal })),
    ),
  ],
});
