import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { checkRuntime } from '../../src/cli/doctor/runtime.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { testDatabase } from '../support/database.ts';
import { holdfast, mainFile } from './holdfast.ts';

const command = `${process.execPath} ${mainFile}`;
const names = buildProgram().commands.map((command) => command.name());

test('--help of every command explains it and shows examples', async (t) => {
  assert.deepEqual(names.toSorted(), [
    'announce',
    'approvals',
    'audit',
    'backup',
    'certificate',
    'channel',
    'cleanup',
    'copy',
    'databases',
    'delete',
    'diff',
    'doctor',
    'download',
    'drill',
    'export',
    'findings',
    'globals',
    'guard',
    'history',
    'import',
    'init',
    'keygen',
    'list',
    'query',
    'restore',
    'rows',
    'serve',
    'show',
    'sql',
    'start',
    'status',
    'store',
    'token',
    'undo',
    'verify',
    'worker',
  ]);
  for (const name of ['', ...names]) {
    await t.test(name || 'holdfast', async () => {
      const { code, stdout, stderr } = await holdfast([...(name ? [name] : []), '--help']);
      assert.equal(code, 0);
      assert.equal(stderr, '');
      assert.ok(stdout.includes(`Usage: ${command} ${name}`.trimEnd()), stdout);
      const [, shown = ''] = stdout.split('Examples:\n');
      assert.ok(shown.includes(`${command} `), shown);
      // Each of them can be copied from here.
      assert.doesNotMatch(shown, /(?<![\w./-])holdfast /);
      assert.match(stdout, /--json/);
      // No colours where nobody looks.
      assert.ok(!stdout.includes('\u001b'));
    });
  }
});

test('--version prints the version of the package', async () => {
  const { code, stdout } = await holdfast(['--version']);
  assert.equal(code, 0);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});

const wrong: [string, string[]][] = [
  ['no command', []],
  ['an unknown command', ['bakcup']],
  ['an unknown option', ['backup', '--tabels', 'orders']],
  ['an option without its value', ['backup', '--tables']],
  ['an argument that is missing', ['restore']],
  ['an id that is a word', ['restore', 'latest']],
  ['an id of 0', ['show', '0']],
  ['a negative id', ['show', '-1']],
  ['an id too large to be exact', ['show', '99999999999999999999']],
  ['an empty list of tables', ['backup', '--tables', ',']],
  ['an open quote in a table name', ['backup', '--tables', '"orders']],
  ['a port that is none', ['serve', '--port', '70000']],
  ['a format that does not exist', ['download', '1', '--format', 'tar']],
];
for (const [what, args] of wrong) {
  test(`wrong use ends with 2: ${what}`, async () => {
    const plain = await holdfast(args);
    assert.equal(plain.code, 2, plain.stderr);
    assert.equal(plain.stdout, '');
    // Said like every other error: what, what to do, and the code.
    assert.match(
      plain.stderr,
      /^✗ Invalid request: [A-Z][^]*[.?!]\n  See how it is used: .* --help\n  INVALID_REQUEST, exit code 2\n$/,
    );

    const json = await holdfast([...args, '--json']);
    assert.equal(json.code, 2);
    assert.equal(json.stderr, '');
    assert.equal(json.json()['code'], 'INVALID_REQUEST');
    assert.match(String(json.json()['hint']), /--help$/);
  });
}

test('a typo is answered with what was meant', async () => {
  const option = await holdfast(['backup', '--tabels', 'orders']);
  assert.match(option.stderr, /Unknown option '--tabels'\. Did you mean --tables\?\n.* backup --help/);
  assert.match((await holdfast(['bakcup'])).stderr, /Unknown command 'bakcup'\. Did you mean backup\?/);
});

test('without DATABASE_URL it says so, with an example', async () => {
  const { code, stderr } = await holdfast(['list']);
  assert.equal(code, 2);
  assert.match(stderr, /DATABASE_URL is not set/);
  assert.match(stderr, /postgres:\/\/user:password@host:5432\/database/);
  const json = await holdfast(['list', '--json']);
  assert.equal(json.code, 2);
  assert.equal(json.json()['code'], 'INVALID_CONFIGURATION');
  assert.match(String(json.json()['hint']), /postgres:\/\/user:password@host/);
});

test('a server that is not there: exit code 6, and no password in what is said', async () => {
  const url = 'postgres://someone:s3cr3t-w0rd@127.0.0.1:1/nowhere';
  for (const args of [['list'], ['doctor'], ['backup'], ['sql', 'select 1']]) {
    for (const more of [[], ['--json']]) {
      const { code, stdout, stderr } = await holdfast([...args, ...more], { url });
      assert.equal(code, 6, args.join(' '));
      assert.ok(!(stdout + stderr).includes('s3cr3t-w0rd'));
    }
  }
});

test('serve refuses to run without a token, and with one too short', async () => {
  const url = 'postgres://someone@127.0.0.1:1/nowhere';
  const without = await holdfast(['serve', '--port', '0'], { url });
  assert.equal(without.code, 2);
  assert.match(without.stderr, /HOLDFAST_TOKEN/);
  const short = await holdfast(['serve', '--port', '0'], { url, env: { HOLDFAST_TOKEN: 'hunter2' } });
  assert.equal(short.code, 2);
  assert.ok(!short.stderr.includes('hunter2'));
});

test('an older Node says what it needs, whatever it cannot read', async (t) => {
  const launcher = path.resolve(import.meta.dirname, '../../bin/holdfast.js');
  // It must say so before anything of ours is loaded, so that nothing of ours can be what fails.
  const source = await fs.readFile(launcher, 'utf8');
  assert.deepEqual(
    [...source.matchAll(/^import .* from '([^']+)'/gm)].map(([, from]) => from),
    ['node:fs'],
  );
  const { stdout } = await promisify(execFile)(process.execPath, [launcher, '--version']);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);

  const older = await olderNode();
  await t.test('by an older Node', { skip: older === undefined && 'no older Node is on PATH' }, () => {
    for (const args of [['status'], ['status', '--json'], []]) {
      const { status, stdout: out, stderr } = spawnSync(older!, [launcher, ...args], { encoding: 'utf8' });
      assert.equal(status, 2);
      assert.match(out + stderr, /Node \d+\.\d+\.\d+ is too old\.[^]*Use Node 22\.18 or later\./);
      if (args.includes('--json')) assert.equal(JSON.parse(out).code, 'INVALID_CONFIGURATION');
    }
  });
  await t.test('by what checks the runtime afterwards', async () => {
    const { engines } = JSON.parse(await fs.readFile(path.resolve(launcher, '../../package.json'), 'utf8'));
    assert.equal(engines.node, '>=22.18');
    assert.equal(checkRuntime('22.17.9').level, 'fail');
    assert.equal(checkRuntime('22.18.0').level, 'ok');
  });
});

/** One that is on the PATH beside ours and does not run this. */
async function olderNode(): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const file = path.join(folder, 'node');
    const { stdout } = spawnSync(file, ['--version'], { encoding: 'utf8' });
    const major = Number(/^v(\d+)/.exec(stdout ?? '')?.[1] ?? NaN);
    if (major >= 18 && major < 22) return file;
  }
  return undefined;
}

test('sql shows what the server says beside its answer', async (t) => {
  const { connectionString: url } = await testDatabase(t);
  const text = `do $$ begin raise notice 'first'; raise warning 'second' using hint = 'a hint'; end $$; select 1 as one`;
  const plain = await holdfast(['sql', text], { url });
  assert.equal(plain.code, 0);
  assert.equal(plain.stdout, 'one\n1\n(1 row)\n');
  assert.equal(plain.stderr, 'NOTICE:  first\nWARNING:  second\nHINT:  a hint\n');
  assert.equal((await holdfast(['sql', text, '--quiet'], { url })).stderr, '');
  const { notices } = (await holdfast(['sql', text, '--json'], { url })).json<{ notices: unknown[] }>();
  assert.deepEqual(notices, [
    { severity: 'NOTICE', message: 'first' },
    { severity: 'WARNING', message: 'second' },
  ]);
});
