import assert from 'node:assert/strict';
import test from 'node:test';
import { smallShop } from '../api/system.ts';
import { enterToken, openPage } from './page.ts';

/** Chromium's own line about an answer of 401. */
const refused = /status of 401/;

test('a wrong token is refused with words, and the right one leads to where one wanted to go', async (t) => {
  const { page } = await openPage(t, { signIn: false, at: 'schedule/retention', expected: [refused] });
  await enterToken(page, 'not the token');
  await page.getByText('Wrong token.').waitFor();
  await enterToken(page);
  await page.getByRole('heading', { level: 1, name: 'Schedule' }).waitFor();
  await page.getByText('One for each period', { exact: false }).waitFor();
});

test('the page works without the slash at the end of its address, where a framework takes that off', async (t) => {
  const { page, url } = await openPage(t, { proxyPrefix: '/tools' });
  // Signed in: leaving earlier would take the sign-in back.
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await page.goto(url.slice(0, -1));
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await page.getByRole('link', { name: 'Backups', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Backups' }).waitFor();
  assert.equal(page.url(), `${url}backups`);
});

test('a session that ends asks for the token in place, and goes on from there', async (t) => {
  const { page, context, expect } = await openPage(t, { sql: smallShop, at: 'history' });
  await page.getByText('Nothing has been restored yet').waitFor();
  expect(refused);
  const link = page.getByRole('link', { name: 'Backups', exact: true });
  const ended = page.getByText('Your session has ended.');
  await context.clearCookies();
  // The page may notice by itself, and then there is no link to click.
  const clicked = link.click({ timeout: 5_000 }).catch(() => {});
  await ended.waitFor();
  await clicked;
  const there = page.url();
  await enterToken(page);
  const noBackups = there.endsWith('/ui/backups');
  await page.getByText(noBackups ? 'No backups yet' : 'Nothing has been restored yet').waitFor();
  assert.equal(page.url(), there);
});

test('two tabs: signing out in one signs out the other, and what one does the other shows', async (t) => {
  const { page, anotherTab, expect } = await openPage(t, { sql: smallShop, at: 'backups' });
  const other = await anotherTab('backups');
  await other
    .getByRole('button', { name: 'Back up now' })
    .or(other.getByRole('button', { name: /Take/ }))
    .first()
    .click();
  await page.bringToFront();
  await page.getByRole('row').getByText('Completed', { exact: true }).waitFor();

  expect(refused);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Admin token').waitFor();
  await other.bringToFront();
  await other.getByLabel('Admin token').waitFor();
  await enterToken(other);
  await other.getByRole('heading', { level: 1, name: 'Backup 1' }).waitFor();
  await page.getByRole('heading', { level: 1, name: 'Backups' }).waitFor();
});

test('behind a proxy that takes a prefix away everything works: pages, calls, session and download', async (t) => {
  const { page, api, url } = await openPage(t, {
    sql: smallShop,
    proxyPrefix: '/tools/backups',
    at: 'backups/new',
  });
  await page.getByRole('button', { name: 'Take the backup' }).click();
  await page.getByText('Completed', { exact: true }).waitFor();
  assert.equal(page.url(), `${url}backups/1`);
  await page.reload();
  await page.getByRole('heading', { name: 'Backup 1' }).waitFor();
  await page.getByRole('button', { name: 'Download' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: 'SQL, plain' }).click(),
  ]);
  assert.equal(await download.failure(), null);
  await page.getByRole('button', { name: 'Pin', exact: true }).click();
  await page.getByRole('button', { name: 'Unpin' }).waitFor();
  assert.equal((await api.getBackup(1)).pinned, true);
});
