import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initialize } from '../../src/catalog/initialize.ts';
import { sweepChunks } from '../../src/engine/sweep/sweep.ts';
import { plainKeys } from '../../src/format/sealing/keys.ts';
import { openPool } from '../../src/postgres/pool.ts';
import { catalogIndex } from '../../src/store/object-store/catalog-index.ts';
import { memoryIndex } from '../../src/store/object-store/memory-index.ts';
import { objectStore } from '../../src/store/object-store/object-store.ts';
import { rebuildIndex } from '../../src/store/object-store/rebuild.ts';
import { counted, noCounts } from '../../src/store/objects/counted.ts';
import { createKitchenSink } from '../kitchen-sink/kitchen-sink.ts';
import { places } from '../store/object-store/combinations.ts';
import { assertSameState, databaseState } from '../support/compare.ts';
import { testDatabase } from '../support/database.ts';
import { runRestore, takeBackup } from './runs.ts';

test('a database comes back from a directory alone, once the catalog with its index is gone', async (t) => {
  const db = await testDatabase(t);
  await createKitchenSink(db.client, 18);
  const before = await databaseState(db.target);
  const counts = noCounts();
  const objects = counted(await places['directory']!(t), counts);
  const other = await db.createDatabase();
  const pool = openPool(other.target, { max: 4, applicationName: 'test' });
  t.after(() => pool.close());
  await initialize(pool, 'public');
  const index = catalogIndex({ pool, schema: 'public', store: 'a folder', address: objects.address });
  const store = objectStore(objects, index, plainKeys);

  const first = await takeBackup(db.target, store);
  const sent = { ...counts.calls };
  const manifest = await takeBackup(db.target, store);
  assert.equal(counts.calls.put - sent.put, 1, 'of what has not changed, the manifest alone');
  await store.deleteManifest(first.uuid);
  const always = { keepFrom: async () => null, signal: new AbortController().signal };
  assert.equal((await sweepChunks(store, always)).deleted, 0);
  t.diagnostic(`two backups and a cleanup: ${JSON.stringify(counts.calls)}`);

  await other.client.query('drop schema public cascade');
  const listed = memoryIndex();
  const { manifests, foreign, damaged } = await rebuildIndex(objects, listed);
  assert.deepEqual([manifests, foreign.count, damaged.count], [1, 0, 0]);
  const alone = objectStore(objects, listed, plainKeys);
  const name = db.freeName();
  await runRestore(db.target, alone, manifest, { target: { mode: 'new-database', database: name } });
  assertSameState(await databaseState((await db.adopt(name)).target), before);
});
