import { id } from '../../contract/fields.ts';
import { globalsBody } from '../../contract/globals.ts';
import * as routes from '../../contract/routes/globals.ts';
import { serverOf } from '../../runs/globals.ts';
import { endpoint, ok } from '../endpoint.ts';
import { operation } from '../operation.ts';
import { requireWholeServer } from '../limited-caller.ts';

export const planGlobals = operation({
  name: 'planGlobals',
  takes: [id, globalsBody.prefault({})],
  async run(work, backupId, order) {
    requireWholeServer(work);
    return work.jobs.globals.plan(backupId, order);
  },
  endpoints: [
    endpoint(routes.planGlobals, async ({ api, params, body }) =>
      ok({ plan: await api.planGlobals(params.id, body) }),
    ),
  ],
});

export const restoreGlobals = operation({
  name: 'restoreGlobals',
  takes: [id, globalsBody.prefault({})],
  // Roles that one actor makes may let them in everywhere. Neither the key nor the password of another server is told.
  guard(work, backupId, order) {
    requireWholeServer(work);
    const { identity: _, targetUrl, ...options } = order;
    const server = serverOf({ targetUrl });
    return {
      kind: 'restore',
      what: { globals: backupId, ...options, ...(server === undefined ? {} : { server }) },
    };
  },
  async run(work, backupId, order) {
    requireWholeServer(work);
    return work.jobs.globals.restore(backupId, order);
  },
  endpoints: [
    endpoint(routes.restoreGlobals, async ({ api, params, body }) =>
      ok({ success: true, report: await api.restoreGlobals(params.id, body) }),
    ),
  ],
});
