import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rangeChunks, type Manifest } from '../../src/format/manifest.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { plainRole } from '../api/role.ts';
import { assertSameDatabase } from '../support/compare.ts';
import { testDatabase } from '../support/database.ts';
import { runRestore, takeBackup } from './runs.ts';

function chunkIds(manifest: Manifest): Set<string> {
  return new Set(manifest.tables.flatMap((table) => rangeChunks(table.ranges).map((chunk) => chunk.id)));
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
  const stored = new Set(store.chunks.keys());
  const second = await takeBackup(db.target, store);
  const shared = [...chunkIds(second)].filter((id) => before.has(id));
  // Another are the one with the changed row, the last one of before, which has been filled up, and what is new.
  assert.ok(shared.length >= before.size - 3, `${shared.length} of ${before.size} are shared`);
  const stays = [...chunkIds(second)].filter((id) => stored.has(id));
  assert.equal(stays.length, shared.length, 'the others are new');
});

test('of a table that is read in one piece, as it is not ours, only what changed is stored again', async (t) => {
  const db = await testDatabase(t);
  const { role, target } = await plainRole(db);
  await db.client.query(`
    create role "${role}_owner"; grant pg_read_all_data to "${role}";
    create table log (id bigserial primary key, what text); alter table log owner to "${role}_owner";
    insert into log (what) select md5(i::text) || repeat(md5((i * 7)::text), 10) from generate_series(1, 120000) i`);
  db.afterwards(`drop role "${role}_owner"`);
  const store = memoryStore();
  const first = await takeBackup(target, store);
  const [{ ranges }] = first.tables as [Manifest['tables'][number]];
  assert.equal(ranges.length, 1);
  const again = await takeBackup(target, store, { jobs: 4 });
  assert.deepEqual(again.tables, first.tables, 'chunks depend on the rows alone, not on how they arrived');
  const before = chunkIds(first);
  const sizes = rangeChunks(ranges).map(({ rawBytes }) => rawBytes);
  assert.ok(before.size > 8 && Math.max(...sizes) <= 4 * 1024 * 1024);
  assert.ok(Math.min(...sizes.slice(0, -1)) >= 1024 * 1024);

  // Everything behind these rows comes at another place than before.
  await db.client
    .query(`delete from log where id in (50, 20000); update log set what = 'changed' where id = 60000;
    insert into log (what) select repeat(md5(i::text), 10) from generate_series(1, 3000) i`);
  const second = await takeBackup(target, store);
  const shared = [...chunkIds(second)].filter((id) => before.has(id));
  assert.ok(shared.length >= before.size - 9, `${shared.length} of ${before.size} are shared`);
  assert.ok(shared.length >= before.size / 2, `${shared.length} of ${before.size} are shared`);
  const name = db.freeName();
  await runRestore(db.target, store, second, { target: { mode: 'new-database', database: name } });
  await assertSameDatabase((await db.adopt(name)).target, db.target);
});
