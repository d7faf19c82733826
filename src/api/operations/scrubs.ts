import { listQuery } from '../../contract/backup.ts';
import { id, wait } from '../../contract/fields.ts';
import * as routes from '../../contract/routes/scrubs.ts';
import { scrubBody } from '../../contract/scrub.ts';
import { storeName } from '../../contract/store.ts';
import { scrubKind } from '../../runs/kinds/scrub.ts';
import { endpoint, ok } from '../endpoint.ts';
import { operation } from '../operation.ts';
import { answerRun } from '../run-answer.ts';
import { waitOptions } from '../waiting.ts';

export const scrubStore = operation({
  name: 'scrubStore',
  takes: [storeName, scrubBody.extend({ wait: wait.default(false) }).prefault({})],
  run: async ({ jobs, runs }, store, { share, wait: waiting }) =>
    runs.scrub.ordered(await jobs.order(scrubKind, { store, share }), waiting),
  endpoints: [
    endpoint(routes.scrubStore, (call) =>
      answerRun(call, 'scrub', (asked) =>
        call.api.scrubStore(call.params.name, { ...call.body, wait: asked }),
      ),
    ),
  ],
});

export const listScrubs = operation({
  name: 'listScrubs',
  takes: [listQuery.prefault({})],
  async run({ catalog, runs }, query) {
    const { rows, ...page } = await runs.scrub.list(query, catalog.scrubs.list);
    return { scrubs: rows, ...page };
  },
  endpoints: [endpoint(routes.readScrubs, async ({ api, query }) => ok(await api.listScrubs(query)))],
});

export const getScrub = operation({
  name: 'getScrub',
  takes: [id],
  run: async ({ runs }, asked) => runs.scrub.present(await runs.scrub.find(asked)),
  endpoints: [
    endpoint(routes.readScrub, async ({ api, params }) => ok({ scrub: await api.getScrub(params.id) })),
  ],
});

export const cancelScrub = operation({
  name: 'cancelScrub',
  takes: [id],
  run: ({ runs }, asked) => runs.scrub.cancel(asked),
  endpoints: [
    endpoint(routes.cancelScrub, async ({ api, params }) =>
      ok({ success: true, scrub: await api.cancelScrub(params.id) }),
    ),
  ],
});

export const waitForScrub = operation({
  name: 'waitForScrub',
  takes: [id, waitOptions],
  run: ({ runs }, asked, options) => runs.scrub.waitFor(asked, options),
});
