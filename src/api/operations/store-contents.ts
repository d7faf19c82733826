import { z } from 'zod';
import { listQuery } from '../../contract/backup.ts';
import { id, wait } from '../../contract/fields.ts';
import { openBody } from '../../contract/identity.ts';
import * as routes from '../../contract/routes/store-contents.ts';
import { storeName } from '../../contract/store.ts';
import { checkKind } from '../../runs/kinds/check.ts';
import { importKind } from '../../runs/kinds/import.ts';
import { endpoint, ok } from '../endpoint.ts';
import { operation } from '../operation.ts';
import { answerRun } from '../run-answer.ts';
import { waitOptions } from '../waiting.ts';

const waiting = { wait: wait.default(false) };

export const checkStore = operation({
  name: 'checkStore',
  takes: [storeName, z.strictObject(waiting).prefault({})],
  run: async ({ jobs, runs }, store, asked) =>
    runs.check.ordered(await jobs.order(checkKind, { store }), asked.wait),
  endpoints: [
    endpoint(routes.checkStore, (call) =>
      answerRun(call, 'check', (asked) => call.api.checkStore(call.params.name, { wait: asked })),
    ),
  ],
});

export const listChecks = operation({
  name: 'listChecks',
  takes: [listQuery.prefault({})],
  async run({ catalog, runs }, query) {
    const { rows, ...page } = await runs.check.list(query, catalog.checks.list);
    return { checks: rows, ...page };
  },
  endpoints: [endpoint(routes.readChecks, async ({ api, query }) => ok(await api.listChecks(query)))],
});

export const getCheck = operation({
  name: 'getCheck',
  takes: [id],
  run: async ({ runs }, asked) => runs.check.present(await runs.check.find(asked)),
  endpoints: [
    endpoint(routes.readCheck, async ({ api, params }) => ok({ check: await api.getCheck(params.id) })),
  ],
});

export const cancelCheck = operation({
  name: 'cancelCheck',
  takes: [id],
  run: ({ runs }, asked) => runs.check.cancel(asked),
  endpoints: [
    endpoint(routes.cancelCheck, async ({ api, params }) =>
      ok({ success: true, check: await api.cancelCheck(params.id) }),
    ),
  ],
});

export const waitForCheck = operation({
  name: 'waitForCheck',
  takes: [id, waitOptions],
  run: ({ runs }, asked, options) => runs.check.waitFor(asked, options),
});

export const importStore = operation({
  name: 'importStore',
  takes: [storeName, openBody.extend(waiting).prefault({})],
  run: async ({ jobs, runs }, store, { identity, wait: asked }) =>
    runs.import.ordered(await jobs.order(importKind, { store }, identity), asked),
  endpoints: [
    endpoint(routes.importStore, (call) =>
      answerRun(call, 'import', (asked) =>
        call.api.importStore(call.params.name, { ...call.body, wait: asked }),
      ),
    ),
  ],
});

export const listImports = operation({
  name: 'listImports',
  takes: [listQuery.prefault({})],
  async run({ catalog, runs }, query) {
    const { rows, ...page } = await runs.import.list(query, catalog.imports.list);
    return { imports: rows, ...page };
  },
  endpoints: [endpoint(routes.readImports, async ({ api, query }) => ok(await api.listImports(query)))],
});

export const getImport = operation({
  name: 'getImport',
  takes: [id],
  run: async ({ runs }, asked) => runs.import.present(await runs.import.find(asked)),
  endpoints: [
    endpoint(routes.readImport, async ({ api, params }) => ok({ import: await api.getImport(params.id) })),
  ],
});

export const cancelImport = operation({
  name: 'cancelImport',
  takes: [id],
  run: ({ runs }, asked) => runs.import.cancel(asked),
  endpoints: [
    endpoint(routes.cancelImport, async ({ api, params }) =>
      ok({ success: true, import: await api.cancelImport(params.id) }),
    ),
  ],
});

export const waitForImport = operation({
  name: 'waitForImport',
  takes: [id, waitOptions],
  run: ({ runs }, asked, options) => runs.import.waitFor(asked, options),
});
