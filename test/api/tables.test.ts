import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smallShop, testSystem } from './system.ts';

const base = '/api/admin';

test('the tables of the database, with their sizes, and without our own', async (t) => {
  const { call, db } = await testSystem(t, { sql: smallShop });
  await db.client.query(`
    create schema "Odd ""schema""";
    create table "Odd ""schema"""."t a" (id int);
    create table days (day date not null, n int) partition by range (day);
    create table days_1 partition of days for values from ('2026-01-01') to ('2026-02-01');
    insert into days select '2026-01-05', n from generate_series(1, 1000) n;
    create temporary table passing (id int);
    create view a_view as select 1 as one;
    analyze`);
  const answer = await call('GET', `${base}/tables`);
  assert.equal(answer.status, 200);
  const tables = answer.body.tables as {
    table: string;
    kind: string;
    partitions: number;
    estimatedRows: number | null;
    totalBytes: number;
  }[];
  assert.deepEqual(
    tables.map(({ table, kind }) => [table, kind]),
    [
      ['Odd "schema".t a', 'table'],
      ['public.customers', 'table'],
      ['public.days', 'partitioned'],
      ['public.days_1', 'partition'],
      ['public.orders', 'table'],
    ],
  );
  const of = (name: string) => tables.find(({ table }) => table === name)!;
  assert.equal(of('public.orders').estimatedRows, 500);
  assert.ok(of('public.orders').totalBytes > 8_192);
  assert.equal(of('public.days').partitions, 1);
  assert.equal(of('public.days_1').partitions, 0);
  assert.equal(of('public.days').estimatedRows, 1_000);
  assert.equal(of('public.days').totalBytes, of('public.days_1').totalBytes);
});

test('every table it names can be backed up by that name', async (t) => {
  const { api } = await testSystem(t, { sql: smallShop });
  const { tables } = await api.listTables();
  const backup = await api.createBackup({
    type: 'partial',
    tables: tables.map(({ table }) => table),
    wait: true,
  });
  assert.equal(backup.tableCount, 2);
});

test('the schema of a backup is SQL that makes its tables', async (t) => {
  const { api, call, db } = await testSystem(t, { sql: smallShop });
  const backup = await api.createBackup({ wait: true });
  const answer = await call('GET', `${base}/backup/${backup.id}/schema`);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'application/sql; charset=utf-8');
  assert.equal(answer.text, await api.getBackupSchema(backup.id));
  assert.match(answer.text, /CREATE TABLE public\.orders/);
  assert.ok(answer.text.indexOf('CREATE TABLE public.orders') < answer.text.indexOf('FOREIGN KEY'));
  assert.doesNotMatch(answer.text, /COPY|customer 1\b|system_backups/);
  await db.client.query('drop table orders, customers');
  await db.client.query(`set check_function_bodies = off; ${answer.text}`);
  const { rows } = await db.client.query('select count(*)::int as n from public.orders');
  assert.deepEqual(rows, [{ n: 0 }]);

  const missing = await call('GET', `${base}/backup/4711/schema`);
  assert.equal(missing.body.code, 'BACKUP_NOT_FOUND');
});

test('a list of backups can be narrowed down', async (t) => {
  const { api, call } = await testSystem(t, { sql: smallShop });
  const first = await api.createBackup({ description: 'Before the 50% migration', wait: true });
  const second = await api.createBackup({ type: 'partial', tables: ['orders'], wait: true });
  await api.pinBackup(second.id);
  const ids = async (query: string): Promise<number[]> => {
    const { status, body } = await call('GET', `${base}/backup?${query}`);
    assert.equal(status, 200, query);
    assert.equal(body.total, body.backups.length);
    return body.backups.map(({ id }: { id: number }) => id);
  };
  assert.deepEqual(await ids('type=partial'), [second.id]);
  assert.deepEqual(await ids('pinned=true'), [second.id]);
  assert.deepEqual(await ids('pinned=false'), [first.id]);
  assert.deepEqual(await ids('q=MIGRATION'), [first.id]);
  assert.deepEqual(await ids('q=0%25'), [first.id]);
  assert.deepEqual(await ids('q=5_%25'), []);
  assert.deepEqual(await ids('q=rder'), [second.id]);
  assert.deepEqual(await ids(`q=${second.id}`), [second.id]);
  assert.deepEqual(await ids('trigger=schedule'), []);
  assert.deepEqual(await ids('trigger=manual&status=completed'), [second.id, first.id]);
  assert.equal((await call('GET', `${base}/backup?trigger=cron`)).status, 400);
  assert.equal((await call('GET', `${base}/backup?id=${first.id}&q=x`)).status, 400);
  const page = await api.listBackups({ q: 'migration', limit: 1 });
  assert.equal(page.nextCursor, undefined);
});

test('a backup says what it was made with', async (t) => {
  const { api } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  const { contents } = await api.getBackup(id);
  assert.equal(contents?.encoding, 'UTF8');
  assert.equal(contents.settings['TimeZone'], 'UTC');
  assert.match(contents.dumper, /pg_dump/);
  assert.deepEqual(
    contents.tables.map(({ table, chunks }) => [table, chunks]),
    [
      ['public.customers', 1],
      ['public.orders', 1],
    ],
  );
});

test('a backup says how much of it was not in the store before', async (t) => {
  const { api, db } = await testSystem(t, { sql: smallShop });
  const first = await api.createBackup({ wait: true });
  assert.equal(first.newBytes, first.storedBytes);
  const again = await api.createBackup({ wait: true });
  assert.equal(again.newBytes, 0);
  assert.equal(again.storedBytes, first.storedBytes);
  await db.client.query(`update customers set name = 'other' where id = 1`);
  const changed = await api.createBackup({ wait: true });
  assert.ok(changed.newBytes! > 0 && changed.newBytes! < changed.storedBytes!);
});

test('while somebody changes a table, the list comes all the same', async (t) => {
  const { api, db } = await testSystem(t, { sql: smallShop });
  await db.client.query('analyze; begin; lock table orders in access exclusive mode');
  const { tables } = await api.listTables();
  assert.deepEqual(
    tables.map(({ table, totalBytes }) => [table, totalBytes > 0]),
    [
      ['public.customers', true],
      ['public.orders', true],
    ],
  );
  await db.client.query('rollback');
});

test('tables of the newest good full backup that the database has no more', async (t) => {
  const { api, call, db } = await testSystem(t, { sql: smallShop });
  const missing = async () => (await call('GET', `${base}/tables/missing`)).body;
  assert.deepEqual(await missing(), { backup: null, total: 0, tables: [] });
  await db.client.query(`
    create schema sales; create table sales.orders (id int); create table rare (id int);
    create table days (day date not null) partition by range (day);
    create table days_1 partition of days for values from ('2026-01-01') to ('2026-02-01')`);
  const first = await api.createBackup({ wait: true });
  assert.equal((await missing()).total, 0);

  await db.client.query(`drop table orders, days_1; alter table rare rename to "Rare"`);
  const found = await missing();
  assert.equal(found.backup.id, first.id);
  assert.deepEqual(found.tables, [
    { table: 'public.orders', rows: 500 },
    { table: 'public.days_1', rows: 0 },
    { table: 'public.rare', rows: 0 },
  ]);
  // What a backup of some tables, or one before a restore, lacks says nothing.
  await api.createBackup({ type: 'partial', tables: ['customers'], wait: true });
  assert.equal((await missing()).total, 3);
  // A table of the same name elsewhere is another one.
  await db.client.query('drop table sales.orders');
  assert.equal((await missing()).total, 4);
  await api.createBackup({ wait: true });
  assert.equal((await missing()).total, 0);
});

test('however many tables are missing, the answer is short, and the largest are named', async (t) => {
  const { api, db } = await testSystem(t, {
    sql: `do $$ begin for i in 1..150 loop execute format('create table many_%s (id int)', i); end loop; end $$;
      insert into many_77 select generate_series(1, 10)`,
  });
  await api.createBackup({ wait: true });
  await db.client.query(
    `do $$ begin for i in 1..150 loop execute format('drop table many_%s', i); end loop; end $$`,
  );
  const { total, tables } = await api.missingTables();
  assert.equal(total, 150);
  assert.equal(tables.length, 100);
  assert.deepEqual(tables[0], { table: 'public.many_77', rows: 10 });
});
