import assert from 'node:assert/strict';
import test from 'node:test';
import type { Page } from 'playwright-core';
import { openPage } from './page.ts';

const count = 2_000;
/** Every name is long, as those of an application of fifteen years are. */
const manyTables = `do $$ begin
  for i in 1..${count} loop
    execute format('create table accounting_archive_of_closed_periods_%s (id int primary key)', lpad(i::text, 4, '0'));
  end loop;
end $$`;
const nameOf = (at: number): string =>
  `public.accounting_archive_of_closed_periods_${String(at).padStart(4, '0')}`;

const drawn = (page: Page, list: string): Promise<number> =>
  page.getByRole('list', { name: list }).getByRole('listitem').count();

test('all but three of 2,000 tables are restored: short lists are drawn, and no long address is asked for', async (t) => {
  const { page, url, api, db } = await openPage(t, { sql: manyTables });
  const longest = { address: '' };
  page.on('request', (request) => {
    if (request.url().length > longest.address.length) longest.address = request.url();
  });
  const backup = await api.createBackup({ wait: true });
  await db.client.query(
    `insert into ${nameOf(7)} values (1); insert into ${nameOf(8)} values (1); insert into ${nameOf(1999)} values (1)`,
  );
  await page.goto(`${url}restore?backup=${backup.id}`);
  await page.getByRole('checkbox', { name: 'All tables' }).check();
  await page.getByText('2,000 tables of 2,000 chosen').waitFor();
  assert.ok((await drawn(page, 'Tables of the backup')) < 60);

  const find = page.getByLabel('Find a table');
  for (const at of [8, 1_000, 1_999]) {
    await find.fill(String(at).padStart(4, '0'));
    await page.getByRole('checkbox', { name: nameOf(at) }).uncheck();
  }
  await find.fill('');
  await page.getByText('1,997 tables of 2,000 chosen').waitFor();
  assert.ok(new URL(page.url()).search.length < 400, page.url());
  // The end of the list is there when one scrolls to it, by the keyboard as well.
  await page.getByRole('checkbox', { name: nameOf(1) }).focus();
  for (let presses = 0; presses < 40; presses++) await page.keyboard.press('Tab');
  await page.getByRole('checkbox', { name: nameOf(41), exact: true }).waitFor();
  assert.equal(
    await page.evaluate(() => document.activeElement?.closest('li')?.getAttribute('aria-posinset')),
    '41',
  );

  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  // What a colleague is sent, and what reload makes of it.
  await page.reload();
  await page.getByRole('button', { name: 'Restore 1,997 tables' }).waitFor();
  await page.getByLabel(`Type ${db.name} to confirm`).fill(db.name);
  await page.getByRole('button', { name: 'Restore 1,997 tables' }).click();
  await page.getByText('0 rows in 1,997 tables are back').waitFor({ timeout: 240_000 });
  const { rows } = await db.client.query<{ n: number }>(
    `select (select count(*) from ${nameOf(7)})::int + 10 * (select count(*) from ${nameOf(8)})::int
       + 100 * (select count(*) from ${nameOf(1999)})::int as n`,
  );
  assert.equal(rows[0]?.n, 110);

  // The page of that restore has a link to do it again, and lists have one each.
  await page.goto(`${url}history`);
  await page.getByText('1,997 tables').first().waitFor();
  assert.ok(longest.address.length < 2_000, longest.address);
});

test('a backup and a schedule of most of 2,000 tables are chosen in a list that stays small', async (t) => {
  const { page, db } = await openPage(t, { sql: manyTables, at: 'backups/new' });
  await page.getByRole('radio', { name: 'Chosen tables' }).check();
  await page.getByRole('checkbox', { name: 'All', exact: true }).check();
  assert.ok((await drawn(page, 'Tables to choose from')) < 60);
  await page.getByLabel('Search tables').fill('0001');
  await page.getByRole('checkbox', { name: nameOf(1) }).uncheck();
  await page.getByText('1,999 tables chosen').waitFor();
  await page.getByRole('button', { name: 'Take the backup' }).click();
  await page.getByText('Completed').first().waitFor();
  const { rows } = await db.client.query('select table_count as n from system_backups');
  assert.equal(rows[0].n, 1_999);
});
