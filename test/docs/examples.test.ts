import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { testDatabase } from '../support/database.ts';
import { until } from '../cli/holdfast.ts';

test('examples/node-http.ts serves the application and, to an admin, the backups', async (t) => {
  const { connectionString } = await testDatabase(t);
  const port = await freePort();
  const token = 'a-token-of-my-own';
  const child = spawn(process.execPath, [path.resolve(import.meta.dirname, '../../examples/node-http.ts')], {
    env: { ...process.env, DATABASE_URL: connectionString, HOLDFAST_TOKEN: token, PORT: String(port) },
    stdio: ['ignore', 'inherit', 'ignore'],
  });
  t.after(() => child.kill('SIGKILL'));
  const origin = `http://127.0.0.1:${port}`;
  await until('the example listens', () =>
    fetch(origin).then(
      () => true,
      () => false,
    ),
  );
  assert.equal(await (await fetch(origin)).text(), 'the application');
  assert.equal((await fetch(`${origin}/api/admin/backup/status`)).status, 401);
  const headers = { authorization: `Bearer ${token}` };
  const init = await fetch(`${origin}/api/admin/init-backup-tables`, { method: 'POST', headers });
  assert.equal(init.status, 200);
  const status = await fetch(`${origin}/api/admin/backup/status`, { headers });
  assert.equal(((await status.json()) as { initialized: boolean }).initialized, true);
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number | null];
  assert.equal(code, 0);
});

test('every example that makes a system starts it', async () => {
  const root = path.resolve(import.meta.dirname, '../..');
  const files = (await fs.readdir(path.join(root, 'examples'))).map((name) => `examples/${name}`);
  let made = 0;
  for (const file of ['README.md', ...files]) {
    const text = await fs.readFile(path.join(root, file), 'utf8');
    if (!text.includes('createBackupSystem({')) continue;
    made += 1;
    assert.match(text, /backups\s*\.start\(\)\s*\.catch\(/, file);
  }
  assert.ok(made >= 3);
});

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
