import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { test, type TestContext } from 'node:test';
import type { BackupSummary } from '../../src/index.ts';
import { smallShop, testSystem, type TestSystem } from '../api/system.ts';
import { filesIn, restored, temporaryStore, wholeShop } from './store-folders.ts';

interface Copied extends TestSystem {
  here: string;
  offsite: string;
}

/** Backups in one directory, copied to another. */
async function copying(t: TestContext, options: { store?: 'database' } = {}): Promise<Copied> {
  const [here, offsite] = [await temporaryStore(t), await temporaryStore(t)];
  const system = await testSystem(t, {
    sql: smallShop,
    stores: { here: `file://${here}`, offsite: `file://${offsite}` },
    store: options.store ?? 'here',
    copyTo: 'offsite',
  });
  return { ...system, here, offsite };
}

/** Waits until nothing more is to be copied of a backup. */
async function copied({ api }: TestSystem, id: number): Promise<BackupSummary> {
  for (let tries = 0; tries < 400; tries++) {
    const backup = await api.getBackup(id);
    if (backup.copies.every(({ state }) => state !== 'due' && state !== 'copying')) return backup;
    await pause(25);
  }
  throw new Error(`backup ${id} was not copied: ${JSON.stringify((await api.getBackup(id)).copies)}`);
}

async function warningsOf({ api }: TestSystem): Promise<string[]> {
  const status = await api.status();
  assert.ok(status.initialized);
  return status.health.warnings.map(({ code }) => code);
}

const statesOf = ({ copies }: BackupSummary): string[] =>
  copies.map(({ store, state }) => `${store}: ${state}`);

async function chunkFiles(directory: string): Promise<string[]> {
  return (await filesIn(directory)).filter((file) => /^(chunks|packs)\//.test(file));
}

async function losePlace(directory: string): Promise<void> {
  await fs.rename(directory, `${directory}.away`);
}

async function findPlace(directory: string): Promise<void> {
  await fs.rename(`${directory}.away`, directory);
}

for (const store of [undefined, 'database'] as const) {
  test(`a backup is copied after it was taken, and comes back from the copy: ${store ?? 'directory'}`, async (t) => {
    const system = await copying(t, store ? { store } : {});
    const { api, db, here, offsite } = system;
    const taken = await api.createBackup({ wait: true });
    const backup = await copied(system, taken.id);
    assert.deepEqual(statesOf(backup), ['offsite: copied']);
    assert.ok(backup.copies[0]!.provedAt);
    const { copies } = await api.listCopies();
    assert.deepEqual(
      copies.map(({ backupId, store: to, status, trigger, report }) => [
        backupId,
        to,
        status,
        trigger,
        report?.from,
      ]),
      [[taken.id, 'offsite', 'completed', 'schedule', store ?? 'here']],
    );
    await api.verifyBackup(taken.id, { store: 'offsite', wait: true });

    // The place where it is at home is lost.
    if (store) {
      await db.client.query('delete from system_backup_chunks');
      await db.client.query('update system_backups set backup_data = null');
    } else await losePlace(here);
    assert.deepEqual(await restored(system, taken.id), wholeShop);
    const { stream } = await api.downloadBackup(taken.id, 'sql');
    assert.match(await new Response(stream).text(), /CREATE TABLE public\.orders/);
    assert.ok((await api.getBackup(taken.id)).contents);
    assert.ok((await filesIn(offsite)).includes(`backups/${taken.uuid}`));
  });
}

test('a second backup sends what is new, and a copy that is there is not sent again', async (t) => {
  const system = await copying(t);
  const { api, db } = system;
  await copied(system, (await api.createBackup({ wait: true })).id);
  await db.client.query('update orders set amount = amount + 1 where id % 7 = 0');
  const second = await api.createBackup({ wait: true });
  await copied(system, second.id);
  const [last, first] = (await api.listCopies()).copies;
  assert.ok(last!.report!.newBytes < first!.report!.newBytes, JSON.stringify([last, first]));
  const again = await api.copyBackup(second.id, 'offsite', { wait: true });
  assert.deepEqual([again.report!.newBytes, again.report!.wasThere], [0, true]);
});

test('a store that is away fails its copy, not the backup; the copy is made when it is back', async (t) => {
  const system = await copying(t);
  const { api, db, offsite } = system;
  await copied(system, (await api.createBackup({ wait: true })).id);
  await losePlace(offsite);
  await fs.writeFile(offsite, 'no directory');
  const { id } = await api.createBackup({ wait: true });
  const backup = await copied(system, id);
  assert.equal(backup.status, 'completed');
  assert.deepEqual(statesOf(backup), ['offsite: failed']);
  assert.match(backup.copies[0]!.error!.message, /offsite|holdfast-store/);
  await db.client.query(
    `update system_backups set finished_at = finished_at - interval '2 hours', started_at = started_at - interval '2 hours'`,
  );
  assert.deepEqual(await warningsOf(system), ['COPY_BEHIND']);
  await fs.rm(offsite);
  await findPlace(offsite);
  // It is not tried again at once.
  const third = await copied(system, (await api.createBackup({ wait: true })).id);
  assert.deepEqual(statesOf(third), ['offsite: copied']);
  assert.deepEqual(statesOf(await api.getBackup(id)), ['offsite: failed']);
  await db.client.query(
    `update backup_copy_log set finished_at = finished_at - interval '2 hours' where status = 'failed'`,
  );
  await copied(system, (await api.createBackup({ wait: true })).id);
  for (let tries = 0; tries < 200 && statesOf(await api.getBackup(id))[0] !== 'offsite: copied'; tries++)
    await pause(25);
  assert.deepEqual(statesOf(await api.getBackup(id)), ['offsite: copied']);
});

test('damage at home: rows are read from the copy meanwhile, and the copy repairs it', async (t) => {
  const system = await copying(t);
  const { api, here } = system;
  const { id } = await api.createBackup({ wait: true });
  await copied(system, id);
  for (const file of await chunkFiles(here)) {
    const bytes = await fs.readFile(path.join(here, file));
    bytes[bytes.length >> 1]! ^= 1;
    await fs.writeFile(path.join(here, file), bytes);
  }
  assert.deepEqual(await restored(system, id), wholeShop);
  await assert.rejects(api.verifyBackup(id, { wait: true }), { code: 'CHUNK_CORRUPT' });
  assert.equal((await api.getBackup(id)).damaged, true);
  const repair = await api.copyBackup(id, 'here', { wait: true });
  assert.equal(repair.trigger, 'manual');
  assert.ok(repair.report!.newBytes > 0);
  assert.equal((await api.getBackup(id)).damaged, false);
  await api.verifyBackup(id, { wait: true });
  await fs.rm(system.offsite, { recursive: true });
  assert.deepEqual(await restored(system, id), wholeShop);
});

test('damage in the copy is found by verifying it, and put right', async (t) => {
  const system = await copying(t);
  const { api, offsite } = system;
  const { id } = await api.createBackup({ wait: true });
  await copied(system, id);
  const [file] = await chunkFiles(offsite);
  await fs.truncate(path.join(offsite, file!), 100);
  await assert.rejects(api.verifyBackup(id, { store: 'offsite', wait: true }));
  const damaged = await api.getBackup(id);
  assert.equal(damaged.damaged, false);
  assert.deepEqual(statesOf(damaged), ['offsite: damaged']);
  // A cleanup orders what is due, a repair among it.
  await api.cleanUp({ wait: true });
  for (let tries = 0; tries < 200 && statesOf(await api.getBackup(id))[0] !== 'offsite: copied'; tries++)
    await pause(25);
  await api.verifyBackup(id, { store: 'offsite', wait: true });
});

test('each store keeps as many as its rule says: a backup moves to its copy, and is deleted when nothing keeps it', async (t) => {
  const system = await copying(t);
  const { api, here, offsite } = system;
  await api.updateSchedule({
    maxBackups: 1,
    retentionDays: null,
    copyTo: [{ store: 'offsite', maxBackups: 2 }],
  });
  const taken: BackupSummary[] = [];
  for (let n = 0; n < 3; n++) {
    const { id } = await api.createBackup({ wait: true });
    taken.push(await copied(system, id));
  }
  const preview = await api.previewRetention();
  assert.deepEqual(
    preview.decisions.map(({ id, action, reasons }) => [id, action, reasons[0]!.code]),
    [
      [taken[2]!.id, 'keep', 'last-good'],
      [taken[1]!.id, 'keep', 'in-copy'],
      [taken[0]!.id, 'delete', 'too-many'],
    ],
  );
  const cleanup = await api.cleanUp({ wait: true });
  assert.deepEqual(cleanup.errors, []);
  assert.deepEqual(
    cleanup.backups.map(({ id, store }) => [id, store]),
    [
      [taken[0]!.id, undefined],
      [taken[1]!.id, 'here'],
    ],
  );
  const uuidsIn = async (directory: string): Promise<string[]> =>
    (await filesIn(directory))
      .filter((file) => file.startsWith('backups/'))
      .map((file) => file.slice(8))
      .toSorted();
  assert.deepEqual(await uuidsIn(here), [taken[2]!.uuid]);
  assert.deepEqual(await uuidsIn(offsite), [taken[1]!.uuid, taken[2]!.uuid].toSorted());
  const moved = await api.getBackup(taken[1]!.id);
  assert.deepEqual([moved.store, moved.copies], ['offsite', []]);
  assert.deepEqual(await restored(system, moved.id), wholeShop);
  // Nothing more to do, and nothing is copied back.
  assert.deepEqual((await api.cleanUp({ wait: true })).backups, []);
  assert.deepEqual(await uuidsIn(here), [taken[2]!.uuid]);

  await api.deleteBackup(moved.id);
  assert.deepEqual(await uuidsIn(offsite), [taken[2]!.uuid]);
  await api.deleteBackup(taken[2]!.id);
  assert.deepEqual(await filesIn(offsite), ['holdfast.json', 'writer.json']);
  assert.deepEqual(await filesIn(here), ['holdfast.json', 'writer.json']);
});

test('a backup stays in its store until it has been copied', async (t) => {
  const system = await copying(t);
  const { api, offsite } = system;
  await api.updateSchedule({ maxBackups: 1, retentionDays: null });
  await fs.rm(offsite, { recursive: true });
  await fs.writeFile(offsite, 'no directory');
  const first = await copied(system, (await api.createBackup({ wait: true })).id);
  const second = await copied(system, (await api.createBackup({ wait: true })).id);
  assert.deepEqual((await api.cleanUp({ wait: true })).backups, []);
  const { decisions } = await api.previewRetention();
  assert.deepEqual(
    decisions.map(({ id, reasons }) => [id, reasons[0]!.code]),
    [
      [second.id, 'last-good'],
      [first.id, 'copy-due'],
    ],
  );
  await fs.rm(offsite);
});

test('a copy that is asked for: refused where it cannot be, cancelled where it waits', async (t) => {
  const system = await copying(t);
  const { api } = system;
  const { id } = await api.createBackup({ copyTo: [], wait: true });
  assert.deepEqual((await api.getBackup(id)).copies, []);
  assert.deepEqual(await warningsOf(system), []);
  await assert.rejects(api.copyBackup(id, 'nowhere'), { code: 'STORE_NOT_FOUND' });
  await assert.rejects(api.copyBackup(id, 'here'), { code: 'INVALID_REQUEST' });
  await assert.rejects(api.copyBackup(99, 'offsite'), { code: 'BACKUP_NOT_FOUND' });
  await assert.rejects(api.verifyBackup(id, { store: 'offsite' }), { code: 'BACKUP_NOT_FOUND' });
  await assert.rejects(api.getCopy(99), { code: 'COPY_NOT_FOUND' });
  const made = await api.copyBackup(id, 'offsite', { wait: true });
  assert.equal(made.trigger, 'manual');
  assert.deepEqual(statesOf(await api.getBackup(id)), ['offsite: copied']);
  assert.equal((await api.getCopy(made.id)).status, 'completed');
});

test('a status says when every backup is in the database alone, and when the store that is written to is away', async (t) => {
  const system = await copying(t, { store: 'database' });
  const { api } = system;
  const { id } = await api.createBackup({ copyTo: [], wait: true });
  assert.deepEqual(await warningsOf(system), ['ONLY_IN_DATABASE']);
  await api.copyBackup(id, 'offsite', { wait: true });
  assert.deepEqual(await warningsOf(system), []);

  const elsewhere = await copying(t);
  await losePlace(elsewhere.here);
  const status = await elsewhere.api.status();
  assert.ok(status.initialized);
  assert.deepEqual([status.health.finding.code, status.backups.storedBytes], ['STORE_UNUSABLE', null]);
});

test('a deletion that was cut short waits for a store that is away, and no cleanup fails for that', async (t) => {
  const system = await copying(t);
  const { api, db, offsite } = system;
  const { id } = await api.createBackup({ wait: true });
  await copied(system, id);
  const kept = await copied(system, (await api.createBackup({ wait: true })).id);
  await db.client.query(
    `update system_backups set status = 'interrupted', error = '{"error": "x", "code": "INTERRUPTED", "message": "x", "details": {"deleting": true}}'
      where id = $1`,
    [id],
  );
  await losePlace(offsite);
  await fs.writeFile(offsite, 'no directory');
  assert.equal((await api.cleanUp({ wait: true })).status, 'completed');
  assert.equal((await api.getBackup(id)).status, 'interrupted');
  await fs.rm(offsite);
  await findPlace(offsite);
  await api.cleanUp({ wait: true });
  await assert.rejects(api.getBackup(id), { code: 'BACKUP_NOT_FOUND' });
  await api.verifyBackup(kept.id, { store: 'offsite', wait: true });
});
