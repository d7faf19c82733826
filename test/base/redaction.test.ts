import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { redact } from '../../src/base/redaction.ts';

/** Letters that are in nothing but secrets here, with all that ends or escapes something somewhere. */
const letters = 'QXZJ';
const unit = fc.constantFrom(...Array.from(letters + letters + '@:/\'"\\ ,;&=$%?#()[]{}<>|`!~*+-._\t'));
const anything = fc.array(unit, { minLength: 2, maxLength: 14 }).map((parts) => `${parts.join('')}QX`);
/** Without white space and quotes: what stands somewhere as it is. */
const bare = anything.map((secret) => secret.replaceAll(/[\s"'\\<>]/g, 'Z'));

const sql = (secret: string): string => `'${secret.replaceAll("'", "''")}'`;
const escaped = (secret: string): string => `E'${secret.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const conninfo = (secret: string): string => `'${secret.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const shell = (secret: string): string => `'${secret.replaceAll("'", `'\\''`)}'`;

const places: Record<string, fc.Arbitrary<string>> = {
  'a URL': bare.map(
    (secret) => `cannot reach postgres://user:${secret}@db.host:5432/shop?sslmode=require, sorry`,
  ),
  'a URL, encoded': anything.map((secret) => `postgresql://user:${encodeURIComponent(secret)}@host/db`),
  'a URL without a user': bare.map((secret) => `redis://:${secret}@host`),
  'a URL whose user has a domain': bare.map((secret) => `postgres://user@domain:${secret}@host/db`),
  'two URLs': bare.map((secret) => `postgres://u:${secret}@a,postgres://u:${secret}@b`),
  'a query': anything.map((secret) => `postgres://h/d?sslpassword=${encodeURIComponent(secret)}&user=u`),
  'another query': anything.map(
    (secret) => `/callback?user=u&access_token=${encodeURIComponent(secret)}&b=1`,
  ),
  libpq: anything.map((secret) => `host=h password=${conninfo(secret)} dbname=d`),
  'libpq with spaces': anything.map((secret) => `host=h password = ${conninfo(secret)} dbname=d`),
  'libpq without quotes': anything.map(
    (secret) => `host=h password=${secret.replaceAll(/[\\'"\s]/g, '\\$&')} dbname=d`,
  ),
  'a connection string in SQL': anything.map(
    (secret) =>
      `CREATE SUBSCRIPTION s CONNECTION ${sql(`host=h password=${conninfo(secret)} dbname=d`)} PUBLICATION p`,
  ),
  'a JWT': anything.map((secret) => {
    const part = secret.replaceAll(/[^\w-]/g, 'Q').padEnd(6, 'Q');
    return `token eyJ${part}.${part}.${part}, or eyJ${part}.${part}.`;
  }),
  'the environment': bare.map((secret) => `PGPASSWORD=${secret} psql`),
  // A backslash before a quote means something else to a shell than to libpq, which nobody can tell apart.
  'a shell': anything
    .map((secret) => secret.replaceAll('\\', 'Z'))
    .map((secret) => `export PGPASSWORD=${shell(secret)} PGHOST=h`),
  'our own variable': bare.map((secret) => `HOLDFAST_TOKEN=${secret}`),
  'a role': anything.map(
    (secret) => `ALTER ROLE me WITH LOGIN ENCRYPTED PASSWORD ${sql(secret)} VALID UNTIL 'infinity'`,
  ),
  'a role, escaped': anything.map((secret) => `alter role me password ${escaped(secret)}`),
  'a role, in dollars': anything.map(
    (secret) => `alter role me password $x$${secret.replaceAll('$', '')}$x$;`,
  ),
  options: anything.map(
    (secret) => `OPTIONS (user 'u', password ${sql(secret)}, "sslpassword" ${sql(secret)})`,
  ),
  'changed options': anything.map((secret) => `OPTIONS (SET password ${sql(secret)})`),
  JSON: anything.map((secret) => JSON.stringify({ user: 'u', password: secret, clientSecret: secret })),
  'an inspected object': anything.map((secret) =>
    inspect({ password: secret, headers: { authorization: secret, cookie: secret } }),
  ),
  'inspected headers': bare.map((secret) =>
    inspect(new Headers({ cookie: `a=${secret}`, 'x-api-key': secret })),
  ),
  'raw headers': bare.map((secret) =>
    inspect(['Host', 'h', 'Cookie', `a=${secret}; b=${secret}`, 'Accept', 'b']),
  ),
  'cookies that are set': bare.map((secret) =>
    inspect({ 'set-cookie': [`a=${secret}; HttpOnly`, `b=${secret}`] }),
  ),
  Authorization: bare.map((secret) => `GET / HTTP/1.1\r\nAuthorization: Basic ${secret}\r\nHost: h`),
  Cookie: bare.map((secret) => `Cookie: one=${secret}; two=${secret}\nHost: h`),
  'Set-Cookie': bare.map((secret) => `Set-Cookie: holdfast_session=${secret}; HttpOnly`),
  'a bearer token alone': fc
    .constantFrom('QX.QXZ-J_Q/X+Z==', 'QXZJ')
    .map((secret) => `with bearer ${secret} it failed`),
  'a setting': bare.map((secret) => `api-key: ${secret}, secret = ${secret}`),
};

for (const [place, text] of Object.entries(places)) {
  test(`no secret survives in ${place}`, () => {
    fc.assert(
      fc.property(text, (written) => {
        const shown = redact(written);
        assert.doesNotMatch(shown, /[QXZJ]/, `${written} → ${shown}`);
      }),
      { numRuns: 1000 },
    );
  });
}

test('what is no secret stays', () => {
  for (const text of [
    'password authentication failed for user "me"',
    'no password supplied',
    // What our own hints say.
    'Send the admin token as Authorization: Bearer <token>.',
    'connection to postgres://user@host:5432/db refused',
    'see https://example.com/docs#tokens, or http://host:8080/path',
    'relation "public.tokens" does not exist',
    '12 tests passed: none failed',
    'permission denied for table secrets',
    'the cookie is not valid any more',
  ]) {
    assert.equal(redact(text), text);
  }
});

test('the rest of the message stays', () => {
  assert.equal(redact('host=h password=x dbname=d'), 'host=h password=*** dbname=d');
  assert.equal(redact('{"password":"x","user":"u"}'), '{"password":***,"user":"u"}');
  assert.equal(redact('postgres://u:p@h/d is down'), 'postgres://u:***@h/d is down');
  assert.equal(redact("create role r password 'x' login"), 'create role r password *** login');
});

test('a long text takes no long time, whatever is in it', () => {
  for (const part of [
    'a',
    '"',
    "'",
    '\\',
    'password',
    'password=',
    "password='",
    'a:',
    'http://',
    '$$',
    "''",
    'cookie:[',
    ' ',
  ]) {
    redact(part.repeat(200_000 / part.length));
  }
});
