import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BackupSystem } from '../../src/index.ts';
import { origin, reply, testSystem, token, type Reply } from './system.ts';

const base = '/api/admin';

interface Browser {
  cookie: string;
  /** A call as a browser makes it: with the cookie it has, and no token. */
  call(method: string, path: string, options?: { body?: unknown; csrf?: string | null }): Promise<Reply>;
}

function browser(system: BackupSystem, headers: Record<string, string> = {}): Browser {
  const self: Browser = {
    cookie: '',
    async call(method, path, { body, csrf } = {}) {
      const response = await system.fetch(
        new Request(origin + base + path, {
          method,
          headers: {
            ...(self.cookie === '' ? {} : { Cookie: `other=1; ${self.cookie}` }),
            ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
            ...(csrf ? { 'X-Holdfast-CSRF': csrf } : {}),
            ...headers,
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      );
      const [set] = response.headers.getSetCookie();
      if (set !== undefined) self.cookie = set.split(';')[0]!;
      return reply(response);
    },
  };
  return self;
}

test('a token signs in, the cookie stands for it, and signing out takes it away', async (t) => {
  const { system } = await testSystem(t);
  const { call } = browser(system);
  const before = await call('GET', '/session');
  assert.deepEqual(before.body, {
    signedIn: false,
    by: null,
    actor: null,
    scopes: [],
    expiresAt: null,
    csrfToken: null,
    providerSignIn: null,
    tokenSignIn: true,
  });
  assert.equal((await call('GET', '/backup')).status, 401);

  const signIn = await call('POST', '/session', { body: { token } });
  assert.equal(signIn.status, 200);
  const cookie = signIn.headers.getSetCookie()[0]!;
  assert.match(cookie, /; HttpOnly; SameSite=Strict; Max-Age=43200$/);
  // The browser makes it that of the address called: the base path, whatever prefix a proxy adds.
  assert.doesNotMatch(cookie, /Path|Secure|Domain/i);
  assert.ok(!cookie.includes(token));
  assert.equal(signIn.body.by, 'token-session');
  const hours = (Date.parse(signIn.body.expiresAt) - Date.now()) / 3_600_000;
  assert.ok(hours > 11.9 && hours <= 12, String(hours));

  assert.equal((await call('GET', '/backup')).status, 200);
  assert.deepEqual((await call('GET', '/session')).body, signIn.body);

  const signOut = await call('DELETE', '/session');
  assert.match(signOut.headers.getSetCookie()[0]!, /^holdfast_session=; .*Max-Age=0/);
  assert.equal((await call('GET', '/backup')).status, 401);
});

test('a token of the API signs in as itself, for what it may do, and no longer than it is there', async (t) => {
  const { system, api } = await testSystem(t);
  const { token: reader, ...made } = await api.createToken({ name: 'colleague', scopes: ['read'] });
  const { call, ...own } = browser(system);
  const signIn = await call('POST', '/session', { body: { token: reader } });
  assert.equal(signIn.status, 200);
  const { by, actor, scopes, csrfToken } = signIn.body;
  assert.deepEqual([by, actor, scopes], ['token-session', `token ${made.id} (colleague)`, ['read']]);
  assert.ok(!signIn.headers.getSetCookie()[0]!.includes(reader));
  assert.deepEqual((await call('GET', '/session')).body, signIn.body);
  assert.equal((await call('GET', '/backup')).status, 200);
  const backup = { body: {}, csrf: csrfToken };
  assert.equal((await call('POST', '/backup', backup)).body.code, 'FORBIDDEN');
  assert.equal((await api.listAudit({ operation: 'signIn' })).entries[0]?.tokenId, made.id);
  // The number of another token is no more than the key that it would be signed with.
  const { token: writer, id } = await api.createToken({ name: 'other', scopes: ['admin'] });
  assert.notEqual(reader, writer);
  const cookie = signIn.headers.getSetCookie()[0]!.split(';')[0]!;
  const forged = cookie.replace(`.${made.id}.`, `.${id}.`);
  assert.notEqual(forged, cookie);
  for (const [sent, status] of [
    [cookie, 200],
    [forged, 401],
    [cookie.replace(`.${made.id}.`, '.'), 401],
  ] as const) {
    const answer = await system.fetch(new Request(`${origin}${base}/backup`, { headers: { Cookie: sent } }));
    assert.equal(answer.status, status, sent);
  }
  await api.deleteToken(made.id);
  assert.equal((await call('GET', '/backup')).status, 401);
  assert.equal((await call('POST', '/session', { body: { token: reader } })).status, 401);
  // One that expires ends its sessions.
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const brief = await api.createToken({ name: 'brief', scopes: ['read'], expiresAt });
  const until = (await browser(system).call('POST', '/session', { body: { token: brief.token } })).body
    .expiresAt;
  assert.ok(Math.abs(Date.parse(until) - Date.parse(expiresAt)) < 2_000, until);
  assert.equal(own.cookie.includes(reader), false);
});

test('who has signed out is out, with a copy of the cookie too, in every process', async (t) => {
  const { system, another, db } = await testSystem(t);
  const mine = browser(system);
  await mine.call('POST', '/session', { body: { token } });
  const copy = browser(another());
  copy.cookie = mine.cookie;
  const second = browser(system);
  await second.call('POST', '/session', { body: { token } });
  assert.equal((await copy.call('GET', '/backup')).status, 200);

  await mine.call('DELETE', '/session');
  assert.equal((await copy.call('GET', '/backup')).status, 401);
  assert.equal((await copy.call('GET', '/session')).body.signedIn, false);
  // Another session of the same token is another.
  assert.equal((await second.call('GET', '/backup')).status, 200);

  // Nothing in the list opens anything, and it does not grow for ever.
  const read = async (): Promise<{ id: string; until: string }[]> =>
    (await db.client.query('select ended_sessions from system_backup_epoch')).rows[0].ended_sessions;
  assert.equal((await read()).length, 1);
  assert.ok(!JSON.stringify(await read()).includes(copy.cookie.split('.')[1]!));
  await db.client.query(`update system_backup_epoch set ended_sessions = (
    select jsonb_agg(jsonb_build_object('id', n::text, 'until', now() + (n || ' seconds')::interval))
      from generate_series(-500, 1500) n)`);
  await second.call('DELETE', '/session');
  const kept = await read();
  assert.equal(kept.length, 1_000);
  assert.ok(kept.every(({ until }) => Date.parse(until) > Date.now()));
  second.cookie = copy.cookie;
  // Signing out of nothing is no error.
  assert.equal((await browser(system).call('DELETE', '/session')).status, 200);
});

test('a change needs the CSRF token of the very session', async (t) => {
  const { system } = await testSystem(t);
  const mine = browser(system);
  const other = browser(system);
  const { csrfToken } = (await mine.call('POST', '/session', { body: { token } })).body;
  const { csrfToken: foreign } = (await other.call('POST', '/session', { body: { token } })).body;
  assert.notEqual(csrfToken, foreign);
  for (const csrf of [null, '', 'x', foreign, `${csrfToken}x`]) {
    const refused = await mine.call('POST', '/backup', { body: {}, csrf });
    assert.equal(refused.status, 403, String(csrf));
    assert.equal(refused.body.code, 'FORBIDDEN');
  }
  assert.equal((await mine.call('POST', '/backup', { body: {}, csrf: csrfToken })).status, 202);
});

test('a cookie that was made up, changed or is over opens nothing', async (t) => {
  const { system, another } = await testSystem(t);
  const mine = browser(system);
  await mine.call('POST', '/session', { body: { token } });
  const good = mine.cookie;
  const [expires = '', nonce = '', mac = ''] = good.split('=')[1]!.split('.');
  const later = Number(expires) + 3_600;
  for (const value of [
    '',
    'x',
    `${later}.${nonce}.${mac}`,
    `${expires}.${nonce.replace(/./, (first) => (first === 'A' ? 'B' : 'A'))}.${mac}`,
    `${expires}.${nonce}.${mac.slice(0, -2)}`,
    `${expires}.${nonce}.${'A'.repeat(43)}`,
    `${expires}.${nonce}.`,
  ]) {
    mine.cookie = `holdfast_session=${value}`;
    assert.equal((await mine.call('GET', '/backup')).status, 401, value);
  }
  // One of another path of the same name does not hide ours.
  mine.cookie = `holdfast_session=x; ${good}`;
  assert.equal((await mine.call('GET', '/backup')).status, 200);

  const short = browser(another({ auth: { token, sessionHours: 0.01 } }));
  await short.call('POST', '/session', { body: { token } });
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 60_000 });
  assert.equal((await short.call('GET', '/session')).body.signedIn, false);
});

test('every instance with the token knows the session, and none without it', async (t) => {
  const { system, another } = await testSystem(t);
  const mine = browser(system);
  await mine.call('POST', '/session', { body: { token } });
  const beside = browser(another({ auth: { token: ['a-newer-token-0123456789', token] } }));
  beside.cookie = mine.cookie;
  assert.equal((await beside.call('GET', '/session')).body.by, 'token-session');
  const after = browser(another({ auth: { token: 'a-newer-token-0123456789' } }));
  after.cookie = mine.cookie;
  assert.equal((await after.call('GET', '/session')).body.signedIn, false);
  assert.equal((await after.call('GET', '/backup')).status, 401);
});

test('the cookie is Secure where the browser came over TLS', async (t) => {
  const { system } = await testSystem(t);
  const proxied = browser(system, { 'X-Forwarded-Proto': 'https' });
  const answer = await proxied.call('POST', '/session', { body: { token } });
  assert.match(answer.headers.getSetCookie()[0]!, /; Secure$/);
});

test('wrong tokens are answered 401, and after a while 429, but the right one always signs in', async (t) => {
  const { system } = await testSystem(t);
  const guesser = browser(system, { 'X-Forwarded-For': '203.0.113.7' });
  for (let attempt = 1; attempt <= 10; attempt++) {
    const wrong = await guesser.call('POST', '/session', { body: { token: `wrong-token-${attempt}-0123` } });
    assert.equal(wrong.status, 401, String(attempt));
    assert.deepEqual(wrong.headers.getSetCookie(), []);
  }
  const limited = await guesser.call('POST', '/session', { body: { token: 'wrong-token-0123456789' } });
  assert.equal(limited.status, 429);
  assert.equal(limited.body.code, 'RATE_LIMITED');
  const seconds = Number(limited.headers.get('retry-after'));
  assert.ok(seconds > 50 && seconds <= 60, String(seconds));
  const admin = browser(system, { 'X-Forwarded-For': '203.0.113.7' });
  assert.equal((await admin.call('POST', '/session', { body: { token } })).status, 200);
  // Somebody else, and whoever has a token in the header, is not concerned.
  assert.equal((await browser(system).call('POST', '/session', { body: { token } })).status, 200);
  const bearer = browser(system, {
    'X-Forwarded-For': '203.0.113.7',
    Authorization: `Bearer ${token}`,
  });
  assert.equal((await bearer.call('GET', '/session')).body.by, 'token');
  // One who makes up another address each time meets the limit of all.
  let refused = 0;
  for (let attempt = 0; attempt < 100; attempt++) {
    const liar = browser(system, { 'X-Forwarded-For': `198.51.100.${attempt}` });
    const answer = await liar.call('POST', '/session', { body: { token: 'wrong-token-0123456789' } });
    if (answer.status === 429) refused += 1;
  }
  assert.ok(refused >= 9, String(refused));
  assert.equal((await admin.call('POST', '/session', { body: { token } })).status, 200);
});

test('where the application lets the request through, there is no sign-in', async (t) => {
  const { another } = await testSystem(t);
  const authorize = (request: Request): boolean =>
    request.headers.get('cookie')?.includes('admin=yes') === true;
  const hosted = browser(another({ auth: { authorize } }));
  assert.deepEqual((await hosted.call('GET', '/session')).body, {
    signedIn: false,
    by: null,
    actor: null,
    scopes: [],
    expiresAt: null,
    csrfToken: null,
    providerSignIn: null,
    tokenSignIn: false,
  });
  hosted.cookie = 'admin=yes';
  const session = await hosted.call('GET', '/session');
  assert.equal(session.body.by, 'host');
  assert.equal(session.body.csrfToken, null);
  assert.equal((await hosted.call('POST', '/backup', { body: {} })).status, 202);
  const refused = await hosted.call('POST', '/session', { body: { token } });
  assert.equal(refused.status, 401);
});

test('without its CSRF token a session gives no more than what the application allows', async (t) => {
  const { another } = await testSystem(t);
  const both = browser(
    another({ auth: { token, authorize: () => ({ actor: 'ada@example.com', scopes: ['read'] }) } }),
  );
  const { csrfToken } = (await both.call('POST', '/session', { body: { token } })).body;
  assert.equal((await both.call('GET', '/session')).body.by, 'token-session');
  const refused = await both.call('POST', '/backup', { body: {} });
  assert.deepEqual([refused.status, refused.body.details], [403, { scope: 'backup', scopes: ['read'] }]);
  assert.equal((await both.call('POST', '/backup', { body: {}, csrf: csrfToken })).status, 202);
});

test('a session here does not take away what the application allows', async (t) => {
  const { another } = await testSystem(t);
  const both = browser(
    another({ auth: { token, authorize: (request) => request.headers.get('x-host') === 'yes' } }),
    { 'X-Host': 'yes' },
  );
  await both.call('POST', '/session', { body: { token } });
  assert.equal((await both.call('GET', '/session')).body.by, 'token-session');
  assert.equal((await both.call('POST', '/backup', { body: {} })).status, 202);
});
