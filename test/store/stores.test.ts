import { randomUUID } from 'node:crypto';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initialize } from '../../src/catalog/initialize.ts';
import { plainKeys } from '../../src/format/sealing/keys.ts';
import { openPool } from '../../src/postgres/pool.ts';
import { memoryObjects } from '../../src/store/objects/memory.ts';
import { defaultStore, storeKinds } from '../../src/store/stores.ts';
import { testDatabase } from '../support/database.ts';
import { majors } from '../support/majors.ts';
import { storeConformance } from './conformance.ts';

/** Made once for all tests, each of which gets a copy. */
const ourTables = {
  name: 'our tables',
  async fill(connectionString: string) {
    const pool = openPool({ connectionString }, { max: 1, applicationName: 'test' });
    await initialize(pool, 'public');
    await pool.close();
  },
};

for (const kind of storeKinds) {
  for (const major of new Set([majors[0], majors.at(-1) ?? 18] as const)) {
    storeConformance(`${kind.name} store on ${major}`, async (t) => {
      const db = await testDatabase(t, { major, template: ourTables });
      const pool = openPool(db.target, { max: 4, applicationName: 'test' });
      t.after(() => pool.close());
      return {
        store: kind.open({
          pool,
          schema: 'public',
          keys: plainKeys,
          outside: { name: 'outside', objects: memoryObjects() },
        }),
        async prepareBackup(uuid) {
          await db.client.query(
            `insert into system_backups (uuid, type, status, trigger, store) values ($1, 'full', 'queued', 'manual', $2)`,
            [uuid, kind.name],
          );
        },
      };
    });
  }
}

test('each kind of store has a name of its own, which its stores say', async (t) => {
  const db = await testDatabase(t);
  const pool = openPool(db.target, { max: 1, applicationName: 'test' });
  t.after(() => pool.close());
  const place = {
    pool,
    schema: `"schema ${randomUUID()}"`,
    keys: plainKeys,
    outside: { name: 'outside', objects: memoryObjects() },
  };
  assert.equal(new Set(storeKinds.map(({ name }) => name)).size, storeKinds.length);
  assert.deepEqual(
    storeKinds.map((kind) => kind.open(place).kind),
    storeKinds.map(({ name }) => name),
  );
  assert.ok(storeKinds.includes(defaultStore));
});
