import assert from 'node:assert/strict';
import test from 'node:test';
import { smallShop } from '../api/system.ts';
import { assertAccessible, assertFits } from './axe.ts';
import { openPage } from './page.ts';

const articles = `
  create table articles as select n as id, 'article ' || n as name from generate_series(1, 2000) n;`;

test('a change is announced before it is made, raises no alarm, and the announcement is ended', async (t) => {
  const { page, api, db } = await openPage(t, { sql: smallShop + articles });
  await api.createBackup({ wait: true });
  await page.getByRole('link', { name: 'Radar', exact: true }).click();
  await page.getByText('Nothing looks damaged').waitFor();
  await page.getByText('Nothing is announced').waitFor();
  await page.getByRole('button', { name: 'Announce a change' }).click();
  const dialog = page.getByRole('dialog');
  const confirm = dialog.getByRole('button', { name: 'Announce it' });
  assert.ok(await confirm.isDisabled(), 'without a reason');
  await dialog.getByLabel('What is to happen').fill('old articles go to the archive');
  await dialog.getByLabel('Only in these tables').fill('articles, public.orders');
  await dialog.getByRole('radio', { name: '2 hours' }).check();
  await assertAccessible(page, 'announce');
  await assertFits(page, 'announce');
  await confirm.click();
  const row = page.getByRole('row', { name: /^old articles go to the archive articles, public\.orders/ });
  await row.waitFor();
  const [announced] = await api.listAnnouncements();
  assert.deepEqual(announced!.tables, ['articles', 'public.orders']);
  const hours = (Date.parse(announced!.until) - Date.parse(announced!.from)) / 3_600_000;
  assert.ok(hours > 1.9 && hours <= 2, String(hours));

  await db.client.query('delete from articles where id > 100');
  await api.createBackup({ wait: true });
  await page.getByText('Backup 2 differs as it was announced').waitFor();
  await page
    .getByText('Expected: announcement 1: old articles go to the archive', { exact: false })
    .waitFor();
  await page.getByText('Nothing looks damaged').waitFor();
  await assertAccessible(page, 'radar');
  await assertFits(page, 'radar');

  await row.getByRole('button', { name: /^End/ }).click();
  await dialog.getByRole('button', { name: 'End it' }).click();
  await page.getByText('Nothing is announced').waitFor();
  assert.deepEqual(await api.listAnnouncements(), []);
});

test('the longest announcement is taken, and a wrong table is refused with the reason', async (t) => {
  const { page, api } = await openPage(t, { sql: smallShop, at: 'radar' });
  await page.getByRole('button', { name: 'Announce a change' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What is to happen').fill('a long migration');
  await dialog.getByRole('radio', { name: '31 days' }).check();
  await dialog.getByRole('button', { name: 'Announce it' }).click();
  await page.getByRole('row', { name: /^a long migration The whole database/ }).waitFor();
  assert.equal((await api.listAnnouncements()).length, 1);
});

test('an open finding is settled on the radar with a note, and the like of it is ordinary then', async (t) => {
  const { page, api, db } = await openPage(t, { sql: smallShop + articles, at: 'radar' });
  await page.getByText('Nothing looks damaged').waitFor();
  await api.createBackup({ wait: true });
  await db.client.query('delete from articles where id > 100');
  await api.createBackup({ wait: true });
  await page.getByText('Data looks damaged in backup 2').waitFor();
  await page.getByText('Cleanup of backups from', { exact: false }).waitFor();
  await page.getByRole('button', { name: 'Looks right' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('checkbox', { name: 'This is ordinary here' }).check();
  await dialog.getByLabel('Note').fill('the archive of spring');
  await dialog.getByRole('button', { name: 'Looks right' }).click();
  await page.getByRole('heading', { name: 'Earlier findings' }).waitFor();
  await page.getByText('the archive of spring').waitFor();
  const { findings, brake } = await api.listFindings();
  assert.deepEqual(
    [findings[0]!.state, findings[0]!.note, brake],
    ['settled', 'the archive of spring', null],
  );
});
