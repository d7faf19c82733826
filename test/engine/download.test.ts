import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { HoldfastError } from '../../src/base/errors.ts';
import { exportSql } from '../../src/engine/read/download.ts';
import { sqlFormats } from '../../src/contract/backup.ts';
import { rangeChunks } from '../../src/format/manifest.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { assertSameDatabase } from '../support/compare.ts';
import { testDatabase } from '../support/database.ts';
import { psqlOrSkip } from '../support/psql.ts';
import { createKitchenSink } from '../kitchen-sink/kitchen-sink.ts';
import { takeBackup } from './runs.ts';
import { psql, script } from './script.ts';

for (const major of [14, 16, 18] as const) {
  for (const format of major === 18 ? sqlFormats : (['sql.zst'] as const)) {
    test(
      `PostgreSQL ${major}: the kitchen sink as ${format} restores with psql alone`,
      psqlOrSkip,
      async (t) => {
        const db = await testDatabase(t, { major });
        await createKitchenSink(db.client, major);
        const store = memoryStore();
        const manifest = await takeBackup(db.target, store);
        const empty = await db.createDatabase();
        await psql(empty.connectionString, script(store, manifest, format));
        await assertSameDatabase(empty.target, db.target);
      },
    );
  }
}

test('a partial backup restores with psql, without the keys that cannot hold', psqlOrSkip, async (t) => {
  const db = await testDatabase(t);
  await db.client.query(`
    create table a (id int primary key); create table b (id int primary key, a int references a);
    insert into a values (1), (2); insert into b values (1, 1), (2, 2); select lo_from_bytea(0, 'x')`);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store, { tables: ['b'] });
  const empty = await db.createDatabase();
  await psql(empty.connectionString, script(store, manifest, 'sql'));
  const { rows } = await empty.client.query(
    `select (select count(*) from a) as a, (select count(*) from b) as b,
      (select count(*) from pg_constraint where contype = 'f') as keys`,
  );
  assert.deepEqual(rows, [{ a: '0', b: '2', keys: '0' }]);
});

test('a zstd download passes stored frames on as they are', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(`create table t as select i, md5(i::text) from generate_series(1, 50000) i`);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  const bytes = Buffer.concat(
    await Readable.fromWeb(exportSql(store, manifest, 'sql.zst') as never).toArray(),
  );
  const chunks = manifest.tables.flatMap(({ ranges }) => rangeChunks(ranges));
  assert.ok(chunks.length > 0);
  for (const { id } of chunks) assert.ok(bytes.includes(Buffer.from(store.chunks.get(id)!.frame)));
});

for (const format of sqlFormats) {
  test(`a ${format} download of a damaged backup breaks, and never ends cleanly`, async (t) => {
    const db = await testDatabase(t);
    await db.client.query(`create table t as select i, md5(i::text) from generate_series(1, 1000) i`);
    const store = memoryStore();
    const manifest = await takeBackup(db.target, store);
    for (const [id, chunk] of store.chunks) {
      const frame = Uint8Array.from(chunk.frame);
      frame[frame.length >> 1] = (frame[frame.length >> 1] ?? 0) ^ 4;
      store.chunks.set(id, { ...chunk, frame });
    }
    await assert.rejects(
      Readable.fromWeb(exportSql(store, manifest, format) as never).toArray(),
      (error: unknown) => error instanceof HoldfastError && error.code === 'CHUNK_CORRUPT',
    );
  });
}
