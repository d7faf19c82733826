import { test } from 'node:test';
import { memoryStore } from '../../src/store/memory.ts';
import { assertSameState, databaseState } from '../support/compare.ts';
import { testDatabase } from '../support/database.ts';
import { outermostMajors } from '../support/servers.ts';
import { createKitchenSink } from '../kitchen-sink/kitchen-sink.ts';
import { runRestore, takeBackup } from './runs.ts';

for (const major of outermostMajors) {
  test(`PostgreSQL ${major}: the kitchen sink comes back the same, in a new database and in place`, async (t) => {
    const db = await testDatabase(t, { major });
    await createKitchenSink(db.client, major);
    const store = memoryStore();
    const manifest = await takeBackup(db.target, store);
    const before = await databaseState(db.target);

    const name = db.freeName();
    await runRestore(db.target, store, manifest, { target: { mode: 'new-database', database: name } });
    const restored = await db.adopt(name);
    assertSameState(await databaseState(restored.target), before);

    await runRestore(db.target, store, manifest, { target: { mode: 'in-place' } });
    assertSameState(await databaseState(db.target), before);
  });
}
