import { cleanupBody } from '../../contract/cleanup.ts';
import { listQuery } from '../../contract/backup.ts';
import { id, wait } from '../../contract/fields.ts';
import * as routes from '../../contract/routes/cleanups.ts';
import type { Cleanup } from '../contract.ts';
import { endpoint, ok } from '../endpoint.ts';
import { operation } from '../operation.ts';
import { answerRun } from '../run-answer.ts';
import { waitOptions } from '../waiting.ts';
import { cleanupKind } from '../../runs/kinds/cleanup.ts';

export const cleanUp = operation({
  name: 'cleanUp',
  takes: [cleanupBody.safeExtend({ wait: wait.default(false) }).prefault({})],
  async run({ jobs, runs }, { dryRun, wait: asked }) {
    if (dryRun) return dryRunOf(await jobs.previewCleanup());
    return runs.cleanup.ordered(await jobs.order(cleanupKind, 'manual'), asked);
  },
  endpoints: [
    endpoint(routes.cleanUp, async (call) => {
      const { api, body } = call;
      if (body.dryRun) return ok({ success: true, cleanup: await api.cleanUp(body) });
      return answerRun(call, 'cleanup', (asked) => api.cleanUp({ ...body, wait: asked }));
    }),
  ],
});

export const listCleanups = operation({
  name: 'listCleanups',
  takes: [listQuery.prefault({})],
  async run({ catalog, runs }, query) {
    const { rows, ...page } = await runs.cleanup.list(query, catalog.cleanupLog.list);
    return { cleanups: rows, ...page };
  },
  endpoints: [endpoint(routes.readCleanups, async ({ api, query }) => ok(await api.listCleanups(query)))],
});

export const getCleanup = operation({
  name: 'getCleanup',
  takes: [id],
  run: async ({ runs }, asked) => runs.cleanup.present(await runs.cleanup.find(asked)),
  endpoints: [
    endpoint(routes.readCleanup, async ({ api, params }) => ok({ cleanup: await api.getCleanup(params.id) })),
  ],
});

export const cancelCleanup = operation({
  name: 'cancelCleanup',
  takes: [id],
  run: ({ runs }, asked) => runs.cleanup.cancel(asked),
  endpoints: [
    endpoint(routes.cancelCleanup, async ({ api, params }) =>
      ok({ success: true, cleanup: await api.cancelCleanup(params.id) }),
    ),
  ],
});

export const waitForCleanup = operation({
  name: 'waitForCleanup',
  takes: [id, waitOptions],
  run: ({ runs }, asked, options) => runs.cleanup.waitFor(asked, options),
});

function dryRunOf(backups: Cleanup['backups']): Cleanup {
  const now = new Date().toISOString();
  return {
    id: null,
    dryRun: true,
    status: 'completed',
    trigger: 'manual',
    reason: 'retention policy',
    createdAt: now,
    startedAt: now,
    finishedAt: now,
    heartbeatAt: null,
    progress: null,
    backups,
    inUse: [],
    chunksDeleted: 0,
    bytesFreed: 0,
    cleanupPending: false,
    errors: [],
    error: null,
  };
}
