/** Which tables of a backup a name means: one owner for looking, comparing and restoring rows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HoldfastError } from '../../src/base/errors.ts';
import { diffRows } from '../../src/engine/diff/diff.ts';
import { backupSide, rowsOf } from '../../src/engine/diff/backup-side.ts';
import { withLiveSide } from '../../src/engine/diff/live-side.ts';
import { tablesNamed } from '../../src/engine/entries/named-tables.ts';
import { findRows } from '../../src/engine/look/find-rows.ts';
import { displayName } from '../../src/postgres/identifiers.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { testDatabase } from '../support/database.ts';
import { takeBackup } from './runs.ts';

test('a name means exactly its table, and of a partitioned one its partitions', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(`
    create table animals (id int primary key, name text);
    create table dogs (breed text, primary key (id)) inherits (animals);
    insert into animals values (1, 'cat'); insert into dogs values (1, 'rex', 'husky'), (2, 'bo', 'pug');
    create table days (day date, n int) partition by range (day);
    create table days_old partition of days for values from ('2020-01-01') to ('2025-01-01');
    create table days_new partition of days for values from ('2025-01-01') to ('2030-01-01') partition by range (day);
    create table "days.first" partition of days_new for values from ('2025-01-01') to ('2027-01-01');
    create table days_rest partition of days_new default;
    create schema a; create schema "a.b";
    create table a."b.c" (id int); create table "a.b".c (id int);
    create table odd (note text default E') \\nPARTITION BY x', id int primary key); create table odder () inherits (odd)`);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  const names = (name: string): string[] => tablesNamed(manifest, name).map(displayName).toSorted();
  assert.deepEqual(names('animals'), ['public.animals']);
  assert.deepEqual(names('dogs'), ['public.dogs']);
  assert.deepEqual(names('days'), ['public.days.first', 'public.days_old', 'public.days_rest']);
  assert.deepEqual(names('days_new'), ['public.days.first', 'public.days_rest']);
  assert.deepEqual(names('"public"."days.first"'), ['public.days.first']);
  assert.deepEqual(names('"a"."b.c"'), ['a.b.c']);
  assert.deepEqual(names('odd'), ['public.odd']);
  const refused = (name: string, code: string, of = manifest): void =>
    assert.throws(
      () => tablesNamed(of, name),
      (error) => error instanceof HoldfastError && error.code === code,
      name,
    );
  refused('a.b.c', 'INVALID_REQUEST');
  refused('public.*', 'INVALID_REQUEST');
  refused('nothing', 'TABLES_NOT_FOUND');

  await t.test('rows of a parent are shown without those of its children', async () => {
    assert.deepEqual((await findRows(store, manifest, { table: 'animals', limit: 9 })).rows, [['1', 'cat']]);
  });

  await t.test('and compared without them, on both sides', async () => {
    const tables = tablesNamed(manifest, 'animals');
    const parts = tables.map((table) => ({ table, ranges: table.ranges }));
    const { signal } = new AbortController();
    const backup = backupSide('the backup', store, parts, signal);
    const compared = await withLiveSide(db.target, manifest, 'animals', 5_000, signal, (other) =>
      diffRows({ backup, backupRows: rowsOf(parts), other, key: ['id'], unchanged: 0 }, 10),
    );
    const { added, removed, changed, unchanged } = compared;
    assert.deepEqual([added, removed, changed, unchanged], [0, 0, 0, 1]);
  });

  await t.test('a parent that a backup of the child alone does not have is not there', async () => {
    const partial = await takeBackup(db.target, memoryStore(), { tables: ['dogs', 'days_old'] });
    refused('animals', 'TABLES_NOT_FOUND', partial);
    assert.deepEqual(tablesNamed(partial, 'days').map(displayName), ['public.days_old']);
  });
});
