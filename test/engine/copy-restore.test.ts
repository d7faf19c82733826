import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { copyBackup } from '../../src/engine/copy/copy.ts';
import { readManifest } from '../../src/engine/read/manifest.ts';
import { verifyBackup } from '../../src/engine/read/verify.ts';
import { plainKeys, type StoreKeys } from '../../src/format/sealing/keys.ts';
import { newSigningKey } from '../../src/format/sealing/signatures.ts';
import { memoryIndex } from '../../src/store/object-store/memory-index.ts';
import { objectStore } from '../../src/store/object-store/object-store.ts';
import { rebuildIndex } from '../../src/store/object-store/rebuild.ts';
import { directoryObjects } from '../../src/store/objects/directory.ts';
import type { Store } from '../../src/store/store.ts';
import { storeKeys } from '../format/sealing/keys.ts';
import { createKitchenSink } from '../kitchen-sink/kitchen-sink.ts';
import { assertSameState, databaseState } from '../support/compare.ts';
import { testDatabase } from '../support/database.ts';
import { runRestore, takeBackup } from './runs.ts';

const control = { signal: new AbortController().signal, report: () => {} };
const signing = newSigningKey();
const sealedKeys: StoreKeys = {
  ...storeKeys(),
  sealed: true,
  sign: signing,
  verify: [signing.publicKey],
};

function newFolder(t: TestContext): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'holdfast-copy-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store in a folder, known from the folder alone. */
async function openFolder(t: TestContext, folder: string, keys: StoreKeys): Promise<Store> {
  const objects = directoryObjects({ address: `file://${folder}`, path: folder });
  const index = memoryIndex();
  await rebuildIndex(objects, index);
  const store = objectStore(objects, index, keys);
  t.after(() => store.close());
  return store;
}

test('a database comes back from a copy once the folder that was written is gone', async (t) => {
  const db = await testDatabase(t);
  await createKitchenSink(db.client, 18);
  const before = await databaseState(db.target);
  const [written, copied, again] = [newFolder(t), newFolder(t), newFolder(t)];
  const { uuid } = await takeBackup(db.target, await openFolder(t, written, plainKeys));

  // Plain to plain as stored, plain to sealed by opening, from the folders alone each time.
  const request = { uuid, compressionLevel: 1 };
  const first = await copyBackup(
    await openFolder(t, written, plainKeys),
    await openFolder(t, copied, plainKeys),
    request,
    control,
  );
  assert.equal(first.asStored, true);
  const second = await copyBackup(
    await openFolder(t, copied, plainKeys),
    await openFolder(t, again, sealedKeys),
    request,
    control,
  );
  assert.equal(second.asStored, false);
  fs.rmSync(written, { recursive: true });

  for (const [folder, keys] of [
    [copied, plainKeys],
    [again, sealedKeys],
  ] as const) {
    const store = await openFolder(t, folder, keys);
    const manifest = await readManifest(store, await store.getManifest(uuid), uuid);
    const name = db.freeName();
    await runRestore(db.target, store, manifest, { target: { mode: 'new-database', database: name } });
    assertSameState(await databaseState((await db.adopt(name)).target), before);
  }
});

test('a copy into a folder that goes away under way fails, and is made when the folder is there again', async (t) => {
  const db = await testDatabase(t);
  await db.client.query('create table t as select i, md5(i::text) from generate_series(1, 200000) i');
  const from = await openFolder(t, newFolder(t), plainKeys);
  const { uuid } = await takeBackup(db.target, from);
  const folder = newFolder(t);
  const to = await openFolder(t, folder, plainKeys);
  const lost: Store = {
    ...to,
    async putManifest(...args) {
      fs.rmSync(folder, { recursive: true, force: true });
      fs.writeFileSync(folder, 'a file where the folder was');
      return await to.putManifest(...args);
    },
  };
  await assert.rejects(copyBackup(from, lost, { uuid, compressionLevel: 1 }, control), (error: Error) => {
    assert.match((error as Error & { code: string }).code, /^STORE_/);
    return true;
  });
  fs.rmSync(folder);
  fs.mkdirSync(folder);
  const there = await openFolder(t, folder, plainKeys);
  await copyBackup(from, there, { uuid, compressionLevel: 1 }, control);
  const manifest = await readManifest(there, await there.getManifest(uuid), uuid);
  assert.equal((await verifyBackup(there, manifest, control)).rows, 200_000);
});
