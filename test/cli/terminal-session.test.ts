// oxlint-disable no-control-regex -- control characters are what this is about
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { shellWord } from '../../src/base/shell-word.ts';
import { testDatabase } from '../support/database.ts';
import { compileCache, holdfast, mainFile } from './holdfast.ts';

// util-linux's script gives a program a terminal of its own.
const script = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

// What a person's terminal has not: in CI, Node takes every terminal for one without colours.
const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, ...environment } = process.env;

/** Runs the command line in a terminal, and types `answer` when it asks. Resolves with all that was shown. */
async function inTerminal(
  args: string[],
  url: string,
  answer: string,
): Promise<{ code: number; shown: string }> {
  const command = [process.execPath, mainFile, ...args].map(shellWord).join(' ');
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: { ...environment, NODE_COMPILE_CACHE: compileCache, DATABASE_URL: url, TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  let asked = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    if (asked || !shown.includes('to continue:')) return;
    asked = true;
    child.stdin.write(answer);
  });
  const code = await new Promise<number>((resolve) => child.on('close', (status) => resolve(status ?? -1)));
  return { code, shown };
}

test('on a terminal: a typed confirmation, a progress bar, colours', { skip: !script }, async (t) => {
  const { client, connectionString: url, name } = await testDatabase(t);
  await client.query('create table t as select i, md5(i::text) from generate_series(1, 200000) i');
  await holdfast(['init'], { url });

  const backup = await inTerminal(['backup'], url, '');
  assert.equal(backup.code, 0);
  assert.match(backup.shown, /\r\u001b\[2KBackup 1 /);
  assert.match(backup.shown, /\u001b\[\d+m.*Backup 1 completed/);

  await client.query('truncate t');
  const rows = async (): Promise<number> =>
    (await client.query('select count(*)::int as n from t')).rows[0].n;
  for (const answer of ['yes\r', '\r', '\u0003', '\u0004']) {
    const refused = await inTerminal(['restore', '1'], url, answer);
    assert.equal(refused.code, 130, JSON.stringify(answer));
    assert.match(refused.shown, /nothing was changed/);
  }
  assert.equal(await rows(), 0);

  const restored = await inTerminal(['restore', '1'], url, `${name}\r`);
  assert.equal(restored.code, 0, restored.shown);
  assert.match(restored.shown, new RegExp(`live database ${name} replaces 1 table`));
  assert.equal(await rows(), 200_000);

  assert.equal((await inTerminal(['delete', '1'], url, '2\r')).code, 130);
  assert.equal((await inTerminal(['delete', '1'], url, '1\r')).code, 0);
});
