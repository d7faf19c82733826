import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { initialize } from '../../src/catalog/initialize.ts';
import { HoldfastError } from '../../src/base/errors.ts';
import { openPool } from '../../src/postgres/pool.ts';
import { databaseStore } from '../../src/store/database/store.ts';
import { encodeChunk } from '../../src/format/chunk.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';
import { namesOf } from '../../src/store/store.ts';
import { chunkOf, type StoreUnderTest } from './conformance.ts';
import { storeTables } from './database-tables.ts';

async function openStore(t: TestContext, db: TestDatabase): Promise<StoreUnderTest> {
  const pool = openPool(db.target, { max: 4, applicationName: 'test' });
  t.after(() => pool.close());
  await initialize(pool, 'public');
  return {
    store: databaseStore(pool, storeTables),
    async prepareBackup(uuid) {
      await db.client.query(
        `insert into system_backups (uuid, type, status, trigger, store) values ($1, 'full', 'queued', 'manual', 'database')`,
        [uuid],
      );
    },
  };
}

test('a chunk lies in the table as the specification says', async (t) => {
  const db = await testDatabase(t);
  const { store } = await openStore(t, db);
  const {
    chunk: { id, frame, rawBytes },
  } = await encodeChunk(randomBytes(3000), 3, undefined);
  await store.putChunks([{ id, frame, rawBytes, rows: 42 }]);
  const { rows } = await db.client.query(
    `select encode(id, 'hex') as id, raw_bytes, stored_bytes, data - 'data' as data,
       decode(data->>'data', 'base64') as frame from system_backup_chunks`,
  );
  assert.deepEqual(rows, [
    {
      id,
      raw_bytes: 3000,
      stored_bytes: frame.length,
      data: { codec: 'zstd', encoding: 'base64', rawBytes: 3000, rows: 42 },
      frame: Buffer.from(frame),
    },
  ]);
  const storage = await db.client.query(
    `select attstorage from pg_attribute where attrelid = 'system_backup_chunks'::regclass and attname = 'data'`,
  );
  assert.equal(storage.rows[0].attstorage, 'e', 'already compressed: stored outside, not compressed again');
});

test('what fails in the database is a failure of the store', async (t) => {
  const db = await testDatabase(t);
  const { store } = await openStore(t, db);
  await db.client.query('drop table system_backup_chunks');
  await assert.rejects(
    store.getChunks(['00'.repeat(32)]),
    (error: unknown) => error instanceof HoldfastError && error.code === 'STORE_FAILED',
  );
});

/** Until so many statements wait for a lock. */
async function waitForLock(db: TestDatabase, count = 1): Promise<void> {
  await until(async () => {
    // Inside a transaction the view stays the same otherwise.
    await db.client.query('select pg_stat_clear_snapshot()');
    const { rows } = await db.client.query(
      `select count(*)::int as n from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows[0].n === count;
  });
}

test('a chunk that is being used is not deleted; one that is being deleted is not used', async (t) => {
  const db = await testDatabase(t);
  const { store } = await openStore(t, db);
  const chunk = chunkOf(randomBytes(100));
  await store.putChunks([chunk]);
  const epoch = await store.beginEpoch();

  // The use comes first, and is not committed yet.
  await db.client.query('begin');
  await db.client.query('update system_backup_chunks set last_use = (select epoch from system_backup_epoch)');
  const deleting = store.deleteChunks([chunk.id], epoch);
  await waitForLock(db);
  await db.client.query('commit');
  assert.deepEqual(await deleting, { chunks: 0, bytes: 0 });
  assert.notEqual((await store.getChunks([chunk.id]))[0], undefined);

  // The deletion comes first.
  await store.beginEpoch();
  await db.client.query('begin');
  await db.client.query('delete from system_backup_chunks');
  const using = store.useChunks([{ id: chunk.id, storedBytes: chunk.frame.length }]);
  await waitForLock(db);
  await db.client.query('commit');
  assert.deepEqual(await using, new Map());
  await store.putChunks([chunk]);
  assert.notEqual((await store.getChunks([chunk.id]))[0], undefined);
});

test('an epoch begins before a manifest is written, or after, never meanwhile', async (t) => {
  const db = await testDatabase(t);
  const { store, prepareBackup } = await openStore(t, db);
  const uuid = randomUUID();
  await prepareBackup(uuid);
  const chunk = chunkOf(randomBytes(100));
  await store.putChunks([chunk]);
  // Keeps the manifest from being written, at its last step.
  await db.client.query('begin');
  await db.client.query('select from system_backups for update');
  const putting = store.putManifest(uuid, { text: 'written' }, namesOf([chunk.id]));
  await waitForLock(db);
  const beginning = store.beginEpoch();
  await waitForLock(db, 2);
  await db.client.query('commit');
  await putting;
  await beginning;
  assert.deepEqual(await store.getManifest(uuid), { text: 'written' });
});
