import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { admitted, scopes, type NeededScope, type Scope } from '../../src/contract/scopes.ts';
import * as routes from '../../src/contract/routes/all.ts';
import type { Route } from '../../src/contract/route.ts';
import { smallShop, testSystem, type CallOptions, type Reply, type TestSystem } from './system.ts';

const base = '/api/admin';

/** Calls with a token of the API instead of the admin's. */
async function holder({ api, call }: TestSystem, ...held: Scope[]) {
  const { token } = await api.createToken({ name: held.join('+'), scopes: held });
  return (method: string, path: string, options: CallOptions = {}): Promise<Reply> =>
    call(method, base + path, {
      ...options,
      headers: { ...options.headers, Authorization: `Bearer ${token}` },
    });
}

/** Written down here once more, so that no route changes its scope by accident. */
const expected: Record<Exclude<NeededScope, 'admin'>, string[]> = {
  open: [
    'GET /healthz',
    'GET /readyz',
    'GET /session',
    'POST /session',
    'DELETE /session',
    'POST /sign-in',
    'POST /signed-in',
  ],
  point: ['POST /point'],
  read: [
    'GET /announcements',
    'GET /backup',
    'GET /backup/cleanup',
    'GET /backup/cleanup/{id}',
    'GET /backup/retention/preview',
    'GET /backup/schedule',
    'GET /backup/schedule/preview',
    'GET /backup/status',
    'GET /backup/{id}',
    'GET /backup/{id}/certificate',
    'GET /channels',
    'GET /check',
    'GET /check/{id}',
    'GET /copy',
    'GET /copy/{id}',
    'GET /databases',
    'GET /drill',
    'GET /drill/{id}',
    'GET /events',
    'GET /findings',
    'GET /findings/{id}',
    'GET /import',
    'GET /import/{id}',
    'GET /init-backup-tables',
    'GET /metrics',
    'GET /openapi.json',
    'GET /schedules',
    'GET /schedules/{name}',
    'GET /schedules/{name}/preview',
    'GET /scrub',
    'GET /scrub/{id}',
    'GET /stores',
    'GET /tables',
    'GET /tables/missing',
    'GET /verification',
    'GET /verification/{id}',
    'POST /backup/retention/preview',
    'POST /backup/schedule/preview',
    'POST /schedules/{name}/preview',
    'POST /schedules/{name}/retention/preview',
  ],
  backup: [
    'POST /backup',
    'POST /backup/{id}/cancel',
    'POST /backup/{id}/copy',
    'POST /backup/{id}/verify',
    'POST /certificates',
    'POST /check/{id}/cancel',
    'POST /copy/{id}/cancel',
    'POST /scrub/{id}/cancel',
    'POST /stores/{name}/check',
    'POST /stores/{name}/scrub',
    'POST /stores/{name}/test',
    'POST /verification/{id}/cancel',
  ],
  restore: [
    'GET /approvals',
    'GET /backup/{id}/diff',
    'GET /backup/{id}/rows',
    'GET /backup/{id}/schema',
    'GET /restore',
    'GET /restore/{id}',
    'GET /rows/history',
    'POST /approvals/{id}',
    'POST /backup/{id}/diff',
    'POST /backup/{id}/download',
    'POST /backup/{id}/globals',
    'POST /backup/{id}/globals/plan',
    'POST /backup/{id}/drill',
    'POST /backup/{id}/open',
    'POST /backup/{id}/query',
    'POST /backup/{id}/rows',
    'POST /backup/{id}/schema',
    'POST /drill/{id}/cancel',
    'POST /restore',
    'POST /restore/plan',
    'POST /restore/{id}/cancel',
    'POST /restore/{id}/undo',
    'POST /rows/history',
    'POST /tables/missing',
  ],
};

const allRoutes: readonly Route[] = Object.values(routes);
const address = ({ method, path }: Route): string => `${method} ${path}`;

test('each call needs the scope that it is meant to need; what is named nowhere is for admins', () => {
  const needed = new Map<string, NeededScope>(
    Object.entries(expected).flatMap(([scope, list]) => list.map((each) => [each, scope as NeededScope])),
  );
  for (const route of allRoutes) {
    assert.equal(route.scope, needed.get(address(route)) ?? 'admin', address(route));
    needed.delete(address(route));
  }
  assert.deepEqual([...needed.keys()], []);
});

test('every call is refused to every scope that does not admit it, and to no other', async (t) => {
  const given = await testSystem(t, { sql: smallShop });
  for (const scope of scopes) {
    const call = await holder(given, scope);
    for (const route of allRoutes) {
      // What an open call does is tested elsewhere; an event stream that is admitted would stay open.
      if (route.scope === 'open') continue;
      const isAdmitted = admitted([scope], route.scope);
      if (isAdmitted && (scope === 'admin' || route.path === '/events')) continue;
      const path = route.path.replaceAll('{id}', '999999').replaceAll('{name}', 'nothing-of-this-name');
      const answer = await call(route.method, path, route.method === 'POST' ? { body: {} } : {});
      const refused = answer.status === 403 && answer.body.code === 'FORBIDDEN';
      assert.equal(refused, !isAdmitted, `${scope}: ${address(route)} ${answer.text.slice(0, 300)}`);
      if (refused) assert.deepEqual(answer.body.details, { scope: route.scope, scopes: [scope] });
    }
  }
});

test('with a token for points nothing can be done but to take them', async (t) => {
  const given = await testSystem(t, { sql: smallShop });
  const call = await holder(given, 'point');
  const taken = await call('POST', '/point?wait=true');
  assert.equal(taken.status, 201, taken.text);
  const id = taken.body.point.id;
  for (const [method, path] of [
    ['GET', `/backup/${id}`],
    ['GET', `/backup?id=${id}`],
    ['GET', `/backup?id=${id}&download=true`],
    ['GET', '/backup/status'],
    ['DELETE', `/backup/${id}`],
    ['DELETE', `/backup?id=${id}`],
    ['POST', `/backup/${id}/cancel`],
    ['POST', '/backup'],
    ['POST', '/tokens'],
    ['GET', '/tokens'],
    ['GET', '/openapi.json'],
  ] as const) {
    const answer = await call(method, path);
    assert.equal(answer.status, 403, `${method} ${path}`);
  }
  const restore = { backupId: id, restoreType: 'full' };
  assert.equal((await call('POST', '/restore', { body: restore })).status, 403);
  assert.equal((await call('POST', '/restore?dryRun=true', { body: restore })).status, 403);
  const session = await call('GET', '/session');
  assert.deepEqual([session.body.signedIn, session.body.scopes], [true, ['point']]);
});

test('who may read sees no row of the data, and who may restore does', async (t) => {
  const given = await testSystem(t, { sql: smallShop });
  const { id } = await given.api.createBackup({ wait: true });
  const [reader, backer, restorer] = await Promise.all([
    holder(given, 'read'),
    holder(given, 'backup'),
    holder(given, 'restore'),
  ]);
  for (const path of [`/backup?id=${id}&download=true`, `/backup/${id}?download=true`]) {
    assert.equal((await reader('GET', path)).status, 403, path);
    assert.equal((await backer('GET', path)).status, 403, path);
    assert.equal((await restorer('GET', path)).status, 200, path);
  }
  for (const call of [reader, backer, restorer]) {
    assert.equal((await call('GET', `/backup/${id}`)).body.backup.id, id);
  }
  assert.equal((await restorer('GET', `/backup/${id}/rows?table=orders&limit=1`)).status, 200);
  // What is one call for the API alone has an address here.
  const body = { backupId: id, restoreType: 'partial', tables: ['orders'] };
  const restored = await restorer('POST', '/restore?wait=true', { body });
  assert.equal(restored.status, 201, restored.text);
  const dryRun = await restorer('POST', `/restore/${restored.body.restore.id}/undo?dryRun=true`);
  assert.equal(dryRun.status, 200, dryRun.text);
  assert.equal((await restorer('DELETE', `/backup/${id}`)).status, 403);
  assert.equal((await restorer('POST', '/backup')).status, 403);
});

test('a token is shown once, kept as a hash, counted as used, and refused when it is revoked', async (t) => {
  const given = await testSystem(t);
  const { call, db } = given;
  const made = await call('POST', `${base}/tokens`, {
    body: { name: 'deploy', scopes: ['read', 'point', 'read'] },
  });
  assert.equal(made.status, 201, made.text);
  const { token, created } = made.body;
  assert.match(token, /^hf_[\w-]{43}$/);
  assert.deepEqual(created.scopes, ['read', 'point']);
  assert.deepEqual([created.createdBy, created.lastUsedAt], ['admin token', null]);
  const { rows } = await db.client.query('select t::text as row from system_backup_tokens t');
  assert.equal(rows.length, 1);
  assert.ok(!rows[0].row.includes(token.slice(10)), 'the token is not in its row');
  const headers = { Authorization: `Bearer ${token}` };
  assert.equal((await call('GET', `${base}/backup`, { headers })).status, 200);
  const list = await call('GET', `${base}/tokens`);
  assert.ok(!list.text.includes(token.slice(10)));
  const [shown] = list.body.tokens;
  assert.notEqual(shown.lastUsedAt, null);
  assert.ok(token.startsWith(shown.start));
  // Another process refuses it as soon.
  const { fetch } = given.another();
  const gone = await call('DELETE', `${base}/tokens?id=${created.id}`);
  assert.equal(gone.body.deleted.id, created.id);
  assert.equal((await call('GET', `${base}/backup`, { headers })).status, 401);
  const elsewhere = await fetch(new Request(`http://backup.test${base}/backup`, { headers }));
  assert.equal(elsewhere.status, 401);
  const again = await call('DELETE', `${base}/tokens?id=${created.id}`);
  assert.deepEqual([again.status, again.body.code], [404, 'TOKEN_NOT_FOUND']);
});

test('a token that has expired is refused, and cannot be made', async (t) => {
  const given = await testSystem(t);
  const { call, api } = given;
  const expiresAt = new Date(Date.now() + 1_500).toISOString();
  const { token } = await api.createToken({ name: 'short', scopes: ['read'], expiresAt });
  const headers = { Authorization: `Bearer ${token}` };
  assert.equal((await call('GET', `${base}/backup`, { headers })).status, 200);
  await pause(2_000);
  assert.equal((await call('GET', `${base}/backup`, { headers })).status, 401);
  const past = { name: 'past', scopes: ['read'], expiresAt: '2020-01-01T00:00:00Z' };
  assert.equal((await call('POST', `${base}/tokens`, { body: past })).status, 400);
  for (const body of [
    { name: 'none', scopes: [] },
    { name: 'unknown', scopes: ['root'] },
    { name: 'open', scopes: ['open'] },
    { name: '', scopes: ['read'] },
  ]) {
    assert.equal((await call('POST', `${base}/tokens`, { body })).status, 400, JSON.stringify(body));
  }
});

test('before the tables exist, and where others have the name of ours, no token of the API opens', async (t) => {
  const given = await testSystem(t, { initialize: false });
  const headers = { Authorization: `Bearer hf_${'a'.repeat(43)}` };
  assert.equal((await given.call('GET', `${base}/backup`, { headers })).status, 401);
  await given.db.client.query(
    `create table system_backup_tokens (id bigint, name text, scopes text[], start text, hash bytea, created_at timestamptz,
       created_by text, expires_at timestamptz, last_used_at timestamptz);
     insert into system_backup_tokens
       values (1, 'planted', '{admin}', 'hf_aaaaaa', sha256('hf_${'a'.repeat(43)}'), now(), 'me', null, null)`,
  );
  assert.equal((await given.call('GET', `${base}/backup`, { headers })).status, 401);
});

test('authorize may say who it is and what they may do', async (t) => {
  let answer: unknown = { actor: 'ada@example.com', scopes: ['read'] };
  const { system } = await testSystem(t, { auth: { authorize: () => answer as boolean } });
  const status = async (path: string, method = 'GET'): Promise<number> =>
    (await system.fetch(new Request(`http://backup.test${base}${path}`, { method }))).status;
  assert.equal(await status('/backup'), 200);
  assert.equal(await status('/backup', 'POST'), 403);
  const session = await system.fetch(new Request(`http://backup.test${base}/session`));
  assert.equal(((await session.json()) as { actor: string }).actor, 'ada@example.com');
  for (const wrong of [
    { actor: 'ada@example.com' },
    { scopes: ['admin'] },
    { actor: 'ada@example.com', scopes: ['root'] },
    { actor: 'ada@example.com', scopes: ['admin'], admin: true },
    { actor: '', scopes: ['admin'] },
    'true',
    1,
  ]) {
    answer = wrong;
    assert.equal(await status('/backup'), 401, JSON.stringify(wrong));
  }
});
