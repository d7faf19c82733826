/** Copies of random tables: what the server makes of the same tables when it moves them itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dropDatabase } from '../../src/postgres/databases.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { randomDatabase } from '../kitchen-sink/random-schema.ts';
import { assertSameState, contents, databaseState } from '../support/compare.ts';
import { openClient } from '../support/connect.ts';
import { testDatabase } from '../support/database.ts';
import { majorsInTurn } from '../support/servers.ts';
import { copiedDefinitions, movedDefinitions } from './copies.ts';
import { runRestore, takeBackup } from './runs.ts';

/** A longer search: HOLDFAST_RANDOM_RUNS=200 npm test -- test/engine/random-copies.test.ts */
const runs = Number(process.env['HOLDFAST_RANDOM_RUNS'] ?? 4);
const intoSchema = 'the copies';

for (const major of majorsInTurn(1)) {
  test(`PostgreSQL ${major}: copies of random tables are these tables, and everything live is as before`, async (t) => {
    const server = await testDatabase(t, { major });
    await fc.assert(
      fc.asyncProperty(randomDatabase, async (random) => {
        const db = await server.createDatabase();
        await random.create(db.client);
        const store = memoryStore();
        const manifest = await takeBackup(db.target, store);
        const then = await contents(db.client);
        const twin = server.freeName();
        await runRestore(db.target, store, manifest, { target: { mode: 'new-database', database: twin } });
        const moved = await openClient(db.target, { database: twin });
        const expected = await movedDefinitions(moved, { ...db.target, database: twin }, intoSchema);
        await moved.end();
        const before = await databaseState(db.target);
        const report = await runRestore(db.target, store, manifest, {
          intoSchema,
          target: { mode: 'in-place' },
        });
        assertSameState(await databaseState(db.target, { except: [intoSchema] }), before);
        assert.deepEqual(await copiedDefinitions(db.target, intoSchema), expected);
        const now = await contents(db.client);
        for (const { schema, name } of manifest.tables) {
          assert.equal(now.get(`table ${intoSchema}.${name}`), then.get(`table ${schema}.${name}`), name);
        }
        if (manifest.tables.length > 0) await db.client.query(report.removal!);
        assertSameState(await databaseState(db.target), before);
        await db.client.end();
        for (const done of [twin, db.name]) await dropDatabase(server.target, done);
      }),
      { numRuns: runs },
    );
  });
}
