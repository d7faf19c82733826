import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Logger } from '../../src/base/logger.ts';
import type { Scope } from '../../src/contract/scopes.ts';
import type { BackupSystem } from '../../src/index.ts';
import { audience, startIssuer } from '../support/issuer.ts';
import { caller, origin, reply, smallShop, testSystem, token, type Reply } from './system.ts';

/** What a person whom an identity provider names can do: by calls, on the page, in the audit and as a second actor. */

const base = '/api/admin';

interface Browser {
  cookies: Map<string, string>;
  call(method: string, path: string, body?: unknown, csrf?: string): Promise<Reply>;
}

/** Keeps cookies as a browser does: also those that are taken away. */
function browser(system: BackupSystem): Browser {
  const cookies = new Map<string, string>();
  return {
    cookies,
    async call(method, path, body, csrf) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await system.fetch(
        new Request(origin + base + path, {
          method,
          headers: {
            'X-Forwarded-For': '203.0.113.7',
            ...(cookie === '' ? {} : { Cookie: cookie }),
            ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
            ...(csrf === undefined ? {} : { 'X-Holdfast-CSRF': csrf }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      );
      for (const set of response.headers.getSetCookie()) {
        assert.match(set, /; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
        assert.ok(set.length <= 4_096, `${set.length} bytes`);
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
        if (/Max-Age=0/.test(set)) cookies.delete(name);
        else cookies.set(name, value);
      }
      return reply(response);
    },
  };
}

test('a person of the identity provider', async (t) => {
  const issuer = await startIssuer(t);
  const log: string[] = [];
  const logger: Logger = { log: (...record) => void log.push(JSON.stringify(record)) };
  const scopes: Record<string, Scope[]> = { dba: ['admin'], viewers: ['read'], deployers: ['point'] };
  const oidc = { issuer: issuer.url, audience, scopes };
  const given = await testSystem(t, { sql: smallShop, logger, auth: { token, oidc } });
  const { system, api, another, db } = given;
  const jwts: string[] = [];
  const tokenOf = async (claims: object, options = {}): Promise<string> => {
    const jwt = await issuer.token({ ...claims }, options);
    jwts.push(jwt);
    return jwt;
  };
  const send = async (jwt: string, method: string, path: string, body?: unknown): Promise<Reply> =>
    caller(system)(method, base + path, {
      headers: { Authorization: `Bearer ${jwt}` },
      ...(body === undefined ? {} : { body }),
    });

  await t.test('may do what the scopes say and no more, by calls', async () => {
    const viewer = await tokenOf({ sub: 'v', email: 'vic@example.com', groups: ['viewers'] });
    assert.equal((await send(viewer, 'GET', '/backup')).status, 200);
    const refused = await send(viewer, 'POST', '/backup', {});
    assert.deepEqual([refused.status, refused.body.details], [403, { scope: 'backup', scopes: ['read'] }]);
    assert.match(refused.body.hint, /auth\.oidc\.scopes/);
    const nothing = await send(await tokenOf({ groups: ['staff'] }), 'GET', '/backup');
    assert.deepEqual([nothing.status, nothing.body.details], [403, { scope: 'read', scopes: [] }]);
    const deploy = await tokenOf({ sub: 'ci', groups: ['deployers'] });
    assert.equal((await send(deploy, 'GET', '/backup')).status, 403);
    // No browser adds it on its own, so no other origin can use it.
    const dba = await tokenOf({ sub: 'a', email: 'ada@example.com', groups: 'dba' });
    const posted = await caller(system)('POST', `${base}/backup?wait=true`, {
      body: {},
      headers: {
        Authorization: `Bearer ${dba}`,
        Origin: 'https://evil.example',
        'Sec-Fetch-Site': 'cross-site',
      },
    });
    assert.equal(posted.status, 201, posted.text);
  });

  await t.test('is in the audit by name, and by what does not change', async () => {
    const { entries } = await api.listAudit({ operation: 'createBackup' });
    const made = entries.filter(({ by }) => by === 'oidc');
    assert.deepEqual(
      made.map(({ actor, subject, outcome }) => [actor, subject, outcome?.status]),
      [
        ['ada@example.com', `${issuer.url} a`, 200],
        ['vic@example.com', `${issuer.url} v`, 403],
      ],
    );
    assert.equal((await api.verifyAudit()).intact, true);
  });

  await t.test('signs in to the page as themselves, until the token ends at the latest', async (t) => {
    const { call, cookies } = browser(system);
    const exp = Math.floor(Date.now() / 1_000) + 120;
    // Of a directory that names all of the many groups.
    const groups = ['viewers', ...Array.from({ length: 200 }, (_, n) => `group-of-a-directory-number-${n}`)];
    const jwt = await tokenOf({ sub: 'v', email: 'vic@example.com', groups, exp });
    const signIn = await call('POST', '/session', { token: jwt });
    assert.equal(signIn.status, 200, signIn.text);
    const { by, actor, scopes, expiresAt, csrfToken } = signIn.body;
    assert.deepEqual([by, actor, scopes], ['oidc-session', 'vic@example.com', ['read']]);
    const end = Date.parse(expiresAt);
    assert.ok(end <= exp * 1_000 + 1_000 && end > exp * 1_000 - 5_000, expiresAt);
    assert.ok(cookies.size >= 3, String(cookies.size));
    assert.deepEqual((await call('GET', '/session')).body, signIn.body);
    assert.equal((await call('GET', '/backup')).status, 200);
    assert.equal((await call('POST', '/backup', {}, csrfToken)).status, 403);
    // In another process too, and not in one that knows no issuer, or has other rules.
    const elsewhere = browser(another());
    for (const [name, value] of cookies) elsewhere.cookies.set(name, value);
    assert.equal((await elsewhere.call('GET', '/backup')).status, 200);
    const unaware = browser(another({ auth: { token } }));
    for (const [name, value] of cookies) unaware.cookies.set(name, value);
    assert.equal((await unaware.call('GET', '/backup')).status, 401);
    const strict = browser(another({ auth: { oidc: { ...oidc, scopes: { dba: ['admin'] } } } }));
    for (const [name, value] of cookies) strict.cookies.set(name, value);
    assert.equal((await strict.call('GET', '/backup')).status, 403);
    // With a shorter one afterwards no part of the longer one is left.
    const short = await tokenOf({ sub: 'a', email: 'ada@example.com', groups: 'dba' });
    const again = await call('POST', '/session', { token: short });
    assert.equal(cookies.size, 2, [...cookies.keys()].join());
    const change = await call('POST', '/backup', {});
    assert.deepEqual([change.status, change.body.code], [403, 'FORBIDDEN'], 'without the CSRF token');
    const made = await call('POST', '/tokens', { name: 'x', scopes: ['read'] }, again.body.csrfToken);
    assert.equal(made.status, 201);
    assert.equal((await api.listAudit({ operation: 'createToken' })).entries[0]?.by, 'oidc-session');
    assert.equal((await api.listAudit({ operation: 'signIn' })).entries[0]?.subject, `${issuer.url} a`);

    await t.test('and out of it, with a copy of the cookies too', async () => {
      const copy = browser(another());
      for (const [name, value] of cookies) copy.cookies.set(name, value);
      assert.equal((await copy.call('GET', '/backup')).status, 200);
      // The keys may be old by then; nothing is opened.
      issuer.answers.set('/keys', (response) => response.destroy());
      assert.equal((await call('DELETE', '/session')).status, 200);
      issuer.answers.clear();
      assert.equal(cookies.size, 0);
      assert.equal((await copy.call('GET', '/backup')).status, 401);
      assert.equal((await copy.call('GET', '/session')).body.signedIn, false);
      assert.equal((await call('POST', '/session', { token: short })).status, 200);
    });
  });

  await t.test('has cookies that open nothing once they are over, changed or made up', async () => {
    const { call, cookies } = browser(system);
    const jwt = await tokenOf({ groups: 'dba' });
    const other = await tokenOf({ sub: 'other', groups: 'dba' });
    await call('POST', '/session', { token: jwt });
    const [session, part] = ['holdfast_session', 'holdfast_session_jwt_1'].map((name) => cookies.get(name)!);
    assert.equal(part, jwt);
    for (const [first, second] of [
      [session!, other],
      [session!.replace(/^\d+/, (until) => String(Number(until) + 60)), jwt],
      ['', jwt],
      [session!, ''],
      // Signed with what was made up itself.
      [session!, 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.'],
    ]) {
      cookies.set('holdfast_session', first!);
      cookies.set('holdfast_session_jwt_1', second!);
      assert.equal((await call('GET', '/backup')).status, 401, `${first} ${second}`);
    }
    cookies.set('holdfast_session', session!);
    cookies.set('holdfast_session_jwt_1', jwt);
    assert.equal((await call('GET', '/backup')).status, 200);
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 11 * 60_000 });
    assert.equal((await call('GET', '/session')).body.signedIn, false);
    t.mock.timers.reset();
  });

  await t.test('is told why a sign-in is refused, and no one may try for ever', async () => {
    const { call } = browser(system);
    const nothing = await call('POST', '/session', { token: await tokenOf({ groups: ['staff', 'dev'] }) });
    assert.deepEqual(
      [nothing.status, nothing.body.code, nothing.body.details],
      [403, 'FORBIDDEN', { claim: 'groups', values: ['staff', 'dev'] }],
    );
    const wrong = await tokenOf({ groups: 'dba', aud: 'another' });
    for (let attempt = 0; attempt < 10; attempt++) {
      const refused = await call('POST', '/session', { token: wrong });
      assert.deepEqual([refused.status, refused.body.details], [401, { reason: 'audience' }]);
    }
    assert.equal((await call('POST', '/session', { token: wrong })).status, 429);
    const right = await tokenOf({ groups: 'dba' });
    assert.equal((await call('POST', '/session', { token: right })).status, 200);
  });

  await t.test('is one actor where two are needed, whatever they are called', async () => {
    const { fetch } = another({ auth: { token, oidc }, fourEyes: { operations: ['delete'] } });
    const guarded = { ...system, fetch };
    await another({ auth: { token, oidc }, fourEyes: { operations: ['delete'] } }).start();
    const as = async (sub: string, email: string) => {
      const jwt = await tokenOf({ sub, email, groups: 'dba' });
      return (method: string, path: string, body?: unknown): Promise<Reply> =>
        caller(guarded)(method, base + path, {
          headers: { Authorization: `Bearer ${jwt}` },
          ...(body === undefined ? {} : { body }),
        });
    };
    const { id } = (await api.listBackups()).backups[0]!;
    const ada = await as('a', 'ada@example.com');
    const asked = await ada('DELETE', `/backup/${id}`);
    assert.equal(asked.body.code, 'APPROVAL_REQUIRED', asked.text);
    const approval = `/approvals/${asked.body.details.approval}`;
    const approve = { decision: 'approve' };
    const renamed = await as('a', 'ada.lovelace@example.com');
    assert.equal((await renamed('POST', approval, approve)).body.code, 'SECOND_ACTOR_NEEDED');
    // Nor by a token of her own.
    const { token: own } = (await ada('POST', '/tokens', { name: 'mine', scopes: ['admin'] })).body;
    const byToken = await caller(guarded)('POST', base + approval, {
      body: approve,
      headers: { Authorization: `Bearer ${own}` },
    });
    assert.equal(byToken.body.code, 'SECOND_ACTOR_NEEDED');
    // Another person of the same name is another person.
    const ben = await as('b', 'ada@example.com');
    assert.equal((await ben('POST', approval, approve)).status, 200);
    assert.equal((await ada('DELETE', `/backup/${id}`)).status, 200);
  });

  await t.test('is nowhere with the token itself', async () => {
    const { rows } = await db.client.query(
      `select string_agg(query_to_xml(format('select * from %I', relname), false, false, '')::text, '') as all
         from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and relname ~ '^(system_|backup_)'`,
    );
    const kept: string = rows[0].all;
    assert.ok(kept.includes('ada@example.com'));
    for (const jwt of jwts) {
      const [, payload, signature] = jwt.split('.');
      for (const text of [kept, log.join('\n')]) {
        assert.ok(!text.includes(payload!) && !text.includes(signature!));
      }
    }
  });
});
