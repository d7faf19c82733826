import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { test } from 'node:test';
import { createKeySet } from '../../src/format/sealing/key-set.ts';
import { newDirectory } from '../support/server-start.ts';
import { smallShop, testSystem } from '../api/system.ts';
import { importedFrom } from './store-contents.ts';

for (const sealed of [false, true]) {
  test(`the catalog is made again from ${sealed ? 'an encrypted' : 'a plain'} store, with its history`, async (t) => {
    const directory = await newDirectory();
    t.after(() => fs.rm(directory, { recursive: true, force: true }));
    const { recoveryKey, writerKey } = await createKeySet();
    const store = { store: `file://${directory}`, ...(sealed ? { writerKey } : {}) };
    const { api } = await testSystem(t, { sql: smallShop, ...store });
    const first = await api.createBackup({ description: 'before the release', wait: true });
    const second = await api.createBackup({ type: 'partial', tables: ['orders'], wait: true });

    // On a new server, of which the old one knows nothing.
    const locked = await testSystem(t, store);
    const fresh = { ...locked, api: locked.another(sealed ? { identity: recoveryKey } : {}).api };
    assert.equal((await fresh.api.listBackups()).total, 0);
    const { stores } = await fresh.api.listStores();
    const { name } = stores.find(({ role }) => role === 'written')!;
    await assert.rejects(fresh.api.createBackup({ wait: true }), { code: 'STORE_TAKEN' });
    const failed = (await fresh.api.listBackups()).backups[0]!;
    if (sealed) await assert.rejects(importedFrom(locked.api, name), { code: 'KEY_REQUIRED' });
    const { imported, known, refused } = await importedFrom(fresh.api, name);
    assert.deepEqual([imported.length, known, refused], [2, 0, []]);
    const { backups } = await fresh.api.listBackups();
    assert.deepEqual(
      backups
        .filter(({ id }) => id !== failed.id)
        .map(({ uuid, type, description, status, rowCount, startedAt }) => [
          uuid,
          type,
          description,
          status,
          rowCount,
          startedAt,
        ]),
      [second, first].map(({ uuid, type, description, rowCount, startedAt }) => [
        uuid,
        type,
        description,
        'completed',
        rowCount,
        startedAt,
      ]),
    );
    const again = await importedFrom(fresh.api, name);
    assert.deepEqual([again.imported, again.known], [[], 2]);

    const database = fresh.db.freeName();
    await fresh.api.restore({
      backupId: imported[0]!,
      target: { mode: 'new-database', database },
      wait: true,
    });
    const { client } = await fresh.db.adopt(database);
    assert.equal((await client.query('select count(*)::int as n from orders')).rows[0].n, 500);
    await fresh.api.takeStore(name);
    const { newBytes } = await fresh.api.createBackup({ wait: true });
    assert.equal(newBytes, 0, 'an empty database has nothing new');
    await fresh.api.verifyBackup(imported[0]!, { wait: true });
  });
}
