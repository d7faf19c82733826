import assert from 'node:assert/strict';
import test from 'node:test';
import { smallShop } from '../api/system.ts';
import { until } from '../support/until.ts';
import { openPage } from './page.ts';

/** Chromium's own words about a server that is not there. */
const noServer = /ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE|ERR_CONNECTION_RESET/;

test('while the server is away the page shows what was known, marked as old, and comes back by itself', async (t) => {
  const { page, api, goAway, url } = await openPage(t, { sql: smallShop, expected: [noServer] });
  const backup = await api.createBackup({ wait: true });
  await page.getByText(`Backup ${backup.id} has 2 tables, 550 rows.`).waitFor();

  const comeBack = await goAway();
  const lost = page.getByText(/^Connection lost, last known at \d\d:\d\d$/);
  await lost.waitFor();
  // What was known is still there, and no longer said as if it were so now.
  await page.getByText(`Backup ${backup.id} has 2 tables, 550 rows.`).waitFor();
  const banner = page.getByRole('region', { name: 'State of the backups' });
  await until(async () => /^At \d\d:\d\d: /.test(await banner.innerText()));
  // No screen that was seen turns into an error.
  await page.waitForTimeout(4_000);
  assert.equal(await page.getByText('Try again').count(), 0);

  await comeBack();
  await lost.waitFor({ state: 'detached' });
  await until(async () => !(await banner.innerText()).startsWith('At '));
  await api.createBackup({ wait: true });
  await page.getByText(`Backup ${backup.id + 1} has 2 tables, 550 rows.`).waitFor();

  // Loading it afresh needs the server; with the page's own files still there, it waits and says so.
  await page.route('**/api/admin/session', (route) => route.abort('connectionrefused'));
  await page.goto(url);
  await page.getByText('No connection to the server').waitFor();
  await page.unroute('**/api/admin/session');
  await page.getByText(`Backup ${backup.id + 1} has 2 tables, 550 rows.`).waitFor();
});

test('a slow server shows the shape of what comes, and never an empty page', async (t) => {
  const { page, api, url } = await openPage(t, { sql: smallShop });
  await api.createBackup({ wait: true });
  await page.getByText('2 tables, 550 rows').first().waitFor();
  const gates = { session: Promise.withResolvers<void>(), answers: Promise.withResolvers<void>() };
  await page.route(
    (address) => /\/api\/admin\/(?!ui\/|events)/.test(address.pathname),
    async (route) => {
      await (route.request().url().endsWith('/session') ? gates.session : gates.answers).promise;
      await route.continue();
    },
  );
  await page.goto(url);
  const waiting = page.getByLabel('Loading').first();
  await waiting.waitFor();
  gates.session.resolve();
  // Who one is is known, and nothing else yet.
  await page.getByRole('navigation', { name: 'Screens' }).waitFor();
  await waiting.waitFor();
  gates.answers.resolve();
  await page.getByText('2 tables, 550 rows').first().waitFor();
  await waiting.waitFor({ state: 'detached' });
});

test('a table that is gone since the last backup is told of on the overview, and one click from coming back', async (t) => {
  const { page, api, db } = await openPage(t, { sql: smallShop });
  const backup = await api.createBackup({ wait: true });
  await page.getByText('2 tables, 550 rows').first().waitFor();
  await db.client.query('drop table orders');
  // Nothing tells the page of it: it asks now and then, and when somebody comes back to it.
  await page.reload();
  await page.getByText(`1 table of backup ${backup.id} is no longer in the database`).waitFor();
  await page.getByText('public.orders (500 rows)').waitFor();
  await page.getByRole('link', { name: 'Restore it' }).click();
  await page.getByRole('button', { name: 'Choose it' }).click();
  await page.getByText('1 table of 2 chosen').waitFor();
});
