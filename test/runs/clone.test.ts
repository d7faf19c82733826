import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { createBackupSystem, silentLogger, type BackupSystem } from '../../src/index.ts';
import { openClient } from '../support/connect.ts';
import { newDirectory, startTestServer } from '../support/server-start.ts';
import { smallShop, token } from '../api/system.ts';
import { checked, importedFrom } from './store-contents.ts';

/** Every object of a store, with when it was written. */
async function objectsIn(directory: string): Promise<Map<string, number>> {
  const entries = await fs.readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(
      files.map(async (file): Promise<[string, number]> => [
        path.relative(directory, file),
        (await fs.stat(file)).mtimeMs,
      ]),
    ),
  );
}

const taken = { code: 'STORE_TAKEN' };

test('a clone of the server, catalog and all, stops at its first writing run, and the first one after a forced take', async (t) => {
  const parent = await newDirectory();
  const cloned = await newDirectory();
  const store = await newDirectory();
  t.after(() =>
    Promise.all([parent, cloned, store].map((each) => fs.rm(each, { recursive: true, force: true }))),
  );
  let server = await startTestServer(18, { parent });
  t.after(() => server.stop());
  const systems: BackupSystem[] = [];
  t.after(() => Promise.all(systems.map((system) => system.stop())));
  const systemOn = (database: string): BackupSystem['api'] => {
    const system = createBackupSystem({
      database,
      auth: { token },
      logger: silentLogger,
      store: `file://${store}`,
    });
    systems.push(system);
    return system.api;
  };
  const database = server.connectionString('postgres');
  const setUp = await openClient({ connectionString: database });
  await setUp.query(smallShop);
  await setUp.end();
  let original = systemOn(database);
  await original.init();
  const [first, second] = [
    await original.createBackup({ wait: true }),
    await original.createBackup({ wait: true }),
  ];
  await systems.pop()!.stop();

  // As one makes staging out of production: the files of a server that is down.
  await server.stop();
  await promisify(execFile)('cp', ['-a', `${parent}/.`, cloned]);
  server = await startTestServer(18, { parent, port: server.port });
  const other = await startTestServer(18, { parent: cloned });
  t.after(() => other.stop());
  original = systemOn(database);
  const clone = systemOn(other.connectionString('postgres'));

  // Both know the backups, and both can read them.
  for (const api of [original, clone]) await api.verifyBackup(second.id, { wait: true });
  const third = await original.createBackup({ wait: true });
  const before = await objectsIn(store);
  await assert.rejects(clone.createBackup({ wait: true }), taken);
  await assert.rejects(clone.deleteBackup(first.id), taken);
  await clone.updateSchedule({ retentionDays: null, maxBackups: 1 });
  await assert.rejects(clone.cleanUp({ wait: true }), taken);
  assert.deepEqual(await objectsIn(store), before, 'the clone has written and deleted nothing');
  for (const { id } of [first, second, third]) await original.verifyBackup(id, { wait: true });

  // Someone decides that the other one is the real one from now on.
  const name = (await clone.listStores()).stores.find(({ role }) => role === 'written')!.name;
  await clone.takeStore(name);
  const check = await checked(clone, name);
  assert.deepEqual(check.foreign, [third.uuid], 'which the clone does not know');
  assert.deepEqual([check.backups, check.missing, check.refused], [2, [], []]);
  const between = await objectsIn(store);
  await assert.rejects(original.createBackup({ wait: true }), taken);
  await assert.rejects(original.deleteBackup(first.id), taken);
  await assert.rejects(checked(original, name), taken);
  assert.deepEqual(await objectsIn(store), between, 'the first one has written and deleted nothing');
  const { imported } = await importedFrom(clone, name);
  assert.equal((await clone.getBackup(imported[0]!)).uuid, third.uuid);
  const fourth = await clone.createBackup({ wait: true });
  await clone.cleanUp({ wait: true });
  await clone.verifyBackup(fourth.id, { wait: true });
});
