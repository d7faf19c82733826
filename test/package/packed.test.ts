import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { copyDumpFiles, readOrigin } from '../../scripts/pg-dump-files.ts';
import { testDatabase } from '../support/database.ts';
import { npm, packedPackage } from '../support/packed.ts';

/** The package as users get it: built, packed, and installed in an empty folder. */

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');
const megabyte = 1_000_000;

let folder: string;
let app: string;

before(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-packed-'));
  app = path.join(folder, 'app');
  await fs.mkdir(app);
  await fs.writeFile(path.join(app, 'package.json'), '{"name":"an-application","private":true}');
  await npm(['install', '--prefer-offline', '--no-audit', '--no-fund', await packedPackage()], app);
});

after(() => fs.rm(folder, { recursive: true, force: true }));

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
  // docs/SPEED.md says what that is.
  assert.ok(total < 27 * megabyte, `${(total / megabyte).toFixed(1)} MB are installed`);
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

test('what runs and watches it elsewhere comes with it', async () => {
  const files = await sizes(path.join(app, 'node_modules/holdfast/deploy'));
  const all = await sizes(path.join(root, 'deploy'));
  // A secret or a package that is kept beside them is never shipped.
  const shipped = [...all.keys()].filter((file) => !/\.tgz$|(^|\/)(\.env$|keys\/)/.test(file));
  assert.deepEqual([...files.keys()].toSorted(), shipped.toSorted());
  for (const folder of ['docker', 'grafana', 'kubernetes', 'prometheus', 'systemd'])
    assert.ok(
      [...files.keys()].some((file) => file.startsWith(`${folder}/`)),
      folder,
    );
});

const code = {
  atStart: ['base.js', 'cli.js', 'command-line.js', 'rolldown-runtime.js'],
  later: ['commands.js', 'pg-dump-thread.js', 'sending.js', 'serve.js', 'sign-in.js', 'system.js'],
  entries: ['client.js', 'index.js', 'node.js'],
  threads: ['codec-thread.js', 'pg-dump-worker.js'],
};

test('the code is a few files', async () => {
  const files = await fs.readdir(path.join(app, 'node_modules/holdfast/dist'));
  assert.deepEqual(
    files.filter((file) => file.endsWith('.js')).toSorted(),
    Object.values(code).flat().toSorted(),
  );
});

test('tools that copy what an application needs find the files that are read while it runs', async () => {
  const dist = path.join(app, 'node_modules/holdfast/dist');
  const named = new Set<string>();
  for (const file of Object.values(code).flat()) {
    const text = await fs.readFile(path.join(dist, file), 'utf8');
    for (const [, first = ''] of text.matchAll(/(?<!function )\bownFile\((.*)$/gm)) {
      // Nitro and Next.js look for exactly this.
      const name = /^new URL\("(\.\/[\w./-]+)", import\.meta\.url\), /.exec(first)?.[1];
      assert.ok(name !== undefined, `${file}: ownFile(${first}`);
      await fs.access(path.join(dist, name));
      named.add(name);
    }
  }
  const wanted = [
    './codec-thread.js',
    './pg-dump-worker.js',
    './pg-dump/pg_dump.js',
    './pg-dump/pg_dump.wasm',
    './web',
  ];
  assert.deepEqual([...named].toSorted(), wanted);
});

interface Loaded {
  /** Files of dist/. */
  own: string[];
  /** Modules of packages and of Node. */
  others: string[];
}

function loadedBy(...args: string[]): Promise<Loaded> {
  return loadedIn([path.join(app, 'node_modules/.bin/holdfast'), ...args]);
}

/** What Node loads when it runs with these arguments. */
async function loadedIn(args: string[]): Promise<Loaded> {
  const list = path.join(folder, 'loaded');
  await fs.writeFile(list, '');
  const hooks = path.join(import.meta.dirname, 'loaded.mjs');
  await run(process.execPath, ['--import', hooks, ...args], {
    cwd: app,
    env: { ...process.env, LOADED: list },
  });
  const urls = (await fs.readFile(list, 'utf8')).trim().split('\n');
  const dist = pathToFileURL(`${await fs.realpath(path.join(app, 'node_modules/holdfast/dist'))}/`).href;
  const others = urls
    .filter((url) => !url.startsWith(dist))
    .map((url) => /node_modules\/(.*)$/.exec(url)?.[1] ?? url);
  return {
    own: urls
      .filter((url) => url.startsWith(dist))
      .map((url) => url.slice(dist.length))
      .toSorted(),
    others: [...new Set(others)],
  };
}

test('a command loads what it needs', async (t) => {
  await t.test('the version needs nothing', async () => {
    for (const flag of ['--version', '-V']) {
      const { own, others } = await loadedBy(flag);
      assert.deepEqual({ own, others }, { own: [], others: ['holdfast/bin/holdfast.js'] });
    }
  });
  await t.test('help needs neither the driver nor the system', async () => {
    const { own, others } = await loadedBy('backup', '--help');
    assert.deepEqual(own, code.atStart.toSorted());
    assert.deepEqual(
      others.filter((url) => !url.startsWith('node:')),
      ['holdfast/bin/holdfast.js'],
    );
  });
  await t.test('a backup needs no HTTP', async (t) => {
    const { connectionString } = await testDatabase(t);
    await loadedBy('init', '--database-url', connectionString);
    const { own, others } = await loadedBy('backup', '--database-url', connectionString);
    assert.deepEqual(own, [...code.atStart, 'commands.js', 'pg-dump-thread.js', 'system.js'].toSorted());
    assert.ok(others.includes('pg/lib/index.js') && others.includes('node:crypto'));
    // With node:http comes all of fetch.
    assert.ok(!others.includes('node:http') && !others.includes('node:process'), others.join(' '));
  });
});

test('an import loads what every application needs, and nothing that only some do', async () => {
  const importing = (name: string): Promise<Loaded> =>
    loadedIn(['--input-type=module', '--eval', `await import(${JSON.stringify(name)})`]);
  const { own, others } = await importing('holdfast');
  assert.deepEqual(own, [
    'base.js',
    'command-line.js',
    'index.js',
    'pg-dump-thread.js',
    'rolldown-runtime.js',
    'system.js',
  ]);
  const packages = new Set(others.flatMap((url) => /^(?:@[^/:]+\/)?[^/:]+(?=\/)/.exec(url)?.[0] ?? []));
  assert.ok(packages.has('pg'));
  assert.deepEqual(
    [...packages].filter((name) => !/^(?:pg|pg-[\w-]+|postgres-[\w-]+|xtend)$/.test(name)),
    [],
  );
  // With node:http comes all of fetch.
  assert.ok(!others.some((url) => /^node:(?:https?|http2|process|inspector)/.test(url)), others.join(' '));
  assert.ok(others.length < 90, `${others.length} modules: ${others.join(' ')}`);
  const client = await importing('holdfast/client');
  assert.deepEqual(
    [client.own, client.others.filter((url) => !url.startsWith('data:'))],
    [['client.js'], []],
  );
});

test('each export loads, with its types, and has what its source has', async () => {
  const entries = {
    holdfast: '../../src/index.ts',
    'holdfast/node': '../../src/integrations/node.ts',
    'holdfast/client': '../../src/client/client.ts',
  };
  for (const [name, source] of Object.entries(entries)) {
    const print = `console.log(JSON.stringify(Object.keys(await import(${JSON.stringify(name)}))))`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', print], { cwd: app });
    assert.deepEqual(JSON.parse(stdout), Object.keys((await import(source)) as object).toSorted());
    // A module of CommonJS gets the same, without a warning.
    const required = `console.log(JSON.stringify(Object.keys(require(${JSON.stringify(name)})).filter((key) => key !== '__esModule')))`;
    const got = await run(process.execPath, ['--input-type=commonjs', '--eval', required], { cwd: app });
    assert.deepEqual([JSON.parse(got.stdout), got.stderr], [JSON.parse(stdout), '']);
  }
  await fs.writeFile(
    path.join(app, 'application.ts'),
    `import { createBackupSystem, type BackupSystem } from 'holdfast';
     import { createClient } from 'holdfast/client';
     import { listen } from 'holdfast/node';
     const system: BackupSystem = createBackupSystem({ database: 'postgres://localhost', auth: { token: 't'.repeat(16) } });
     export const rows: Promise<number | null> = system.api.getBackup(1).then((backup) => backup.rowCount);
     // @ts-expect-error: the declarations are there, and not any
     system.api.getBackup('one', 'two', 'three');
     export { createClient, listen };
    `,
  );
  // The same for a module of CommonJS.
  await fs.writeFile(
    path.join(app, 'older.cts'),
    `import holdfast = require('holdfast');
     const system: holdfast.BackupSystem = holdfast.createBackupSystem({ database: 'postgres://localhost', auth: {} });
     // @ts-expect-error: the declarations are there, and not any
     system.api.getBackup('one', 'two', 'three');
    `,
  );
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
  const types = path.join(root, 'node_modules/@types');
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024'];
  const args = [compiler, ...options, '--types', 'node', '--typeRoots', types, 'application.ts', 'older.cts'];
  const { stdout } = await run(process.execPath, args, { cwd: app }).catch(
    (error: { stdout: string }) => error,
  );
  assert.equal(stdout, '');
});

test('source maps lead to the sources', async (t) => {
  const dist = path.join(app, 'node_modules/holdfast/dist');
  const packages = new Set<string>();
  for (const file of Object.values(code).flat()) {
    // These two are no code of ours.
    if (file === 'index.js' || file === 'rolldown-runtime.js') continue;
    const text = await fs.readFile(path.join(dist, `${file}.map`), 'utf8');
    const { sources, sourcesContent } = JSON.parse(text) as { sources: string[]; sourcesContent: string[] };
    for (const [place, source] of sources.entries()) {
      const name = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1];
      if (name !== undefined) packages.add(name);
      else if (/\/src\//.test(source)) {
        const original = path.join(root, source.slice(source.indexOf('/src/')));
        assert.equal(sourcesContent[place], await fs.readFile(original, 'utf8'), source);
      } else assert.equal(source, '\0process');
    }
  }
  await t.test('a stack trace names them', async () => {
    const program = `import { createBackupSystem } from 'holdfast';
      try { createBackupSystem({}) } catch (error) { console.log(error.stack) }`;
    const args = ['--enable-source-maps', '--input-type=module', '--eval', program];
    const { stdout } = await run(process.execPath, args, { cwd: app });
    assert.match(stdout, /at namedDatabases \(.*\/src\/databases\/named\.ts:\d+/);
  });
  await t.test('the licence of each package in the code is there', async () => {
    const licences = await fs.readFile(path.join(dist, 'licenses.md'), 'utf8');
    const named = [...licences.matchAll(/^## (\S+) /gm)].map(([, name]) => name);
    assert.deepEqual(named, [...packages].toSorted());
  });
});

test('a Node that is too old is told so by the library as well', async () => {
  const older = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });`;
  const program = `${older}
    const { createBackupSystem } = await import('holdfast');
    try { createBackupSystem({}) } catch ({ code, message }) { console.log(code, message) }`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { cwd: app });
  assert.equal(stdout, 'INVALID_CONFIGURATION Node 20.20.2 is too old.\n');
  // It cannot load a file that asks for a name it does not have.
  for (const file of ['system.js', 'codec-thread.js']) {
    const text = await fs.readFile(path.join(app, 'node_modules/holdfast/dist', file), 'utf8');
    assert.doesNotMatch(text, /^import \{[^}]*zstd/m);
  }
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
  await t.test('a file that was left out is named, and not taken for a database that is gone', async () => {
    const file = path.join(app, 'node_modules/holdfast/dist/pg-dump/pg_dump.wasm');
    await fs.rename(file, `${file}.away`);
    const failed = await holdfast('backup').catch((error: { code: number; stderr: string }) => error);
    await fs.rename(`${file}.away`, file);
    assert.ok(typeof failed === 'object');
    assert.equal(failed.code, 2);
    assert.match(failed.stderr, /has no .*pg_dump\.wasm/);
  });
  const name = freeName();
  await holdfast('restore', String(backup.id), '--to-database', name);
  const { client: restored } = await adopt(name);
  assert.deepEqual((await restored.query('select count(*)::int as n from orders')).rows, [{ n: 100 }]);
  assert.equal((await restored.query("select from pg_indexes where indexname = 'orders_pkey'")).rowCount, 1);
});
