import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { HoldfastError } from '../../src/base/errors.ts';
import { smallShop, testSystem } from '../api/system.ts';
import { harms } from './harms.ts';
import { filesIn, temporaryStore } from './store-folders.ts';
import { byTurns } from '../support/servers.ts';

/* Every object of a backup is harmed in every way: its drill fails, and passes again once the object is as it was. */

for (const [harm, apply] of byTurns(Object.entries(harms))) {
  test(`no drill passes with an object harmed: ${harm}`, async (t) => {
    const [here, offsite] = [await temporaryStore(t), await temporaryStore(t)];
    const { api } = await testSystem(t, {
      sql: `${smallShop}; create table wide as select i, md5(i::text) || md5((i + 1)::text) as word from generate_series(1, 30000) i`,
      stores: { here: `file://${here}`, offsite: `file://${offsite}` },
      store: 'here',
    });
    const { id, uuid } = await api.createBackup({ wait: true });
    // What is read elsewhere would prove nothing of this place.
    await api.copyBackup(id, 'offsite', { wait: true });
    const objects = (await filesIn(here)).filter((file) => /^(backups|chunks|packs)\//.test(file));
    assert.ok(objects.length >= 3 && objects.includes(`backups/${uuid}`), String(objects));
    for (const [i, name] of objects.entries()) {
      const file = path.join(here, name);
      const whole = await fs.readFile(file);
      await apply(file, path.join(here, objects[(i + 1) % objects.length]!));
      const error = await api.drillBackup(id, { wait: true }).then(
        () => undefined,
        (failure: unknown) => failure,
      );
      assert.ok(error instanceof HoldfastError, `${name}: the drill passed`);
      const { drills } = await api.listDrills({ limit: 1 });
      assert.equal(drills[0]!.verdict, 'failed', `${name}: ${JSON.stringify(drills[0])}`);
      assert.equal((await api.getBackup(id)).damaged, true, name);
      await fs.writeFile(file, whole);
      await api.verifyBackup(id, { wait: true });
    }
    assert.equal((await api.drillBackup(id, { wait: true })).verdict, 'passed');
  });
}
