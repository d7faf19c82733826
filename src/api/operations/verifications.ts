import { listQuery } from '../../contract/backup.ts';
import { id, wait } from '../../contract/fields.ts';
import * as routes from '../../contract/routes/verifications.ts';
import { verifyBody } from '../../contract/verification.ts';
import { storeName } from '../../contract/store.ts';
import { endpoint, ok } from '../endpoint.ts';
import { operation } from '../operation.ts';
import { answerRun } from '../run-answer.ts';
import { waitOptions } from '../waiting.ts';
import { verificationKind } from '../../runs/kinds/verification.ts';

export const verifyBackup = operation({
  name: 'verifyBackup',
  takes: [id, verifyBody.safeExtend({ wait: wait.default(false), store: storeName.optional() }).prefault({})],
  run: async ({ jobs, runs }, asked, { identity, wait: waiting, ...order }) =>
    runs.verification.ordered(
      await jobs.order(verificationKind, { backupId: asked, ...order }, identity),
      waiting,
    ),
  endpoints: [
    endpoint(routes.verifyBackup, async (call) => {
      const { api, params, query } = call;
      const { level, share, identity } = call.body;
      if (level === 'drill') {
        return answerRun(call, 'drill', (asked) =>
          api.drillBackup(params.id, { identity, wait: asked, ...inStore(query) }),
        );
      }
      return answerRun(call, 'verification', (asked) =>
        api.verifyBackup(params.id, { level, share, identity, wait: asked, store: query.store }),
      );
    }),
  ],
});

function inStore({ store }: { store?: string | undefined }): { store?: string } {
  return store === undefined ? {} : { store };
}

export const listVerifications = operation({
  name: 'listVerifications',
  takes: [listQuery.prefault({})],
  async run({ catalog, runs }, query) {
    const { rows, ...page } = await runs.verification.list(query, catalog.verifications.list);
    return { verifications: rows, ...page };
  },
  endpoints: [
    endpoint(routes.readVerifications, async ({ api, query }) => ok(await api.listVerifications(query))),
  ],
});

export const getVerification = operation({
  name: 'getVerification',
  takes: [id],
  run: async ({ runs }, asked) => runs.verification.present(await runs.verification.find(asked)),
  endpoints: [
    endpoint(routes.readVerification, async ({ api, params }) =>
      ok({ verification: await api.getVerification(params.id) }),
    ),
  ],
});

export const cancelVerification = operation({
  name: 'cancelVerification',
  takes: [id],
  run: ({ runs }, asked) => runs.verification.cancel(asked),
  endpoints: [
    endpoint(routes.cancelVerification, async ({ api, params }) =>
      ok({ success: true, verification: await api.cancelVerification(params.id) }),
    ),
  ],
});

export const waitForVerification = operation({
  name: 'waitForVerification',
  takes: [id, waitOptions],
  run: ({ runs }, asked, options) => runs.verification.waitFor(asked, options),
});
