import { z } from 'zod';
import * as routes from '../../contract/routes/stores.ts';
import { createStoreBody, setAsideBody, storeName } from '../../contract/store.ts';
import { storeTestBody } from '../../contract/store-test.ts';
import { createStore as create } from '../../runs/store-create.ts';
import { listStores as list, takeStore as take } from '../../runs/store-list.ts';
import { endpoint, ok } from '../endpoint.ts';
import { operation } from '../operation.ts';

export const listStores = operation({
  name: 'listStores',
  takes: [],
  run: async ({ catalog, jobs }) => ({ stores: await list(catalog, jobs.stores) }),
  endpoints: [endpoint(routes.readStores, async ({ api }) => ok(await api.listStores()))],
});

export const createStore = operation({
  name: 'createStore',
  takes: [storeName, createStoreBody],
  run: ({ catalog, jobs }, name, { sealed }) => create(catalog, jobs.stores, name, sealed),
  endpoints: [
    endpoint(routes.createStore, async ({ api, params, body }) => ({
      status: 201 as const,
      body: await api.createStore(params.name, body),
    })),
  ],
});

export const takeStore = operation({
  name: 'takeStore',
  takes: [storeName],
  run: ({ jobs }, name) => take(jobs.stores, name),
  endpoints: [endpoint(routes.takeStore, async ({ api, params }) => ok(await api.takeStore(params.name)))],
});

export const setDocumentAside = operation({
  name: 'setDocumentAside',
  takes: [storeName, setAsideBody],
  guard: (_work, store, { uuid }) => ({ kind: 'delete', what: { store, document: uuid } }),
  run: ({ jobs }, name, { uuid }) => jobs.setAside(name, uuid),
  endpoints: [
    endpoint(routes.setDocumentAside, async ({ api, params, body }) =>
      ok(await api.setDocumentAside(params.name, body)),
    ),
  ],
});

export const testStore = operation({
  name: 'testStore',
  takes: [storeName, storeTestBody.optional()],
  run: async ({ jobs }, name, options) => ({
    success: true as const,
    name,
    test: await jobs.testStore(name, options),
  }),
  endpoints: [
    endpoint(routes.testStore, async ({ api, params, body }) => ok(await api.testStore(params.name, body))),
  ],
});

export const forgetStore = operation({
  name: 'forgetStore',
  takes: [storeName, z.strictObject({ force: z.boolean().default(false) }).prefault({})],
  guard: (_work, store, { force }) => ({ kind: 'stores', what: { store, force } }),
  run: ({ jobs }, name, { force }) => jobs.forgetStore(name, { deleteRows: force }),
  endpoints: [
    endpoint(routes.forgetStore, async ({ api, params, query }) =>
      ok(await api.forgetStore(params.name, { force: query.force })),
    ),
  ],
});
