import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import { configFile } from '../../src/cli/config-file.ts';
import type { Invocation } from '../../src/cli/invocation.ts';
import { givenTo } from '../../src/cli/system.ts';
import { defineConfig, HoldfastError } from '../../src/index.ts';
import { testDatabase } from '../support/database.ts';
import { holdfast, launch, temporaryFolder, until } from './holdfast.ts';

const secret = 'hunter2-is-secret';

function invocation(config: string | false | undefined, databaseUrl?: string): Invocation {
  return { json: true, quiet: true, databaseUrl, database: undefined, schema: undefined, config };
}

async function written(folder: string, name: string, text: string): Promise<string> {
  const file = path.join(folder, name);
  await fs.writeFile(file, text);
  return file;
}

async function refused(config: string): Promise<HoldfastError> {
  try {
    await configFile(invocation(config));
  } catch (error) {
    assert.ok(error instanceof HoldfastError);
    assert.equal(error.code, 'INVALID_CONFIGURATION');
    assert.ok(error.message.startsWith(config), error.message);
    assert.ok(!inspect(error.toJSON(), { depth: 9 }).includes(secret), 'shows a secret');
    return error;
  }
  return assert.fail('was accepted');
}

/** Sets variables of this process until the test ends. */
function withEnvironment(t: TestContext, variables: Record<string, string | undefined>): void {
  const before = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]));
  const set = (values: Record<string, string | undefined>): void => {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
  set(variables);
  t.after(() => set(before));
}

test('options come out of TypeScript, JavaScript and JSON, from a value or a function', async (t) => {
  const folder = await temporaryFolder(t);
  const files = [
    ['a.ts', 'type N = number;\nexport default { jobs: 3 as N };'],
    ['b.mts', 'export default async (): Promise<object> => ({ jobs: 3 });'],
    ['c.mjs', 'export default () => ({ jobs: 3 });'],
    ['d.js', 'module.exports = { jobs: 3 };'],
    ['e.json', '{"jobs": 3}'],
  ] as const;
  for (const [name, text] of files) {
    const config = await configFile(invocation(await written(folder, name, text)));
    assert.equal(config?.options.jobs, 3, name);
  }
  assert.deepEqual(defineConfig({ jobs: 3 }), { jobs: 3 });
});

test('what is wrong with a file is said with its name, and without what is in it', async (t) => {
  const folder = await temporaryFolder(t);
  const wrong: [name: string, text: string, said: RegExp, hint?: RegExp][] = [
    ['a.json', `{"copyto": "${secret}"}`, /: copyto: is not an option; is `copyTo` meant\?$/],
    ['b.json', `{"auth": {"token": "${secret}", "tokn": "${secret}"}}`, /auth\.tokn.*`auth\.token`/],
    ['c.json', '{"jobs": 65}', /: jobs: /],
    ['d.json', `{"writerKey": "${secret}",\n  "jobs": 2,,}`, /is not JSON, line 2\.$/],
    [
      'e.json',
      `{"database": "postgres://app:${secret}@db.test:port/shop"}`,
      /: database: is not a connection/,
    ],
    ['f.json', `{"store": "s3://key:${secret}@bucket"}`, /./],
    ['g.json', '[]', /expected object/i],
    ['h.mjs', `export const jobs = 2; const token = '${secret}';`, /has no default export/],
    ['i.mjs', `export default { database: '${secret}' `, /cannot be loaded/],
    ['j.mjs', `throw new Error('no answer of https://me:${secret}@vault.test')`, /no answer of https/],
    ['k.mjs', "import 'nothing-of-that-name'; export default {};", /nothing-of-that-name/, /Install/],
    ['l.ts', 'enum A { B }\nexport default { jobs: A.B };', /enum/, /only removes types/],
    ['m.yaml', 'jobs: 2', /no name that says what it is/],
  ];
  for (const [name, text, said, hint] of wrong) {
    const error = await refused(await written(folder, name, text));
    assert.match(error.message, said, name);
    if (hint) assert.match(error.hint, hint, name);
  }
  assert.match((await refused(path.join(folder, 'none.mjs'))).message, /cannot be loaded/);
  assert.match((await refused(path.join(folder, 'none.json'))).message, /cannot be read: ENOENT/);
});

test('flags go before the environment, and that before the file; a database is named as a whole', async (t) => {
  const file = await written(
    await temporaryFolder(t),
    'holdfast.config.mjs',
    `export default {
      database: 'postgres://file@file.test/shop', directDatabase: 'postgres://file@direct.test/shop',
      jobs: 3, compressionLevel: 4, schema: 'file', auth: { sessionHours: 2, token: 'token-of-the-file-0' },
      storeCredentials: { azure: { accountKey: 'file' }, sftp: { password: 'file', privateKeyFile: 'key' } },
    };`,
  );
  withEnvironment(t, { DATABASE_URL: undefined, HOLDFAST_JOBS: '5', PGHOST: 'driver.test' });
  const low = await givenTo(invocation(file));
  assert.deepEqual([low.jobs, low.compressionLevel, low.schema], [5, 4, 'file']);
  assert.equal(low.database, 'postgres://file@file.test/shop');
  assert.equal(low.directDatabase, 'postgres://file@direct.test/shop');
  assert.equal((await givenTo(invocation(file), 7)).jobs, 7);
  assert.deepEqual((await givenTo(invocation(false))).database, { host: 'driver.test' });

  withEnvironment(t, {
    DATABASE_URL: 'postgres://env@env.test/shop',
    HOLDFAST_SESSION_HOURS: '9',
    AZURE_STORAGE_SAS_TOKEN: 'sig',
    HOLDFAST_SFTP_PASSWORD: 'env',
    SSH_AUTH_SOCK: undefined,
  });
  const high = await givenTo(invocation(file));
  assert.equal(high.database, 'postgres://env@env.test/shop');
  assert.equal(high.directDatabase, undefined);
  assert.deepEqual(high.auth, { sessionHours: 9, token: 'token-of-the-file-0' });
  assert.deepEqual(high.storeCredentials, {
    azure: { sasToken: 'sig' },
    sftp: { password: 'env', privateKeyFile: 'key' },
  });

  withEnvironment(t, { HOLDFAST_DIRECT_URL: 'postgres://env@direct.test/shop' });
  const flag = await givenTo(invocation(file, 'postgres://flag@flag.test/shop'));
  assert.equal(flag.database, 'postgres://flag@flag.test/shop');
  assert.equal(flag.directDatabase, undefined);
  withEnvironment(t, { DATABASE_URL: undefined });
  const direct = await givenTo(invocation(file));
  assert.equal(direct.database, 'postgres://file@file.test/shop');
  assert.equal(direct.directDatabase, 'postgres://env@direct.test/shop');
});

test('a file that another user could have put there is not read unless it is named', async (t) => {
  const folder = await temporaryFolder(t);
  const file = await written(folder, 'holdfast.config.json', '{"jobs": 3}');
  const before = process.cwd();
  process.chdir(folder);
  t.after(() => process.chdir(before));
  withEnvironment(t, { HOLDFAST_CONFIG: undefined });
  const found = (): Promise<number | undefined> =>
    configFile(invocation(undefined)).then((config) => config?.options.jobs);
  assert.equal(await found(), 3);

  await fs.chmod(file, 0o666);
  await assert.rejects(found(), /holdfast\.config\.json can be written by every user.*It was not read\.$/);
  assert.equal((await configFile(invocation('holdfast.config.json')))?.options.jobs, 3);
  assert.equal(await configFile(invocation(false)), undefined);
  await fs.chmod(file, 0o644);
  if (process.getuid?.() === 0) {
    await fs.chown(file, 12_345, 12_345);
    await assert.rejects(found(), /belongs to another user/);
    withEnvironment(t, { HOLDFAST_CONFIG: file });
    assert.equal(await found(), 3);
    withEnvironment(t, { HOLDFAST_CONFIG: undefined });
    // A link of another user to a file of ours is as good as a file of theirs.
    await fs.chown(file, 0, 0);
    await fs.rename(file, path.join(folder, 'elsewhere.json'));
    await fs.symlink('elsewhere.json', file);
    await fs.lchown(file, 12_345, 12_345);
    await assert.rejects(found(), /belongs to another user/);
  }
  await written(folder, 'holdfast.config.mjs', 'export default {}');
  await assert.rejects(found(), /holdfast\.config\.mjs, holdfast\.config\.json are both configuration files/);
});

test('commands, serve and start work with what the file in the working directory says', async (t) => {
  const { connectionString: url } = await testDatabase(t);
  const folder = await temporaryFolder(t);
  await written(
    folder,
    'holdfast.config.ts',
    `interface Wanted { schema: string }
    const wanted: Wanted = { schema: 'holdfast' };
    export default async () => ({
      ...wanted, database: ${JSON.stringify(url)}, basePath: '/ops',
      auth: { authorize: (request: Request) => request.headers.get('x-who') === 'me' },
    });`,
  );
  const init = await holdfast(['init', '--json', '--quiet'], { cwd: folder });
  assert.equal(init.code, 0, init.stderr);
  assert.match(init.stdout, /"holdfast\.system_backups"/);
  assert.equal(init.stderr, '');

  const serving = launch(['serve', '--port', '0', '--json'], { cwd: folder });
  t.after(() => serving.child.kill('SIGKILL'));
  await until('it serves', () => serving.stdout().endsWith('}\n'));
  const { url: api } = JSON.parse(serving.stdout()) as { url: string };
  assert.match(api, /\/ops$/);
  assert.equal((await fetch(`${api}/backup`)).status, 401);
  assert.equal((await fetch(`${api}/backup`, { headers: { 'x-who': 'me' } })).status, 200);
  serving.child.kill('SIGTERM');
  assert.equal((await serving.ended).code, 0);

  // A database is named, so start makes none.
  const other = await written(folder, 'other.json', '{"database": "postgres://a@127.0.0.1:1/x"}');
  const start = await holdfast(['start', '--config', 'other.json'], { cwd: folder });
  assert.match(start.stderr, /DATABASE_UNREACHABLE/);
  assert.deepEqual((await fs.readdir(folder)).toSorted(), ['holdfast.config.ts', path.basename(other)]);
  const without = await holdfast(['--no-config', 'list'], { cwd: folder });
  assert.match(without.stderr, /DATABASE_URL is not set/);
});
