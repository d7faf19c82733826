import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { copyDumpFiles, readOrigin } from '../../scripts/pg-dump-files.ts';
import { testDatabase } from '../support/database.ts';

/** The package as users get it: built, packed, and installed in an empty folder. */

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');
const megabyte = 1_000_000;

let folder: string;
let app: string;

before(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-packed-'));
  const source = path.join(folder, 'source');
  await fs.mkdir(source);
  for (const name of ['package.json', 'bin', 'README.md', 'LICENSE', 'docs']) {
    await fs.cp(path.join(root, name), path.join(source, name), { recursive: true });
  }
  await run(process.execPath, ['scripts/build.ts', path.join(source, 'dist')], { cwd: root });
  await npm(['pack', '--silent', '--pack-destination', folder], source);
  app = path.join(folder, 'app');
  await fs.mkdir(app);
  await fs.writeFile(path.join(app, 'package.json'), '{"name":"an-application","private":true}');
  const { version } = JSON.parse(await fs.readFile(path.join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  const packed = path.join(folder, `holdfast-${version}.tgz`);
  await npm(['install', '--prefer-offline', '--no-audit', '--no-fund', packed], app);
});

after(() => fs.rm(folder, { recursive: true, force: true }));

async function npm(args: string[], cwd: string): Promise<void> {
  const environment = Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'));
  await run('npm', args, { cwd, env: Object.fromEntries(environment) });
}

/** Sizes of the files below a folder, by path. */
async function sizes(of: string): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const entry of await fs.readdir(of, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile()) found.set(path.relative(of, file), (await fs.stat(file)).size);
  }
  return found;
}

test('an installation has no second PostgreSQL in it and stays small', async () => {
  const files = await sizes(path.join(app, 'node_modules'));
  assert.deepEqual(
    [...files.keys()].filter((file) => file.startsWith('@electric-sql')),
    [],
  );
  const programs = [...files.keys()].filter((file) => file.endsWith('.wasm'));
  assert.deepEqual(programs, ['holdfast/dist/pg-dump/pg_dump.wasm']);
  const total = [...files.values()].reduce((sum, size) => sum + size, 0);
  assert.ok(total < 25 * megabyte, `${(total / megabyte).toFixed(1)} MB are installed`);
});

test('pg_dump comes with its licences and its origin, and is the one that was recorded', async (t) => {
  const carried = path.join(app, 'node_modules/holdfast/dist/pg-dump');
  assert.match(await fs.readFile(path.join(carried, 'LICENSE'), 'utf8'), /Apache License/);
  assert.match(await fs.readFile(path.join(carried, 'ORIGIN.md'), 'utf8'), /PostgreSQL License[^]*zlib/);
  const origin = await readOrigin();
  assert.deepEqual(JSON.parse(await fs.readFile(path.join(carried, 'origin.json'), 'utf8')), origin);

  await t.test('another file, or another version, is refused', async () => {
    const target = path.join(folder, 'refused');
    const otherFile = { ...origin, sha256: { ...origin.sha256, 'dist/pg_dump.wasm': '0'.repeat(64) } };
    await assert.rejects(copyDumpFiles(target, otherFile), /pg_dump\.wasm has the SHA-256/);
    await assert.rejects(copyDumpFiles(target, { ...origin, integrity: 'sha512-other' }), /--record/);
  });
});

test('the installed command backs up and restores', async (t) => {
  const { client, connectionString, freeName, adopt } = await testDatabase(t);
  await client.query(
    'create table orders (id int primary key); insert into orders select generate_series(1, 100)',
  );
  const env = { ...process.env, DATABASE_URL: connectionString };
  const holdfast = async (...args: string[]): Promise<string> => {
    const command = path.join(app, 'node_modules/.bin/holdfast');
    return (await run(process.execPath, [command, ...args], { cwd: app, env })).stdout;
  };
  await holdfast('init');
  const { backup } = JSON.parse(await holdfast('backup', '--json')) as {
    backup: { id: number; rowCount: number };
  };
  assert.equal(backup.rowCount, 100);
  const name = freeName();
  await holdfast('restore', String(backup.id), '--to-database', name);
  const { client: restored } = await adopt(name);
  assert.deepEqual((await restored.query('select count(*)::int as n from orders')).rows, [{ n: 100 }]);
  assert.equal((await restored.query("select from pg_indexes where indexname = 'orders_pkey'")).rowCount, 1);
});
