/**
 * The walk of the README, done as it is written by one who has just lost a table: in a copy of the checkout, on the sample
 * that `npm start` makes, every line as it stands there. Nothing may be lost by it.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { openClient } from '../../src/postgres/connection.ts';
import { databaseState, type DatabaseState } from '../support/compare.ts';
import { until } from '../support/until.ts';

const root = path.resolve(import.meta.dirname, '../..');
/** The line of the README that gives the address, and the backup that its lines are about. */
const givenAddress = 'postgres://user:password@host:5432/database';
const givenBackup = 12;
/** Our own tables change by what is walked. */
const own = /^(table|sequence) public\.(system_|backup_|holdfast_)/;

const tools = ['git', 'script', 'psql'].filter((tool) => spawnSync(tool, ['--version']).status !== 0);
if (tools.length > 0 && process.env['CI'] === 'true') throw new Error(`CI must have ${tools.join(', ')}`);
const skip = tools.length > 0 && `${tools.join(', ')} missing`;

const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, DATABASE_URL: ____, ...environment } = process.env;

/** The tracked files, as a clone would have them, with what was installed already. */
async function copyOfCheckout(t: TestContext): Promise<string> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-walk-'));
  t.after(() => fs.rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  // The server runs as another user when we are root.
  await fs.chmod(folder, 0o755);
  const files = spawnSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).stdout.split('\0');
  for (const file of files.filter((each) => each !== '')) {
    await fs.mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await fs
      .copyFile(path.join(root, file), path.join(folder, file))
      .catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
  }
  await fs.symlink(await fs.realpath(path.join(root, 'node_modules')), path.join(folder, 'node_modules'));
  return folder;
}

/** `npm start`, until it has said all it says. */
async function start(t: TestContext, cwd: string): Promise<string> {
  const child = spawn('npm', ['start', '--', '--port', '0'], { cwd, env: environment, detached: true });
  t.after(() => stop(child));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  let ended = false;
  child.once('exit', () => (ended = true));
  await until(async () => ended || said.includes('/ui/'), 300_000);
  assert.ok(!ended, said);
  return /database +(postgres:\/\/\S+)/.exec(said)?.[1] ?? assert.fail(said);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid!, 'SIGINT');
  await ended;
}

/** Runs one line in a terminal, and types `answer` when it asks. */
async function type(cwd: string, line: string, answer: string): Promise<{ code: number; shown: string }> {
  const child = spawn('script', ['-qec', line, '/dev/null'], { cwd, env: { ...environment, TERM: 'xterm' } });
  let shown = '';
  let asked = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    if (asked || !shown.includes('to continue:')) return;
    asked = true;
    child.stdin.write(`${answer}\r`);
  });
  const code = await new Promise<number>((resolve) => child.on('close', (status) => resolve(status ?? -1)));
  return { code, shown };
}

async function state(connectionString: string): Promise<DatabaseState> {
  const whole = await databaseState({ connectionString });
  return { ...whole, contents: new Map([...whole.contents].filter(([name]) => !own.test(name))) };
}

test('the walk of the README brings a lost table back, and all that hung on it', { skip }, async (t) => {
  const cwd = await copyOfCheckout(t);
  const url = await start(t, cwd);
  const before = await state(url);
  const client = await openClient({ connectionString: url });
  t.after(() => client.end().catch(() => {}));
  await client.query('drop table public.orders cascade');

  const readme = await fs.readFile(path.join(root, 'README.md'), 'utf8');
  const [, section = ''] = readme.split('## I lost a table. What now?');
  const [first = '', rows = '', second = ''] = [...section.matchAll(/```sh\n([^]*?)```/g)].map(
    ([, block]) => block,
  );
  const literally = (line: string): string =>
    line.replace(givenAddress, url).replaceAll(new RegExp(`\\b${givenBackup}\\b`, 'g'), '1');
  const address = first.split('\n').find((line) => line.startsWith('export DATABASE_URL='));
  assert.ok(address !== undefined && address.includes(givenAddress));
  const walk = async (line: string): Promise<string> => {
    const { code, shown } = await type(cwd, `${literally(address)}; ${literally(line)}`, 'shop');
    assert.equal(code, 0, `${line}\n${shown}`);
    return shown;
  };

  const lines = first.split('\n').filter((line) => line.startsWith('npm run'));
  assert.equal(lines.length, 4);
  assert.match(await walk(lines[0]!), /\b1\b.*completed/s);
  assert.match(await walk(lines[1]!), /orders/);
  const dryRun = await walk(lines[2]!);
  assert.match(dryRun, /orders/);
  assert.match(dryRun, /order_summaries/, 'it says that the view comes back, too');
  const restored = await walk(lines[3]!);
  assert.match(restored, /orders/);
  const after = await state(url);
  assert.equal(after.schema, before.schema);
  assert.deepEqual(after.contents, before.contents);

  const [shown, planned, back] = rows.split('\n').filter((line) => line !== '');
  const found = await walk(shown!);
  assert.match(found, /^5\s/m, 'the row with the key 5');
  assert.match(found, /of \d+ ranges? of the table read/);
  assert.match(await walk(planned!), /public\.orders +0 +0 +2/);
  assert.match(await walk(back!), /public\.orders: 0 rows added, 0 changed, 2 unchanged/);

  const [restoreBeside, look] = second.split('\n').filter((line) => line !== '');
  await walk(restoreBeside!);
  assert.match(await walk(`PAGER= ${look!}`), /\(10 rows\)/);
  const beside = await state(url.replace(/\/[^/]*$/, '/rescue'));
  assert.deepEqual(beside.contents, before.contents);
});
