import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRows } from '../../../src/engine/read/rows.ts';
import { verifyBackup } from '../../../src/engine/read/verify.ts';
import { maxSegments } from '../../../src/engine/backup/row-changes.ts';
import type { FinishedBackup } from '../../../src/engine/backup/backup.ts';
import type { TableReading } from '../../../src/engine/backup/table-reading.ts';
import type { ManifestTable } from '../../../src/format/manifest.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import { storeKeys } from '../../format/sealing/keys.ts';
import { assertSameDatabase } from '../../support/compare.ts';
import { testDatabase } from '../../support/database.ts';
import { majorsInTurn, inTurn } from '../../support/servers.ts';
import { runRestore } from '../runs.ts';
import { exactBackup } from './exact-backup.ts';
import { memoryPlace } from './known-place.ts';

/* A range that has changed before is compared row by row, and only its new rows are read. */

const control = { signal: new AbortController().signal, report: () => {} };
const orders = `
  create table orders (id int primary key, placed timestamptz, note text, twice int generated always as (id * 2) stored);
  insert into orders (id, placed, note) select i, now(), repeat(md5(i::text), 6) from generate_series(1, 60000) i`;

const reading = ({ readings }: FinishedBackup, name = 'orders'): TableReading =>
  readings.find((each) => each.name === name)!;
const tableOf = ({ manifest }: FinishedBackup, name = 'orders'): ManifestTable =>
  manifest.tables.find((each) => each.name === name)!;

for (const major of majorsInTurn(1)) {
  test(`only changed rows are read of a range that has changed before, on ${major}`, async (t) => {
    const db = await testDatabase(t, { major });
    await db.client.query(orders);
    const store = memoryStore({ sealed: true, ...storeKeys() });
    const known = memoryPlace();
    const take = async (...sql: string[]): Promise<FinishedBackup> => {
      for (const each of sql) await db.client.query(each);
      return exactBackup(db.target, store, { known });
    };
    const whole = reading(await take()).readRawBytes;
    const first = reading(await take(`update orders set note = 'one' where id % 1000 = 0`));
    assert.ok(first.readRawBytes > whole / 2 && first.rowsChanged === null);
    assert.ok(known.maps.size > 2);

    const second = await take(
      `update orders set note = 'two' where id % 500 = 1`,
      'delete from orders where id % 1000 = 2',
      `insert into orders (id, note) select i, 'new' from generate_series(100001, 100050) i`,
    );
    // A row that came and one that went may be one that was updated.
    const { rowsChanged, reason } = reading(second);
    assert.ok(rowsChanged! >= 120 + 60 && rowsChanged! <= 120 + 60 + 50, `${rowsChanged}`);
    assert.equal(reason, `${rowsChanged} rows changed`);
    assert.ok(reading(second).readRawBytes < whole / 100, `${reading(second).readRawBytes} bytes`);
    assert.ok(reading(second).readStoredBytes < tableOf(second).rawBytes / 100);
    const { ranges } = tableOf(second);
    assert.ok(ranges.every(({ drops, segments }) => drops && segments.length <= 2));
    assert.ok(ranges.some(({ segments }) => segments.length === 2));
    const none = reading(await take());
    assert.deepEqual([none.reason, none.readRawBytes], ['unchanged', 0]);
    assert.equal(reading(await take('vacuum freeze orders')).reason, 'unchanged');

    const gone = await take('delete from orders where id between 20000 and 20100');
    // One of them was deleted before.
    assert.equal(reading(gone).rowsChanged, 100);
    assert.equal(reading(gone).readRawBytes, 0, 'a deleted row is not read');
    assert.deepEqual(
      tableOf(gone).ranges.flatMap(({ segments }) => segments.map(({ chunks }) => chunks)),
      ranges.flatMap(({ segments }) => segments.map(({ chunks }) => chunks)),
    );

    // Row versions in places that others had before.
    await take(
      'vacuum orders',
      `insert into orders (id, note) select i, 'again' from generate_series(200001, 200300) i`,
    );
    const last = await take(`update orders set id = id + 1000000 where id % 700 = 3`);
    for (const range of tableOf(last).ranges) {
      const pieces: string[] = [];
      for await (const piece of readRows(store, [range], 'orders'))
        pieces.push(Buffer.from(piece).toString());
      const ids = pieces.join('').match(/^\d+/gm)!.map(Number);
      assert.equal(ids.length, range.rows);
      const [least, greatest] = range.keys!.map(Number);
      assert.ok(
        ids.every((id) => id >= least! && id <= greatest!),
        'the keys are bounds',
      );
    }
    await verifyBackup(store, last.manifest, control);
    const database = db.freeName();
    await runRestore(db.target, store, last.manifest, { target: { mode: 'new-database', database } });
    await assertSameDatabase((await db.adopt(database)).target, db.target);
  });
}

test('segments and dropped lines stay few, whatever number of backups there is', inTurn(0, 2), async (t) => {
  const db = await testDatabase(t);
  await db.client.query(orders);
  await db.client.query('delete from orders where id > 15000');
  await db.client.query('vacuum full orders');
  const store = memoryStore();
  const known = memoryPlace();
  let anew = 0;
  let last = await exactBackup(db.target, store, { known });
  for (let round = 0; round < 40; round++) {
    await db.client.query(`update orders set note = repeat(md5($1), 6) where id % 50 = $2`, [
      `${round}`,
      round % 50,
    ]);
    last = await exactBackup(db.target, store, { known });
    if (round > 0 && reading(last).readRawBytes > tableOf(last).rawBytes / 2) anew++;
    for (const { segments, rows } of tableOf(last).ranges) {
      assert.ok(segments.length <= maxSegments);
      const lines = segments.reduce((sum, segment) => sum + segment.lines, 0);
      assert.ok(rows >= (lines * 2) / 3 - 1, `${rows} rows in ${lines} lines`);
    }
  }
  assert.ok(anew >= 1 && anew <= 4, `${anew} times nearly all was read`);
  await verifyBackup(store, last.manifest, control);
});

test('a range is read as a whole where its map is lost, of other lines, damaged, or of another key', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(orders);
  const store = memoryStore({ sealed: true, ...storeKeys() });
  const known = memoryPlace();
  let round = 0;
  const change = () => db.client.query(`update orders set note = $1 where id % 900 = 1`, [`${round++}`]);
  const take = async (): Promise<TableReading> => {
    await change();
    return reading(await exactBackup(db.target, store, { known }));
  };
  await take();
  await take();
  assert.notEqual((await take()).rowsChanged, null);
  const harms: Record<string, () => Promise<void> | void> = {
    lost: () => known.maps.clear(),
    'of the lines of an earlier backup': async () => {
      const before = new Map(known.maps);
      await take();
      for (const [key, map] of before) known.maps.set(key, map);
    },
    'of another range': () => {
      const [one, other] = [...known.maps.keys()];
      known.maps.set(one!, { ...known.maps.get(other!)!, fromBlock: known.maps.get(one!)!.fromBlock });
    },
    damaged: () => {
      for (const { content } of known.maps.values()) content[content.length >> 1]! ^= 1;
    },
  };
  for (const [harm, apply] of Object.entries(harms)) {
    await apply();
    assert.equal((await take()).rowsChanged, null, harm);
    assert.notEqual((await take()).rowsChanged, null, `after one that was ${harm}`);
  }
  // A chunk that the store has no more.
  const { manifest } = await exactBackup(db.target, store, { known });
  const { ranges } = manifest.tables.find(({ name }) => name === 'orders')!;
  store.chunks.delete(ranges[0]!.segments[0]!.chunks[0]!.id);
  assert.equal((await take()).rowsChanged, null);
  assert.notEqual((await take()).rowsChanged, null);
  store.chunks.delete((await lastOf()).ranges[0]!.drops!.id);
  assert.equal(
    (await exactBackup(db.target, store, { known })).readings.find(({ name }) => name === 'orders')!.ranges
      .changed,
    1,
  );

  async function lastOf(): Promise<ManifestTable> {
    await change();
    return tableOf(await exactBackup(db.target, store, { known }));
  }
});

test('a backup that was cut off leaves maps that fit, or none', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(orders);
  const store = memoryStore();
  const known = memoryPlace();
  await exactBackup(db.target, store, { known });
  await db.client.query(`update orders set note = 'one' where id % 100 = 0`);
  const { saveMaps, save } = known;
  // Maps are written, and what is known of the ranges is not; then the other way round.
  for (const lost of ['save', 'saveMaps'] as const) {
    known[lost] = async () => {};
    await db.client.query(`update orders set note = $1 where id % 100 = 1`, [lost]);
    await exactBackup(db.target, store, { known });
    Object.assign(known, { saveMaps, save });
    await db.client.query(`update orders set note = $1 where id % 100 = 2`, [lost]);
    await exactBackup(db.target, store, { known });
  }
});

test('rows of any form are followed: without columns to speak of, with long ones, as bytes', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(`
    create table no_columns ();
    insert into no_columns select from generate_series(1, 100);
    create table only_generated (g int generated always as (7) stored);
    insert into only_generated select from generate_series(1, 100);
    create table texts (t text);
    insert into texts select E'(1,2)\\t3\\t\\n\\\\.' || i from generate_series(1, 500) i;
    create table long (i int, t text);
    insert into long select i, (select string_agg(md5((i * j)::text), '') from generate_series(1, 60000) j) from generate_series(1, 12) i;
    create table "odd "" name" ("odd "" column" int, "Ctid " int);
    insert into "odd "" name" select i, i from generate_series(1, 500) i`);
  const store = memoryStore();
  const known = memoryPlace();
  const take = () => exactBackup(db.target, store, { known });
  await take();
  for (let round = 1; round <= 4; round++) {
    await db.client.query(`
      insert into no_columns select from generate_series(1, 3);
      insert into only_generated select from generate_series(1, 3);
      update texts set t = t || 'x' where ctid = any (select ctid from texts limit ${round * 3});
      update long set t = t || 'x' where i = ${round};
      update "odd "" name" set "Ctid " = 0 where "odd "" column" % 20 = ${round}`);
    const last = await take();
    if (round === 1) continue;
    assert.equal(reading(last, 'texts').rowsChanged, round * 3);
    assert.equal(reading(last, 'odd " name').rowsChanged, 25);
    assert.ok(reading(last, 'long').readRawBytes < 3_000_000 * round);
  }
});
