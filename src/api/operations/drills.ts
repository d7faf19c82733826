import { listQuery } from '../../contract/backup.ts';
import { certificate } from '../../contract/certificate.ts';
import { id, storableText, wait } from '../../contract/fields.ts';
import { openBody } from '../../contract/identity.ts';
import * as routes from '../../contract/routes/drills.ts';
import { storeName } from '../../contract/store.ts';
import { keepCertificate as keepGiven, keptCertificate } from '../../runs/certificates.ts';
import { drillKind } from '../../runs/kinds/drill.ts';
import { endpoint, ok } from '../endpoint.ts';
import { operation } from '../operation.ts';
import { answerRun } from '../run-answer.ts';
import { waitOptions } from '../waiting.ts';

export const drillBackup = operation({
  name: 'drillBackup',
  takes: [
    id,
    openBody
      .extend({ wait: wait.default(false), store: storeName.optional(), to: storableText(2_000).optional() })
      .prefault({}),
  ],
  run: async ({ jobs, runs }, backupId, { identity, store, to, wait: waiting }) =>
    runs.drill.ordered(
      await jobs.order(drillKind, { backupId, store, hasTarget: to !== undefined }, identity, to),
      waiting,
    ),
  endpoints: [
    endpoint(routes.drillBackup, (call) =>
      answerRun(call, 'drill', (asked) =>
        call.api.drillBackup(call.params.id, { ...call.body, wait: asked, store: call.query.store }),
      ),
    ),
  ],
});

export const listDrills = operation({
  name: 'listDrills',
  takes: [listQuery.prefault({})],
  async run({ catalog, runs }, query) {
    const { rows, ...page } = await runs.drill.list(query, catalog.drills.list);
    return { drills: rows, ...page };
  },
  endpoints: [endpoint(routes.readDrills, async ({ api, query }) => ok(await api.listDrills(query)))],
});

export const getDrill = operation({
  name: 'getDrill',
  takes: [id],
  async run({ catalog, runs }, asked) {
    const drill = runs.drill.present(await runs.drill.find(asked));
    const text = await catalog.drills.certificate(asked);
    return { drill, certificate: text === undefined ? null : certificate.parse(JSON.parse(text)) };
  },
  endpoints: [endpoint(routes.readDrill, async ({ api, params }) => ok(await api.getDrill(params.id)))],
});

export const cancelDrill = operation({
  name: 'cancelDrill',
  takes: [id],
  run: ({ runs }, asked) => runs.drill.cancel(asked),
  endpoints: [
    endpoint(routes.cancelDrill, async ({ api, params }) =>
      ok({ success: true, drill: await api.cancelDrill(params.id) }),
    ),
  ],
});

export const waitForDrill = operation({
  name: 'waitForDrill',
  takes: [id, waitOptions],
  run: ({ runs }, asked, options) => runs.drill.waitFor(asked, options),
});

export const getCertificate = operation({
  name: 'getCertificate',
  takes: [id],
  run: ({ catalog }, asked) => keptCertificate(catalog, asked),
  endpoints: [
    endpoint(routes.readCertificate, async ({ api, params }) => ok(await api.getCertificate(params.id))),
  ],
});

export const keepCertificate = operation({
  name: 'keepCertificate',
  takes: [certificate],
  run: async ({ catalog, jobs, runs }, given) =>
    runs.drill.present(await keepGiven({ catalog, stores: jobs.stores }, given)),
  endpoints: [
    endpoint(routes.keepCertificate, async ({ api, body }) => ({
      status: 201 as const,
      body: { success: true as const, drill: await api.keepCertificate(body) },
    })),
  ],
});
