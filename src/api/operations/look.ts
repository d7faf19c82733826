import { id } from '../../contract/fields.ts';
import { rowsBody } from '../../contract/look.ts';
import * as routes from '../../contract/routes/look.ts';
import { endpoint, ok } from '../endpoint.ts';
import { operation } from '../operation.ts';

export const findRows = operation({
  name: 'findRows',
  takes: [id, rowsBody],
  async run({ jobs }, backupId, { identity, ...wanted }) {
    const { next, ...found } = await jobs.rowsInside(backupId, wanted, identity);
    return { backupId, ...found, ...(next === null ? {} : { nextCursor: next }) };
  },
  endpoints: [
    endpoint(routes.readRows, async ({ api, params, query }) => ok(await api.findRows(params.id, query))),
    endpoint(routes.openRows, async ({ api, params, body }) => ok(await api.findRows(params.id, body))),
  ],
});
