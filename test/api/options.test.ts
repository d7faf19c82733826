import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { createBackupSystem, HoldfastError, optionsFromEnvironment } from '../../src/index.ts';
import { parseOptions } from '../../src/options.ts';
import { clientConfig } from '../../src/postgres/connection.ts';
import { settings } from '../../src/settings.ts';
import { token } from './system.ts';

const database = 'postgres://app:hunter2@db.test/shop';
const oidc = { issuer: 'https://id.test', audience: 'holdfast', scopes: { dba: ['admin'] } };

function refused(work: () => unknown): HoldfastError {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof HoldfastError);
    assert.equal(error.code, 'INVALID_CONFIGURATION');
    assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes('hunter2'), 'shows a secret');
    return error;
  }
  return assert.fail('was accepted');
}

test('it does not run without a way to tell who is an admin', () => {
  assert.match(refused(() => createBackupSystem({ database, auth: {} })).message, /auth/);
  refused(() => createBackupSystem({ database } as never));
  refused(() => createBackupSystem({ database, auth: { token: [] } }));
  refused(() => createBackupSystem({ database, auth: { token: '' } }));
});

test('every wrong option is named, and none of their values', () => {
  const cases: [object, RegExp][] = [
    [{ auth: { token: 'hunter2' } }, /auth\.token/],
    [{ auth: { token: [token, 'hunter2'] } }, /auth\.token/],
    [{ auth: { token: 'a token with spaces' } }, /auth\.token/],
    [{ auth: { authorize: 'yes' } }, /auth\.authorize/],
    [{ auth: { oidc: { issuer: 'https://id.test' } } }, /auth\.oidc\.audience.*auth\.oidc\.scopes/],
    ...(
      [
        [{ issuer: 'http://id.test' }, /auth\.oidc\.issuer: must be an address that begins with https/],
        [{ issuer: 'https://app:hunter2@id.test' }, /auth\.oidc\.issuer/],
        [{ issuer: 'https://id.test?x=1' }, /auth\.oidc\.issuer/],
        [{ algorithms: ['HS256'] }, /auth\.oidc\.algorithms/],
        [{ algorithms: ['none'] }, /auth\.oidc\.algorithms/],
        [{ scopes: {} }, /auth\.oidc\.scopes/],
        [{ scopes: { dba: ['root'] } }, /auth\.oidc\.scopes/],
        [{ scopes: ['dba=root'] }, /auth\.oidc\.scopes/],
        [{ scopes: ['dba'] }, /auth\.oidc\.scopes/],
        [{ audience: [] }, /auth\.oidc\.audience/],
      ] as const
    ).map(([wrong, named]): [object, RegExp] => [{ auth: { oidc: { ...oidc, ...wrong } } }, named]),
    [{ basePath: 'api' }, /basePath/],
    [{ basePath: '/api admin' }, /basePath/],
    [{ jobs: 0 }, /jobs/],
    [{ jobs: 1.5 }, /jobs/],
    [{ compressionLevel: 20 }, /compressionLevel/],
    [{ lockTimeoutMs: -1 }, /lockTimeoutMs/],
    [{ schema: '' }, /schema/],
    [{ maxBodyBytes: 1 }, /maxBodyBytes/],
    [{ logger: {} }, /logger/],
    [{ databse: 1 }, /^databse: is not an option; is `database` meant\?$/],
    [{ auth: { token, tokens: 1 } }, /^auth\.tokens: is not an option; is `auth\.token` meant\?$/],
    [
      { stores: { offsite: { address: 'file:///x', writerkey: 'hunter2' } } },
      /^stores\.offsite\.writerkey: is not an option; is `stores\.offsite\.writerKey` meant\?$/,
    ],
    [{ drill: { everyday: 1 } }, /^drill\.everyday: is not an option; is `drill\.everyDays` meant\?$/],
    [{ nothingLikeIt: 'hunter2' }, /^nothingLikeIt: is not an option$/],
    [{ database: 5 }, /database/],
    [{ database: 'postgres://app:hunter2@db.test:port/shop' }, /^database: is not a connection string/],
    [{ database: 'postgres://app:hunter2@db.test/shop?sslrootcert=/no/such.pem' }, /such\.pem.*ENOENT/],
  ];
  for (const [wrong, named] of cases) {
    assert.match(
      refused(() => parseOptions({ database, auth: { token }, ...wrong } as never)).message,
      named,
    );
  }
});

test('defaults, and a token that is kept as a digest only', () => {
  const config = parseOptions({ database, auth: { token } });
  assert.equal(config.basePath, '/api/admin');
  assert.equal(config.schema, 'public');
  assert.equal(config.jobs, 2);
  assert.equal(config.compressionLevel, 2);
  assert.equal(config.lockTimeoutMs, 30_000);
  assert.equal(config.maxBodyBytes, 1_048_576);
  assert.equal(config.worker, true);
  assert.equal(config.idlePollMs, 60_000);
  assert.ok(Object.isFrozen(config));
  assert.ok(!JSON.stringify(config.auth).includes(token));
  assert.equal(parseOptions({ database, auth: { token }, basePath: '/ops/' }).basePath, '/ops');
  assert.equal(parseOptions({ database, auth: { token }, basePath: '/' }).basePath, '');
});

test('options out of the environment', () => {
  const options = optionsFromEnvironment({
    DATABASE_URL: database,
    HOLDFAST_TOKEN: `${token}, second-token-0123456`,
    HOLDFAST_JOBS: '4',
    HOLDFAST_SCHEMA: 'ops',
    HOLDFAST_BASE_PATH: '',
  });
  assert.equal(options.database, database);
  assert.deepEqual(options.auth.token, [token, 'second-token-0123456']);
  assert.equal(options.auth.oidc, undefined);
  const named = optionsFromEnvironment({
    DATABASE_URL: database,
    HOLDFAST_OIDC_ISSUER: oidc.issuer,
    HOLDFAST_OIDC_AUDIENCE: 'holdfast, api://holdfast',
    HOLDFAST_OIDC_SCOPES: 'dba=admin, CN=on call\\=x=backup+restore',
  });
  const rule = parseOptions(named).auth.oidc;
  assert.deepEqual(
    [rule?.audience, rule?.scopes, rule?.scopesClaim, rule?.clockToleranceSeconds],
    [
      ['holdfast', 'api://holdfast'],
      { dba: ['admin'], 'CN=on call\\=x': ['backup', 'restore'] },
      'groups',
      30,
    ],
  );
  assert.equal(options.jobs, 4);
  assert.equal(options.schema, 'ops');
  assert.equal('basePath' in options, false);
  assert.deepEqual(
    optionsFromEnvironment({ PGHOST: '/run/pg', PGDATABASE: 'shop', PGPORT: '5433' }).database,
    {
      host: '/run/pg',
      port: 5433,
      database: 'shop',
    },
  );
  refused(() => optionsFromEnvironment({}));
  refused(() => optionsFromEnvironment({ DATABASE_URL: database, HOLDFAST_JOBS: 'many' }));
  refused(() => optionsFromEnvironment({ DATABASE_URL: database, HOLDFAST_LOG_LEVEL: 'loud' }));
});

test('each secret of the environment may be in a file, and in one place only', async (t) => {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-secrets-'));
  t.after(() => fs.rm(folder, { recursive: true }));
  const inFile = async (text: string): Promise<string> => {
    const file = path.join(folder, randomUUID());
    await fs.writeFile(file, text);
    return file;
  };
  const env = {
    DATABASE_URL_FILE: await inFile(`${database}\n`),
    HOLDFAST_TOKEN_FILE: await inFile(`${token}\nsecond-token-0123456\r\n`),
    HOLDFAST_IDENTITY_FILE: await inFile('AGE-SECRET-KEY-1HUNTER2\n'),
    HOLDFAST_SFTP_PASSWORD_FILE: await inFile(' hunter2 \n'),
    AWS_ACCESS_KEY_ID: 'AKIA1',
    AWS_SECRET_ACCESS_KEY_FILE: await inFile('hunter2'),
  };
  const options = optionsFromEnvironment(env);
  assert.equal(options.database, database);
  assert.deepEqual(options.auth.token, [token, 'second-token-0123456']);
  assert.equal(options.identity, 'AGE-SECRET-KEY-1HUNTER2');
  assert.equal(options.storeCredentials?.sftp?.password, ' hunter2 ');
  assert.deepEqual(options.storeCredentials?.s3, {
    accessKeyId: 'AKIA1',
    secretAccessKey: 'hunter2',
    sessionToken: undefined,
  });

  const password = { PGPASSWORD_FILE: await inFile('p@ss/word\n') };
  const bare = optionsFromEnvironment({ DATABASE_URL: 'postgres://app@db.test/shop', ...password });
  assert.equal(clientConfig({ connectionString: bare.database as string }).password, 'p@ss/word');
  assert.equal(optionsFromEnvironment({ DATABASE_URL: database, ...password }).database, database);
  assert.deepEqual(optionsFromEnvironment({ PGHOST: 'db.test', ...password }).database, {
    host: 'db.test',
    password: 'p@ss/word',
  });

  const wrong: [Record<string, string>, RegExp][] = [
    [{ ...env, DATABASE_URL: database }, /^DATABASE_URL and DATABASE_URL_FILE are both set/],
    [{ DATABASE_URL_FILE: `${folder}/none` }, /^DATABASE_URL_FILE: \S+\/none cannot be read: ENOENT\.$/],
    [{ DATABASE_URL_FILE: folder }, /is not a regular file/],
    [{ DATABASE_URL_FILE: await inFile(' \n') }, /is empty/],
    [{ DATABASE_URL_FILE: await inFile('hunter2'.repeat(20_000)) }, /is larger than 100000 bytes/],
    [{ DATABASE_URL: database, AWS_SECRET_ACCESS_KEY_FILE: await inFile('hunter2') }, /belong together/],
  ];
  for (const [environment, said] of wrong) {
    assert.match(refused(() => optionsFromEnvironment(environment)).message, said);
  }
});

test('every option that can hold a secret says so', () => {
  const secret = settings.filter((setting) => setting.secret).map(({ path: place }) => place.join('.'));
  const named = settings
    .filter(({ variable = '' }) =>
      /TOKEN|_KEY|IDENTITY|_URL|PASS|SECRET|_DATABASES|ENROL_SERVER/.test(variable),
    )
    .map(({ path: place }) => place.join('.'));
  assert.deepEqual(secret, named);
});
