import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openClient } from '../../src/postgres/connection.ts';
import { isAlive } from '../../src/postgres/embedded/process.ts';
import { startEmbeddedServer } from '../../src/postgres/embedded/embedded.ts';
import { newDirectory } from '../support/server-start.ts';
import { serverTarget } from '../support/servers.ts';

const settings = { fsync: 'off' };

async function emptyDirectory(t: TestContext): Promise<string> {
  const directory = await newDirectory();
  t.after(() => fs.rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Another process that starts a server and does nothing more; resolves when the server takes connections. */
async function ownerProcess(dataDirectory: string): Promise<{ pid: number; server: number }> {
  const module = JSON.stringify(path.resolve(import.meta.dirname, '../../src/postgres/embedded/embedded.ts'));
  const script = `
    const { startEmbeddedServer } = await import(${module});
    const server = await startEmbeddedServer(${JSON.stringify({ dataDirectory, settings })});
    console.log(server.pid);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { pid: child.pid ?? 0, server: Number(line) };
}

async function untilGone(pid: number): Promise<void> {
  for (const deadline = Date.now() + 20_000; isAlive(pid); await pause(20)) {
    assert.ok(Date.now() < deadline, `process ${pid} is still there`);
  }
}

test('data and password stay over a restart, and the password is nobody else’s', async (t) => {
  const dataDirectory = path.join(await emptyDirectory(t), 'deep', 'data');
  const first = await startEmbeddedServer({ dataDirectory, settings });
  const client = await openClient({ connectionString: first.connectionString() });
  await client.query('create table public.kept as select 42 as n');
  await client.end();
  await first.stop('immediate');
  await first.stop();

  const second = await startEmbeddedServer({ dataDirectory, settings, keepData: false });
  assert.equal(second.password, first.password);
  const socket = await openClient({ ...serverTarget(second), host: second.socketDirectory });
  assert.deepEqual((await socket.query('select n from public.kept')).rows, [{ n: 42 }]);
  const { rows } = await socket.query<{ encoding: string; lower: string }>(
    "select current_setting('server_encoding') as encoding, lower('ÄÖÜ') as lower",
  );
  assert.deepEqual(rows, [{ encoding: 'UTF8', lower: 'äöü' }]);
  await socket.end();
  assert.equal((await fs.stat(`${dataDirectory}.password`)).mode & 0o777, 0o600);
  await assert.rejects(openClient({ ...serverTarget(second), password: 'wrong' }), {
    code: 'DATABASE_AUTHENTICATION',
  });

  await second.stop();
  assert.deepEqual(await fs.readdir(path.dirname(dataDirectory)), []);
});

test('a directory in use is refused by name; after kill -9 of its owner it can be used again', async (t) => {
  const dataDirectory = path.join(await emptyDirectory(t), 'data');
  const owner = await ownerProcess(dataDirectory);
  await assert.rejects(
    startEmbeddedServer({ dataDirectory, settings }),
    (error: Error & { code: string }) => {
      assert.equal(error.code, 'INVALID_CONFIGURATION');
      assert.match(error.message, new RegExp(`started by process ${owner.pid} already runs`));
      return true;
    },
  );
  process.kill(owner.pid, 'SIGKILL');
  await untilGone(owner.pid);
  const server = await startEmbeddedServer({ dataDirectory, settings });
  await server.stop();
});

test('the server ends when its owner is killed', async (t) => {
  const dataDirectory = path.join(await emptyDirectory(t), 'data');
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    const owner = await ownerProcess(dataDirectory);
    process.kill(owner.pid, signal);
    await untilGone(owner.server);
  }
});

test('a lock file that names a process of another kind is no obstacle', async (t) => {
  const dataDirectory = path.join(await emptyDirectory(t), 'data');
  await (await startEmbeddedServer({ dataDirectory, settings })).stop();
  const other = spawn('sleep', ['60']);
  t.after(() => other.kill());
  const { uid, gid } = await fs.stat(path.join(dataDirectory, 'PG_VERSION'));
  const lockFile = path.join(dataDirectory, 'postmaster.pid');
  await fs.writeFile(lockFile, `${other.pid}\n${dataDirectory}\n`);
  await fs.chown(lockFile, uid, gid);
  await (await startEmbeddedServer({ dataDirectory, settings })).stop();
  assert.equal(isAlive(other.pid ?? 0), true);
});

test('a start that fails tells the end of the log', async (t) => {
  const dataDirectory = path.join(await emptyDirectory(t), 'data');
  await assert.rejects(startEmbeddedServer({ dataDirectory, settings: { shared_buffers: 'plenty' } }), {
    code: 'DATABASE_UNREACHABLE',
    message: /invalid value for parameter "shared_buffers": "plenty"/,
  });
  const taken = net.createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const { port } = taken.address() as net.AddressInfo;
  await assert.rejects(startEmbeddedServer({ dataDirectory, settings, port }), {
    code: 'DATABASE_UNREACHABLE',
    message: /could not bind/,
  });
});

test('a directory of something else is left alone', async (t) => {
  const directory = await emptyDirectory(t);
  const file = path.join(directory, 'holiday.jpg');
  await fs.writeFile(file, 'x');
  await assert.rejects(startEmbeddedServer({ dataDirectory: directory, settings }), {
    code: 'INVALID_CONFIGURATION',
    message: /neither empty nor a PostgreSQL directory/,
  });
  await fs.rm(file);
  await fs.writeFile(path.join(directory, 'PG_VERSION'), '13\n');
  await assert.rejects(startEmbeddedServer({ dataDirectory: directory, settings }), {
    code: 'INVALID_CONFIGURATION',
    message: /was created by PostgreSQL 13/,
  });
});
