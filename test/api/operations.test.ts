/** Of every operation: its arguments are checked, its scope is required, its tables are needed. Made from the list. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApi } from '../../src/api/api.ts';
import { anonymous, application, isAllowed } from '../../src/api/auth/caller.ts';
import type { ApiContext } from '../../src/api/context.ts';
import { operations } from '../../src/api/operations.ts';
import { routes } from '../../src/contract/routes.ts';
import type { Route } from '../../src/contract/route.ts';
import { testSystem } from './system.ts';

type Methods = Record<string, (...values: unknown[]) => Promise<unknown>>;

/** Values that no argument of any operation is. */
const wrongValues = [Symbol('wrong'), { pined: false }];

/** An argument that is accepted wherever the wrong one is another. */
function accepted(schema: (typeof operations)[number]['takes'][number]): unknown {
  return [undefined, 1, 'nightly', { backupId: 1 }, {}].find((value) => schema.safeParse(value).success);
}

test('every operation checks each of its arguments for callers in TypeScript too', async (t) => {
  const { api } = await testSystem(t);
  let refused = 0;
  for (const { name, takes } of operations) {
    for (const place of takes.keys()) {
      for (const wrong of wrongValues) {
        // What waiting takes is not looked into: it is functions and signals.
        if (name.startsWith('waitFor') && place === 1 && typeof wrong === 'object') continue;
        const values = takes.map((schema, at) => (at === place ? wrong : accepted(schema)));
        await assert.rejects(
          async () => (api as unknown as Methods)[name]!(...values),
          { code: 'INVALID_REQUEST' },
          `${name}, argument ${place + 1}`,
        );
        refused++;
      }
    }
  }
  assert.ok(refused > 60, `${refused}`);
  for (const list of [api.listBackups(), api.listRestores(), api.listVerifications(), api.listCleanups()]) {
    assert.equal((await list).total, 0);
  }
  assert.equal((await api.listSchedules()).length, 1);
});

test('a caller without the scope gets nothing of the API', async () => {
  // It touches nothing but the audit, which has no tables here: the first look at the system would fail.
  const catalog = { isInitialized: async () => false };
  const untouched = new Proxy({ catalog } as unknown as ApiContext, {
    get: (given, name) => (name === 'then' ? undefined : name === 'catalog' ? given.catalog : {}),
  });
  const api = createApi(untouched)(anonymous) as unknown as Methods;
  for (const { name, scope } of operations) {
    if (scope === 'open') continue;
    await assert.rejects(api[name]!(), { code: 'FORBIDDEN' }, name);
  }
  assert.ok(
    isAllowed(application, 'admin') && isAllowed(anonymous, 'open') && !isAllowed(anonymous, 'admin'),
  );
});

test('only the calls about the session and the probes are open, and few do without our tables', () => {
  const namesOf = (is: (route: Route) => boolean): string[] =>
    Object.values<Route>(routes)
      .filter(is)
      .map(({ method, path }) => `${method} ${path}`)
      .toSorted();
  assert.deepEqual(
    namesOf(({ scope }) => scope === 'open'),
    [
      'DELETE /session',
      'GET /healthz',
      'GET /readyz',
      'GET /session',
      'POST /session',
      'POST /sign-in',
      'POST /signed-in',
    ],
  );
  assert.deepEqual(
    namesOf(({ needsTables }) => !needsTables),
    [
      'DELETE /session',
      'GET /backup/status',
      'GET /databases',
      'GET /healthz',
      'GET /init-backup-tables',
      'GET /metrics',
      'GET /openapi.json',
      'GET /readyz',
      'GET /session',
      'POST /init-backup-tables',
      'POST /session',
      'POST /sign-in',
      'POST /signed-in',
      'POST /stores/{name}/test',
    ],
  );
});

test('until the tables exist every other operation says so', async (t) => {
  const { api } = await testSystem(t, { initialize: false });
  const without = ['init', 'planInit', 'status', 'testStore', 'ready', 'metrics', 'listDatabases'];
  for (const { name, takes, needsTables } of operations) {
    assert.equal(needsTables, !without.includes(name), name);
    if (!needsTables) continue;
    const values = takes.map(accepted);
    await assert.rejects((api as unknown as Methods)[name]!(...values), { code: 'NOT_INITIALIZED' }, name);
  }
  assert.equal((await api.planInit()).initialized, false);
});
