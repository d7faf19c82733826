import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { createSampleShop } from '../../src/cli/sample-shop/sample-shop.ts';
import { quoteIdentifier } from '../../src/postgres/identifiers.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { readGolden, versions } from '../format/golden-archives.ts';
import { createKitchenSink, kitchenSinkRoles } from '../kitchen-sink/kitchen-sink.ts';
import { testDatabase } from '../support/database.ts';
import {
  everyTest,
  majorsInTurn,
  oneInTurn,
  outermostMajors,
  privateServer,
  inTurn,
} from '../support/servers.ts';
import { runDrill, shownProblems } from './drills.ts';
import { takeBackup } from './runs.ts';

/* Good backups of all that the other tests know are never failed. */

test('the sample shop', async (t) => {
  const { client, target } = await testDatabase(t);
  await createSampleShop(client);
  const store = memoryStore();
  const found = await runDrill(store, await takeBackup(target, store));
  assert.equal(found.verdict, 'passed', shownProblems(found));
});

const folder = path.join(import.meta.dirname, '../cases');

test('every small database that went wrong once, on a server like the source', inTurn(0, 2), async (t) => {
  const db = await testDatabase(t);
  const other = await privateServer(t);
  const files = (await fs.readdir(folder)).filter((name) => name.endsWith('.sql'));
  // Others in each run, unless all are asked for.
  const turn = Math.floor(Math.random() * 3);
  for (const file of files.filter((_, place) => everyTest || place % 3 === turn)) {
    const sql = await fs.readFile(path.join(folder, file), 'utf8');
    const source = await db.createDatabase();
    await source.client.query(sql.replaceAll(':DBNAME', quoteIdentifier(source.name)));
    await source.client.query('reset all');
    const { rows } = await source.client.query<{ name: string }>(
      `select rolname as name from pg_roles where rolname !~ '^pg_'`,
    );
    const admin = await other.client();
    for (const { name } of rows)
      await admin.query(
        `do $do$ begin create role ${quoteIdentifier(name)}; exception when duplicate_object then null; end $do$`,
      );
    const store = memoryStore();
    const found = await runDrill(store, await takeBackup(source.target, store), {
      target: { kind: 'url', server: other.target() },
    });
    // What a restore refuses, because the backup itself does not come back as it is, is no good backup.
    const [, code] = /^-- refused: (\S+)/m.exec(sql) ?? [];
    assert.equal(found.verdict, code === undefined ? 'passed' : 'failed', `${file}: ${shownProblems(found)}`);
    if (code !== undefined) assert.equal(found.cause?.code, code, file);
    await source.client.end();
  }
});

for (const major of oneInTurn(outermostMajors)) {
  test(`the kitchen sink, on a server like the source, PostgreSQL ${major}`, async (t) => {
    const { client, target } = await testDatabase(t, { major });
    await createKitchenSink(client, major);
    const other = await privateServer(t, { major });
    const admin = await other.client();
    for (const role of kitchenSinkRoles) await admin.query(`create role ${quoteIdentifier(role)}`);
    const store = memoryStore();
    const found = await runDrill(store, await takeBackup(target, store), {
      target: { kind: 'url', server: other.target() },
    });
    assert.equal(found.verdict, 'passed', shownProblems(found));
  });
}

for (const major of majorsInTurn(0)) {
  test(`the sample shop of PostgreSQL ${major}, on a server of our own`, async (t) => {
    const { client, target } = await testDatabase(t, { major });
    await createSampleShop(client);
    const store = memoryStore();
    const found = await runDrill(store, await takeBackup(target, store));
    assert.equal(found.verdict, 'passed', shownProblems(found));
  });
}

for (const version of versions) {
  test(`the archive of ${version} that is kept for ever`, async () => {
    const { store, document, manifest } = await readGolden(version);
    const found = await runDrill(store, manifest, { document });
    assert.equal(found.verdict, 'passed', shownProblems(found));
  });
}

test('a partial backup, whose foreign key leads to a table that it does not have', async (t) => {
  const { client, target } = await testDatabase(t);
  await client.query(`create table customers (id int primary key); create table orders (id serial primary key, customer int references customers);
    insert into customers values (1); insert into orders (customer) values (1), (1)`);
  const store = memoryStore();
  const found = await runDrill(store, await takeBackup(target, store, { tables: ['orders'] }), {
    checks: [{ name: 'a table that it does not have', sql: 'select true from customers' }],
  });
  assert.equal(found.verdict, 'passed', shownProblems(found));
  assert.match(found.remarks.join(), /were not run on this partial backup/);
  assert.deepEqual(
    found.tables.map(({ rowsRestored }) => rowsRestored),
    [2],
  );
});

test('rows that another partition takes after the restore', async (t) => {
  const { client, target } = await testDatabase(t);
  await client.query(`create type kind as enum ('a', 'b', 'c', 'd', 'e');
    create table parted (k kind, n int) partition by hash (k);
    create table parted_0 partition of parted for values with (modulus 3, remainder 0);
    create table parted_1 partition of parted for values with (modulus 3, remainder 1);
    create table parted_2 partition of parted for values with (modulus 3, remainder 2);
    insert into parted select ('{a,b,c,d,e}'::kind[])[1 + i % 5], i from generate_series(1, 1000) i`);
  const store = memoryStore();
  const found = await runDrill(store, await takeBackup(target, store));
  assert.equal(found.verdict, 'passed', shownProblems(found));
  assert.deepEqual(
    found.tables.map(({ table, rowsInBackup, rowsRestored }) => [table, rowsInBackup, rowsRestored]),
    [['public.parted', 1000, 1000]],
  );
});
