import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorCatalogue } from '../../src/base/errors.ts';
import { errorAnswer } from '../../src/contract/fields.ts';
import type { Route } from '../../src/contract/route.ts';
import * as routes from '../../src/contract/routes/all.ts';
import { admitted, scopes } from '../../src/contract/scopes.ts';
import { seeded } from '../engine/segments.ts';
import { hostileRequest, type OpenApi } from './hostile-requests.ts';
import { origin, smallShop, testSystem } from './system.ts';

/** A longer search: HOLDFAST_FUZZ_REQUESTS=20000 npm test -- test/api/fuzz.test.ts; again: HOLDFAST_TEST_SEED=… */
const requests = Number(process.env['HOLDFAST_FUZZ_REQUESTS'] ?? 800);
const seed = Number(process.env['HOLDFAST_TEST_SEED'] ?? Date.now() % 1_000_000);

const base = '/api/admin';
const allRoutes: readonly Route[] = Object.values(routes);

test(`whatever is sent, the answer is one that is documented (seed ${seed})`, async (t) => {
  const { system, api } = await testSystem(t, { sql: smallShop });
  await api.createBackup({ wait: true });
  const document = (await (
    await system.fetch(new Request(`${origin}${base}/openapi.json`, { headers: await holderOf('admin') }))
  ).json()) as OpenApi;
  const random = seeded(seed);
  const seen = new Map<number, number>();
  for (let i = 0; i < requests; i++) {
    const route = allRoutes[random(allRoutes.length)]!;
    const scope = scopes[random(scopes.length)]!;
    const operation = document.paths[route.path]![route.method.toLowerCase()]!;
    const { path, body } = hostileRequest(random, route.path, operation, document);
    const said = `request ${i}, ${scope}: ${route.method} ${path} ${body?.slice(0, 500) ?? ''}`;
    const response = await system.fetch(
      new Request(`${origin}${base}${path}`, {
        method: route.method,
        headers: {
          ...(await holderOf(scope)),
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        },
        ...(body === undefined || route.method === 'GET' ? {} : { body }),
      }),
    );
    seen.set(response.status, (seen.get(response.status) ?? 0) + 1);
    await assertDocumented(route, response, said);
    // An admin's call may have deleted it.
    if (response.status === 401 && route.scope !== 'open') tokens.delete(scope);
    if (route.scope !== 'open' && !admitted([scope], route.scope)) {
      assert.ok(
        response.status === 403 || response.status === 404,
        `${response.status} instead of 403: ${said}`,
      );
    }
  }
  t.diagnostic(
    [...seen]
      .toSorted(([a], [b]) => a - b)
      .map(([status, count]) => `${count} × ${status}`)
      .join(', '),
  );
  assert.ok((seen.get(200) ?? 0) > 0 && (seen.get(400) ?? 0) > 0 && (seen.get(403) ?? 0) > 0);
  // It still works.
  await api.createBackup({ wait: true });

  async function holderOf(scope: (typeof scopes)[number]): Promise<Record<string, string>> {
    let token = tokens.get(scope);
    if (token === undefined) {
      ({ token } = await api.createToken({ name: `fuzz ${scope}`, scopes: [scope] }));
      tokens.set(scope, token);
    }
    return { Authorization: `Bearer ${token}` };
  }
});

const tokens = new Map<string, string>();

async function assertDocumented(route: Route, response: Response, said: string): Promise<void> {
  const type = response.headers.get('content-type') ?? '';
  const answer = route.answers[response.status];
  if (!type.startsWith('application/json')) {
    const known = answer?.mediaTypes?.some((each) => type.startsWith(each)) === true;
    assert.ok(
      known || (answer !== undefined && answer.schema === undefined),
      `${response.status} ${type}: ${said}`,
    );
    await response.body?.cancel();
    return;
  }
  const body: unknown = await response.json();
  const text = JSON.stringify(body).slice(0, 1_000);
  if (answer && !answer.schema) return;
  if (answer?.schema) {
    const parsed = answer.schema.safeParse(body);
    assert.ok(parsed.success, `${said}\n${text}\n${parsed.error?.message ?? ''}`);
    return;
  }
  const parsed = errorAnswer.safeParse(body);
  assert.ok(parsed.success, `${response.status} ${said}\n${text}`);
  const { status } = errorCatalogue[parsed.data.code];
  assert.equal(response.status, status, `${said}\n${text}`);
  assert.notEqual(parsed.data.code, 'INTERNAL', `${said}\n${text}`);
}
