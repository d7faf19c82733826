import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { lockClass } from '../../src/catalog/locks.ts';
import { createKeySet } from '../../src/format/sealing/key-set.ts';
import { smallShop } from '../api/system.ts';
import { filesIn, temporaryStore } from '../runs/store-folders.ts';
import { assertAccessible, assertFits } from './axe.ts';
import { openPage, type OpenedPage, type PageSetup } from './page.ts';

interface WithStores extends OpenedPage {
  here: string;
  offsite: string;
}

/** Backups in one folder, and a second one that they can be copied to. */
async function openWithStores(t: TestContext, setup: PageSetup = {}): Promise<WithStores> {
  const [here, offsite] = [await temporaryStore(t), await temporaryStore(t)];
  const opened = await openPage(t, {
    sql: smallShop,
    stores: { here: `file://${here}`, offsite: `file://${offsite}` },
    store: 'here',
    ...setup,
  });
  return { ...opened, here, offsite };
}

/** Loses one object of a store that holds rows; the backup that needs it is verified there then. */
async function damage(directory: string): Promise<void> {
  const files = (await filesIn(directory)).filter((file) => /^(chunks|packs)\//.test(file));
  assert.ok(files.length > 0);
  for (const file of files) await fs.truncate(path.join(directory, file), 10);
}

test('the stores are listed as they are: ready, not made yet, gone wrong, encrypted', async (t) => {
  const [broken, sealed] = [await temporaryStore(t), await temporaryStore(t)];
  const { writerKey } = await createKeySet();
  const { page, api, here } = await openWithStores(t);
  await fs.writeFile(path.join(broken, 'holdfast.json'), 'not ours');
  const backup = await api.createBackup({ wait: true });
  assert.equal(backup.store, 'here');
  await page.getByRole('link', { name: 'Stores', exact: true }).click();
  const panel = (name: string) => page.getByRole('region', { name, exact: true });
  await panel('here').getByText('Ready', { exact: true }).waitFor();
  await panel('here').getByText('Backups are written here').waitFor();
  await panel('here').getByText(`file://${here}`).waitFor();
  assert.match(await panel('here').innerText(), /Encrypted\s+No[\s\S]*Backups\s+1\s/);
  await panel('offsite').getByText('Not made yet').waitFor();
  await panel('database').getByText('Ready', { exact: true }).waitFor();

  const second = await openPage(t, {
    sql: smallShop,
    stores: { broken: `file://${broken}`, vault: { address: `file://${sealed}`, writerKey } },
    store: 'vault',
    // Without the key nobody can say which tables are missing.
    expected: [/status of 422 .*\/tables\/missing/],
  });
  await second.api.createBackup({ wait: true });
  await second.page.getByRole('link', { name: 'Stores', exact: true }).click();
  const other = (name: string) => second.page.getByRole('region', { name, exact: true });
  await other('broken').getByText('Cannot be used').waitFor();
  await other('vault').getByText('Ready', { exact: true }).waitFor();
  assert.match(await other('vault').innerText(), /Encrypted\s+Yes/);
});

test('a backup is copied to a store that is chosen, and the list shows it', async (t) => {
  const { page, api } = await openWithStores(t);
  const { id } = await api.createBackup({ wait: true });
  await page.getByRole('link', { name: 'Backups', exact: true }).click();
  await page.getByRole('link', { name: `Backup ${id}`, exact: true }).click();
  const places = page.getByRole('region', { name: 'Where it is' });
  await places.getByRole('row', { name: /^here Written/ }).waitFor();
  await places.getByRole('button', { name: 'Copy to another store' }).click();
  const dialog = page.getByRole('dialog');
  // One that it is in already is no choice.
  await dialog.getByRole('radio', { name: 'offsite' }).check();
  assert.equal(await dialog.getByRole('radio', { name: 'here' }).count(), 0);
  await dialog.getByRole('button', { name: 'Copy the backup' }).click();
  await places.getByRole('row', { name: /^offsite Copied/ }).waitFor();
  assert.deepEqual(
    (await api.getBackup(id)).copies.map(({ store, state }) => [store, state]),
    [['offsite', 'copied']],
  );
  await places.getByRole('button', { name: 'Verify in offsite' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Verify' }).click();
  await page.getByText(`Backup ${id} is being verified in offsite.`).waitFor();

  await page.getByRole('navigation').getByRole('link', { name: 'Backups', exact: true }).click();
  await page.getByRole('row').getByText('1/1').waitFor();
  await page.getByText('offsite: copied').waitFor({ state: 'attached' });
  await page.getByRole('link', { name: 'Stores', exact: true }).click();
  const offsite = page.getByRole('region', { name: 'offsite', exact: true });
  await offsite.getByText('Ready', { exact: true }).waitFor();
  await offsite.filter({ hasText: /Backups1/ }).waitFor();
});

test('a damaged copy is found by verifying it, and repaired from the other store', async (t) => {
  const { page, api, offsite } = await openWithStores(t);
  const { id } = await api.createBackup({ wait: true });
  await api.copyBackup(id, 'offsite', { wait: true });
  await damage(offsite);
  await page.goto(new URL(`backups/${id}`, page.url()).href);
  const places = page.getByRole('region', { name: 'Where it is' });
  await places.getByRole('button', { name: 'Verify in offsite' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Verify' }).click();
  await places.getByRole('row', { name: /^offsite Damaged/ }).waitFor();
  await places.getByRole('button', { name: 'Repair in offsite' }).click();
  await places.getByRole('row', { name: /^offsite Copied/ }).waitFor();
  await api.verifyBackup(id, { store: 'offsite', wait: true });
});

test('a copy that failed says why and is tried again', async (t) => {
  const { page, api, offsite } = await openWithStores(t);
  const { id } = await api.createBackup({ wait: true });
  await fs.rename(offsite, `${offsite}.away`);
  await assert.rejects(api.copyBackup(id, 'offsite', { wait: true }));
  await page.goto(new URL(`backups/${id}`, page.url()).href);
  const row = page.getByRole('region', { name: 'Where it is' }).getByRole('row', { name: /^offsite/ });
  await row.getByText('Failed', { exact: true }).waitFor();
  await row.getByText(offsite, { exact: false }).waitFor();
  await page.getByRole('navigation').getByRole('link', { name: 'Backups', exact: true }).click();
  await page.getByRole('row').getByText('0/1').waitFor();
  await page.getByRole('link', { name: 'Stores', exact: true }).click();
  await page.getByRole('region', { name: 'offsite', exact: true }).getByText('Cannot be used').waitFor();

  await fs.rename(`${offsite}.away`, offsite);
  await page.goBack();
  await page.goBack();
  await page.getByRole('button', { name: 'Try again to offsite' }).click();
  await page
    .getByRole('region', { name: 'Where it is' })
    .getByRole('row', { name: /^offsite Copied/ })
    .waitFor();
});

test('a check says what a store lacks, and an import brings back what the catalog has lost', async (t) => {
  const { page, api, db, here } = await openWithStores(t);
  const lost = await api.createBackup({ wait: true, description: 'lost from the catalog' });
  const gone = await api.createBackup({ wait: true });
  await page.getByRole('link', { name: 'Stores', exact: true }).click();
  const panel = page.getByRole('region', { name: 'here', exact: true });
  await panel.getByRole('button', { name: 'Check here' }).click();
  await panel.getByText('All of it is there').waitFor();
  await panel.getByText('It holds 2 backups').waitFor();

  await db.client.query('delete from system_backups where id = $1', [lost.id]);
  await fs.rm(path.join(here, 'backups', gone.uuid));
  await panel.getByRole('button', { name: 'Check here' }).click();
  await panel.getByText('Something is missing or damaged').waitFor();
  await panel.getByText('1 backup missing from the store although they completed').click();
  await panel.getByText(gone.uuid, { exact: true }).waitFor();
  await panel.getByText('1 backup unknown to this installation').click();
  await panel.getByText(lost.uuid).waitFor();

  await panel.getByRole('button', { name: 'Import backups of here' }).click();
  await panel.getByText('1 backup is in the list now').waitFor();
  const { backups } = await api.listBackups();
  assert.ok(backups.some(({ uuid }) => uuid === lost.uuid));
});

test('a store that another installation wrote to is taken over once its name is typed', async (t) => {
  const { page, api, offsite } = await openWithStores(t);
  await api.createBackup({ wait: true });
  // Another installation has the folder of this one now.
  const other = await openPage(t, { sql: smallShop, store: `theirs=file://${offsite}` });
  await other.api.createBackup({ wait: true });
  const { id } = await api.createBackup({ wait: true });
  await assert.rejects(api.copyBackup(id, 'offsite', { wait: true }), { code: 'STORE_TAKEN' });
  await page.getByRole('link', { name: 'Stores', exact: true }).click();
  await page.getByRole('button', { name: 'Take over offsite' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('any other is refused from then on', { exact: false }).waitFor();
  assert.ok(await dialog.getByRole('button', { name: 'Take over' }).isDisabled());
  await dialog.getByLabel('Type offsite to confirm').fill('offsite');
  await page.keyboard.press('Enter');
  await page.getByText('This installation writes to offsite now.').waitFor();
  await api.copyBackup(id, 'offsite', { wait: true });
  await assert.rejects(other.api.createBackup({ wait: true }), { code: 'STORE_TAKEN' });
});

test('a store is read, and the page says since when every byte was; what is damaged is named', async (t) => {
  const { page, api, offsite } = await openWithStores(t);
  const { id } = await api.createBackup({ wait: true });
  await api.copyBackup(id, 'offsite', { wait: true });
  await page.getByRole('link', { name: 'Stores', exact: true }).click();
  const panel = page.getByRole('region', { name: 'offsite', exact: true });
  await panel.getByText('Every byte has been read or written since', { exact: false }).waitFor();
  await panel.getByRole('button', { name: 'Read all of it offsite' }).click();
  await panel.getByText('all as they were written', { exact: false }).waitFor();
  const [scrub] = (await api.listScrubs()).scrubs;
  assert.deepEqual([scrub!.store, scrub!.status, scrub!.share], ['offsite', 'completed', 1]);

  await damage(offsite);
  await panel.getByRole('button', { name: 'Read all of it offsite' }).click();
  await panel.getByText(/The last scrub found \d+ chunks? missing or damaged/).waitFor();
  // What is whole in the other store is brought from there.
  await page.goto(new URL(`backups/${id}`, page.url()).href);
  await page.getByRole('row', { name: /^offsite Copied/ }).waitFor();
  const { copies } = await api.listCopies();
  assert.deepEqual(
    copies.map(({ store, trigger, status }) => [store, trigger, status]),
    [
      ['offsite', 'repair', 'completed'],
      ['offsite', 'manual', 'completed'],
    ],
  );
});

test('a scrub that waits is shown and cancelled', async (t) => {
  const { page, api, hold } = await openWithStores(t);
  await api.createBackup({ wait: true });
  // As another process that scrubs now.
  await hold(`select pg_advisory_xact_lock(${lockClass.scrub}, hashtext('public'))`);
  await page.getByRole('link', { name: 'Stores', exact: true }).click();
  const panel = page.getByRole('region', { name: 'here', exact: true });
  await panel.getByRole('button', { name: 'Read all of it here' }).click();
  await panel.getByText('Waiting for another scrub.').waitFor();
  await assertAccessible(page, 'a scrub that waits');
  assert.ok(await panel.getByRole('button', { name: 'Being read here' }).isDisabled());
  await panel.getByRole('button', { name: 'Cancel the scrub of here' }).click();
  await panel.getByRole('button', { name: 'Read all of it here' }).waitFor();
  assert.deepEqual(
    (await api.listScrubs()).scrubs.map(({ status }) => status),
    ['cancelled'],
  );
});

test('a check that waits is shown and cancelled, and one that fails says why', async (t) => {
  const { page, api, here, hold } = await openWithStores(t);
  await api.createBackup({ wait: true });
  // As another process that checks now.
  const release = await hold(`select pg_advisory_xact_lock(${lockClass.check}, hashtext('public'))`);
  await page.getByRole('link', { name: 'Stores', exact: true }).click();
  const panel = page.getByRole('region', { name: 'here', exact: true });
  await panel.getByRole('button', { name: 'Check here' }).click();
  await panel.getByText('Listing what is in the store', { exact: false }).waitFor();
  await panel.getByRole('progressbar', { name: 'Check of here' }).waitFor();
  assert.ok(await panel.getByRole('button', { name: 'Check here' }).isDisabled());
  await assertAccessible(page, 'a check that waits');
  await panel.getByRole('button', { name: 'Cancel Check of here' }).click();
  await panel.getByText('Listing what is in the store', { exact: false }).waitFor({ state: 'detached' });
  assert.equal((await api.listChecks()).checks[0]?.status, 'cancelled');
  await release();

  await fs.rename(here, `${here}.away`);
  await panel.getByRole('button', { name: 'Check here' }).click();
  await panel.getByRole('alert').getByText(here, { exact: false }).first().waitFor();
  await fs.rename(`${here}.away`, here);
  await panel.getByRole('button', { name: 'Check here' }).click();
  await panel.getByText('All of it is there').waitFor();
  // What was found before the screen was opened is not told as if it were new.
  await page.reload();
  await panel.getByRole('button', { name: 'Check here' }).waitFor();
  assert.equal(await panel.getByText('All of it is there').count(), 0);
});

test('a document that cannot be believed is named on the overview, and moved away there', async (t) => {
  const { page, api, here } = await openWithStores(t);
  const { uuid } = await api.createBackup({ wait: true });
  const forged = '5f0c7a0e-2a55-4b8a-9d0a-0d7a4f6f0c11';
  await fs.copyFile(path.join(here, 'backups', uuid), path.join(here, 'backups', forged));
  await assert.rejects(api.cleanUp({ wait: true }), { code: 'MANIFEST_INVALID' });
  await page.getByText('The store here has a document that cannot be believed').waitFor();
  await page.getByText(`holdfast store quarantine here ${forged}`, { exact: false }).waitFor();
  await page.getByRole('button', { name: 'Move it away' }).click();
  const dialog = page.getByRole('dialog');
  await assertAccessible(page, 'move a document away');
  await dialog.getByRole('button', { name: 'Move it away' }).click();
  await page
    .getByText('The store here has a document that cannot be believed')
    .waitFor({ state: 'detached' });
  await api.cleanUp({ wait: true });
  assert.ok((await filesIn(here)).some((file) => file.startsWith(`quarantine/${forged}`)));
});

test('a store is forgotten; where backups are in it alone, what is lost is said and its name typed', async (t) => {
  const { page, api, expect } = await openWithStores(t);
  const lost = await api.createBackup({ wait: true, store: 'offsite' });
  await api.pinBackup(lost.id);
  await api.createBackup({ wait: true });
  await page.getByRole('link', { name: 'Stores', exact: true }).click();
  await page.getByRole('button', { name: 'Forget offsite' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Nothing in the store is touched', { exact: false }).waitFor();
  expect(/status of 400 .*force=false/);
  await dialog.getByRole('button', { name: 'Forget it' }).click();
  await dialog.getByText(`Backup ${lost.id} is in offsite and nowhere else`, { exact: false }).waitFor();
  await dialog.getByText(`Pinned: backup ${lost.id}.`, { exact: false }).waitFor();
  const confirm = dialog.getByRole('button', { name: 'Forget the store and these backups' });
  assert.ok(await confirm.isDisabled());
  await assertAccessible(page, 'forget a store');
  await assertFits(page, 'forget a store');
  await dialog.getByLabel('Type offsite to confirm').fill('offsite');
  await confirm.click();
  await page.getByText('The store offsite is forgotten. 1 run taken out of the catalog.').waitFor();
  assert.deepEqual(
    (await api.listBackups()).backups.map(({ store }) => store),
    ['here'],
  );
  // It is still there to be imported.
  const panel = page.getByRole('region', { name: 'offsite', exact: true });
  await panel.getByRole('button', { name: 'Import backups of offsite' }).click();
  await panel.getByText('1 backup is in the list now').waitFor();
});

test('no violation on what is about stores, nor on a phone', async (t) => {
  const { page, api, url, offsite } = await openWithStores(t);
  const { id } = await api.createBackup({ wait: true });
  await api.copyBackup(id, 'offsite', { wait: true });
  await damage(offsite);
  await assert.rejects(api.verifyBackup(id, { store: 'offsite', wait: true }));
  const look = async (name: string): Promise<void> => {
    await assertAccessible(page, name);
    await page.setViewportSize({ width: 390, height: 844 });
    await assertAccessible(page, `${name} on a phone`);
    await assertFits(page, name);
    await page.setViewportSize({ width: 1280, height: 900 });
  };
  await page.goto(`${url}stores`);
  await page.getByRole('button', { name: 'Check offsite' }).click();
  await page.getByText('Something is missing or damaged').waitFor();
  await look('stores, checked');
  await page.getByRole('button', { name: 'Take over offsite' }).click();
  await page.getByRole('dialog').waitFor();
  await look('take over');
  await page.goto(`${url}backups`);
  await page.getByRole('row').getByText('0/1').waitFor();
  await look('backups with copies');
  await page.goto(`${url}backups/${id}`);
  await page.getByRole('button', { name: 'Repair in offsite' }).waitFor();
  await look('places of a backup');
  await page.getByRole('button', { name: 'Copy to another store' }).click();
  await page.getByRole('dialog').getByRole('radio', { name: 'offsite' }).waitFor();
  await look('copy to another store');
});
