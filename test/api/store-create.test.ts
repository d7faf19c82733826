import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { Logger } from '../../src/index.ts';
import { filesIn, temporaryStore } from '../runs/store-folders.ts';
import { smallShop, testSystem } from './system.ts';

test('an encrypted store is made, its keys are answered once and are nowhere else, and they work', async (t) => {
  const place = await temporaryStore(t);
  const said: string[] = [];
  const logger: Logger = { log: (...parts) => void said.push(JSON.stringify(parts)) };
  const setup = { stores: { vault: `file://${place}` }, store: 'vault' };
  const { api, call, db, another } = await testSystem(t, { sql: smallShop, logger, ...setup });
  const answer = await call('POST', '/api/admin/stores/vault/create', { body: { sealed: true } });
  assert.equal(answer.status, 201);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  const { keys, sealed, address } = answer.body;
  assert.deepEqual([sealed, address], [true, `file://${place}`]);
  assert.match(keys.recoveryKey, /^AGE-SECRET-KEY-1/m);
  assert.match(keys.recipient, /^age1/);
  const secrets = [/AGE-SECRET-KEY-1\w+/.exec(keys.recoveryKey)![0], JSON.parse(keys.writerKey).nameKey];
  assert.equal(
    secrets.every((secret) => typeof secret === 'string' && secret.length > 20),
    true,
  );

  const { stores } = await api.listStores();
  const vault = stores.find(({ name }) => name === 'vault')!;
  assert.deepEqual([vault.state, vault.sealed, vault.backups], ['ready', true, 0]);
  // This process has no key to write with.
  await assert.rejects(api.createBackup({ wait: true }), { code: 'KEY_REQUIRED' });
  // The same call makes no second one, and answers no key.
  const again = await call('POST', '/api/admin/stores/vault/create', { body: { sealed: true } });
  assert.deepEqual([again.status, again.body.code], [400, 'INVALID_REQUEST']);

  const written = another({ ...setup, writerKey: keys.writerKey });
  const { id } = await written.api.createBackup({ wait: true });
  await assert.rejects(written.api.verifyBackup(id, { wait: true }), { code: 'KEY_REQUIRED' });
  await written.api.verifyBackup(id, { wait: true, identity: keys.recoveryKey });

  const tables = await db.client.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const dump: string[] = [...said, answer.headers.get('location') ?? ''];
  for (const { name } of tables.rows) {
    dump.push(JSON.stringify((await db.client.query(`select t::text from ${name} t`)).rows));
  }
  for (const file of await filesIn(place)) dump.push(await fs.readFile(path.join(place, file), 'latin1'));
  for (const secret of secrets) assert.ok(dump.every((text) => !text.includes(secret)));
});

test('a store that is not encrypted is made without keys', async (t) => {
  const { api } = await testSystem(t, { stores: { offsite: `file://${await temporaryStore(t)}` } });
  const made = await api.createStore('offsite', { sealed: false });
  assert.deepEqual([made.sealed, made.keys], [false, null]);
  const { stores } = await api.listStores();
  assert.equal(stores.find(({ name }) => name === 'offsite')!.sealed, false);
});

test('no store is made where it would hide another one, or that nobody asked for', async (t) => {
  const [place, full] = [await temporaryStore(t), await temporaryStore(t)];
  await fs.writeFile(path.join(full, 'holiday.jpg'), 'not ours');
  const { api, another } = await testSystem(t, {
    sql: smallShop,
    stores: { here: `file://${place}`, full: `file://${full}` },
    store: 'here',
  });
  await assert.rejects(api.createStore('full', { sealed: true }), {
    code: 'INVALID_REQUEST',
    message: /holiday/,
  });
  await assert.rejects(api.createStore('elsewhere', { sealed: true }), { code: 'STORE_NOT_FOUND' });
  await assert.rejects(api.createStore('database', { sealed: true }), { code: 'INVALID_REQUEST' });
  await assert.rejects((api.createStore as (name: string, body?: unknown) => Promise<unknown>)('here', {}), {
    code: 'INVALID_REQUEST',
  });
  assert.deepEqual(await filesIn(place), []);
  await api.createBackup({ wait: true });
  // The disk is not mounted any more.
  await fs.rm(place, { recursive: true });
  await fs.mkdir(place);
  const restarted = another({ stores: { here: `file://${place}` }, store: 'here' });
  await assert.rejects(restarted.api.createStore('here', { sealed: true }), {
    code: 'INVALID_REQUEST',
    message: /has written to the store here before/,
  });
  assert.deepEqual(await filesIn(place), []);
});
