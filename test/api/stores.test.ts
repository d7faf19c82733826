import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { StoreSummary } from '../../src/index.ts';
import { holdfast } from '../cli/holdfast.ts';
import { smallShop, testSystem } from './system.ts';

const base = '/api/admin';

async function folder(t: TestContext): Promise<string> {
  const directory = await fs.mkdtemp(path.join(tmpdir(), 'holdfast-store-'));
  t.after(() => fs.rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A server that takes connections and never says anything. */
async function silentServer(t: TestContext): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as net.AddressInfo).port;
}

test('stores are listed with what they are for and how they are; one that fails spoils nothing', async (t) => {
  const directory = await folder(t);
  const empty = await folder(t);
  const { api, call, db } = await testSystem(t, {
    sql: smallShop,
    stores: {
      main: `file://${directory}`,
      second: `file://${empty}`,
      gone: `file://${directory}/not/there`,
    },
    store: 'main',
  });
  await api.createBackup({ type: 'partial', tables: ['orders'], wait: true });
  const answer = await call('GET', `${base}/stores`);
  assert.equal(answer.status, 200, answer.text);
  const stores = new Map((answer.body.stores as StoreSummary[]).map((store) => [store.name, store] as const));
  assert.deepEqual([...stores.keys()].toSorted(), ['database', 'gone', 'main', 'second']);
  const main = stores.get('main')!;
  assert.deepEqual(
    [main.kind, main.role, main.state, main.sealed, main.backups, main.error],
    ['file', 'written', 'ready', false, 1, null],
  );
  assert.equal(main.address, `file://${directory}`);
  assert.ok(main.storedBytes! > 0);
  assert.ok(main.writer && Date.parse(main.writer.at) > 0);
  const { rows } = await db.client.query('select store_id from system_backup_stores where name = $1', [
    'main',
  ]);
  assert.equal(main.id, rows[0].store_id);
  assert.deepEqual([stores.get('second')!.role, stores.get('second')!.state], ['other', 'absent']);
  const gone = stores.get('gone')!;
  assert.deepEqual([gone.role, gone.state, gone.error?.code], ['other', 'error', 'STORE_UNREACHABLE']);
  const database = stores.get('database')!;
  assert.deepEqual(
    [database.kind, database.role, database.state, database.id, database.writer],
    ['database', 'other', 'ready', null, null],
  );

  // A store that was open, and is gone since, is not shown as it was.
  await fs.rename(path.join(directory, 'holdfast.json'), path.join(directory, 'away.json'));
  const later = (await api.listStores()).stores.find(({ name }) => name === 'main')!;
  assert.deepEqual([later.state, later.id, later.storedBytes], ['absent', main.id, null]);
});

test('a store that never answers is listed all the same', async (t) => {
  const port = await silentServer(t);
  const { api } = await testSystem(t, {
    stores: {
      silent: { address: `sftp://backup@127.0.0.1:${port}/backups`, credentials: { password: 'not-shown' } },
    },
  });
  const { stores } = await api.listStores();
  const silent = stores.find(({ name }) => name === 'silent')!;
  assert.deepEqual([silent.state, silent.error?.code], ['error', 'STORE_UNREACHABLE']);
  assert.ok(!JSON.stringify(stores).includes('not-shown'));
  assert.equal(stores.find(({ name }) => name === 'database')!.state, 'ready');
});

test('a store that another installation wrote to is taken on request, by API and command line', async (t) => {
  const directory = await folder(t);
  const store = `file://${directory}`;
  const first = await testSystem(t, { sql: smallShop, store });
  await first.api.createBackup({ wait: true });
  const second = await testSystem(t, { sql: smallShop, store });
  await assert.rejects(second.api.createBackup({ wait: true }), { code: 'STORE_TAKEN' });

  const name = (await second.api.listStores()).stores.find(({ role }) => role === 'written')!.name;
  const { previous } = (await second.call('POST', `${base}/stores/${name}/take`)).body;
  assert.ok(previous.host.length > 0);
  await second.api.createBackup({ wait: true });
  await assert.rejects(first.api.createBackup({ wait: true }), { code: 'STORE_TAKEN' });

  const options = { url: first.db.connectionString, env: { HOLDFAST_STORE: store } };
  const unconfirmed = await holdfast(['store', 'take'], options);
  assert.equal(unconfirmed.code, 2);
  assert.match(unconfirmed.stderr, /Take over the store .*The last to write to it was on/);
  await assert.rejects(first.api.createBackup({ wait: true }), { code: 'STORE_TAKEN' });
  const taken = await holdfast(['store', 'take', '--yes', '--json'], options);
  assert.equal(taken.code, 0, taken.stdout);
  assert.equal(taken.json()['name'], name);
  await first.api.createBackup({ wait: true });
  const listed = await holdfast(['store', 'list'], options);
  assert.equal(listed.code, 0, listed.stderr);
  assert.match(listed.stdout, new RegExp(`^${name} +written to +ready +no +2 `, 'm'));
});

test('what is not there, not configured, or in the database cannot be taken; nothing is made', async (t) => {
  const directory = await folder(t);
  const { api, call } = await testSystem(t, { stores: { main: `file://${directory}` }, store: 'main' });
  await assert.rejects(api.takeStore('main'), { code: 'STORE_NOT_FOUND' });
  assert.deepEqual(await fs.readdir(directory), []);
  assert.equal((await call('POST', `${base}/stores/other/take`)).status, 404);
  assert.equal((await call('POST', `${base}/stores/database/take`)).body.code, 'INVALID_REQUEST');
  assert.equal((await call('POST', `${base}/stores/A%20b/take`)).status, 400);
});
