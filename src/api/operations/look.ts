import { id } from '../../contract/fields.ts';
import { rowsBody } from '../../contract/look.ts';
import * as routes from '../../contract/routes/look.ts';
import { endpoint, ok } from '../endpoint.ts';
import { abortOptions } from '../aborting.ts';
import { operation } from '../operation.ts';

export const findRows = operation({
  name: 'findRows',
  takes: [id, rowsBody, abortOptions.prefault({})],
  async run({ jobs }, backupId, { identity, ...wanted }, { signal }) {
    const { next, truncated, ...found } = await jobs.rowsInside(backupId, { ...wanted, signal }, identity);
    return {
      backupId,
      ...found,
      ...(truncated === null ? {} : { truncated }),
      ...(next === null ? {} : { nextCursor: next }),
    };
  },
  endpoints: [
    endpoint(routes.readRows, async ({ api, params, query, request }) =>
      ok(await api.findRows(params.id, query, { signal: request.signal })),
    ),
    endpoint(routes.openRows, async ({ api, params, body, request }) =>
      ok(await api.findRows(params.id, body, { signal: request.signal })),
    ),
  ],
});
