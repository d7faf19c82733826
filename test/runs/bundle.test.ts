import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { Writable } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { bundleObjects } from '../../src/store/objects/bundle.ts';
import { createKeySet } from '../../src/format/sealing/key-set.ts';
import { smallShop, testSystem, type TestSystem } from '../api/system.ts';
import { holdfast } from '../cli/holdfast.ts';
import { filesIn, restored, temporaryStore, wholeShop } from './store-folders.ts';
import { importedFrom } from './store-contents.ts';

const run = promisify(execFile);

async function exported({ api }: TestSystem, id: number, t: TestContext): Promise<string> {
  const { stream, filename } = await api.downloadBackup(id, 'holdfast');
  const file = path.join(await temporaryStore(t), filename);
  const handle = await fs.open(file, 'w');
  await stream.pipeTo(Writable.toWeb(handle.createWriteStream()) as WritableStream<Uint8Array>);
  return file;
}

/** Restores the newest backup of a store, with nothing else. */
async function restoredAlone(
  { db }: TestSystem,
  store: string,
  args: readonly string[] = [],
): Promise<unknown> {
  const database = db.freeName();
  const url = new URL(db.connectionString);
  url.pathname = `/${database}`;
  const made = await holdfast(['restore', 'latest', '--store', store, '--to', url.href, '--yes', ...args]);
  assert.equal(made.code, 0, made.stderr);
  const { client } = await db.adopt(database);
  const { rows } = await client.query(
    'select (select count(*)::int from customers) as customers, (select sum(amount)::float8 from orders) as amount',
  );
  return rows[0];
}

test('a bundle of a backup in the database: read alone, unpacked by tar, refused when it is cut off', async (t) => {
  const system = await testSystem(t, { sql: smallShop });
  const { id, uuid } = await system.api.createBackup({ wait: true });
  const file = await exported(system, id, t);
  assert.deepEqual(await restoredAlone(system, `file://${file}`), wholeShop);
  const shown = await holdfast(['verify', 'latest', '--store', `file://${file}`]);
  assert.equal(shown.code, 0, shown.stderr);

  const folder = await temporaryStore(t);
  await run('tar', ['-xf', file, '-C', folder]);
  const files = await filesIn(folder);
  assert.ok(files.includes('holdfast.json') && files.includes(`backups/${uuid}`), String(files));
  assert.deepEqual(await restoredAlone(system, `file://${folder}`), wholeShop);

  const { size } = await fs.stat(file);
  for (const bytes of [size - 1_024, size - 5_000, 700, 100]) {
    await fs.truncate(file, bytes);
    const cut = await holdfast(['verify', 'latest', '--store', `file://${file}`]);
    assert.equal(cut.code, 8, `${bytes}: ${cut.stderr}`);
    assert.match(cut.stderr, /is cut off/);
  }
  await fs.writeFile(file, 'this is no bundle '.repeat(100));
  assert.match((await holdfast(['list', '--store', `file://${file}`])).stderr, /is not a bundle of Holdfast/);
});

test('a bundle of a sealed store needs no key to be made, and the recovery key to be read', async (t) => {
  const { recoveryKey, writerKey } = await createKeySet();
  const keys = await temporaryStore(t);
  const identity = path.join(keys, 'recovery.key');
  await fs.writeFile(identity, recoveryKey);
  const store = `file://${await temporaryStore(t)}`;
  const system = await testSystem(t, { sql: smallShop, store, writerKey });
  const { id } = await system.api.createBackup({ wait: true });
  const file = await exported(system, id, t);
  assert.ok(!(await fs.readFile(file)).includes('customers'));
  const refused = await holdfast(['verify', 'latest', '--store', `file://${file}`]);
  assert.match(refused.stderr, /KEY_REQUIRED/);
  assert.deepEqual(await restoredAlone(system, `file://${file}`, ['--identity', identity]), wholeShop);
});

test('a bundle is a place that is read only', async (t) => {
  const system = await testSystem(t, { sql: smallShop });
  const { id, uuid } = await system.api.createBackup({ wait: true });
  const file = await exported(system, id, t);
  const objects = bundleObjects({ address: `file://${file}`, path: file });
  t.after(() => objects.close());
  await assert.rejects(objects.put('x', Buffer.from('x')), { code: 'STORE_DENIED' });
  await assert.rejects(objects.delete(`backups/${uuid}`), { code: 'STORE_DENIED' });
  const names: string[] = [];
  for await (const { name } of objects.list('')) names.push(name);
  assert.deepEqual(names, names.toSorted());
  assert.equal(await objects.get('nothing'), undefined);
  const whole = await objects.get(`backups/${uuid}`);
  const end = await objects.getRange(`backups/${uuid}`, { offset: -10, bytes: 10 });
  assert.deepEqual(Buffer.from(end!), Buffer.from(whole!.content.subarray(-10)));
  assert.equal((await objects.head(`backups/${uuid}`))!.bytes, whole!.content.length);
});

test('a bundle is imported into another installation, plain or sealed, and what is broken off goes on', async (t) => {
  const { recoveryKey, writerKey } = await createKeySet();
  const identity = path.join(await temporaryStore(t), 'recovery.key');
  await fs.writeFile(identity, recoveryKey);
  const plain = await testSystem(t, { sql: smallShop });
  const sealed = await testSystem(t, {
    sql: smallShop,
    store: `file://${await temporaryStore(t)}`,
    writerKey,
  });
  for (const [from, args] of [
    [plain, []],
    [sealed, ['--identity', identity]],
  ] as const) {
    const { id, uuid } = await from.api.createBackup({ description: 'for the drawer', wait: true });
    const file = await exported(from, id, t);
    const target = await testSystem(t);
    const url = target.db.connectionString;
    if (args.length > 0) {
      const locked = await holdfast(['import', file], { url });
      assert.match(locked.stderr, /KEY_REQUIRED/);
    }
    const made = await holdfast(['import', file, '--json', ...args], { url });
    assert.equal(made.code, 0, made.stderr);
    const { imported } = made.json<{ imported: number[] }>();
    assert.equal(imported.length, 1);
    await fs.rm(file);
    const backup = await target.api.getBackup(imported[0]!);
    assert.deepEqual(
      [backup.uuid, backup.store, backup.copies, backup.description, backup.status, backup.pinned],
      [uuid, 'database', [], 'for the drawer', 'completed', true],
    );
    await target.api.verifyBackup(backup.id, { wait: true });
    assert.deepEqual(await restored(target, backup.id), wholeShop);
    const { rows } = await target.db.client.query(
      'select (select count(*)::int from system_backup_stores) as stores, (select count(*)::int from system_backup_store_objects) as objects',
    );
    assert.equal(rows[0].objects, 0);
  }
});

test('a store is forgotten: what has a copy elsewhere is at home there, what has none is only forgotten when that is said', async (t) => {
  const [here, offsite] = [await temporaryStore(t), await temporaryStore(t)];
  const system = await testSystem(t, {
    sql: `${smallShop} create table articles as select n as id from generate_series(1, 2000) n`,
    stores: { here: `file://${here}`, offsite: `file://${offsite}` },
    store: 'here',
  });
  const { api, db } = system;
  const copied = await api.createBackup({ wait: true });
  await api.copyBackup(copied.id, 'offsite', { wait: true });
  const alone = await api.createBackup({ wait: true });
  await assert.rejects(api.forgetStore('database'), { code: 'INVALID_REQUEST' });
  await assert.rejects(api.forgetStore('nothing'), { code: 'STORE_NOT_FOUND' });
  await api.pinBackup(alone.id);
  // Damage, of which that backup is free: an open finding keeps it. The word of a person ends that, and is told what it ends.
  await db.client.query('delete from articles where id > 20');
  const later = await api.createBackup({ wait: true, store: 'offsite' });
  assert.equal((await api.listFindings()).brake?.findings, 1);
  const lost = {
    backups: [alone.id],
    newestAt: alone.startedAt!,
    pinned: [alone.id],
    held: [alone.id],
  };
  await assert.rejects(api.forgetStore('here'), {
    code: 'INVALID_REQUEST',
    message: new RegExp(
      `^The store here was not forgotten. Backup ${alone.id} is in here and nowhere else, of .* Pinned: backup ${alone.id}\\. Kept by open findings of damage, .*: backup ${alone.id}\\.$`,
    ),
    details: { store: 'here', ...lost },
  });
  assert.equal((await api.listBackups()).total, 3);
  const before = await filesIn(here);
  assert.deepEqual(await api.forgetStore('here', { force: true }), {
    success: true,
    name: 'here',
    moved: [copied.id],
    deleted: [alone.id],
    lost,
  });
  assert.deepEqual(await filesIn(here), before);
  await api.deleteBackup(later.id, { despiteFinding: true });
  const [left] = (await api.listBackups()).backups;
  assert.deepEqual([left!.id, left!.store, left!.copies], [copied.id, 'offsite', []]);
  assert.deepEqual(await restored(system, copied.id), wholeShop);
  // It is found again, and so is the copy.
  const again = await importedFrom(api, 'here');
  assert.equal(again.imported.length, 1);
  assert.deepEqual(again.copies, [copied.id]);
});
