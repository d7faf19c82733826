import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryStore } from '../../../src/store/memory.ts';
import type { TableReading } from '../../../src/engine/backup/table-reading.ts';
import { openClient } from '../../support/connect.ts';
import { testDatabase } from '../../support/database.ts';
import { oneInTurn, outermostMajors } from '../../support/servers.ts';
import { exactBackup } from './exact-backup.ts';
import { memoryPlace } from './known-place.ts';

const shop = `
  create type size as enum ('small', 'large');
  create table orders (id bigserial primary key, placed timestamptz, note text, size size);
  insert into orders (placed, note, size) select now() - make_interval(secs => i), repeat(md5(i::text), 6), 'small' from generate_series(1, 60000) i;
  create table events (id uuid primary key, what jsonb);
  insert into events select md5(i::text)::uuid, jsonb_build_object('n', i) from generate_series(1, 3000) i;
  create table small (id int primary key, v text);
  insert into small values (1, 'one'), (2, 'two');
  create table empty (id int primary key);
  create table named (id int primary key, what regclass);
  insert into named values (1, 'orders');`;

const by = (readings: readonly TableReading[], name: string): TableReading =>
  readings.find((reading) => reading.name === name)!;

for (const major of oneInTurn(outermostMajors)) {
  test(`what has not changed is not read, what has is, on ${major}`, async (t) => {
    const db = await testDatabase(t, { major });
    await db.client.query(shop);
    const store = memoryStore();
    const known = memoryPlace();
    const take = () => exactBackup(db.target, store, { known });
    const first = await take();
    assert.equal(by(first.readings, 'orders').reason, 'read: for the first time');
    const orders = first.manifest.tables.find(({ name }) => name === 'orders')!;
    assert.ok(orders.ranges.length > 2);
    assert.equal(orders.keyColumn, 'id');
    assert.equal(orders.ranges[0]!.keys![0], '1');
    assert.equal(orders.ranges.at(-1)!.keys![1], '60000');

    const saved = known.saved;
    const again = await take();
    assert.deepEqual(again.manifest.tables, first.manifest.tables);
    assert.equal(known.saved, saved, 'what is known stays as it is');
    for (const name of ['orders', 'events', 'small', 'empty']) {
      const reading = by(again.readings, name);
      assert.equal(reading.reason, 'unchanged', name);
      assert.equal(reading.readRawBytes, 0);
    }
    assert.equal(
      by(again.readings, 'named').reason,
      'read: the text of its values of type regclass depends on more than the rows',
    );

    await db.client.query('vacuum freeze orders');
    assert.equal(by((await take()).readings, 'orders').reason, 'unchanged');

    await db.client.query(`update orders set note = 'changed' where id = 100`);
    const changed = by((await take()).readings, 'orders');
    assert.ok(changed.ranges.changed >= 1 && changed.ranges.changed <= 2, changed.reason);
    assert.ok(changed.ranges.unchanged >= orders.ranges.length - 2);

    await db.client.query(`delete from orders where id between 30000 and 30010`);
    assert.equal(by((await take()).readings, 'orders').ranges.changed, 1);
  });

  test(`where the same row may have another text, the table is read, on ${major}`, async (t) => {
    const db = await testDatabase(t, { major });
    await db.client.query(`${shop}
      create type pair as (a size, b int);
      create domain sizes as size[];
      create table deep (id int primary key, p pair, s sizes, r pair[]);
      insert into deep values (1, ('small', 1), array['small', 'large']::size[], array[('large', 2)::pair])`);
    const store = memoryStore();
    const known = memoryPlace();
    const take = async () => (await exactBackup(db.target, store, { known })).readings;
    await take();
    const because = async (sql: string, table: string): Promise<string> => {
      await db.client.query(sql);
      return by(await take(), table).reason;
    };
    const types = 'read: a type of its columns changed';
    assert.equal(await because(`alter type size rename value 'small' to 'tiny'`, 'orders'), types);
    assert.equal(await because(`alter type size rename value 'tiny' to 'small'`, 'deep'), types);
    assert.equal(await because(`alter type pair add attribute c text`, 'deep'), types);
    const columns = 'read: its columns changed';
    assert.equal(await because(`alter table orders add column extra int default 7`, 'orders'), columns);
    assert.equal(await because(`alter table orders drop column note`, 'orders'), columns);
    assert.equal(await because(`alter table small alter column id type bigint`, 'small'), columns);
    const rewritten = 'read: it was rewritten or truncated';
    assert.equal(await because(`vacuum full events`, 'events'), rewritten);
    assert.equal(await because(`cluster events using events_pkey`, 'events'), rewritten);
    assert.equal(await because(`truncate small`, 'small'), rewritten);
    assert.equal(await because(`insert into empty values (1)`, 'empty'), '1 of 1 range changed');
    await db.client.query('create table fresh as select 1 as a');
    assert.equal(by(await take(), 'fresh').reason, 'read: for the first time');
    const full = await exactBackup(db.target, store, { known, full: true });
    assert.equal(by(full.readings, 'orders').reason, 'read: in full, as asked');
    assert.equal(by(await take(), 'orders').reason, 'unchanged');
    const other = await exactBackup(db.target, store, { known, compressionLevel: 2 });
    assert.equal(by(other.readings, 'orders').reason, 'read: the settings or keys of backups changed');
  });
}

test('a chunk that the store has no more is read from the table again', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(shop);
  const store = memoryStore();
  const known = memoryPlace();
  const first = await exactBackup(db.target, store, { known });
  const orders = first.manifest.tables.find(({ name }) => name === 'orders')!;
  await store.markDamaged([orders.ranges[1]!.segments[0]!.chunks[0]!.id]);
  const { readings } = await exactBackup(db.target, store, { known });
  assert.equal(by(readings, 'orders').ranges.changed, 1);
  assert.equal(by(readings, 'events').reason, 'unchanged');
});

test('a label that is renamed while rows are read is not mixed with the definition of the snapshot', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(shop);
  const store = memoryStore();
  const known = memoryPlace();
  await exactBackup(db.target, store, { known });
  const other = await openClient(db.target);
  t.after(() => other.end());
  const rename = {
    ...known,
    load: async () => (await other.query(`alter type size rename value 'small' to 'tiny'`), []),
  };
  await assert.rejects(exactBackup(db.target, store, { known: rename }), {
    code: 'TABLE_VANISHED',
    message: 'Types were altered while rows that have values of them were read: public.size.',
  });
  await exactBackup(db.target, store, { known });
});

test('the ends of a range are told of texts only where their bytes are in the order of UTF-8', async (t) => {
  const db = await testDatabase(t);
  for (const [encoding, told] of [
    ['UTF8', true],
    ['EUC_JP', false],
    ['SQL_ASCII', false],
  ] as const) {
    const name = db.freeName();
    await db.client.query(`create database "${name}" encoding '${encoding}' locale 'C' template template0`);
    const { client, target } = await db.adopt(name);
    await client.query(`create table a (k text primary key); insert into a values ('x'), ('y');
      create table b (k int primary key); insert into b values (1), (2)`);
    const { manifest } = await exactBackup(target, memoryStore(), { known: memoryPlace() });
    const keysOf = (table: string) => manifest.tables.find((each) => each.name === table)!.ranges[0]!.keys;
    assert.deepEqual(keysOf('a'), told ? ['x', 'y'] : undefined, encoding);
    assert.deepEqual(keysOf('b'), ['1', '2'], encoding);
  }
});
