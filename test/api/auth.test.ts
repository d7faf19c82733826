import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger, type Logger } from '../../src/base/logger.ts';
import { createBackupSystem, type AuthOptions, type BackupSystem } from '../../src/index.ts';
import { origin, reply, testSystem, token, type Reply } from './system.ts';

const base = '/api/admin';

async function send(
  system: BackupSystem,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Reply> {
  return reply(await system.fetch(new Request(origin + base + path, { method, headers })));
}

/** A system whose database does not exist: whoever is refused must be refused before it is asked. */
function unconnected(auth: AuthOptions, logger: Logger = silentLogger): BackupSystem {
  return createBackupSystem({ database: 'postgres://nobody@127.0.0.1:1/none', auth, logger });
}

test('without an admin everything is 401, before anything else is looked at', async () => {
  const system = unconnected({ token });
  const wrong = [
    {},
    { Authorization: 'Bearer' },
    { Authorization: `Bearer ${token}x` },
    { Authorization: `Bearer ${token.slice(1)}` },
    { Authorization: `Bearer ${token.toUpperCase()}` },
    { Authorization: `Basic ${Buffer.from(`admin:${token}`).toString('base64')}` },
    { Authorization: token },
    { 'X-Api-Key': token },
  ];
  for (const headers of wrong) {
    for (const path of ['/backup/status', '/backup', '/nowhere', '/openapi.json', `/backup?token=${token}`]) {
      const answer = await send(system, path, headers as Record<string, string>);
      assert.equal(answer.status, 401, path);
      assert.equal(answer.body.code, 'UNAUTHORIZED');
      assert.equal(answer.body.error, 'Authentication required');
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer realm="holdfast"/);
      assert.ok(!answer.text.includes(token.slice(1)));
    }
  }
  const { status } = await reply(await system.fetch(new Request('http://backup.test/elsewhere')));
  assert.equal(status, 401);
});

test('any of several tokens opens', async (t) => {
  const other = 'another-token-987654';
  const { system } = await testSystem(t, { auth: { token: [token, other] } });
  for (const admin of [token, other]) {
    assert.equal((await send(system, '/backup', { Authorization: `Bearer ${admin}` })).status, 200);
    assert.equal((await send(system, '/backup', { Authorization: `bearer  ${admin}` })).status, 200);
  }
});

test('with authorize, exactly true opens; with both, either suffices', async (t) => {
  const authorize = (request: Request): boolean => request.headers.get('cookie') === 'session=admin';
  const { system } = await testSystem(t, { auth: { token, authorize } });
  assert.equal((await send(system, '/backup', { Cookie: 'session=admin' })).status, 200);
  assert.equal((await send(system, '/backup', { Authorization: `Bearer ${token}` })).status, 200);
  assert.equal((await send(system, '/backup', { Cookie: 'session=other' })).status, 401);
  const truthy = unconnected({ authorize: (() => ({ user: 1 })) as never });
  assert.equal((await send(truthy, '/backup')).status, 401);
});

test('what authorize throws is a no, logged without secrets', async () => {
  const lines: string[] = [];
  const system = unconnected(
    {
      authorize: () => {
        throw new Error('cannot reach postgres://app:hunter2@sessions/db');
      },
    },
    { log: (level, message, fields) => void lines.push(JSON.stringify([level, message, fields])) },
  );
  assert.equal((await send(system, '/backup')).status, 401);
  assert.equal(lines.length, 1);
  assert.ok(!lines[0]!.includes('hunter2'));
});

test('authorize sees the request but not the body', async (t) => {
  let seen: Request | undefined;
  const { system } = await testSystem(t, {
    auth: {
      authorize: async (request) => {
        seen = request;
        assert.equal(await request.text(), '');
        return true;
      },
    },
  });
  const answer = await system.fetch(
    new Request(`${origin}${base}/backup/schedule`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Who': 'me' },
      body: '{"enabled":true}',
    }),
  );
  assert.equal(answer.status, 200);
  assert.equal(seen?.method, 'POST');
  assert.equal(seen.url, `${origin}${base}/backup/schedule`);
  assert.equal(seen.headers.get('x-who'), 'me');
});

test('a page of another site cannot use the cookie of an admin', async (t) => {
  const { system } = await testSystem(t, { auth: { token, authorize: () => true } });
  const crossSite = { 'Sec-Fetch-Site': 'cross-site' };
  const refused = await send(system, '/backup', crossSite, 'POST');
  assert.equal(refused.status, 403);
  assert.equal(refused.body.code, 'FORBIDDEN');
  assert.equal((await send(system, '/backup', { 'Sec-Fetch-Site': 'same-origin' }, 'GET')).status, 200);
  const withToken = await send(
    system,
    '/backup',
    { ...crossSite, Authorization: `Bearer ${token}` },
    'DELETE',
  );
  assert.equal(withToken.status, 400);
});

test('a change by cookie is taken from our own origin only', async (t) => {
  const allowed = 'https://admin.example.com';
  const { system } = await testSystem(t, {
    auth: { token, authorize: () => true, allowedOrigins: [`${allowed}/`] },
  });
  const host = new URL(origin).host;
  const cases: [headers: Record<string, string>, taken: boolean][] = [
    [{}, true], // no browser
    [{ 'Sec-Fetch-Site': 'same-origin', Origin: origin }, true],
    [{ 'Sec-Fetch-Site': 'none' }, true],
    [{ 'Sec-Fetch-Site': 'same-site', Origin: 'http://wiki.test' }, false],
    [{ 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }, false],
    [{ 'Sec-Fetch-Site': 'cross-site' }, false],
    [{ 'Sec-Fetch-Site': 'something-new' }, false],
    // The browser knows better than a Host header that a proxy changed.
    [{ 'Sec-Fetch-Site': 'same-origin', Origin: 'https://app.example.com', Host: 'app-1:3000' }, true],
    [{ 'Sec-Fetch-Site': 'cross-site', Origin: allowed }, true],
    [{ Origin: allowed }, true],
    // Without TLS a browser sends Origin alone.
    [{ Origin: origin }, true],
    [{ Origin: `https://${host}` }, true],
    [{ Origin: origin.toUpperCase() }, true],
    [{ Origin: 'https://app.example.com', Host: 'app.example.com:443' }, true],
    [{ Origin: 'https://app.example.com', Host: 'App.Example.com' }, true],
    [{ Origin: 'http://evil.example' }, false],
    [{ Origin: `http://${host}.evil.example` }, false],
    [{ Origin: `http://wiki.${host}` }, false],
    [{ Origin: `http://${host}:8080` }, false],
    [{ Origin: 'null' }, false],
    [{ Origin: 'http://evil.example', 'X-Forwarded-Host': 'evil.example' }, false],
    [{ Origin: 'http://evil.example', Forwarded: 'host=evil.example' }, false],
    [{ Referer: `${origin}/some/page` }, true],
    [{ Referer: 'http://evil.example/page' }, false],
    [{ Referer: 'nonsense' }, false],
  ];
  for (const [headers, taken] of cases) {
    for (const [method, path] of [
      ['POST', '/init-backup-tables'],
      ['DELETE', '/backup?id=4711'],
      ['DELETE', '/session'],
    ] as const) {
      const { status } = await send(system, path, headers, method);
      assert.equal(status === 403, !taken, `${method} ${path} ${JSON.stringify(headers)}: ${status}`);
    }
    assert.equal((await send(system, '/backup', headers)).status, 200, 'reading is not changing');
    const withToken = { ...headers, Authorization: `Bearer ${token}` };
    assert.equal((await send(system, '/init-backup-tables', withToken, 'POST')).status, 200);
  }
});
