import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { testSystem } from '../api/system.ts';
import { openReceiver } from '../support/receiver.ts';
import { holdfast, temporaryFolder } from './holdfast.ts';

test('a channel is added from a file, tested, changed, listed without its address, and removed', async (t) => {
  const { db, api } = await testSystem(t);
  const receiver = await openReceiver(t);
  const run = (...args: string[]) => holdfast(['channel', ...args], { url: db.connectionString });
  const file = path.join(await temporaryFolder(t), 'url');
  await fs.writeFile(file, `${receiver.url}/plantedpath\n`);
  const added = await run('add', 'on-call', '--url-file', file, '--repeat-hours', '4', '--no-recovery');
  assert.equal(added.code, 0, added.stderr);
  const [secret] = /whsec_\S+/.exec(added.stdout)!;
  assert.match(added.stdout, /not shown again/);
  const tested = await run('test', 'on-call');
  assert.equal(tested.code, 0, tested.stdout);
  assert.match(tested.stdout, /on-call: The receiver took it \(it answered 204\)/);
  receiver.answer = (_, response) => response.writeHead(503).end();
  const failed = await run('test', 'on-call', '--json');
  assert.equal(failed.code, 4);
  assert.equal(failed.json<{ test: { status: number } }>().test.status, 503);
  const changed = await run('change', 'on-call', '--topics', 'finding,backup.late', '--off');
  assert.match(changed.stdout, /switched off/);
  const list = await run('list');
  assert.match(
    list.stdout,
    /on-call Webhook, http:\/\/127\.0\.0\.1:\d+\/…\n\s+told of finding, backup\.late/,
  );
  assert.ok(!list.stdout.includes('plantedpath') && !list.stdout.includes(secret));
  const [channel] = await api.listChannels();
  assert.deepEqual(
    [channel!.repeatHours, channel!.recovery, channel!.enabled],
    [4, false, false],
    'what was left out stays',
  );
  const wrong = await run('add', 'x', 'https://x.example.com/', '--topics', 'all');
  assert.equal(wrong.code, 2, wrong.stderr);
  assert.match(wrong.stderr, /"all" is none of backup\.failed/);
  assert.equal((await run('add', 'x')).code, 2);
  assert.match((await run('remove', 'on-call')).stdout, /Removed/);
  const gone = await run('test', 'on-call');
  assert.equal(gone.code, 3);
  assert.match(gone.stderr, /There is no channel on-call/);
});
