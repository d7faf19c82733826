import assert from 'node:assert/strict';
import { test } from 'node:test';
import type pg from 'pg';
import { decodeChunk, maxChunkBytes } from '../../src/format/chunk.ts';
import { rangeChunks } from '../../src/format/manifest.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { testDatabase } from '../support/database.ts';
import { runRestore, takeBackup } from './runs.ts';

const mib = 1024 * 1024;

async function digests(client: pg.Client): Promise<unknown[]> {
  const { rows } = await client.query(
    'select id, length(text), md5(text), length(bytes), md5(bytes) as bytes from large order by id',
  );
  return rows;
}

/** The most memory the process holds more than before, while something runs. */
async function memoryGrowth<T>(work: () => Promise<T>): Promise<[result: T, mib: number]> {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 20);
  try {
    return [await work(), Math.round((most - before) / mib)];
  } finally {
    clearInterval(timer);
  }
}

test('rows of 40 MiB and more are cut into chunks and put together again, in little memory', async (t) => {
  const db = await testDatabase(t);
  // The values compress well, so that the store, which is in this process, does not count.
  await db.client.query(`
    create table large (id int primary key, text text, bytes bytea);
    insert into large values
      (1, 'small', '\\x01'),
      (2, repeat(E'line\\n\\t\\\\' || md5('2'), ${Math.ceil((40 * mib) / 39)}), null),
      (3, 'small', repeat(md5('3'), ${(40 * mib) / 32})::bytea),
      (4, repeat(md5('4'), ${(8 * mib) / 32}), repeat(md5('5'), ${(8 * mib) / 32})::bytea),
      (5, '', '')`);
  const before = await digests(db.client);
  const store = memoryStore();
  const [manifest, backupMib] = await memoryGrowth(() => takeBackup(db.target, store, { jobs: 1 }));
  assert.equal(manifest.totals.rows, 5);
  assert.ok(manifest.totals.rawBytes > (40 + 80 + 8 + 16) * mib);

  // Put together in order, the chunks are whole rows; by themselves hardly any of them is.
  let rows = 0;
  let withoutEnd = 0;
  let rawBytes = 0;
  for (const table of manifest.tables) {
    for (const range of table.ranges) {
      let last = 0x0a;
      for (const reference of rangeChunks([range])) {
        assert.ok(reference.rawBytes <= maxChunkBytes);
        const raw = await decodeChunk(
          reference,
          store.chunks.get(reference.id)?.frame ?? new Uint8Array(),
          undefined,
        );
        let ends = 0;
        for (let at = raw.indexOf(0x0a); at >= 0; at = raw.indexOf(0x0a, at + 1)) ends++;
        rows += ends;
        rawBytes += raw.length;
        if (ends === 0) withoutEnd++;
        last = raw.at(-1) ?? 0;
      }
      assert.equal(last, 0x0a, 'a range ends with a row');
    }
  }
  assert.equal(rows, 5);
  assert.equal(rawBytes, manifest.totals.rawBytes);
  assert.ok(withoutEnd > 5, `${withoutEnd} chunks in the midst of a row`);

  const name = db.freeName();
  const [, newMib] = await memoryGrowth(() =>
    runRestore(db.target, store, manifest, { target: { mode: 'new-database', database: name }, jobs: 1 }),
  );
  assert.deepEqual(await digests((await db.adopt(name)).client), before);
  await db.client.query(`delete from large where id > 2; update large set text = 'x'`);
  const [, inPlaceMib] = await memoryGrowth(() =>
    runRestore(db.target, store, manifest, { target: { mode: 'in-place' } }),
  );
  assert.deepEqual(await digests(db.client), before);
  const growth = { backupMib, newMib, inPlaceMib };
  t.diagnostic(JSON.stringify(growth));
  assert.ok(Math.max(...Object.values(growth)) < 150, JSON.stringify(growth));
});
