import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { test, type TestContext } from 'node:test';
import { createKeySet } from '../../src/format/sealing/key-set.ts';
import { smallShop } from '../api/system.ts';
import { temporaryStore } from '../runs/store-folders.ts';
import { assertAccessible, assertFits } from './axe.ts';
import { openPage, type OpenedPage, type PageSetup } from './page.ts';

interface Sealed extends OpenedPage {
  id: number;
  recoveryKey: string;
  /** What the page asked the server for, addresses only. */
  addresses: string[];
}

/** A backup in an encrypted store, in a process that has the writer key and not the recovery key. */
async function openSealed(t: TestContext, setup: PageSetup = {}): Promise<Sealed> {
  const { recoveryKey, writerKey } = await createKeySet();
  const opened = await openPage(t, {
    sql: smallShop,
    stores: { vault: { address: `file://${await temporaryStore(t)}`, writerKey } },
    store: 'vault',
    ...setup,
  });
  const { id } = await opened.api.createBackup({ wait: true });
  const addresses: string[] = [];
  opened.page.on('request', (request) => addresses.push(request.url()));
  return { ...opened, id, recoveryKey, addresses };
}

/** The key is in no address and no storage. */
async function assertNotKept({ page, context, recoveryKey, addresses }: Sealed): Promise<void> {
  const secret = /AGE-SECRET-KEY-1\w+/.exec(recoveryKey)![0];
  const kept = await page.evaluate(() =>
    JSON.stringify([
      Object.entries(localStorage),
      Object.entries(sessionStorage),
      location.href,
      history.state,
    ]),
  );
  assert.ok(!kept.includes(secret));
  assert.ok(!JSON.stringify(await context.storageState()).includes(secret));
  assert.ok(addresses.every((address) => !address.includes(secret)));
}

test('an encrypted backup is opened, verified and downloaded with the recovery key', async (t) => {
  const sealed = await openSealed(t);
  const { page, api, url, id, recoveryKey, expect } = sealed;
  expect(/status of 4\d\d/);
  await page.goto(`${url}backups/${id}`);
  await page.getByRole('button', { name: 'Open with the recovery key' }).click();
  const dialog = page.getByRole('dialog');
  const field = dialog.getByLabel('Recovery key');
  const other = await createKeySet();
  await field.fill(other.recoveryKey);
  await dialog.getByRole('button', { name: 'Go on with this key' }).click();
  await dialog.getByRole('alert').waitFor();
  await assertAccessible(page, 'the question for the key');
  await page.setViewportSize({ width: 390, height: 844 });
  await assertFits(page, 'the question for the key');
  await page.setViewportSize({ width: 1280, height: 900 });
  await field.fill(recoveryKey);
  await dialog.getByRole('button', { name: 'Go on with this key' }).click();
  await page.getByText('public.orders').first().waitFor();

  await page.getByRole('button', { name: 'Verify', exact: true }).click();
  await dialog.getByRole('button', { name: 'Verify', exact: true }).click();
  await field.waitFor();
  // It was not kept.
  assert.equal(await field.inputValue(), '');
  await field.fill(recoveryKey);
  await dialog.getByRole('button', { name: 'Go on with this key' }).click();
  await page.getByText(`Backup ${id} is being verified.`).waitFor();
  for (let tries = 0; tries < 200 && (await api.getBackup(id)).verifiedAt === null; tries++) {
    await page.waitForTimeout(50);
  }
  assert.ok((await api.getBackup(id)).verifiedAt);

  await page.getByRole('button', { name: 'Download' }).click();
  await page.getByRole('menuitem', { name: 'SQL, plain' }).click();
  await field.fill(recoveryKey);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    dialog.getByRole('button', { name: 'Go on with this key' }).click(),
  ]);
  assert.match(download.suggestedFilename(), /\.sql$/);
  assert.match(await fs.readFile(await download.path(), 'utf8'), /\n500\t1\t750\.00\n/);
  await assertNotKept(sealed);
});

test('an encrypted backup is restored with the recovery key, which the wizard asks for', async (t) => {
  const sealed = await openSealed(t);
  const { page, db, url, id, recoveryKey, expect } = sealed;
  expect(/status of 4\d\d/);
  await db.client.query('delete from orders where id > 100');
  await page.goto(`${url}restore?backup=${id}`);
  const field = page.getByLabel('Recovery key');
  await field.waitFor();
  await assertAccessible(page, 'the step for the key');
  await field.fill((await createKeySet()).recoveryKey);
  await page.getByRole('button', { name: 'Open the backup' }).click();
  await page.getByText('This key does not open the backup').waitFor();
  await field.fill(recoveryKey);
  await page.getByRole('button', { name: 'Open the backup' }).click();
  await page.getByRole('checkbox', { name: 'public.orders' }).waitFor();
  await page.getByRole('checkbox', { name: 'public.orders' }).check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'Choose where to restore' }).waitFor();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel(/to confirm/).fill(db.name);
  await page.keyboard.press('Enter');
  await page.getByText('500 rows in 1 table are back').waitFor();
  await assertNotKept(sealed);
  const { rows } = await db.client.query('select count(*)::int as count from orders');
  assert.equal(rows[0].count, 500);
});

test('backups of an encrypted store are imported with the recovery key', async (t) => {
  const sealed = await openSealed(t);
  const { page, api, db, url, recoveryKey, expect } = sealed;
  expect(/status of 4\d\d/);
  await db.client.query('delete from system_backups');
  await page.goto(`${url}stores`);
  await page.getByRole('button', { name: 'Import backups of vault' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Recovery key').fill(recoveryKey);
  await dialog.getByRole('button', { name: 'Go on with this key' }).click();
  await page.getByText('1 backup is in the list now').waitFor();
  assert.equal((await api.listBackups()).total, 1);
  await assertNotKept(sealed);
});
