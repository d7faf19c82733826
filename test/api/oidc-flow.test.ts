import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBackupSystem, type BackupSystem } from '../../src/index.ts';
import { clientSecret, startIdentityProvider } from '../support/identity-provider.ts';
import { origin, reply, testSystem, token, type Reply } from './system.ts';

const base = '/api/admin';
const redirectUri = `${origin}${base}/ui/`;

class Jar {
  readonly cookies = new Map<string, string>();
  take(response: Response): void {
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (/Max-Age=0|expires=Thu, 01 Jan 1970/i.test(set)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }
  get header(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }
}

/** A browser as the page uses it. */
function browser(system: BackupSystem) {
  const jar = new Jar();
  return {
    jar,
    async call(method: string, path: string, body?: object): Promise<Reply> {
      const headers = {
        Cookie: jar.header,
        Origin: origin,
        'Sec-Fetch-Site': 'same-origin',
        'Content-Type': 'application/json',
      };
      const sent = body ? { body: JSON.stringify(body) } : {};
      const response = await system.fetch(new Request(origin + base + path, { method, headers, ...sent }));
      jar.take(response);
      return reply(response);
    },
  };
}

/** What a person does at the provider; returns what it adds to the address of the page. */
async function atProvider(url: string, login: string): Promise<URLSearchParams> {
  const jar = new Jar();
  let next = url;
  for (let step = 0; step < 12; step++) {
    if (next.startsWith(redirectUri)) return new URL(next).searchParams;
    const isForm = new URL(next).pathname.startsWith('/interaction/');
    let response = await fetch(next, { redirect: 'manual', headers: { Cookie: jar.header } });
    jar.take(response);
    if (isForm && response.status === 200) {
      const prompt = /name="prompt" value="(\w+)"/.exec(await response.text())?.[1] ?? '';
      const body = new URLSearchParams({ prompt, login, password: 'any' });
      response = await fetch(next, {
        method: 'POST',
        redirect: 'manual',
        headers: { Cookie: jar.header },
        body,
      });
      jar.take(response);
    }
    const location = response.headers.get('location');
    assert.ok(location, `${response.status} at ${next}: ${await response.text()}`);
    next = new URL(location, next).href;
  }
  return assert.fail('the provider goes round in circles');
}

test('a person signs in at the identity provider, from the page and back to it', async (t) => {
  const provider = await startIdentityProvider(t, { groups: { ada: ['dba'], eve: ['staff'] } });
  const { issuer } = provider;
  provider.returnTo(redirectUri);

  const log: string[] = [];
  const oidc = {
    issuer,
    audience: 'holdfast',
    clientId: 'holdfast page',
    clientSecret,
    clientScopes: ['openid', 'email', 'groups'],
    scopes: { dba: ['admin' as const] },
  };
  const logger = { log: (...record: unknown[]) => void log.push(JSON.stringify(record)) };
  const { system, api, another } = await testSystem(t, { logger, auth: { token, oidc } });

  const ada = browser(system);
  assert.equal((await ada.call('GET', '/session')).body.providerSignIn, new URL(issuer).host);
  const started = await ada.call('POST', '/sign-in', { redirectUri });
  assert.equal(started.status, 200, started.text);
  const [cookie = ''] = started.headers.getSetCookie();
  assert.match(cookie, /^holdfast_session_start=[\w.-]+; HttpOnly; SameSite=Strict; Max-Age=600$/);
  const url = new URL(started.body.url);
  assert.equal(url.origin, issuer);
  assert.equal(url.searchParams.get('code_challenge_method'), 'S256');
  const secrets = cookie.split(/[=;]/)[1]!.split('.');
  assert.ok(!url.href.includes(secrets[2]!), 'the verifier stays here');
  const back = Object.fromEntries(await atProvider(url.href, 'ada'));
  assert.deepEqual(Object.keys(back).toSorted(), ['code', 'iss', 'state']);

  await t.test('what comes back in another browser, or with another state, signs nobody in', async () => {
    const other = browser(system);
    for (const given of [back, { ...back, state: 'x'.repeat(43) }]) {
      const refused = await other.call('POST', '/signed-in', { ...given, redirectUri });
      assert.deepEqual([refused.status, refused.body.code], [400, 'SIGN_IN_FAILED']);
    }
    const begun = await other.call('POST', '/sign-in', { redirectUri });
    assert.equal(
      (await other.call('POST', '/signed-in', { ...back, redirectUri })).body.code,
      'SIGN_IN_FAILED',
    );
    // The code of one sign-in with the secrets of another: the provider compares the verifier.
    const state = new URL(begun.body.url).searchParams.get('state');
    const mixed = await other.call('POST', '/signed-in', { ...back, state, redirectUri });
    assert.deepEqual([mixed.status, mixed.body.code], [400, 'SIGN_IN_FAILED']);
    assert.match(mixed.body.message, /invalid_grant/);
    const elsewhere = await ada.call('POST', '/signed-in', {
      ...back,
      iss: 'https://evil.example',
      redirectUri,
    });
    assert.equal(elsewhere.body.code, 'SIGN_IN_FAILED');
    assert.equal((await other.call('GET', '/session')).body.signedIn, false);
    for (const wrong of ['https://evil.example/', `${redirectUri}?next=1`, 'javascript:alert(1)', 'x']) {
      assert.equal((await other.call('POST', '/sign-in', { redirectUri: wrong })).status, 400, wrong);
    }
  });

  await t.test('what is right does, once', async () => {
    // Its code was tried above with another verifier, and is used up: so a second sign-in.
    const again = await ada.call('POST', '/sign-in', { redirectUri });
    const returned = Object.fromEntries(await atProvider(again.body.url, 'ada'));
    const done = await ada.call('POST', '/signed-in', { ...returned, redirectUri });
    assert.equal(done.status, 200, done.text);
    const { by, actor, scopes } = done.body;
    assert.deepEqual([by, actor, scopes], ['oidc-session', 'ada@example.com', ['admin']]);
    assert.ok(!ada.jar.cookies.has('holdfast_session_start'));
    assert.equal((await ada.call('GET', '/backup')).status, 200);
    const [entry] = (await api.listAudit({ operation: 'signIn' })).entries;
    assert.deepEqual([entry?.actor, entry?.subject], ['ada@example.com', `${issuer} ada`]);
    const twice = await ada.call('POST', '/signed-in', { ...returned, redirectUri });
    assert.equal(twice.body.code, 'SIGN_IN_FAILED');
  });

  await t.test('a person without a scope is told so, and a public program needs no secret', async () => {
    const { clientSecret: _, ...publicly } = oidc;
    const eve = browser(another({ auth: { oidc: { ...publicly, clientId: 'public' } } }));
    const begun = await eve.call('POST', '/sign-in', { redirectUri });
    const returned = Object.fromEntries(await atProvider(begun.body.url, 'eve'));
    const refused = await eve.call('POST', '/signed-in', { ...returned, redirectUri });
    assert.deepEqual([refused.status, refused.body.code], [403, 'FORBIDDEN'], refused.text);
    assert.deepEqual(refused.body.details, { claim: 'groups', values: ['staff'] });
    assert.equal((await eve.call('GET', '/session')).body.signedIn, false);
  });

  await t.test('a wrong secret is said to be wrong, and is nowhere', async () => {
    const wrong = browser(another({ auth: { oidc: { ...oidc, clientSecret: 'wrong-secret-planted' } } }));
    const begun = await wrong.call('POST', '/sign-in', { redirectUri });
    const returned = Object.fromEntries(await atProvider(begun.body.url, 'ada'));
    const refused = await wrong.call('POST', '/signed-in', { ...returned, redirectUri });
    assert.deepEqual([refused.status, refused.body.code], [400, 'SIGN_IN_FAILED'], refused.text);
    assert.match(refused.body.hint, /clientSecret/);
    assert.ok(!refused.text.includes('planted'));
    assert.ok(!/planted|eyJ|secret: of/.test(log.join()));
  });

  await t.test('without it nothing begins, and what has no such button says so', async () => {
    await provider.stop();
    const lost = browser(
      createBackupSystem({ database: 'postgres://nobody@127.0.0.1:1/none', auth: { oidc }, logger }),
    );
    assert.equal((await lost.call('POST', '/sign-in', { redirectUri })).body.code, 'ISSUER_UNAVAILABLE');
    const plain = browser(another({ auth: { token } }));
    assert.equal((await plain.call('POST', '/sign-in', { redirectUri })).status, 404);
  });
});
