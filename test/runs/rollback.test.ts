import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { BackupApi } from '../../src/index.ts';
import { smallShop, testSystem, type TestSystem } from '../api/system.ts';
import { filesIn, folder, sealedSystem } from './sealed-system.ts';
import { checked, importedFrom } from './store-contents.ts';

/*
 * What the catalog knows to be in a store, and is not there as it was written, is said at once, and only when no deletion of ours
 * explains it.
 */

interface TwoStores extends TestSystem {
  here: string;
  offsite: string;
}

async function twoStores(t: TestContext): Promise<TwoStores> {
  const [here, offsite] = [await folder(t), await folder(t)];
  const system = await testSystem(t, {
    sql: smallShop,
    stores: { here: `file://${here}`, offsite: `file://${offsite}` },
    store: 'here',
  });
  return { ...system, here, offsite };
}

/** One backup with rows of its own. */
async function backup({ api, db }: TestSystem): Promise<{ id: number; uuid: string }> {
  await db.client.query('update orders set amount = amount + 1');
  return await api.createBackup({ wait: true });
}

function document(folderOfStore: string, { uuid }: { uuid: string }): string {
  return path.join(folderOfStore, 'backups', uuid);
}

async function warnings(api: BackupApi): Promise<string[]> {
  const status = await api.status();
  assert.ok(status.initialized);
  return status.health.warnings
    .filter(({ code }) => code === 'STORE_ROLLED_BACK')
    .map(({ message }) => message);
}

async function putBack(copy: string, place: string): Promise<void> {
  for (const name of await fs.readdir(place)) await fs.rm(path.join(place, name), { recursive: true });
  await fs.cp(copy, place, { recursive: true });
}

const rolledBack = (...names: (string | number)[]) => ({
  code: 'BACKUP_ROLLED_BACK' as const,
  message: new RegExp(names.join('.*')),
});

test('a store that was put back to an older state is neither written to nor cleaned up, and reading its newest backup fails', async (t) => {
  for (const sealed of [false, true]) {
    const system = sealed ? await sealedSystem(t) : await twoStores(t);
    const { api, db } = system;
    const place = 'directory' in system ? (system.directory as string) : (system as TwoStores).here;
    const { stores } = await api.listStores();
    const { name } = stores.find(({ role }) => role === 'written')!;
    const first = await backup(system);
    const copy = await folder(t);
    await fs.cp(place, copy, { recursive: true });
    await backup(system);
    await backup(system);
    const latest = await backup(system);
    await checked(api, name);
    assert.deepEqual(await warnings(api), []);
    await putBack(copy, place);

    const expected = rolledBack(name, `backup ${latest.id}`, latest.uuid, 'is not there');
    const files = [...(await filesIn(place)).keys()].toSorted();
    await assert.rejects(checked(api, name), expected);
    await assert.rejects(api.createBackup({ wait: true }), expected);
    await assert.rejects(api.deleteBackup(first.id), expected);
    await assert.rejects(api.verifyBackup(latest.id, { wait: true }), expected);
    const database = db.freeName();
    await assert.rejects(
      api.restore({ backupId: latest.id, target: { mode: 'new-database', database }, wait: true }),
      expected,
    );
    assert.deepEqual([...(await filesIn(place)).keys()].toSorted(), files, 'nothing is changed there');
    const { rows } = await db.client.query('select damaged from system_backups where id = $1', [latest.id]);
    assert.deepEqual(rows, [{ damaged: true }]);
    const [warning, ...others] = await warnings(api);
    assert.match(warning ?? '', expected.message);
    assert.deepEqual(others, []);

    // A person has looked, and goes on with what is there.
    await api.takeStore(name);
    assert.deepEqual(await warnings(api), []);
    const next = await backup(system);
    const { missing, rolledBack: found } = await checked(api, name);
    assert.equal(missing.length, 3);
    assert.equal(found, null);
    await api.deleteBackup(latest.id);
    if (!sealed) for (const { id } of [first, next]) await api.verifyBackup(id, { wait: true });
  }
});

test('a newest backup that was deleted or replaced in a store is named, and what an older one is keeps its name', async (t) => {
  const system = await twoStores(t);
  const { api, here } = system;
  const first = await backup(system);
  const latest = await backup(system);
  const kept = await fs.readFile(document(here, latest));

  await fs.rm(document(here, latest));
  const gone = rolledBack('here', `backup ${latest.id}`, latest.uuid, 'is not there');
  const check = await checked(api, 'here');
  assert.equal(check.rolledBack?.code, 'BACKUP_ROLLED_BACK');
  assert.match(check.rolledBack!.message, gone.message);
  assert.deepEqual(check.missing, [latest.uuid]);
  await assert.rejects(backup(system), gone);
  await api.verifyBackup(first.id, { wait: true });

  await fs.cp(document(here, first), document(here, latest));
  const swapped = rolledBack(latest.uuid, 'in its place is backup', first.uuid, 'number 1');
  await assert.rejects(backup(system), swapped);
  await assert.rejects(api.verifyBackup(latest.id, { wait: true }), swapped);
  assert.equal((await warnings(api)).length, 1);

  // Nothing is signed in this store; the catalog knows the header all the same.
  const [text = ''] = kept.toString().split('\n');
  const changed = { ...(JSON.parse(text) as { header: string }) };
  changed.header = changed.header.replace('"counter":2', '"counter":3');
  const forged = JSON.stringify(changed);
  const sha256 = hash('sha256', forged, 'hex');
  await fs.writeFile(document(here, latest), `${forged}\n${JSON.stringify({ sha256 })}\n`);
  await assert.rejects(
    api.verifyBackup(latest.id, { wait: true }),
    rolledBack(latest.uuid, 'as it was written, but as number 3'),
  );

  await fs.writeFile(document(here, latest), kept);
  assert.equal((await checked(api, 'here')).rolledBack, null);
  assert.deepEqual(await warnings(api), []);
  await backup(system);
  await api.verifyBackup(latest.id, { wait: true });
  assert.equal((await api.getBackup(latest.id)).damaged, false);
});

test('a copy that is gone from its store is known there, and a copy of that very backup puts it right', async (t) => {
  const system = await twoStores(t);
  const { api, offsite } = system;
  const first = await backup(system);
  const second = await backup(system);
  for (const { id } of [first, second]) await api.copyBackup(id, 'offsite', { wait: true });
  await fs.rm(document(offsite, second));
  const gone = rolledBack('offsite', `backup ${second.id}`, second.uuid, 'is not there');
  const third = await backup(system);
  await assert.rejects(api.copyBackup(third.id, 'offsite', { wait: true }), gone);
  await assert.rejects(api.verifyBackup(second.id, { store: 'offsite', wait: true }), gone);
  // Where it is at home nothing is wrong.
  await api.verifyBackup(second.id, { wait: true });
  await api.copyBackup(second.id, 'offsite', { wait: true });
  await api.verifyBackup(second.id, { store: 'offsite', wait: true });
  await api.copyBackup(third.id, 'offsite', { wait: true });
  assert.deepEqual(await warnings(api), []);
});

test('what Holdfast deletes, moves, forgets and imports itself is no older state', async (t) => {
  const system = await twoStores(t);
  const { api, db } = system;
  const quiet = async (): Promise<void> => {
    for (const name of ['here', 'offsite']) {
      assert.equal((await checked(api, name)).rolledBack, null, name);
    }
    assert.deepEqual(await warnings(api), []);
  };
  const made: { id: number }[] = [];
  for (let i = 0; i < 4; i++) made.push(await backup(system));
  for (const { id } of made) await api.copyBackup(id, 'offsite', { wait: true });
  await quiet();
  // By hand, the newest one, in both.
  await api.deleteBackup(made.at(-1)!.id);
  await quiet();
  // A run that fails after it was given its place in the store.
  await db.client.query(
    `update system_backup_stores set latest = latest || '{"uuid": "00000000-0000-4000-8000-000000000000", "counter": 9}'`,
  );
  await quiet();
  await backup(system);
  await quiet();
  // By retention, in one store: the home of what stays moves to the other.
  await api.updateSchedule({ maxBackups: 1, retentionDays: null });
  await api.cleanUp({ wait: true });
  await quiet();
  await api.updateSchedule({ maxBackups: null, retentionDays: null });
  // Forgotten, and found again.
  await api.forgetStore('offsite', { force: true });
  await importedFrom(api, 'offsite');
  await api.takeStore('offsite');
  await quiet();
  await api.forgetStore('here', { force: true });
  await importedFrom(api, 'here');
  await api.takeStore('here');
  await quiet();
  await backup(system);
  await quiet();
});
