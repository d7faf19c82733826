import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { createSampleShop } from '../../src/cli/sample-shop/sample-shop.ts';
import { quoteIdentifier } from '../../src/postgres/identifiers.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { createKitchenSink, kitchenSinkRoles } from '../kitchen-sink/kitchen-sink.ts';
import { testDatabase } from '../support/database.ts';
import { majorsInTurn, privateServer, testedMajors } from '../support/servers.ts';
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

test('every small database that went wrong once, on a server like the source', async (t) => {
  const db = await testDatabase(t);
  const other = await privateServer(t);
  for (const file of (await fs.readdir(folder)).filter((name) => name.endsWith('.sql'))) {
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

for (const major of testedMajors) {
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
