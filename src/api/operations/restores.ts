import { listQuery } from '../../contract/backup.ts';
import { id, wait } from '../../contract/fields.ts';
import type { ApiContext } from '../context.ts';
import type { Runs } from '../../runs/runs.ts';
import { planOptions, restoreBody, type RestoreOutlook, type RestorePlan } from '../../contract/restore.ts';
import { withSchemas } from '../../contract/restore-choice.ts';
import { restoreOrder, type RestoreOrder } from '../../contract/restore-order.ts';
import { undoBody } from '../../contract/undo.ts';
import * as routes from '../../contract/routes/restores.ts';
import { abortOptions } from '../aborting.ts';
import { endpoint, ok } from '../endpoint.ts';
import { operation } from '../operation.ts';
import type { Guarded } from '../second-actor.ts';
import { presentRestoreDetail } from '../present.ts';
import { answerRun } from '../run-answer.ts';
import { refuseGiven } from '../validate.ts';
import { waitOptions } from '../waiting.ts';
import { restoreKind } from '../../runs/kinds/restore.ts';

export const restore = operation({
  name: 'restore',
  takes: [restoreOrder.safeExtend({ wait: wait.default(false) })],
  async guard({ jobs }, { planId, backupId, ...asked }) {
    if (planId !== undefined) return guardedRestore(await jobs.plannedOrder(planId));
    const { wait: _, identity: __, ...choice } = asked;
    return guardedRestore(withSchemas({ ...choice, backupId: backupId! }));
  },
  // The key is no part of what is ordered: the row of the run has all of that. Nor does the row get the address.
  async run({ jobs, runs }, { wait: asked, identity, planId, backupId, ...choice }) {
    // One of the two is there.
    const order =
      planId === undefined
        ? withSchemas({ ...choice, backupId: backupId! })
        : await jobs.plannedOrder(planId);
    return runs.restore.ordered(await jobs.order(restoreKind, order, identity, order.targetUrl), asked);
  },
  endpoints: [
    endpoint(routes.createRestore, async (call) => {
      const { api, body, query, request } = call;
      if (query.dryRun) {
        refuseGiven({ wait: query.wait }, 'cannot be combined with dryRun');
        refuseGiven({ planId: body.planId }, 'is of a plan that was made already');
        const { planId: _, backupId = 0, ...asked } = body;
        const options = { statements: query.sql === true, signal: request.signal };
        return ok({ plan: await api.planRestore({ ...asked, backupId }, options) });
      }
      refuseGiven({ sql: query.sql }, 'needs dryRun=true');
      return answerRun(call, 'restore', (asked) => api.restore({ ...body, wait: asked }));
    }),
  ],
});

/** A restore over what there is. One into a new database, or beside the live tables, overwrites nothing. */
function guardedRestore(
  order: Partial<Pick<RestoreOrder, 'target' | 'intoSchema' | 'as' | 'identity'>> & object,
): Guarded | undefined {
  const {
    identity: _,
    planned: __,
    ...what
  } = order as typeof order & { planned?: unknown; identity?: unknown };
  const beside = (what.intoSchema ?? what.as ?? null) !== null;
  return beside || what.target?.mode === 'new-database' ? undefined : { kind: 'restore', what };
}

/** Also `POST /restore?dryRun=true`. */
export const planRestore = operation({
  name: 'planRestore',
  takes: [restoreBody, planOptions.extend(abortOptions.shape).prefault({})],
  async run({ catalog, jobs }, { identity, ...choice }, { statements, signal }) {
    const order = withSchemas(choice);
    const plan = await jobs.planRestore(order, { statements, signal }, identity);
    return withOutlook({ catalog, jobs }, order, plan);
  },
  endpoints: [
    endpoint(routes.planRestore, async ({ api, body, query, request }) =>
      ok({
        plan: await api.planRestore(body, { statements: query.sql === true, signal: request.signal }),
      }),
    ),
  ],
});

async function withOutlook(
  { catalog, jobs }: Pick<ApiContext, 'catalog' | 'jobs'>,
  order: Parameters<Runs['keepPlan']>[0],
  plan: RestorePlan,
): Promise<RestoreOutlook> {
  const rate = await catalog.restores.rateInPlace();
  const lockedMs = plan.locks.length > 0 && rate ? Math.ceil(plan.rawBytes / rate.bytesPerMs) : null;
  // What is refused cannot be ordered either; and the address of a server, with its password, is not kept.
  const orderable = plan.refusals.length === 0 && order.targetUrl === undefined;
  const planId = orderable ? await jobs.keepPlan(order, plan) : null;
  return { ...plan, lockedMs, measuredRestores: rate?.restores ?? 0, planId };
}

export const undoRestore = operation({
  name: 'undoRestore',
  takes: [id, undoBody.safeExtend({ wait: wait.default(false) }).prefault({})],
  guard(_work, restoreId, asked) {
    const { wait: _, identity: __, ...options } = asked;
    return { kind: 'restore', what: { undo: restoreId, ...options } };
  },
  async run({ jobs, runs }, restoreId, { wait: asked, identity, ...options }) {
    const order = await jobs.undoOrder(restoreId, options);
    return runs.restore.ordered(await jobs.order(restoreKind, order, identity), asked);
  },
  endpoints: [
    endpoint(routes.undoRestore, async (call) => {
      const { api, params, body, query } = call;
      if (query.dryRun) {
        refuseGiven({ wait: query.wait }, 'cannot be combined with dryRun');
        return ok({ plan: await api.planUndo(params.id, body) });
      }
      return answerRun(call, 'restore', (asked) => api.undoRestore(params.id, { ...body, wait: asked }));
    }),
  ],
});

/** Its endpoint is that of undoRestore, with `?dryRun=true`. */
export const planUndo = operation({
  name: 'planUndo',
  scope: 'restore',
  takes: [id, undoBody.prefault({})],
  async run({ catalog, jobs }, restoreId, { identity, ...options }) {
    const order = await jobs.undoOrder(restoreId, options);
    return withOutlook({ catalog, jobs }, order, await jobs.planRestore(order, {}, identity));
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
