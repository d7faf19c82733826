import { listQuery } from '../../contract/backup.ts';
import { id, wait } from '../../contract/fields.ts';
import { planOptions, restoreBody } from '../../contract/restore.ts';
import { withSchemas } from '../../contract/restore-choice.ts';
import * as routes from '../../contract/routes/restores.ts';
import { abortOptions } from '../aborting.ts';
import { endpoint, ok } from '../endpoint.ts';
import { operation } from '../operation.ts';
import { presentRestoreDetail } from '../present.ts';
import { answerRun } from '../run-answer.ts';
import { refuseGiven } from '../validate.ts';
import { waitOptions } from '../waiting.ts';
import { restoreKind } from '../../runs/kinds/restore.ts';

export const restore = operation({
  name: 'restore',
  takes: [restoreBody.safeExtend({ wait: wait.default(false) })],
  // The key is no part of what is ordered: the row of the run has all of that. Nor does the row get the address.
  async run({ jobs, runs }, { wait: asked, identity, ...choice }) {
    const order = withSchemas(choice);
    const { targetUrl } = order;
    return runs.restore.ordered(await jobs.order(restoreKind, order, identity, targetUrl), asked);
  },
  endpoints: [
    endpoint(routes.createRestore, async (call) => {
      const { api, body, query, request } = call;
      if (query.dryRun) {
        refuseGiven({ wait: query.wait }, 'cannot be combined with dryRun');
        const options = { statements: query.sql === true, signal: request.signal };
        return ok({ plan: await api.planRestore(body, options) });
      }
      refuseGiven({ sql: query.sql }, 'needs dryRun=true');
      return answerRun(call, 'restore', (asked) => api.restore({ ...body, wait: asked }));
    }),
  ],
});

/** Its endpoint is that of restore, with `?dryRun=true`. */
export const planRestore = operation({
  name: 'planRestore',
  takes: [restoreBody, planOptions.extend(abortOptions.shape).prefault({})],
  async run({ catalog, jobs }, { identity, ...choice }, { statements, signal }) {
    const plan = await jobs.planRestore(withSchemas(choice), { statements, signal }, identity);
    const rate = await catalog.restores.rateInPlace();
    const lockedMs = plan.locks.length > 0 && rate ? Math.ceil(plan.rawBytes / rate.bytesPerMs) : null;
    return { ...plan, lockedMs, measuredRestores: rate?.restores ?? 0 };
  },
});

export const listRestores = operation({
  name: 'listRestores',
  takes: [listQuery.prefault({})],
  async run({ catalog, runs }, query) {
    const { rows, ...page } = await runs.restore.list(query, catalog.restores.list);
    return { restores: rows, ...page };
  },
  endpoints: [
    // The address of the list is also that of one restore, with `?id=`.
    endpoint(routes.readRestores, async ({ api, query: { id: asked, ...page } }) => {
      if (asked === undefined) return ok(await api.listRestores(page));
      refuseGiven(page, 'cannot be combined with id');
      return ok({ restore: await api.getRestore(asked) });
    }),
  ],
});

export const getRestore = operation({
  name: 'getRestore',
  takes: [id],
  run: async ({ runs }, asked) =>
    presentRestoreDetail(await runs.restore.find(asked), runs.restore.live(asked)),
  endpoints: [
    endpoint(routes.readRestore, async ({ api, params }) => ok({ restore: await api.getRestore(params.id) })),
  ],
});

export const cancelRestore = operation({
  name: 'cancelRestore',
  takes: [id],
  run: ({ runs }, asked) => runs.restore.cancel(asked),
  endpoints: [
    endpoint(routes.cancelRestore, async ({ api, params }) =>
      ok({ success: true, restore: await api.cancelRestore(params.id) }),
    ),
  ],
});

export const waitForRestore = operation({
  name: 'waitForRestore',
  takes: [id, waitOptions],
  run: ({ runs }, asked, options) => runs.restore.waitFor(asked, options),
});
