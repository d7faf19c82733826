import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Manifest } from '../../src/format/manifest.ts';
import { memoryStore } from '../../src/store/memory-store.ts';
import { testDatabase } from '../support/database.ts';
import { takeBackup } from './runs.ts';

function chunkIds(manifest: Manifest): Set<string> {
  return new Set(
    manifest.tables.flatMap((table) =>
      table.ranges.flatMap((range) => range.chunks.map((chunk) => chunk.id)),
    ),
  );
}

test('of a table that grew and changed in one place, only that is stored again', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(`
    create table log (id bigserial primary key, what text);
    insert into log (what) select md5(i::text) || repeat(md5((i * 7)::text), 10) from generate_series(1, 120000) i`);
  const store = memoryStore();
  const first = await takeBackup(db.target, store);
  const again = await takeBackup(db.target, store, { jobs: 4 });
  assert.deepEqual(again.tables, first.tables, 'chunks depend on the rows alone, not on how they arrived');
  const before = chunkIds(first);
  assert.ok(before.size > 8);

  await db.client.query(`
    insert into log (what) select repeat(md5(i::text), 10) from generate_series(1, 9000) i;
    update log set what = 'changed' where id = 60000`);
  const stored = store.chunks.size;
  const second = await takeBackup(db.target, store);
  const shared = [...chunkIds(second)].filter((id) => before.has(id));
  // Another are the one with the changed row, the last one of before, which has been filled up, and what is new.
  assert.ok(shared.length >= before.size - 3, `${shared.length} of ${before.size} are shared`);
  assert.equal(store.chunks.size - stored, chunkIds(second).size - shared.length);
});
