import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { exportSql } from '../../src/engine/read/download.ts';
import { createDatabase } from '../../src/postgres/databases.ts';
import { quoteName } from '../../src/postgres/identifiers.ts';
import { runRestore } from '../engine/runs.ts';
import { contents } from '../support/compare.ts';
import { readGolden, versions } from './golden-archives.ts';
import { testDatabase } from '../support/database.ts';
import { psqlOrSkip } from '../support/psql.ts';

/*
 * Archives written by earlier versions of Holdfast, kept for ever. Whatever the format becomes, these come back: what
 * was in the database when they were made stands beside them.
 */

const majors = [14, 18] as const;

for (const version of versions) {
  for (const major of majors) {
    test(`an archive of ${version} is restored into a new database of PostgreSQL ${major}`, async (t) => {
      const golden = await readGolden(version);
      const db = await testDatabase(t, { major });
      const database = db.freeName();
      const report = await runRestore(db.target, golden.store, golden.manifest, {
        target: { mode: 'new-database', database },
      });
      assert.equal(report.rows, golden.manifest.totals.rows);
      const restored = await db.adopt(database);
      assert.deepEqual(await contents(restored.client), golden.contents);
    });

    test(`and in place of what is there, with PostgreSQL ${major}`, async (t) => {
      const golden = await readGolden(version);
      const db = await testDatabase(t, { major });
      const database = db.freeName();
      const target = { mode: 'new-database', database } as const;
      await runRestore(db.target, golden.store, golden.manifest, { target });
      const restored = await db.adopt(database);
      const tables = golden.manifest.tables.filter((table) => table.rows > 0 && table.loadVia === null);
      assert.ok(tables.length >= 3);
      for (const table of tables) {
        await restored.client.query(`truncate only ${quoteName(table)} cascade`);
      }
      assert.notDeepEqual(await contents(restored.client), golden.contents);
      await runRestore(restored.target, golden.store, golden.manifest, {
        target: { mode: 'in-place' },
      });
      assert.deepEqual(await contents(restored.client), golden.contents);
    });
  }

  test(`an archive of ${version} becomes SQL that psql restores`, psqlOrSkip, async (t) => {
    const golden = await readGolden(version);
    const db = await testDatabase(t);
    // What upper() makes of an umlaut depends on the locale.
    const database = db.freeName();
    await createDatabase(db.target, database, golden.manifest.source);
    const copy = await db.adopt(database);
    const bytes = Readable.fromWeb(exportSql(golden.store, golden.manifest, 'sql') as never);
    const psql = spawn('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', copy.connectionString], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    const ended = new Promise((resolve) => psql.once('close', resolve));
    await pipeline(bytes, psql.stdin);
    assert.equal(await ended, 0);
    assert.deepEqual(await contents(copy.client), golden.contents);
  });
}
