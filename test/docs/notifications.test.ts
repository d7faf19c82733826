import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { topicWords } from '../../src/contract/topics.ts';
import { channelKinds } from '../../src/contract/channel-kinds.ts';
import { testSystem } from '../api/system.ts';
import { compileCache, mainFile, temporaryFolder } from '../cli/holdfast.ts';

const page = await fs.readFile(path.join(import.meta.dirname, '../../docs/NOTIFICATIONS.md'), 'utf8');

test('each command of docs/NOTIFICATIONS.md works, one after the other', async (t) => {
  const { db, api } = await testSystem(t);
  // In a process of its own: this one waits for each command.
  const cwd = await temporaryFolder(t);
  const hook = path.join(cwd, 'hook.mjs');
  await fs.writeFile(
    hook,
    `import { createServer } from 'node:http';
     const server = createServer((_, response) => response.writeHead(204).end());
     server.listen(0, '127.0.0.1', () => console.log(server.address().port));`,
  );
  const receiver = spawn(process.execPath, [hook], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => receiver.kill());
  const port = await new Promise<string>((resolve) =>
    receiver.stdout.once('data', (data) => resolve(String(data).trim())),
  );
  const url = `http://127.0.0.1:${port}/hook`;
  await fs.writeFile(path.join(cwd, 'hook-url'), `${url}\n`);
  await fs.writeFile(
    path.join(cwd, 'holdfast'),
    `#!/bin/sh\nexec "${process.execPath}" "${mainFile}" "$@"\n`,
    { mode: 0o755 },
  );
  const script = [...page.matchAll(/```sh\n([^]*?)```/g)].map(([, lines]) => lines).join('');
  assert.ok(script.split('\n').length > 8);
  const ran = spawnSync('sh', ['-e', '-c', script], {
    cwd,
    encoding: 'utf8',
    env: {
      PATH: `${cwd}:${process.env['PATH']}`,
      DATABASE_URL: db.connectionString,
      NODE_COMPILE_CACHE: compileCache,
      HOOK_URL: url,
      PING_URL: url,
    },
  });
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  assert.deepEqual(
    (await api.listChannels()).map(({ name, kind }) => [name, kind]),
    [
      ['alive', 'healthchecks'],
      ['chat', 'slack'],
    ],
  );
});

test('docs/NOTIFICATIONS.md has each kind and each topic', () => {
  for (const kind of channelKinds) assert.ok(page.includes(`| \`${kind}\` |`), kind);
  for (const [topic, words] of Object.entries(topicWords)) {
    assert.ok(page.includes(`| \`${topic}\` | ${words}`), topic);
  }
});
