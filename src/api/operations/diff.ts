import { diffBody } from '../../contract/diff.ts';
import { id } from '../../contract/fields.ts';
import { historyBody } from '../../contract/row-history.ts';
import * as routes from '../../contract/routes/diff.ts';
import { endpoint, ok } from '../endpoint.ts';
import { operation } from '../operation.ts';

export const diffBackup = operation({
  name: 'diffBackup',
  takes: [id, diffBody],
  async run({ jobs }, backupId, { identity, ...wanted }) {
    return { backupId, against: wanted.against, ...(await jobs.diffInside(backupId, wanted, identity)) };
  },
  endpoints: [
    endpoint(routes.readDiff, async ({ api, params, query }) => ok(await api.diffBackup(params.id, query))),
    endpoint(routes.openDiff, async ({ api, params, body }) => ok(await api.diffBackup(params.id, body))),
  ],
});

export const rowHistory = operation({
  name: 'rowHistory',
  takes: [historyBody],
  async run({ jobs }, { identity, ...wanted }) {
    return jobs.rowHistory(wanted, identity);
  },
  endpoints: [
    endpoint(routes.readHistory, async ({ api, query }) => ok(await api.rowHistory(query))),
    endpoint(routes.openHistory, async ({ api, body }) => ok(await api.rowHistory(body))),
  ],
});
