import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, before, test } from 'node:test';
import { exportSPKI, importJWK, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import type { Logger } from '../../src/base/logger.ts';
import { createBackupSystem, type BackupSystem, type OidcOptions } from '../../src/index.ts';
import { audience, description, signingKey, startIssuer, type Issuer } from '../support/issuer.ts';
import { caller, origin, reply, type Reply } from './system.ts';

/** Sign-in with tokens of an identity provider: what is taken and what is not. */

const base = '/api/admin';
const scopes: OidcOptions['scopes'] = {
  dba: ['admin'],
  oncall: ['restore', 'backup'],
  viewers: ['read'],
};

let issuer: Issuer;
const ends: (() => void)[] = [];
before(async () => {
  issuer = await startIssuer({ after: (end) => void ends.push(end as () => void) });
});
after(() => ends.forEach((end) => end()));

/** A system whose database does not exist: one who is refused must be refused before it is asked. */
function unconnected(oidc: Partial<OidcOptions> = {}): { system: BackupSystem; log: string[] } {
  const log: string[] = [];
  const logger: Logger = { log: (...record) => void log.push(JSON.stringify(record)) };
  const system = createBackupSystem({
    database: 'postgres://nobody@127.0.0.1:1/none',
    auth: { oidc: { issuer: issuer.url, audience, scopes, ...oidc } },
    logger,
  });
  return { system, log };
}

async function session(system: BackupSystem, jwt: string): Promise<Reply> {
  const headers = { Authorization: `Bearer ${jwt}` };
  return reply(await system.fetch(new Request(`${origin}${base}/session`, { headers })));
}

async function call(system: BackupSystem, jwt: string, path = '/nowhere'): Promise<Reply> {
  return caller(system)('GET', base + path, { headers: { Authorization: `Bearer ${jwt}` } });
}

const seconds = (): number => Math.floor(Date.now() / 1_000);

test('a token of the issuer is who it says, with the scopes that the rules give it', async () => {
  const cases: [claims: JWTPayload, oidc: Partial<OidcOptions>, actor: string, held: string[]][] = [
    [{ email: 'ada@example.com', groups: ['dba', 'staff'] }, {}, 'ada@example.com', ['admin']],
    [{ groups: ['oncall', 'viewers'] }, {}, 'u-1', ['read', 'backup', 'restore']],
    [{ email: 'x@example.com', email_verified: false, groups: 'viewers' }, {}, 'u-1', ['read']],
    [{ email: ['y@example.com'], groups: 'DBA' }, {}, 'y@example.com', []],
    [{ email: 'a\nb', groups: ['__proto__', 'constructor', 'toString'] }, {}, 'u-1', []],
    [
      { preferred_username: 'ada', groups: [1, null, ['dba']] },
      { actorClaim: 'preferred_username' },
      'ada',
      [],
    ],
    [{ realm_access: { roles: ['dba'] } }, { scopesClaim: 'realm_access.roles' }, 'u-1', ['admin']],
    [
      { 'https://example.com/roles': ['viewers'] },
      { scopesClaim: 'https://example.com/roles' },
      'u-1',
      ['read'],
    ],
    [{ scope: 'openid viewers' }, { scopesClaim: 'scope' }, 'u-1', ['read']],
    [{ groups: 'openid viewers' }, {}, 'u-1', []],
    [
      { email: 'eve@example.com', email_verified: false },
      { scopesClaim: 'email', scopes: { 'eve@example.com': ['admin'] } },
      'u-1',
      [],
    ],
    [
      { sub: 'repo:acme/shop:ref:main' },
      { scopesClaim: 'sub', scopes: ['repo:acme/shop:ref:main=point'] },
      'repo:acme/shop:ref:main',
      ['point'],
    ],
    [{ aud: ['other', audience], groups: 'dba' }, { audience: ['x', audience] }, 'u-1', ['admin']],
  ];
  for (const [claims, oidc, actor, held] of cases) {
    const { system } = unconnected(oidc);
    const { body } = await session(system, await issuer.token(claims));
    assert.deepEqual([body.signedIn, body.by, body.actor, body.scopes], [true, 'oidc', actor, held]);
  }
});

test('what an issuer has not said, or not to us, or not now, opens nothing', async (t) => {
  const { system, log } = unconnected();
  const good = { groups: ['dba'] };
  const [key] = issuer.keys;
  const foreign = await signingKey('first');
  const rsa = await signingKey('rsa', 'RS256');
  issuer.keys.push(rsa);
  t.after(() => void issuer.keys.pop());
  // Confused with the secret of an HMAC, a public key would let everyone sign.
  const publicKey = (await importJWK(rsa.jwk, 'RS256', { extractable: true })) as typeof rsa.privateKey;
  const spki = new TextEncoder().encode(await exportSPKI(publicKey));
  const claims = { ...good, iss: issuer.url, aud: audience, sub: 'u-1', exp: seconds() + 600 };
  const [, payload] = (await issuer.token(good)).split('.');
  const ofKey = (await issuer.token(good)).split('.');
  const cases: [reason: string, jwt: string][] = [
    ['signature', await issuer.token(good, { key: foreign })],
    ['signature', [...ofKey.slice(0, 2), 'AAAA'].join('.')],
    [
      'signature',
      [
        ofKey[0],
        Buffer.from(JSON.stringify({ ...claims, sub: 'root' })).toString('base64url'),
        ofKey[2],
      ].join('.'),
    ],
    ['key', await issuer.token(good, { kid: 'unknown' })],
    ['key', await issuer.token(good, { key: { ...rsa, kid: 'first' } })],
    ['issuer', await issuer.token({ ...good, iss: 'https://evil.example' })],
    ['issuer', await issuer.token({ ...good, iss: `${issuer.url}/` })],
    ['audience', await issuer.token({ ...good, aud: 'another' })],
    ['audience', await issuer.token({ ...good, aud: [] })],
    ['expired', await issuer.token({ ...good, exp: seconds() - 60 })],
    ['endless', await issuer.token({ ...good, exp: undefined } as never)],
    ['early', await issuer.token({ ...good, nbf: seconds() + 60 })],
    ['subject', await issuer.token({ ...good, sub: 'a\nb' })],
    ['bound', await issuer.token({ ...good, cnf: { jkt: 'x' } })],
    ['type', await issuer.token(good, { header: { typ: 'logout+jwt' } })],
    ['type', await issuer.token(good, { header: { typ: 'dpop+jwt' } })],
    ['malformed', await issuer.token(good, { header: { crit: ['made-up'], 'made-up': 1 } })],
    ['malformed', `eyJhbGci.${payload}.AAAA`],
    ['algorithm', new UnsecuredJWT(claims).encode()],
    ['algorithm', await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'rsa' }).sign(spki)],
    [
      'algorithm',
      await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', kid: 'first' })
        .sign(new TextEncoder().encode(key!.jwk.x!.padEnd(32))),
    ],
    ['long', await issuer.token({ ...good, more: 'x'.repeat(12_000) })],
  ];
  for (const [reason, jwt] of cases) {
    const answer = await call(system, jwt);
    assert.deepEqual(
      [answer.status, answer.body.code, answer.body.details],
      [401, 'UNAUTHORIZED', { reason }],
      reason,
    );
    assert.ok(!answer.text.includes(jwt.slice(-20)) && !answer.text.includes(jwt.split('.')[1]!), reason);
    assert.equal((await session(system, jwt)).body.signedIn, false, reason);
  }
  // One that is nearly over, and one that begins in a moment: clocks differ.
  for (const near of [{ exp: seconds() - 20 }, { nbf: seconds() + 20 }]) {
    assert.equal((await call(system, await issuer.token({ ...good, ...near }))).status, 404);
  }
  const narrow = unconnected({ algorithms: ['RS256'] }).system;
  assert.deepEqual((await call(narrow, await issuer.token(good))).body.details, { reason: 'algorithm' });
  assert.equal((await call(narrow, await issuer.token(good, { key: rsa }))).status, 404);
  assert.deepEqual(
    log.filter((line) => /eyJ/.test(line)),
    [],
  );
});

test('keys of the issuer are read once, again for a key that is new, and not for every name that is made up', async (t) => {
  const { system } = unconnected();
  const askedBefore = issuer.asked.get('/keys') ?? 0;
  const asked = (): number => (issuer.asked.get('/keys') ?? 0) - askedBefore;
  const jwt = await issuer.token({ groups: 'dba' });
  // Others' tokens make us ask nobody.
  await call(system, await issuer.token({ iss: 'https://evil.example' }));
  await call(system, await issuer.token({ aud: 'another' }));
  assert.equal(asked(), 0);
  await Promise.all(Array.from({ length: 20 }, () => call(system, jwt)));
  assert.equal(asked(), 1);
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const [old] = issuer.keys;
  t.after(() => void issuer.keys.splice(0, Infinity, old!));
  issuer.keys.unshift(await signingKey('second'));
  const rotated = await issuer.token({ groups: 'dba' });
  assert.equal((await call(system, rotated)).status, 401, 'asked a moment ago');
  assert.equal(asked(), 1);
  t.mock.timers.tick(31_000);
  assert.equal((await call(system, rotated)).status, 404);
  assert.equal(asked(), 2);
  for (let n = 0; n < 20; n++) await call(system, await issuer.token({}, { kid: `made-up-${n}` }));
  assert.equal(asked(), 2);
  // A key that the issuer has withdrawn opens nothing after ten minutes.
  issuer.keys.splice(1);
  assert.equal((await call(system, await issuer.token({ groups: 'dba' }, { key: old! }))).status, 404);
  t.mock.timers.tick(10 * 60_000);
  assert.equal((await call(system, await issuer.token({ groups: 'dba' }, { key: old! }))).status, 401);
  assert.equal(asked(), 3);
});

test('a token without the name of its key is tried with those that fit', async (t) => {
  const second = await signingKey('second');
  issuer.keys.push(second);
  t.after(() => void issuer.keys.pop());
  const { system } = unconnected();
  const nameless = { header: { kid: undefined } };
  assert.equal((await call(system, await issuer.token({}, { key: second, ...nameless }))).status, 404);
  const foreign = await signingKey('third');
  const refused = await call(system, await issuer.token({}, { key: foreign, ...nameless }));
  assert.deepEqual(refused.body.details, { reason: 'signature' });
});

test('while the issuer cannot be asked nothing is opened, in bounded time and memory, and it is said', async (t) => {
  const json =
    (body: unknown) =>
    (response: ServerResponse): void =>
      void response.end(JSON.stringify(body));
  const endless = (response: ServerResponse): void => {
    const more = (): void => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    };
    response.on('drain', more);
    response.write('{"keys":[],"more":"');
    more();
  };
  type Answer = (response: ServerResponse, own: Issuer) => void;
  const cases: [path: string, answer: Answer, says: RegExp][] = [
    [description, (response) => response.writeHead(302, { Location: '/elsewhere' }).end(), /status 302/],
    [
      description,
      json({ issuer: 'https://evil.example', jwks_uri: 'https://evil.example' }),
      /another issuer/,
    ],
    [
      description,
      (response, { url }) => json({ issuer: url, jwks_uri: 'http://keys.example/' })(response),
      /https/,
    ],
    [
      description,
      (response, { url }) => json({ issuer: url, jwks_uri: 'file:///etc/passwd' })(response),
      /https/,
    ],
    [description, (response) => response.end('<html>'), /no JSON object/],
    ['/keys', endless, /too large/],
    ['/keys', json({ keys: [1] }), /no set of keys/],
    ['/keys', json({ keys: 'all' }), /no set of keys/],
    ['/keys', (response) => response.writeHead(500).end('eyJ'), /status 500/],
    ['/keys', (response) => response.destroy(), /cannot be reached/],
    ['/keys', () => {}, /silent for too long/],
  ];
  await Promise.all(
    cases.map(async ([path, answer, says]) => {
      const own = await startIssuer(t);
      own.answers.set(path, (response) => answer(response, own));
      const { system, log } = unconnected({ issuer: own.url });
      const jwt = await own.token({ groups: 'dba' });
      const started = performance.now();
      const refused = await call(system, jwt);
      assert.ok(performance.now() - started < 8_000);
      assert.deepEqual([refused.status, refused.body.code], [503, 'ISSUER_UNAVAILABLE'], refused.text);
      assert.match(refused.body.message, says);
      assert.equal(log.length, 1, log.join());
      assert.ok(!log.join().includes('eyJ'));
      // It is left alone for a while, and the session says the same.
      const asked = own.asked.get(description);
      assert.equal((await session(system, jwt)).status, 503);
      assert.equal(own.asked.get(description), asked);
    }),
  );
  t.after(() => issuer.answers.clear());
  // Keys that are known are used for ten minutes without it, and no longer.
  const { system } = unconnected();
  const jwt = await issuer.token({ groups: 'dba' });
  assert.equal((await call(system, jwt)).status, 404);
  issuer.answers.set('/keys', (response) => response.destroy());
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 9 * 60_000 });
  assert.equal((await call(system, jwt)).status, 404);
  t.mock.timers.tick(61_000);
  assert.equal((await call(system, await issuer.token({ groups: 'dba' }))).status, 503);
  issuer.answers.clear();
  t.mock.timers.tick(6_000);
  assert.equal((await call(system, await issuer.token({ groups: 'dba' }))).status, 404);
});
