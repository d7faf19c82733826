import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { createBackupSystem, HoldfastError, optionsFromEnvironment } from '../../src/index.ts';
import { parseOptions } from '../../src/options.ts';
import { token } from './system.ts';

const database = 'postgres://app:hunter2@db.test/shop';

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
    [{ basePath: 'api' }, /basePath/],
    [{ basePath: '/api admin' }, /basePath/],
    [{ jobs: 0 }, /jobs/],
    [{ jobs: 1.5 }, /jobs/],
    [{ compressionLevel: 20 }, /compressionLevel/],
    [{ lockTimeoutMs: -1 }, /lockTimeoutMs/],
    [{ schema: '' }, /schema/],
    [{ maxBodyBytes: 1 }, /maxBodyBytes/],
    [{ logger: {} }, /logger/],
    [{ databse: 1 }, /databse/],
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
