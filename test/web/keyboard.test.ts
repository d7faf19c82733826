import assert from 'node:assert/strict';
import test from 'node:test';
import type { Page } from 'playwright-core';
import { smallShop } from '../api/system.ts';
import { openPage, patienceMs } from './page.ts';

/** What has the focus, as a screen reader names it. */
function focused(page: Page): Promise<{ name: string; visible: boolean }> {
  return page.evaluate(() => {
    const element = document.activeElement as HTMLInputElement | null;
    const labels = [...(element?.labels ?? [])].map((label) => label.textContent);
    const { outlineStyle, outlineWidth } = getComputedStyle(element ?? document.body);
    return {
      name: element?.getAttribute('aria-label') ?? (labels.join(' ') || (element?.textContent ?? '')),
      visible: outlineStyle !== 'none' && outlineWidth !== '0px',
    };
  });
}

/** Goes on with Tab until something of that name has the focus, as one without a mouse does. */
async function tabTo(page: Page, name: RegExp, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  const seen: string[] = [];
  for (let step = 0; step < 80; step++) {
    await page.keyboard.press(key);
    const now = await focused(page);
    if (name.test(now.name)) return;
    seen.push(now.name);
  }
  assert.fail(`${String(name)} is not reached by ${key}, only ${seen.join(' | ')}`);
}

async function pressWhenThere(page: Page, name: RegExp, key: string): Promise<void> {
  await page.getByRole('button', { name }).or(page.getByRole('radio', { name })).first().waitFor();
  await tabTo(page, name);
  await page.keyboard.press(key);
}

test('a table comes back with the keyboard alone, from the sign-in to the proof', async (t) => {
  const { page, api, db } = await openPage(t, { sql: smallShop, signIn: false });
  const backup = await api.createBackup({ wait: true });
  await db.client.query('delete from orders where id > 100');

  // The field of the token has the focus already.
  await page.getByLabel('Admin token').waitFor();
  await page.keyboard.type('test-token-0123456789');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await tabTo(page, /^Restore$/);
  assert.ok((await focused(page)).visible, 'one sees where the focus is');
  await page.keyboard.press('Enter');

  await page.getByRole('button', { name: /^A table/ }).waitFor();
  // A new screen begins at its heading.
  assert.equal((await focused(page)).name, 'Restore');
  await pressWhenThere(page, /^A table/, 'Enter');
  await page.getByRole('radio', { name: `Backup ${backup.id}` }).waitFor();
  await pressWhenThere(page, /^Continue$/, 'Enter');

  await page.getByRole('heading', { name: 'Choose what to restore' }).waitFor();
  await page.waitForFunction(() => document.activeElement?.textContent === 'Choose what to restore', null, {
    timeout: patienceMs,
  });
  await page.getByText('public.orders').first().waitFor();
  await tabTo(page, /Find a table/);
  await page.keyboard.type('orders');
  await tabTo(page, /^public\.orders/);
  await page.keyboard.press('Space');
  assert.ok(await page.getByRole('checkbox', { name: 'public.orders' }).isChecked());
  await pressWhenThere(page, /^Continue$/, 'Enter');

  await page.getByRole('heading', { name: 'Choose where to restore' }).waitFor();
  await tabTo(page, /the live database/);
  // Arrow keys choose among radio buttons; back again, because that is what is wanted.
  await page.keyboard.press('ArrowDown');
  await page.getByRole('radio', { name: 'Beside the live tables', checked: true }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.getByLabel('Name of the new database').waitFor();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await page.getByLabel('Name of the new database').waitFor({ state: 'detached' });
  await pressWhenThere(page, /^Continue$/, 'Enter');

  await page.getByText('1 table (100 rows now) gets the 500 rows of the backup instead.').waitFor();
  await tabTo(page, /to confirm/);
  await page.keyboard.type(db.name);
  await page.keyboard.press('Enter');
  await page.getByText('500 rows in 1 table are back').waitFor();
  const { rows } = await db.client.query('select count(*)::int as count from orders');
  assert.equal(rows[0].count, 500);
});

test('a dialog keeps the focus, closes with Escape and gives the focus back', async (t) => {
  const { page, api } = await openPage(t, { sql: smallShop });
  const backup = await api.createBackup({ wait: true });
  await page.goto(new URL(`backups/${backup.id}`, page.url()).href);
  const button = page.getByRole('button', { name: 'Delete' });
  await button.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  for (let step = 0; step < 8; step++) {
    await page.keyboard.press('Tab');
    assert.ok(await dialog.evaluate((element) => element.contains(document.activeElement)));
  }
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.waitForFunction(() => document.activeElement?.textContent?.includes('Delete'), null, {
    timeout: patienceMs,
  });
});
