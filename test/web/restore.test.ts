import assert from 'node:assert/strict';
import test from 'node:test';
import { smallShop } from '../api/system.ts';
import { openPage } from './page.ts';

test('a table that was dropped comes back through the wizard', async (t) => {
  const { page, api, db } = await openPage(t, { sql: smallShop });
  const backup = await api.createBackup({ wait: true });
  await db.client.query('drop table orders');

  await page.getByRole('link', { name: 'Restore', exact: true }).click();
  await page.getByRole('radio', { name: `Backup ${backup.id}` }).waitFor();
  await page.getByRole('button', { name: 'Continue' }).click();
  // What is missing is found without looking for it.
  await page.getByText('1 table of this backup is missing in the database now').waitFor();
  await page.getByRole('button', { name: 'Choose it' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('1 table is missing and comes back with 500 rows.').waitFor();
  // Nothing that is there goes, so nothing has to be typed.
  await page.getByRole('button', { name: 'Restore 1 table' }).click();

  await page.getByText('500 rows in 1 table are back').waitFor();
  await page.getByText('Completed').waitFor();
  const { rows } = await db.client.query('select count(*)::int as count from orders');
  assert.equal(rows[0].count, 500);
});
