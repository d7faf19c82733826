import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { smallShop } from '../api/system.ts';
import { temporaryStore } from '../runs/store-folders.ts';
import { assertAccessible, assertFits } from './axe.ts';
import { openPage, type OpenedPage } from './page.ts';

async function openWithStores(t: TestContext, at: string): Promise<OpenedPage> {
  const places = [await temporaryStore(t), await temporaryStore(t), await temporaryStore(t)];
  const [here, offsite, archive] = places.map((place) => `file://${place}`) as [string, string, string];
  return openPage(t, {
    sql: smallShop,
    stores: { here, offsite, archive },
    store: 'here',
    copyTo: 'offsite',
    at,
  });
}

test('the store of a schedule and those that it copies to are chosen and saved', async (t) => {
  const { page, api } = await openWithStores(t, 'schedule');
  await page.getByText('As configured: offsite').waitFor();
  const written = page.getByLabel('Written to');
  assert.equal(await written.locator('option').first().textContent(), 'here, as configured');
  await written.selectOption('archive');
  await page.getByText('Chosen stores').click();
  // What is configured is chosen already; where it is written is no choice.
  assert.ok(await page.getByRole('checkbox', { name: 'offsite' }).isChecked());
  assert.equal(await page.getByRole('checkbox', { name: 'archive' }).count(), 0);
  await page.getByRole('checkbox', { name: 'here' }).focus();
  await page.keyboard.press('Space');
  await assertAccessible(page, 'the stores of a schedule');
  await page.setViewportSize({ width: 390, height: 844 });
  await assertFits(page, 'the stores of a schedule');
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.getByRole('button', { name: 'Save the schedule' }).click();
  await page.getByText('The schedule is saved.').waitFor();
  const saved = await api.getSchedule();
  assert.equal(saved.store, 'archive');
  assert.deepEqual(saved.copyTo, [{ store: 'offsite' }, { store: 'here' }]);

  await page.getByText('As configured: offsite').click();
  await written.selectOption('');
  await page.getByRole('button', { name: 'Save the schedule' }).click();
  await page.getByText('Saved', { exact: true }).waitFor();
  await page.waitForFunction(() => document.body.innerText.includes('Saved'));
  const again = await api.getSchedule();
  assert.deepEqual([again.store, again.copyTo], [null, null]);
});

test('a store that is copied to gets a retention of its own, and the preview shows each store', async (t) => {
  const { page, api, db } = await openWithStores(t, 'schedule/retention');
  const { id } = await api.createBackup({ wait: true });
  await api.copyBackup(id, 'offsite', { wait: true });
  // Two weeks of nights before it, in both stores.
  await db.client.query(
    `with made as (
       insert into system_backups (uuid, type, status, store, created_at, started_at, finished_at, table_count, row_count,
         raw_bytes, stored_bytes, chunk_count, server_version)
       select gen_random_uuid(), type, status, store, created_at - n * interval '1 day', started_at - n * interval '1 day',
         finished_at - n * interval '1 day', table_count, row_count, raw_bytes, stored_bytes, chunk_count, server_version
       from system_backups, generate_series(1, 13) n where id = $1 returning id)
     insert into system_backup_copies (backup_id, store, state) select id, 'offsite', 'copied' from made`,
    [id],
  );
  await api.updateSchedule({ timezone: 'UTC', retentionDays: 3, maxBackups: null });
  await page.reload();
  const stores = page.getByRole('list', { name: 'By store' }).getByRole('listitem');
  await stores.filter({ hasText: 'here: 3 stay, 11 go' }).waitFor();
  await stores.filter({ hasText: 'offsite: 3 stay, 11 go' }).waitFor();

  await page.getByRole('switch', { name: 'Rules of its own in offsite' }).check();
  const offsite = page.getByRole('group', { name: 'Copies in offsite' });
  const days = offsite.getByLabel('Keep everything for');
  await days.fill('10');
  await stores.filter({ hasText: 'here: 3 stay, 11 go' }).waitFor();
  await stores.filter({ hasText: 'offsite: 10 stay, 4 go' }).waitFor();
  await page.getByText(/^10 backups stay, 4 backups go/).waitFor();
  const kept = page.getByRole('group', { name: 'Calendar of backups' }).locator('[data-fate=keep]');
  const dates = await kept.evaluateAll((days) => days.map((day) => day.getAttribute('data-date')!));
  await page.locator(`[data-date="${dates.toSorted()[0]}"]`).click();
  await page.getByText(/In here deleted: older than 3 days/).waitFor();
  await page.getByText(/In offsite kept: /).waitFor();
  await assertAccessible(page, 'retention of each store');
  await page.setViewportSize({ width: 390, height: 844 });
  await assertFits(page, 'retention of each store');
  await page.setViewportSize({ width: 1280, height: 900 });

  await days.fill('0');
  await offsite.getByText('A whole number from 1 to 36,500').waitFor();
  assert.ok(await page.getByRole('button', { name: 'Save the retention policy' }).isDisabled());
  await days.fill('10');
  await page.getByRole('button', { name: 'Save the retention policy' }).click();
  await page.getByText('The retention policy is saved.', { exact: false }).waitFor();
  const { copyTo, retentionDays } = await api.getSchedule();
  assert.equal(retentionDays, 3);
  assert.deepEqual(
    copyTo?.map(({ store, retentionDays: own }) => [store, own]),
    [['offsite', 10]],
  );

  await page.getByRole('switch', { name: 'Rules of its own in offsite' }).uncheck();
  await page.getByRole('button', { name: 'Save the retention policy' }).click();
  await stores.filter({ hasText: 'offsite: 3 stay, 11 go' }).waitFor();
});
