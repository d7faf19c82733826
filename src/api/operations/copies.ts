import { z } from 'zod';
import { listQuery } from '../../contract/backup.ts';
import { copyBody } from '../../contract/copy.ts';
import { id, wait } from '../../contract/fields.ts';
import * as routes from '../../contract/routes/copies.ts';
import { copyKind } from '../../runs/kinds/copy.ts';
import { endpoint, ok } from '../endpoint.ts';
import { operation } from '../operation.ts';
import { answerRun } from '../run-answer.ts';
import { waitOptions } from '../waiting.ts';

export const copyBackup = operation({
  name: 'copyBackup',
  takes: [id, copyBody.shape.store, z.strictObject({ wait: wait.default(false) }).prefault({})],
  async run({ jobs, runs }, backupId, store, options) {
    // One of a dead process is not waited for.
    await jobs.reap();
    return runs.copy.ordered(await jobs.order(copyKind, { backupId, store }), options.wait);
  },
  endpoints: [
    endpoint(routes.copyBackup, (call) =>
      answerRun(call, 'copy', (asked) =>
        call.api.copyBackup(call.params.id, call.body.store, { wait: asked }),
      ),
    ),
  ],
});

export const listCopies = operation({
  name: 'listCopies',
  takes: [listQuery.prefault({})],
  async run({ catalog, runs }, query) {
    const { rows, ...page } = await runs.copy.list(query, catalog.copies.list);
    return { copies: rows, ...page };
  },
  endpoints: [endpoint(routes.readCopies, async ({ api, query }) => ok(await api.listCopies(query)))],
});

export const getCopy = operation({
  name: 'getCopy',
  takes: [id],
  run: async ({ runs }, asked) => runs.copy.present(await runs.copy.find(asked)),
  endpoints: [
    endpoint(routes.readCopy, async ({ api, params }) => ok({ copy: await api.getCopy(params.id) })),
  ],
});

export const cancelCopy = operation({
  name: 'cancelCopy',
  takes: [id],
  run: ({ runs }, asked) => runs.copy.cancel(asked),
  endpoints: [
    endpoint(routes.cancelCopy, async ({ api, params }) =>
      ok({ success: true, copy: await api.cancelCopy(params.id) }),
    ),
  ],
});

export const waitForCopy = operation({
  name: 'waitForCopy',
  takes: [id, waitOptions],
  run: ({ runs }, asked, options) => runs.copy.waitFor(asked, options),
});
