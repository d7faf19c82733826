import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { testSystem } from '../api/system.ts';
import { filesIn, temporaryStore } from './store-folders.ts';

const backups = 30;

async function bytesIn(directory: string): Promise<number> {
  const sizes = (await filesIn(directory)).map(
    async (file) => (await fs.stat(path.join(directory, file))).size,
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

test('of thirty backups with a few changes each the newest is as good as a new one, and the others can go', async (t) => {
  const [folder, fresh] = [await temporaryStore(t), await temporaryStore(t)];
  const system = await testSystem(t, {
    sql: `create table orders (id int primary key, amount int, note text);
      insert into orders select i, i, md5(i::text) || md5((i * 7)::text) from generate_series(1, 60000) i`,
    stores: { here: `file://${folder}`, fresh: `file://${fresh}` },
    store: 'here',
  });
  const { api, db } = system;
  const ids: number[] = [];
  for (let round = 0; round < backups; round++) {
    await db.client.query(
      `update orders set amount = amount + 1 where hashint8extended(id, $1)::bit(32)::bigint % 100 = 0`,
      [round],
    );
    ids.push((await api.createBackup({ wait: true })).id);
  }
  const last = ids.at(-1)!;
  const full = await api.createBackup({ store: 'fresh', wait: true });
  const sizes = { thirty: await bytesIn(folder), fresh: await bytesIn(fresh), one: 0 };
  // Thirty times one row in a hundred, and what was written anew meanwhile.
  assert.ok(sizes.thirty < 4 * sizes.fresh, JSON.stringify(sizes));

  for (const id of ids.slice(0, -1)) await api.deleteBackup(id);
  await api.cleanUp({ wait: true });
  sizes.one = await bytesIn(folder);
  t.diagnostic(JSON.stringify(sizes));
  // Rows that are no more stay with those that they lie between, up to a third of a range.
  assert.ok(sizes.one < 1.8 * sizes.fresh, JSON.stringify(sizes));

  assert.equal((await api.verifyBackup(last, { wait: true })).status, 'completed');
  const digests = await Promise.all(
    [last, full.id].map(async (backupId) => {
      const database = db.freeName();
      await api.restore({ backupId, target: { mode: 'new-database', database }, wait: true });
      const { client } = await db.adopt(database);
      const { rows } = await client.query(
        'select md5(string_agg(o::text, $1 order by id)) as digest from orders o',
        [','],
      );
      return rows[0];
    }),
  );
  assert.deepEqual(digests[0], digests[1]);
});
