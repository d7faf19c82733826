import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildProgram } from '../../src/cli/program.ts';
import { holdfast } from './holdfast.ts';

const names = buildProgram(false).commands.map((command) => command.name());

test('--help of every command explains it and shows examples', async (t) => {
  assert.deepEqual(names.toSorted(), [
    'backup',
    'cleanup',
    'delete',
    'doctor',
    'download',
    'init',
    'list',
    'restore',
    'serve',
    'show',
    'sql',
    'start',
    'status',
    'verify',
    'worker',
  ]);
  for (const name of ['', ...names]) {
    await t.test(name || 'holdfast', async () => {
      const { code, stdout, stderr } = await holdfast([...(name ? [name] : []), '--help']);
      assert.equal(code, 0);
      assert.equal(stderr, '');
      assert.match(stdout, /Usage: holdfast/);
      assert.match(stdout, /Examples:\n[^]*holdfast /);
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
    assert.notEqual(plain.stderr, '');

    const json = await holdfast([...args, '--json']);
    assert.equal(json.code, 2);
    assert.equal(json.stderr, '');
    assert.equal(json.json()['code'], 'INVALID_REQUEST');
  });
}

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
