import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { smallShop } from '../api/system.ts';
import { privateServer } from '../support/servers.ts';
import { openPage } from './page.ts';

const password = 'Plant3d/Secret@w0rd';
const secrets = [password, encodeURIComponent(password), 'Plant3d'];

const lines = `create table countries (code text primary key); insert into countries values ('CH'), ('DE');
  alter table customers add country text not null default 'CH' references countries;
  create table lines (order_id int references orders on delete cascade, line int, what text, primary key (order_id, line));
  insert into lines select id, 1, 'w' from orders;`;

/** Chromium's own line about an answer that is an error. */
const refused = /status of [45]\d\d/;

const next = (page: Page): Promise<void> => page.getByRole('button', { name: 'Continue' }).click();

async function rowsOf(page: Page): Promise<string[][]> {
  const rows = page.getByRole('region', { name: 'What becomes of the rows' }).getByRole('row');
  await rows.nth(1).waitFor();
  const found: string[][] = [];
  for (const row of (await rows.all()).slice(1)) found.push(await row.getByRole('cell').allInnerTexts());
  return found;
}

test('one customer: what comes back is shown table by table, parents first, and what is shared', async (t) => {
  const { page, api, db } = await openPage(t, {
    sql: smallShop + lines,
    tenants: { column: 'customer_id' },
  });
  const first = await api.createBackup({ wait: true });
  await db.client.query('delete from orders where customer_id = 7');
  const second = await api.createBackup({ wait: true });
  await db.client.query(`update customers set name = 'changed' where id = 7`);

  await page.goto(new URL('restore', page.url()).href);
  await page.getByRole('button', { name: /^One customer/ }).click();
  await page.getByRole('radio', { name: `Backup ${second.id}` }).waitFor();
  await next(page);
  await page.getByRole('heading', { name: 'Which customer?' }).waitFor();
  assert.ok(await page.getByRole('button', { name: 'Continue' }).isDisabled());
  await page.getByLabel('Their customer_id').fill('7');
  await page.getByLabel('Their customer_id').press('Enter');

  // That backup has only a row of theirs that has changed since, which is decided first.
  await page.getByText('Rows are there already with other values').waitFor();
  await page.getByText('public.customers: 1 row').waitFor();
  assert.equal(await page.getByRole('button', { name: /^Put/ }).count(), 0);
  await page.getByRole('button', { name: 'Leave them as they are' }).click();
  await page.getByText('there is nothing to restore').waitFor();
  await page.getByRole('button', { name: 'Choose an older backup' }).click();
  await page.getByRole('radio', { name: `Backup ${first.id}` }).check();
  await next(page);
  // What was typed is there still.
  assert.equal(await page.getByLabel('Their customer_id').inputValue(), '7');
  await next(page);
  await page.getByText('20 rows come back: 10 in public.orders, 10 in public.lines.').waitFor();
  await page.getByText('public.countries is shared with others and left alone.').waitFor();
  assert.deepEqual(await rowsOf(page), [
    ['public.customers', '0', '0', '0', '1'],
    ['public.orders', '10', '0', '0', '0'],
    ['public.lines', '10', '0', '0', '0'],
  ]);

  // A row that changes is confirmed by the name of the database.
  await page.getByRole('radio', { name: 'Make them as in the backup' }).check();
  await page.getByText('1 row becomes as in the backup: 1 in public.customers.').waitFor();
  await page.getByLabel(`Type ${db.name} to confirm`).fill(db.name);
  await page.getByRole('button', { name: 'Put 21 rows back' }).click();
  await page.getByText('21 rows in 3 tables are back').waitFor();
  const { rows } = await db.client.query(
    `select (select count(*)::int from orders where customer_id = 7) as orders, (select count(*)::int from lines) as lines,
       (select name from customers where id = 7) as name`,
  );
  assert.deepEqual(rows, [{ orders: 10, lines: 500, name: 'customer 7' }]);
});

test('a customer that the backup does not have: that is said, and nothing is offered', async (t) => {
  const { page, api } = await openPage(t, {
    sql: smallShop,
    tenants: { column: 'customer_id' },
    expected: [refused],
  });
  const { id } = await api.createBackup({ wait: true });
  await page.goto(new URL(`restore?backup=${id}&step=review&lost=customer&customer=4711`, page.url()).href);
  await page.getByText('The backup has no such rows').waitFor();
  assert.equal(await page.getByRole('button', { name: /^Put/ }).count(), 0);
  // A value that the column cannot have.
  await page.goto(new URL(`restore?backup=${id}&step=review&lost=customer&customer=x`, page.url()).href);
  await page.getByRole('alert').waitFor();
  assert.equal(await page.getByRole('button', { name: /^Put/ }).count(), 0);
  await page.getByRole('button', { name: 'Change what was typed' }).click();
  assert.equal(await page.getByLabel('Their customer_id').inputValue(), 'x');
});

test('where no setting knows customers, it is said how to set it, and what goes without it', async (t) => {
  const { page, api } = await openPage(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  await page.goto(new URL('restore', page.url()).href);
  await page.getByRole('button', { name: /^One customer/ }).click();
  await next(page);
  await page.getByText('HOLDFAST_TENANT_COLUMN=customer_id').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Continue' }).count(), 0);
  await page.getByRole('link', { name: 'Find the customer' }).click();
  await page.getByRole('combobox', { name: 'Table' }).waitFor();
  assert.ok(page.url().includes(`/backups/${id}?show=rows`));
});

test('rows are looked for by any column, and all that are shown are ticked at once', async (t) => {
  const { page, api, db } = await openPage(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  await db.client.query('delete from orders where customer_id = 7');
  await page.goto(new URL(`backups/${id}?show=rows`, page.url()).href);
  await page.getByRole('combobox', { name: 'Table' }).click();
  await page.getByRole('option', { name: 'public.orders' }).click();
  await page.getByRole('combobox', { name: 'Column' }).click();
  await page.getByRole('option', { name: 'customer_id' }).click();
  await page.getByLabel('Value').fill('7');
  await page.getByRole('button', { name: 'Show rows' }).click();
  await page.getByRole('button', { name: 'Tick all 10' }).click();
  await page.getByText('10 rows ticked').waitFor();
  await page.getByRole('button', { name: 'Tick none' }).click();
  await page.getByText('Tick the rows that you want back').waitFor();
  await page.getByRole('button', { name: 'Tick all 10' }).click();
  await page.getByRole('button', { name: 'Restore these' }).click();
  await page.getByRole('button', { name: 'Put 10 rows back' }).click();
  await page.getByText('10 rows in 1 table are back').waitFor();
  const { rows } = await db.client.query('select count(*)::int as n from orders');
  assert.equal(rows[0].n, 500);
});

/** Everything that outlives the page, and all that it asked of the server but in the body of a call. */
async function keptBy(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const caches = await window.caches?.keys().catch(() => []);
    const databases = await indexedDB.databases();
    return JSON.stringify([
      location.href,
      history.state,
      Object.entries(localStorage),
      Object.entries(sessionStorage),
      document.cookie,
      caches,
      databases,
      performance.getEntriesByType('resource').map(({ name }) => name),
    ]);
  });
}

async function serverWith(t: TestContext) {
  const other = await privateServer(t);
  const client = await other.client();
  await client.query(`create role mover superuser login password '${password}'; create role clerk`);
  return { other, client, place: `${other.server.host}:${other.server.port}` };
}

test('another server: roles are mapped as the plan asks, and the password is kept nowhere', async (t) => {
  const role = `owner_${process.pid}`;
  const { page, api, db, url } = await openPage(t, { sql: smallShop, expected: [refused] });
  await db.client.query(`create role ${role}`);
  t.after(() => db.client.query(`drop owned by ${role}; drop role ${role}`));
  await db.client.query(`alter table orders owner to ${role}`);
  const { other, place } = await serverWith(t);
  const backup = await api.createBackup({ wait: true });
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));

  await page.goto(new URL('restore', page.url()).href);
  await page.getByRole('button', { name: /^The server/ }).click();
  await page.getByRole('radio', { name: `Backup ${backup.id}` }).waitFor();
  await next(page);
  assert.ok(await page.getByRole('radio', { name: 'Onto another server' }).isChecked());
  assert.ok(await page.getByRole('button', { name: 'Continue' }).isDisabled());
  // As a provider shows it, in one piece: the password goes where it cannot be read.
  await page
    .getByLabel('Address of the other server')
    .fill(`postgres://mover:${encodeURIComponent(password)}@${place}/shop`);
  assert.equal(
    await page.getByLabel('Address of the other server').inputValue(),
    `postgres://mover@${place}/shop`,
  );
  const field = page.getByLabel('Password', { exact: true });
  assert.deepEqual(
    [await field.inputValue(), await field.getAttribute('type'), await field.getAttribute('autocomplete')],
    [password, 'password', 'off'],
  );
  await field.fill('wrong');
  await next(page);
  await page.getByRole('alert').waitFor();
  await page.getByRole('button', { name: 'Change the address' }).click();
  await field.fill(password);
  await next(page);

  await page.getByText('1 role of the backup does not exist here').waitFor();
  await page.getByLabel(`Instead of ${role}`).fill('clerk');
  await page.getByRole('button', { name: 'Use these roles' }).click();
  await page.getByText(`What was of ${role} becomes that of clerk`).waitFor();
  const start = page.getByRole('button', { name: `Create shop on ${place}` });
  await start.waitFor();
  await page.getByText(`A new database, shop, is created on ${place}`, { exact: false }).waitFor();

  // The history of the page has the choices, and a reload asks for the address again.
  assert.match(page.url(), /elsewhere=true/);
  await start.click();
  await page.getByText('550 rows in 2 tables are back').waitFor();
  const shop = await other.client('shop');
  const { rows } = await shop.query(
    `select (select count(*)::int from orders) as orders, tableowner as owner from pg_tables where tablename = 'orders'`,
  );
  assert.deepEqual(rows, [{ orders: 500, owner: 'clerk' }]);

  const said = [await keptBy(page), asked.join('\n'), await page.content()];
  for (let back = 0; back < 4; back++) {
    await page.goBack();
    said.push(await keptBy(page));
  }
  assert.ok(said.some((text) => text.includes('elsewhere=true')));
  for (const secret of secrets) assert.ok(!said.join('\n').includes(secret), secret);

  await page.goto(`${url}restore?backup=${backup.id}&what=everything&elsewhere=true&step=review`);
  await page.getByRole('heading', { name: 'Choose where to restore' }).waitFor();
  assert.equal(await page.getByLabel('Address of the other server').inputValue(), '');
  assert.equal(await page.getByLabel('Password', { exact: true }).inputValue(), '');
  // A name that is taken is said, and leads back to the address.
  await page
    .getByLabel('Address of the other server')
    .fill(`postgres://mover:${encodeURIComponent(password)}@${place}/shop`);
  await next(page);
  await page.getByText('not empty', { exact: false }).waitFor();
  await page.getByRole('button', { name: 'Change the address' }).click();
  await page.getByRole('heading', { name: 'Choose where to restore' }).waitFor();
});
