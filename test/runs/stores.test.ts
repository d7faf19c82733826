import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { createKeySet } from '../../src/format/sealing/key-set.ts';
import type { Options } from '../../src/index.ts';
import { smallShop, testSystem } from '../api/system.ts';
import { filesIn, restored, temporaryStore as folder, wholeShop as whole } from './store-folders.ts';

test('a backup in a directory: taken, verified, downloaded, restored, deleted; nothing of it is in the database', async (t) => {
  const directory = await folder(t);
  const system = await testSystem(t, { sql: smallShop, store: `file://${directory}` });
  const { api, db } = system;
  const first = await api.createBackup({ wait: true });
  const { rows } = await db.client.query(
    `select (select count(*)::int from system_backup_chunks) as chunks,
       (select count(*)::int from system_backups where backup_data is not null) as manifests, store from system_backups`,
  );
  assert.equal(rows[0].chunks, 0);
  assert.equal(rows[0].manifests, 0);
  const files = await filesIn(directory);
  assert.ok(files.includes('holdfast.json') && files.includes('writer.json'));
  assert.ok(files.includes(`backups/${first.uuid}`));

  await api.verifyBackup(first.id, { wait: true });
  assert.deepEqual(await restored(system, first.id), whole);
  assert.ok((await api.getBackup(first.id)).contents);
  const { stream } = await api.downloadBackup(first.id, 'sql');
  assert.match(await new Response(stream).text(), /CREATE TABLE public\.orders/);
  // In place, with its safety backup in the same store.
  await db.client.query('delete from orders');
  await api.restore({ backupId: first.id, restoreType: 'full', wait: true });
  assert.equal(
    (await db.client.query('select sum(amount)::float8 as sum from orders')).rows[0].sum,
    whole.amount,
  );

  const second = await api.createBackup({ wait: true });
  const { backups } = await api.listBackups();
  for (const { id } of backups.filter((each) => each.id !== second.id)) await api.deleteBackup(id);
  await api.cleanUp({ wait: true });
  assert.deepEqual(await restored(system, second.id), whole);
  await api.deleteBackup(second.id);
  assert.deepEqual(await filesIn(directory), ['holdfast.json', 'writer.json']);
});

test('a second backup of an unchanged database stores its document and nothing else', async (t) => {
  const directory = await folder(t);
  const { api } = await testSystem(t, { sql: smallShop, store: `file://${directory}` });
  await api.createBackup({ wait: true });
  const before = await filesIn(directory);
  const { uuid, newBytes } = await api.createBackup({ wait: true });
  assert.deepEqual(
    (await filesIn(directory)).filter((file) => !before.includes(file)),
    [`backups/${uuid}`],
  );
  assert.equal(newBytes, 0);
});

async function keyFiles(t: TestContext): Promise<{ writerKey: string; identity: string }> {
  const { recoveryKey, writerKey } = await createKeySet();
  const directory = await folder(t);
  const files = {
    writerKey: path.join(directory, 'writer.key'),
    identity: path.join(directory, 'recovery.key'),
  };
  await fs.writeFile(files.writerKey, writerKey, { mode: 0o600 });
  await fs.writeFile(files.identity, recoveryKey, { mode: 0o600 });
  return files;
}

test('an encrypted store is written with the writer key, and read with the recovery key alone', async (t) => {
  const directory = await folder(t);
  const keys = await keyFiles(t);
  const store: Partial<Options> = { store: `file://${directory}`, writerKey: keys.writerKey };
  const writing = await testSystem(t, {
    sql: `${smallShop}; create table planted (words text); insert into planted values ('correct horse battery staple')`,
    ...store,
  });
  const { id, uuid } = await writing.api.createBackup({ wait: true });
  const again = await writing.api.createBackup({ wait: true });
  assert.equal(again.newBytes, 0);
  for (const file of await filesIn(directory)) {
    const content = (await fs.readFile(path.join(directory, file))).toString('latin1');
    for (const word of ['battery', 'planted', 'customers', 'orders', 'smallint', 'CREATE']) {
      assert.ok(!content.includes(word), `${word} in ${file}`);
    }
  }
  const locked = await writing.api.getBackup(id);
  assert.equal(locked.contents, null);
  assert.equal(locked.contentsError?.code, 'KEY_REQUIRED');
  for (const call of [
    () => writing.api.verifyBackup(id, { wait: true }),
    () => writing.api.restore({ backupId: id, restoreType: 'full', wait: true }),
    () => writing.api.downloadBackup(id),
  ]) {
    await assert.rejects(call(), { code: 'KEY_REQUIRED' });
  }
  assert.equal((await writing.api.getBackup(id)).damaged, false, 'what cannot be opened is not damaged');

  const reading = writing.another({ ...store, identity: keys.identity });
  await reading.api.verifyBackup(id, { wait: true });
  assert.deepEqual(await restored({ ...writing, api: reading.api }, id), whole);
  await writing.api.deleteBackup(id);
  await writing.api.cleanUp({ wait: true });
  assert.deepEqual(await restored({ ...writing, api: reading.api }, again.id), whole);
  assert.ok(!(await filesIn(directory)).includes(`backups/${uuid}`));
});

test('keys of stores outside do not touch the backups in the database', async (t) => {
  const directory = await folder(t);
  const keys = await keyFiles(t);
  const system = await testSystem(t, { sql: smallShop });
  const { id } = await system.api.createBackup({ wait: true });
  const { api } = system.another({ store: `file://${directory}`, ...keys });
  const outside = await api.createBackup({ wait: true });
  await api.cleanUp({ wait: true });
  for (const backup of [id, outside.id]) {
    await api.verifyBackup(backup, { wait: true });
    assert.deepEqual(await restored({ ...system, api }, backup), whole);
  }
  await system.another().api.verifyBackup(id, { wait: true });
  // Not by accident, and not over backups that nothing has sealed.
  const sealing = system.another({ stores: { database: { address: 'database:', ...keys } } });
  await assert.rejects(sealing.api.createBackup({ wait: true }), {
    code: /^(INVALID_CONFIGURATION|SIGNATURE_INVALID)$/,
  });
  assert.deepEqual(await restored(system, id), whole);
});

test('a database store is encrypted where it is given keys itself', async (t) => {
  const keys = await keyFiles(t);
  const system = await testSystem(t, {
    sql: `${smallShop}; create table planted (words text); insert into planted values ('correct horse battery staple')`,
    stores: { database: { address: 'database:', writerKey: keys.writerKey } },
  });
  const { id } = await system.api.createBackup({ wait: true });
  await assert.rejects(system.api.verifyBackup(id, { wait: true }), { code: 'KEY_REQUIRED' });
  const { rows } = await system.db.client.query(
    `select (select string_agg(data::text, '') from system_backup_chunks) || (select string_agg(b::text, '') from system_backups b) as text`,
  );
  const frames = [...(rows[0].text as string).matchAll(/"data": "([A-Za-z0-9+/=]+)"/g)];
  assert.ok(frames.length > 1);
  const all =
    frames.map(([, text]) => Buffer.from(text!, 'base64').toString('latin1')).join('') + rows[0].text;
  for (const word of ['battery', 'planted', 'customers']) assert.ok(!all.includes(word), word);
  const reading = system.another({ stores: { database: { address: 'database:', ...keys } } });
  await reading.api.verifyBackup(id, { wait: true });
  assert.deepEqual(await restored({ ...system, api: reading.api }, id), whole);
});

test('a directory that is gone fails the backup, says which, and leaves the old ones; the next run is whole', async (t) => {
  const directory = await folder(t);
  const system = await testSystem(t, { sql: smallShop, store: `file://${directory}` });
  const { api } = system;
  const { id } = await api.createBackup({ wait: true });
  await fs.rename(directory, `${directory}-away`);
  await assert.rejects(api.createBackup({ wait: true }), { code: 'STORE_UNREACHABLE' });
  await assert.rejects(api.verifyBackup(id, { wait: true }), { code: 'STORE_UNREACHABLE' });
  await fs.rename(`${directory}-away`, directory);
  const next = await api.createBackup({ wait: true });
  for (const backup of [id, next.id]) assert.deepEqual(await restored(system, backup), whole);
});

test('another store in the place of the known one is not written to', async (t) => {
  const directory = await folder(t);
  const { api, another } = await testSystem(t, { sql: smallShop, store: `file://${directory}` });
  await api.createBackup({ wait: true });
  await fs.rm(directory, { recursive: true });
  await fs.mkdir(directory);
  const other = await testSystem(t, { sql: smallShop, store: `file://${directory}` });
  await other.api.createBackup({ wait: true });
  const before = await filesIn(directory);
  const restarted = another({ store: `file://${directory}` });
  await assert.rejects(restarted.api.createBackup({ wait: true }), { code: 'STORE_REPLACED' });
  await assert.rejects(api.createBackup({ wait: true }), { code: /^STORE_(REPLACED|TAKEN)$/ });
  assert.deepEqual(await filesIn(directory), before);
});
