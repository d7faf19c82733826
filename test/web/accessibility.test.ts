import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { smallShop } from '../api/system.ts';
import { byTurns } from '../support/servers.ts';
import { assertAccessible, assertFits } from './axe.ts';
import { openPage, type PageSetup } from './page.ts';

interface Screen {
  name: string;
  at: string;
  /** What is to be seen before it is looked at. */
  shows: (page: Page) => ReturnType<Page['getByText']>;
}

const screens: Screen[] = [
  {
    name: 'overview',
    at: '',
    shows: (page) =>
      page.getByText('Only inside the database itself:').or(page.getByText('Not protected:')).first(),
  },
  {
    name: 'backups',
    at: 'backups',
    shows: (page) => page.getByRole('link', { name: 'Backup 1', exact: true }),
  },
  { name: 'new backup', at: 'backups/new', shows: (page) => page.getByText('Chosen tables') },
  { name: 'backup', at: 'backups/1', shows: (page) => page.getByText('public.orders').first() },
  {
    name: 'failed backup',
    at: 'backups/4',
    shows: (page) => page.getByText('INTERRUPTED. Nothing', { exact: false }),
  },
  { name: 'access', at: 'access', shows: (page) => page.getByText('There are no tokens') },
  { name: 'channels', at: 'channels', shows: (page) => page.getByText('There are no channels') },
  {
    name: 'approvals',
    at: 'history/approvals',
    shows: (page) => page.getByText('No call has needed a second actor yet'),
  },
  { name: 'restore, loss', at: 'restore', shows: (page) => page.getByRole('button', { name: /^A table/ }) },
  {
    name: 'restore, backup',
    at: 'restore?lost=table',
    shows: (page) => page.getByRole('radio', { name: 'Backup 1' }),
  },
  {
    name: 'restore, tables',
    at: 'restore?backup=1',
    shows: (page) => page.getByText('public.orders').first(),
  },
  {
    name: 'restore, customer',
    at: 'restore?backup=1&lost=customer&step=customer',
    shows: (page) => page.getByText('HOLDFAST_TENANT_COLUMN=customer_id'),
  },
  {
    name: 'restore, server',
    at: 'restore?backup=1&lost=server&what=everything&elsewhere=true&step=target',
    shows: (page) => page.getByLabel('Address of the other server'),
  },
  {
    name: 'restore, target',
    at: 'restore?backup=1&step=target&table=public.orders&into=rescue',
    shows: (page) => page.getByLabel('Name of the new database'),
  },
  {
    name: 'restore, review',
    at: 'restore?backup=1&step=review&table=public.orders&table=public.customers',
    shows: (page) => page.getByLabel(/^Type/),
  },
  {
    name: 'restore, refused',
    at: 'restore?backup=1&step=review&table=public.changed',
    shows: (page) => page.getByText('1 table changed its form since the backup'),
  },
  {
    name: 'restore, answers',
    at: `restore?backup=1&step=review&table=public.changed&drift=adapt&answer=${encodeURIComponent('["rename","public.changed","a","b"]')}`,
    shows: (page) => page.getByRole('button', { name: 'Add the answer' }),
  },
  { name: 'restore, done', at: 'restore/1', shows: (page) => page.getByText('500 rows in 1 table are back') },
  { name: 'radar', at: 'radar', shows: (page) => page.getByText('Nothing is announced') },
  {
    name: 'databases',
    at: 'databases',
    shows: (page) => page.getByRole('heading', { name: '1 database' }),
  },
  { name: 'stores', at: 'stores', shows: (page) => page.getByText('Ready', { exact: true }) },
  { name: 'restore, failed', at: 'restore/2', shows: (page) => page.getByText('and was rolled back') },
  {
    name: 'schedule',
    at: 'schedule',
    shows: (page) => page.getByRole('list', { name: 'Next runs' }),
  },
  {
    name: 'retention',
    at: 'schedule/retention',
    shows: (page) => page.getByRole('group', { name: 'Calendar of backups' }),
  },
  { name: 'history', at: 'history', shows: (page) => page.getByRole('link', { name: 'Restore 1' }) },
  {
    name: 'cleanups',
    at: 'history/cleanups',
    shows: (page) => page.getByRole('row').getByText('By hand'),
  },
  {
    name: 'not found',
    at: 'nowhere',
    shows: (page) => page.getByText('There is no page at this address.'),
  },
];

/** Something on every screen: good, failed and interrupted runs, a schedule, restores. */
async function openFull(t: TestContext, setup: PageSetup): ReturnType<typeof openPage> {
  const opened = await openPage(t, { sql: `${smallShop} create table changed (a int)`, ...setup });
  const { api, db } = opened;
  const backup = await api.createBackup({ wait: true, description: 'The first' });
  await api.updateSchedule({ enabled: true, frequency: 'daily', time: '02:00' });
  await api.restore({ backupId: backup.id, restoreType: 'partial', tables: ['orders'], wait: true });
  await db.client.query(
    `alter table changed rename a to b; delete from orders where id > 3;
     insert into customers values (51, 'new'); insert into orders values (501, 51, 1)`,
  );
  await assert.rejects(
    api.restore({ backupId: backup.id, restoreType: 'partial', tables: ['customers'], wait: true }),
  );
  await db.client.query(
    `insert into system_backups (uuid, type, status, store, finished_at, error) values (gen_random_uuid(), 'full',
       'interrupted', 'database', now(), '{"error":"Run interrupted","code":"INTERRUPTED","message":"It ended."}')`,
  );
  await api.deleteBackup((await api.createBackup({ wait: true })).id);
  return opened;
}

/** What opens over a screen. */
async function checkOverlays(page: Page, url: string): Promise<void> {
  await page.goto(`${url}backups/1`);
  await page.getByRole('button', { name: 'Download' }).click();
  await page.getByRole('menuitem').first().waitFor();
  await assertAccessible(page, 'the menu of downloads');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').waitFor();
  await assertAccessible(page, 'the dialog of a deletion');
}

test('no violation on any screen', async (t) => {
  const { page, url } = await openFull(t);
  for (const { name, at, shows } of byTurns(screens)) {
    await page.goto(url + at);
    await shows(page).waitFor();
    await assertAccessible(page, name);
  }
  await checkOverlays(page, url);
});

test('no violation before there is anything, nor on a phone', async (t) => {
  const { page, url } = await openPage(t, {
    signIn: false,
    initialize: false,
    viewport: { width: 390, height: 844 },
  });
  await page.getByLabel('Admin token').waitFor();
  await assertAccessible(page, 'sign-in');
  await page.getByLabel('Admin token').fill('test-token-0123456789');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Set up backups' }).waitFor();
  await assertAccessible(page, 'set-up');
  await page.getByRole('button', { name: 'Set up and back up' }).click();
  await page.getByText('0 rows', { exact: false }).first().waitFor();
  for (const at of [
    '',
    'backups',
    'restore',
    'restore?lost=table',
    'schedule',
    'schedule/retention',
    'radar',
    'stores',
    'databases',
    'history',
  ]) {
    await page.goto(url + at);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await assertAccessible(page, `${at} on a phone`);
    await assertFits(page, at);
  }
});
