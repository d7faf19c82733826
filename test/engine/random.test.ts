import { test } from 'node:test';
import fc from 'fast-check';
import { memoryStore } from '../../src/store/memory.ts';
import { dropDatabase } from '../../src/postgres/databases.ts';
import { assertSameDatabase, assertSameState, databaseState } from '../support/compare.ts';
import { testDatabase } from '../support/database.ts';
import { majorsInTurn } from '../support/servers.ts';
import { randomDatabase } from '../kitchen-sink/random-schema.ts';
import { runRestore, takeBackup } from './runs.ts';

/** A longer search: HOLDFAST_RANDOM_RUNS=200 npm test -- test/engine/random.test.ts */
const runs = Number(process.env['HOLDFAST_RANDOM_RUNS'] ?? 4);

for (const major of majorsInTurn(0)) {
  test(`PostgreSQL ${major}: random databases come back the same, in a new database and in place`, async (t) => {
    const server = await testDatabase(t, { major });
    await fc.assert(
      fc.asyncProperty(randomDatabase, async (random) => {
        const db = await server.createDatabase();
        await random.create(db.client);
        const store = memoryStore();
        const manifest = await takeBackup(db.target, store);
        const name = server.freeName();
        await runRestore(db.target, store, manifest, { target: { mode: 'new-database', database: name } });
        await assertSameDatabase({ ...db.target, database: name }, db.target);
        const before = await databaseState(db.target);
        await runRestore(db.target, store, manifest, { target: { mode: 'in-place' } });
        assertSameState(await databaseState(db.target), before);
        await db.client.end();
        for (const done of [name, db.name]) await dropDatabase(server.target, done);
      }),
      { numRuns: runs },
    );
  });
}
