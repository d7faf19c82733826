import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { HoldfastError } from '../../src/base/errors.ts';
import { smallShop, testSystem } from '../api/system.ts';
import { harms } from './harms.ts';
import { filesIn, restored, temporaryStore, wholeShop } from './store-folders.ts';

/*
 * Every object of a backup is harmed in every way: the backup is found damaged, a restore gives the true rows from the copy meanwhile, and
 * a copy back heals it; so does the next backup, where it stores the same.
 */

for (const [harm, apply] of Object.entries(harms)) {
  test(`every object of a backup, harmed: ${harm}`, async (t) => {
    const [here, offsite] = [await temporaryStore(t), await temporaryStore(t)];
    const system = await testSystem(t, {
      // Rows that lie in an object of their own, beside small ones in a pack.
      sql: `${smallShop}; create table wide as select i, md5(i::text) || md5((i + 1)::text) as word from generate_series(1, 30000) i`,
      stores: { here: `file://${here}`, offsite: `file://${offsite}` },
      store: 'here',
    });
    const { api } = system;
    const { id, uuid } = await api.createBackup({ wait: true });
    await api.copyBackup(id, 'offsite', { wait: true });
    const objects = (await filesIn(here)).filter((file) => /^(backups|chunks|packs)\//.test(file));
    assert.ok(objects.length >= 3 && objects.includes(`backups/${uuid}`), String(objects));
    for (const [i, name] of objects.entries()) {
      const file = path.join(here, name);
      const other = path.join(here, objects[(i + 1) % objects.length]!);
      await apply(file, other);
      const error = await api.verifyBackup(id, { wait: true }).then(
        () => undefined,
        (failure: unknown) => failure,
      );
      assert.ok(error instanceof HoldfastError, `${name} was verified`);
      assert.ok(
        ['CHUNK_CORRUPT', 'CHUNK_MISSING', 'MANIFEST_INVALID', 'BACKUP_ROLLED_BACK'].includes(error.code),
        `${name}: ${error.code} ${error.message}`,
      );
      assert.equal((await api.getBackup(id)).damaged, true, name);
      assert.deepEqual(await restored(system, id), wholeShop, name);
      const isDocument = name.startsWith('backups/');
      // By the next backup of the same rows, or from the copy.
      if (isDocument || i % 2 === 0) await api.copyBackup(id, 'here', { wait: true });
      else await api.deleteBackup((await api.createBackup({ wait: true })).id);
      await api.verifyBackup(id, { wait: true });
      assert.equal((await api.getBackup(id)).damaged, false, name);
    }
  });
}
