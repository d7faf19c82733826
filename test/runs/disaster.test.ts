import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { createBackupSystem, silentLogger, type BackupSystem, type Options } from '../../src/index.ts';
import { createKeySet } from '../../src/format/sealing/key-set.ts';
import { smallShop, token } from '../api/system.ts';
import { holdfast } from '../cli/holdfast.ts';
import { openClient } from '../support/connect.ts';
import { newDirectory, startTestServer } from '../support/server-start.ts';
import { wholeShop } from './store-folders.ts';
import { importedFrom } from './store-contents.ts';

const shopSql =
  'select (select count(*)::int from customers) as customers, (select sum(amount)::float8 from orders) as amount';

/* What docs/RECOVERY.md says by hand, with age, zstd, jq and psql, is done by test/docs/recovery.test.ts. */

test('the data directory of the server is deleted, catalog and all: all of it comes back from an encrypted store, and from a bundle', async (t) => {
  const [parent, store, drawer] = [await newDirectory(), await newDirectory(), await newDirectory()];
  const systems: BackupSystem[] = [];
  t.after(async () => {
    await Promise.all(systems.map((system) => system.stop()));
    await Promise.all([store, drawer].map((each) => fs.rm(each, { recursive: true, force: true })));
  });
  const systemOn = (database: string, options: Partial<Options> = {}): BackupSystem['api'] => {
    const system = createBackupSystem({ database, auth: { token }, logger: silentLogger, ...options });
    systems.push(system);
    return system.api;
  };
  const { recoveryKey, writerKey } = await createKeySet();
  const identity = path.join(drawer, 'recovery.key');
  await fs.writeFile(identity, recoveryKey);

  const first = await startTestServer(18, { parent });
  const database = first.connectionString('postgres');
  const client = await openClient({ connectionString: database });
  await client.query(smallShop);
  const stores = { offsite: `file://${store}` };
  const api = systemOn(database, { stores, copyTo: 'offsite', writerKey });
  await api.init();
  const whole = await api.createBackup({ description: 'before the flood', wait: true });
  await api.copyBackup(whole.id, 'offsite', { wait: true });
  await client.query('delete from orders where id % 2 = 0');
  const halved = (await client.query(shopSql)).rows[0];
  const newest = await api.createBackup({ wait: true });
  await api.copyBackup(newest.id, 'offsite', { wait: true });
  const bundle = path.join(drawer, 'shop.holdfast');
  // Out of the encrypted store, so that it is encrypted in the drawer too.
  const from = ['--store', stores.offsite, '--identity', identity];
  const exported = await holdfast(['export', whole.uuid, '-o', bundle, ...from]);
  assert.equal(exported.code, 0, exported.stderr);

  await client.end();
  await systems.pop()!.stop();
  await first.stop();
  await fs.rm(parent, { recursive: true, force: true });

  // A new machine: Node, a PostgreSQL, the store, the recovery key.
  const fresh = await newDirectory();
  const second = await startTestServer(18, { parent: fresh });
  t.after(async () => {
    await second.stop();
    await fs.rm(fresh, { recursive: true, force: true });
  });
  const rowsIn = async (name: string): Promise<unknown> => {
    const restored = await openClient({ connectionString: second.connectionString(name) });
    try {
      return (await restored.query(shopSql)).rows[0];
    } finally {
      await restored.end();
    }
  };
  const restore = async (from: string, backup: string, name: string): Promise<void> => {
    const to = second.connectionString(name);
    const args = ['restore', backup, '--store', from, '--to', to, '--identity', identity, '--yes'];
    const made = await holdfast(args);
    assert.equal(made.code, 0, made.stderr);
  };
  await restore(stores.offsite, 'latest', 'newest');
  assert.deepEqual(await rowsIn('newest'), halved);
  await restore(stores.offsite, whole.uuid, 'earlier');
  assert.deepEqual(await rowsIn('earlier'), wholeShop);
  await restore(`file://${bundle}`, 'latest', 'drawer');
  assert.deepEqual(await rowsIn('drawer'), wholeShop);

  // The catalog, with its history; then this installation is the one that writes.
  const again = systemOn(second.connectionString('newest'), { stores, copyTo: 'offsite', writerKey });
  await again.init();
  await importedFrom(again, 'offsite', { identity: recoveryKey });
  const { backups } = await again.listBackups();
  assert.deepEqual(
    backups.map(({ uuid, description, status, store: home }) => [uuid, description, status, home]),
    [
      [newest.uuid, null, 'completed', 'offsite'],
      [whole.uuid, 'before the flood', 'completed', 'offsite'],
    ],
  );
  for (const { id } of backups) await again.verifyBackup(id, { identity: recoveryKey, wait: true });
  await again.takeStore('offsite');
  const next = await again.createBackup({ wait: true });
  const copy = await again.copyBackup(next.id, 'offsite', { wait: true });
  assert.equal(copy.status, 'completed');
});
