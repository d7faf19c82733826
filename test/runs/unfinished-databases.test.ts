import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { testSystem, type TestSystem } from '../api/system.ts';
import { until } from '../support/until.ts';
import { assertNothingLeft, beginElsewhere, contents, notesTable, nothingRuns } from './interruptions.ts';

/** The names under which new databases are being built, or were. */
async function building({ db }: TestSystem): Promise<string[]> {
  const { rows } = await db.client.query(
    'select datname from pg_database join system_restore_log on datname = building order by 1',
  );
  return rows.map((row) => row.datname as string);
}

/** Kills a restore into a new database while it fills that. */
async function killRestore(t: TestContext, setup: TestSystem): Promise<string> {
  const { api, db } = setup;
  const { id } = await api.createBackup({ wait: true });
  const newDatabase = db.freeName();
  const work = { kind: 'new database', backupId: id, newDatabase } as const;
  const { child, ended } = await beginElsewhere(db.connectionString, work);
  t.after(() => child.kill('SIGKILL'));
  const [name] = await until(async () => {
    const names = await building(setup);
    return names.length > 0 && names;
  });
  child.kill('SIGKILL');
  assert.equal(await ended, false, 'it was killed under way');
  return name!;
}

test('whoever notices that a restore was killed drops the database it was building', async (t) => {
  const setup = await testSystem(t, { sql: notesTable });
  const name = await killRestore(t, setup);
  assert.match(name, /^holdfast_unfinished_[0-9a-f]{8}_/);
  await nothingRuns(setup);
  await until(async () => (await building(setup)).length === 0);
  await assertNothingLeft(setup.db.client);
});

test('a cleanup drops it too, as when it was only being made', async (t) => {
  const setup = await testSystem(t, { sql: notesTable });
  const name = await killRestore(t, setup);
  await nothingRuns(setup);
  await until(async () => (await building(setup)).length === 0);
  // A server finishes a statement whose client is gone.
  await setup.db.createDatabase(name);
  // Others are none of ours, whatever they are called.
  const foreign = await setup.db.createDatabase(`holdfast_unfinished_01234567_${setup.db.freeName()}`);
  await setup.api.cleanUp({ dryRun: true });
  assert.deepEqual(await building(setup), [name]);
  await setup.api.cleanUp({ wait: true });
  assert.deepEqual(await building(setup), []);
  assert.equal((await foreign.client.query('select 1 as one')).rows[0].one, 1);
});

test('nobody drops one that a living restore is building', async (t) => {
  const setup = await testSystem(t, { sql: notesTable });
  const { api, db, another } = setup;
  const { id } = await api.createBackup({ wait: true });
  const target = { mode: 'new-database' as const, database: db.freeName() };
  const restore = await api.restore({ backupId: id, target });
  const others = [api, another().api];
  let seen = 0;
  while ((await api.getRestore(restore.id)).status === 'running') {
    const before = await building(setup);
    for (const other of others) {
      await other.status();
      await other.cleanUp({ wait: true });
    }
    seen += before.length;
  }
  assert.ok(seen > 0, 'there was one while they cleaned up');
  assert.equal((await api.getRestore(restore.id)).status, 'completed');
  const { client } = await db.adopt(target.database);
  assert.equal(await contents(client), await contents(db.client));
});
