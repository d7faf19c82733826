import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { BackupSummary, RestoreSummary } from '../../src/api/contract.ts';
import { testDatabase } from '../support/database.ts';
import { holdfast, launch, temporaryFolder, until, type Running } from './holdfast.ts';

const sh = promisify(execFile);

/** Waits for the end of the welcome, or says why it does not come. */
async function ready(running: Running): Promise<string> {
  let ended = false;
  void running.ended.then(() => (ended = true));
  await until('start is ready', () => ended || running.stdout().includes('Ctrl-C stops'), 180);
  assert.ok(!ended, running.stderr());
  return running.stdout();
}

/** The lines to copy, as they are printed. */
function toCopy(welcome: string): string {
  const [, after = ''] = welcome.split('Now try this, in a second terminal in this folder:\n');
  return after.split('Ctrl-C stops')[0] ?? '';
}

test('start: what it prints, done as printed, destroys a table and brings it back', async (t) => {
  const cwd = await temporaryFolder(t);
  const running = launch(['start', '--port', '0'], { cwd });
  t.after(() => running.child.kill('SIGKILL'));
  const welcome = await ready(running);
  assert.match(welcome, /API +http:\/\/127\.0\.0\.1:\d+\/api\/admin/);
  assert.match(welcome, /openapi\.json/);
  assert.match(welcome, /token +hf_\w+/);
  assert.match(welcome, /database +postgres:\/\//);
  const [page = ''] = /http\S+\/ui\/\S*$/.exec(welcome.trimEnd()) ?? [];
  const [address = '', fragment = ''] = page.split('#');
  assert.match(fragment, /^token=hf_[\w-]+$/);
  assert.equal((await fetch(address)).status, 200);

  const second = await holdfast(['start', '--json'], { cwd });
  assert.equal(second.code, 2);
  assert.match(String(second.json()['message']), new RegExp(`already running.*process ${running.child.pid}`));

  // The table is looked at once more between losing it and bringing it back.
  const lines = toCopy(welcome);
  const [losing = '', bringing = ''] = lines.split(/# Restore it.*\n/);
  const cli = /^ *(.+) sql 'drop table orders cascade'$/m.exec(losing)?.[1];
  assert.ok(cli, losing);
  const script = `set -e\n${losing}\n${cli} sql 'select count(*) from orders' || echo "gone, $?"\n${bringing}`;
  const { stdout } = await sh('sh', ['-c', script], { cwd, timeout: 180_000 });
  const printed = stdout.split('\n');
  const documents = printed.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as unknown);
  const [list, restored] = documents as [{ backups: BackupSummary[] }, { restore: RestoreSummary }];
  assert.equal(list.backups[0]?.status, 'completed');
  assert.equal(restored.restore.status, 'completed');
  assert.deepEqual(restored.restore.tables, ['orders']);
  assert.ok(printed.includes('gone, 2'), stdout);
  const counts = printed.filter((line) => /^\d+$/.test(line));
  assert.equal(counts.length, 3, stdout);
  assert.equal(counts[0], counts[1]);
  // The view that went with it is back as well.
  assert.equal(counts[0], counts[2]);
  assert.ok(Number(counts[0]) > 1_000);
  // The shop is counted as its backup is, and it is said how.
  const [, loaded = ''] = /(\d+) tables \(\d+ of them partitions\)/.exec(running.stderr()) ?? [];
  assert.equal(Number(loaded), list.backups[0]?.tableCount, running.stderr());
  assert.match(welcome, new RegExp(`last backup .*: ${loaded} tables, `));
  // Where the tables of Holdfast go, and which they are, was said before they were made.
  assert.match(running.stderr(), /own tables in database shop: .*public\.system_backups, /);

  // Nothing is written down that should not be.
  const state = await fs.readFile(path.join(cwd, '.holdfast', 'running.json'), 'utf8');
  const token = /hf_[\w-]+/.exec(welcome)?.[0] ?? '';
  assert.ok(token.length >= 16 && !state.includes(token));

  running.child.kill('SIGINT');
  const { code, stderr } = await running.ended;
  assert.equal(code, 0, stderr);

  // The second start has the same data, no sample again, no new first backup.
  const again = launch(['start', '--port', '0', '--json'], {
    cwd,
    env: { HOLDFAST_TOKEN: 'a-token-of-my-own' },
  });
  t.after(() => again.child.kill('SIGKILL'));
  await until('start is ready again', () => again.stdout().endsWith('}\n'), 120);
  const document = JSON.parse(again.stdout()) as {
    url: string;
    token: null;
    database: string;
    backup: BackupSummary;
  };
  assert.equal(document.token, null);
  assert.equal(document.backup.id, 1);
  assert.ok(!/sample/.test(again.stderr()), again.stderr());
  const answer = await fetch(`${document.url}/backup/status`, {
    headers: { authorization: 'Bearer a-token-of-my-own' },
  });
  assert.equal(answer.status, 200);
  assert.equal((await fetch(`${document.url}/backup/status`)).status, 401);
  again.child.kill('SIGTERM');
  assert.equal((await again.ended).code, 0);
  // And nothing of it runs any more.
  const gone = await holdfast(['sql', 'select 1'], { url: document.database });
  assert.equal(gone.code, 6);
});

test('start with DATABASE_URL creates nothing in it but its own tables, and shows no password', async (t) => {
  const cwd = await temporaryFolder(t);
  const { client, connectionString: url } = await testDatabase(t);
  await client.query('create table mine as select i from generate_series(1, 10) i');
  const running = launch(['start', '--port', '0'], { cwd, url });
  t.after(() => running.child.kill('SIGKILL'));
  const welcome = await ready(running);
  const password = decodeURIComponent(new URL(url).password);
  assert.ok(password.length > 4 && !(welcome + running.stderr()).includes(password));
  assert.ok(!welcome.includes('drop table'));
  assert.deepEqual(await fs.readdir(cwd), []);
  const found = await client.query(
    `select relname from pg_class where relkind in ('r', 'v', 'm') and relnamespace = 'public'::regnamespace
       and relname !~ '^(system_|backup_|holdfast_)'`,
  );
  assert.deepEqual(found.rows, [{ relname: 'mine' }]);
  const list = await holdfast(['list', '--json'], { url });
  assert.equal(list.json<{ backups: BackupSummary[] }>().backups[0]?.status, 'completed');
  running.child.kill('SIGINT');
  assert.equal((await running.ended).code, 0);
});

test('serve answers, asks for the token, and stops cleanly', async (t) => {
  const { connectionString: url } = await testDatabase(t);
  const env = {
    HOLDFAST_TOKEN: 'a-token-of-my-own',
    HOLDFAST_BASE_PATH: '/ops',
    HOLDFAST_LOG_LEVEL: 'error',
  };
  const running = launch(['serve', '--port', '0', '--json'], { url, env });
  t.after(() => running.child.kill('SIGKILL'));
  await until('it serves', () => running.stdout().endsWith('}\n'));
  const document = JSON.parse(running.stdout()) as { url: string; openapi: string };
  assert.match(document.url, /^http:\/\/127\.0\.0\.1:\d+\/ops$/);
  const headers = { authorization: `Bearer ${env.HOLDFAST_TOKEN}` };
  assert.equal((await fetch(`${document.url}/backup`)).status, 401);
  assert.equal((await fetch(`${document.url}/backup`, { headers })).status, 503);
  assert.equal((await fetch(document.openapi, { headers })).status, 200);

  const { port } = new URL(document.url);
  const taken = await holdfast(['serve', '--port', port, '--json'], { url, env });
  assert.equal(taken.code, 2);
  assert.match(String(taken.json()['message']), /in use/);

  running.child.kill('SIGTERM');
  assert.equal((await running.ended).code, 0);
});
