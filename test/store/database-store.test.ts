import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { initialize } from '../../src/catalog/initialize.ts';
import { HoldfastError } from '../../src/base/errors.ts';
import { openPool } from '../../src/postgres/pool.ts';
import { databaseStore } from '../../src/store/database-store.ts';
import { encodeChunk } from '../../src/format/chunk.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { majors } from '../support/majors.ts';
import { storeConformance, type StoreUnderTest } from './conformance.ts';

const names = { chunks: 'public.system_backup_chunks', backups: 'public.system_backups' };

async function openStore(t: TestContext, db: TestDatabase): Promise<StoreUnderTest> {
  const pool = openPool(db.target, { max: 4, applicationName: 'test' });
  t.after(() => pool.close());
  await initialize(pool, 'public');
  return {
    store: databaseStore(pool, names),
    async prepareBackup(uuid) {
      await db.client.query(
        `insert into system_backups (uuid, type, status, trigger, store) values ($1, 'full', 'running', 'manual', 'database')`,
        [uuid],
      );
    },
  };
}

for (const major of [majors[0], majors.at(-1) ?? 18] as const) {
  storeConformance(`database store on ${major}`, async (t) => openStore(t, await testDatabase(t, { major })));
}

test('a chunk lies in the table as the specification says', async (t) => {
  const db = await testDatabase(t);
  const { store } = await openStore(t, db);
  const {
    chunk: { id, frame, rawBytes },
  } = await encodeChunk(randomBytes(3000), 3);
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
    store.hasChunks(['00'.repeat(32)]),
    (error: unknown) => error instanceof HoldfastError && error.code === 'STORE_FAILED',
  );
});
