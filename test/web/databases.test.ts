import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import type { Page, Route } from 'playwright-core';
import { createBackupSystem, silentLogger } from '../../src/index.ts';
import { addressOf } from '../../src/postgres/connection.ts';
import { smallShop, token, type TestSystem } from '../api/system.ts';
import type { TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';
import {
  addressFor,
  named,
  optionLines,
  ruleLine,
  variableLine,
} from '../../web/src/databases/option-lines.ts';
import { assertAccessible, assertFits } from './axe.ts';
import { openPage, patienceMs, type OpenedPage } from './page.ts';

interface Several extends OpenedPage {
  /** On the same server, and in no configuration. */
  forgotten: string;
  /** Enrolled by a rule that is no longer there, with a backup. */
  old: TestDatabase;
}

/** `shop` with the tables of a shop, `crm` without Holdfast's own, one of a rule that is no more, and one that nothing protects. */
async function openSeveral(t: TestContext): Promise<Several> {
  let old: TestDatabase | undefined;
  const forgotten = `Forgotten ${randomBytes(4).toString('hex')}`;
  const opened = await openPage(t, {
    sql: smallShop,
    expected: [/status of 404/],
    async serving({ db }: TestSystem) {
      const crm = await db.createDatabase();
      await crm.client.query('create table contacts (id int primary key); insert into contacts values (1)');
      await db.createDatabase(forgotten);
      old = await db.createDatabase();
      await enrolOnce(db.connectionString, old.name);
      const system = createBackupSystem({
        databases: { shop: db.connectionString, crm: crm.connectionString },
        // Other tests may have databases on this server.
        enrol: { exclude: ['t*'] },
        auth: { token },
        logger: silentLogger,
      });
      t.after(() => system.stop());
      return system;
    },
  });
  return { ...opened, forgotten, old: old! };
}

/** As a process with a rule does, until it is stopped. */
async function enrolOnce(database: string, name: string): Promise<void> {
  const system = createBackupSystem({
    database,
    enrol: { include: name },
    auth: { token },
    logger: silentLogger,
  });
  await system.start();
  await until(async () =>
    (await system.api.listDatabases()).databases.some((each) => each.name === name && each.state === 'ready'),
  );
  await (await system.database(name)).api.createBackup({ wait: true });
  await system.stop();
}

const picker = (page: Page) => page.getByRole('button', { name: /^Database / });
const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name });

test('of several databases one is chosen, kept in the address, and never shown with the answers of another', async (t) => {
  const { page, system, url, db, anotherTab, context, forgotten, old } = await openSeveral(t);
  await picker(page).getByText('shop').waitFor();
  const shop = await system.api.createBackup({ wait: true, description: 'Of the shop' });

  // What is not set up yet is set up as a single one is, from the list.
  await page.getByRole('link', { name: 'Databases', exact: true }).click();
  const table = page.getByRole('table', { name: 'Databases' });
  await table.getByRole('row', { name: /^shop Healthy|^shop No schedule/ }).waitFor();
  await page.getByText(forgotten, { exact: true }).waitFor();
  const linesOf = (panel: string) =>
    page.getByRole('region', { name: panel }).getByRole('group', { name: 'In databases' });
  const lines = linesOf('1 database not protected');
  assert.match(
    (await lines.textContent())!,
    new RegExp(`'forgotten-.*postgres://USER:PASSWORD@.*/Forgotten%20`),
  );
  await table.getByRole('row', { name: new RegExp(`^${old.name} Under no rule`) }).waitFor();
  const [, name, address] = /^(\w+): '(.*)',$/.exec((await linesOf(`Restore ${old.name}`).textContent())!)!;
  assert.equal(addressOf({ connectionString: address! }).database, old.name);
  const again = createBackupSystem({
    databases: { shop: db.connectionString, [name!]: old.connectionString },
    auth: { token },
    logger: silentLogger,
  });
  assert.equal((await (await again.database(name!)).api.listBackups()).total, 1);
  await again.stop();
  await assertAccessible(page, 'databases');
  await assertFits(page, 'databases');
  await page.setViewportSize({ width: 390, height: 844 });
  await assertFits(page, 'databases on a phone');
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.getByRole('link', { name: 'Set up crm' }).click();
  await heading(page, 'Set up backups').waitFor();
  assert.equal(page.url(), `${url}?database=crm`);
  await page.getByRole('button', { name: 'Set up and back up' }).click();
  await page.getByRole('button', { name: 'Go to the overview' }).click();
  await page.getByText('Backup 1 has 1 table, 1 row.').waitFor();
  assert.equal(await page.title(), 'Overview · crm · Holdfast');

  // Going on stays there, also after a reload and in another tab.
  await page.getByRole('link', { name: 'Backups', exact: true }).click();
  await heading(page, 'Backups').waitFor();
  assert.equal(page.url(), `${url}backups?database=crm`);
  await page.reload();
  await page.getByRole('row').getByText('The first backup').waitFor();
  assert.match((await picker(page).textContent())!, /^Database crm/);
  const crmOnly = async (of: Page): Promise<void> =>
    assert.equal(await of.getByText('Of the shop').count(), 0);
  await crmOnly(page);
  const tab = await anotherTab('backups/1?database=crm');
  await heading(tab, 'Backup 1').waitFor();
  await tab.getByText('public.contacts').first().waitFor();
  await tab.getByRole('button', { name: 'Delete' }).click();
  await tab.getByRole('dialog').getByText('Database: crm').waitFor();
  await tab.close();

  // The answer of one database that comes when the page is about another.
  const late = Promise.withResolvers<Route>();
  await page.route('**/api/admin/backup?**', async (route) => {
    if (new URL(route.request().url()).searchParams.get('database') === 'shop') late.resolve(route);
    else await route.continue();
  });
  await choose(page, 'shop');
  const held = await late.promise;
  assert.equal(page.url(), `${url}backups?database=shop`);
  await choose(page, 'crm');
  await page.getByRole('row').getByText('The first backup').waitFor();
  await held.continue().catch(() => {});
  await crmOnly(page);
  assert.equal(page.url(), `${url}backups?database=crm`);
  await page.unroute('**/api/admin/backup?**');
  await choose(page, 'shop');
  await page.getByRole('row').getByText('Of the shop').waitFor();
  await page.goBack();
  await page.getByRole('row').getByText('The first backup').waitFor();
  await crmOnly(page);

  // Events and calls are of the database of the page.
  const streams = new Set<string>();
  context.on('request', (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (pathname.endsWith('/events')) streams.add(searchParams.get('database') ?? 'none');
  });
  await choose(page, 'shop');
  await page.getByRole('row').getByText('Of the shop').waitFor();
  await system.api.createBackup({ wait: true, description: 'While one looks' });
  await page.getByRole('row').getByText('While one looks').waitFor();
  assert.deepEqual([...streams], ['shop']);

  await page.goto(`${url}backups/${shop.id}?database=other`);
  await heading(page, 'Database not found').waitFor();
  await page.getByRole('link', { name: 'Go to shop' }).click();
  await heading(page, 'Overview').waitFor();
  await page.getByRole('link', { name: 'See the databases' }).waitFor();
});

async function choose(page: Page, name: string): Promise<void> {
  await picker(page).click();
  await page.getByRole('menuitem', { name }).click();
  await until(
    async () => new RegExp(`^Database ${name}`).test((await picker(page).textContent()) ?? ''),
    patienceMs,
  );
}

test('a token is made for one of several databases, and one who signs in with it sees that one alone', async (t) => {
  const { page, system, url, context } = await openSeveral(t);
  await (await system.database('crm')).api.init();
  await page.goto(`${url}access`);
  await page.getByRole('button', { name: 'Make a token' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('crm team');
  await dialog.getByRole('radio', { name: 'Everything' }).check();
  const choice = dialog.getByRole('group', { name: 'For which databases' });
  await choice.waitFor({ state: 'hidden' });
  await dialog.getByRole('radio', { name: 'Back up' }).check();
  await choice.getByLabel('crm').check();
  await assertAccessible(page, 'a token for one of several databases');
  await dialog.getByRole('button', { name: 'Make it' }).click();
  const made = (await page.getByRole('group', { name: 'Token', exact: true }).textContent())!.trim();
  await page.getByRole('button', { name: 'I have it' }).click();
  await page.getByRole('row', { name: /^crm team .* crm / }).waitFor();

  await context.clearCookies();
  await page.goto(url);
  await page.getByLabel('Admin token').fill(made);
  await page.keyboard.press('Enter');
  await heading(page, 'Overview').waitFor();
  const shown = await page.evaluate(async () => {
    const answer = await fetch('/api/admin/databases');
    return ((await answer.json()) as { databases: { name: string }[] }).databases.map(({ name }) => name);
  });
  assert.deepEqual(shown, ['crm']);
  await page.goto(`${url}backups`);
  await page.getByText('No backups yet').waitFor();
});

test('with one database and nothing that is not protected, nothing is shown of several, and they are asked for once', async (t) => {
  const { page, api } = await openPage(t, { sql: smallShop, signIn: false });
  let asked = 0;
  page.on('request', (request) => {
    if (request.url().includes('/databases')) asked++;
  });
  await page.getByLabel('Admin token').fill(token);
  await page.keyboard.press('Enter');
  await heading(page, 'Overview').waitFor();
  await until(() => asked === 1);
  // An event loads everything else again.
  await api.createBackup({ wait: true });
  await page.getByText('Backup 1 has 2 tables, 550 rows.').waitFor();
  assert.equal(asked, 1);
  assert.equal(await picker(page).count(), 0);
  assert.equal(await page.getByRole('link', { name: 'Databases', exact: true }).count(), 0);
  assert.equal(await page.title(), 'Overview · Holdfast');
});

test('the lines for a configuration have names that it takes, and addresses that are read as they were meant', () => {
  const places = [
    { server: 'db.example:5432', database: 'shop' },
    { server: 'db.example:5432', database: 'Shop!' },
    { server: '/run/postgresql', database: 'a b' },
    { server: '::1:5433', database: "Bob's" },
  ];
  const given = named(places, ['shop']);
  assert.deepEqual(
    given.map(({ name }) => name),
    ['shop-2', 'shop-', 'a-b', 'bob-s'],
  );
  for (const place of places) {
    const { server, database } = addressOf({ connectionString: addressFor(place) });
    assert.deepEqual({ server, database }, place);
  }
  assert.equal(
    optionLines(given.slice(0, 2)),
    `'shop-2': 'postgres://USER:PASSWORD@db.example:5432/shop',\n'shop-': 'postgres://USER:PASSWORD@db.example:5432/Shop!',`,
  );
  assert.equal(
    variableLine(given.slice(2, 3)),
    'HOLDFAST_DATABASES="a-b=postgres://USER:PASSWORD@/a%20b?host=%2Frun%2Fpostgresql"',
  );
  assert.equal(
    ruleLine(places[3]!),
    String.raw`enrol: { server: 'postgres://USER:PASSWORD@[::1]:5433/postgres', include: ['Bob\'s'] },`,
  );
});
