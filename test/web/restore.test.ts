import assert from 'node:assert/strict';
import test from 'node:test';
import type { Page } from 'playwright-core';
import { smallShop } from '../api/system.ts';
import { chunksOf } from '../runs/manifests.ts';
import { openPage } from './page.ts';

const next = (page: Page): Promise<void> => page.getByRole('button', { name: 'Continue' }).click();

test('a table that was dropped comes back through the wizard', async (t) => {
  const { page, api, db } = await openPage(t, { sql: smallShop });
  const backup = await api.createBackup({ wait: true });
  await db.client.query('drop table orders');

  await page.getByRole('link', { name: 'Restore', exact: true }).first().click();
  await page.getByRole('button', { name: /^A table/ }).click();
  await page.getByRole('radio', { name: `Backup ${backup.id}` }).waitFor();
  await next(page);
  // What is missing is found without looking for it.
  await page.getByText('1 table of this backup is missing in the database now').waitFor();
  await page.getByRole('button', { name: 'Choose it' }).click();
  await next(page);
  await next(page);
  await page.getByText('1 table is missing and comes back with 500 rows.').waitFor();
  // Nothing that is there goes, so nothing has to be typed.
  await page.getByRole('button', { name: 'Restore 1 table' }).click();

  await page.getByText('500 rows in 1 table are back').waitFor();
  await page.getByText('Completed').waitFor();
  const { rows } = await db.client.query('select count(*)::int as count from orders');
  assert.equal(rows[0].count, 500);
});

test('everything: nothing has to be chosen; into a new database or in place', async (t) => {
  const { page, api, db } = await openPage(t, { sql: smallShop });
  const backup = await api.createBackup({ wait: true });
  await db.client.query('drop table orders cascade; delete from customers');
  await page.goto(new URL('restore', page.url()).href);
  await page.getByRole('heading', { name: 'What was lost?' }).waitFor();
  await page.getByRole('button', { name: /^Everything/ }).click();
  await page.getByRole('radio', { name: `Backup ${backup.id}` }).waitFor();
  await next(page);
  await page.getByRole('radio', { name: 'Into a new database' }).check();
  await next(page);
  const database = `${db.name}_backup_${backup.id}`;
  await page.getByRole('button', { name: `Create ${database}` }).waitFor();

  // The way back leads to the question.
  await page
    .getByRole('navigation', { name: 'Steps of the restore' })
    .getByRole('button', { name: 'Loss' })
    .click();
  await page.getByRole('button', { name: /^Everything/ }).click();
  await page.getByRole('radio', { name: `Backup ${backup.id}` }).waitFor();
  await next(page);
  await page.getByRole('radio', { name: `Into ${db.name}, the live database` }).check();
  await next(page);
  await page.getByText('1 table is missing and comes back with 500 rows.').waitFor();
  await page.getByText('1 table (empty now) gets the 50 rows of the backup instead.').waitFor();
  await page.getByRole('button', { name: 'Restore 2 tables' }).click();
  await page.getByText('550 rows in 2 tables are back').waitFor();
  const { rows } = await db.client.query(
    'select sum(amount)::int as sum from orders join customers c on c.id = customer_id',
  );
  assert.equal(rows[0].sum, 187_875);
});

for (const [loss, table] of [
  ['Some rows', 'public.orders'],
  ['Just look', 'public.customers'],
] as const) {
  test(`${loss}: the wizard ends on the rows of the backup`, async (t) => {
    const { page, api } = await openPage(t, { sql: smallShop });
    await api.createBackup({ wait: true });
    await page.goto(new URL('restore', page.url()).href);
    await page.getByRole('button', { name: new RegExp(`^${loss}`) }).click();
    await page.getByRole('link', { name: 'Show its rows' }).click();
    await page.getByRole('combobox', { name: 'Table' }).fill(table);
    await page.getByRole('option', { name: table }).click();
    await page.getByLabel('Value').fill('5');
    await page.getByRole('button', { name: 'Show rows' }).click();
    await page.getByRole('table', { name: `Rows of ${table} in this backup` }).waitFor();
  });
}

test('what replaces rows has to be confirmed by name, and can be undone', async (t) => {
  const { page, api, db } = await openPage(t, { sql: smallShop });
  const backup = await api.createBackup({ wait: true });
  await db.client.query('delete from orders where id > 100');
  const count = async (): Promise<number> => {
    const { rows } = await db.client.query('select count(*)::int as count from orders');
    return rows[0].count as number;
  };

  // From the page of the backup.
  await page.goto(new URL(`backups/${backup.id}`, page.url()).href);
  await page.getByRole('main').getByRole('link', { name: 'Restore' }).click();
  await page.getByLabel('Find a table').fill('ord');
  await page.getByRole('checkbox', { name: 'public.orders' }).check();
  await next(page);
  await next(page);
  await page.getByText('1 table (100 rows now) gets the 500 rows of the backup instead.').waitFor();
  await page.getByRole('cell', { name: '+400' }).waitFor();
  await page
    .getByText(
      'Until it ends, other sessions cannot read or write public.orders, public.customers: they wait.',
    )
    .waitFor();
  await page.getByText('How long is unknown').waitFor();
  const button = page.getByRole('button', { name: 'Restore 1 table' });
  const field = page.getByLabel(`Type ${db.name} to confirm`);
  await field.fill('something else');
  await button.click();
  await page.getByText(`That is not ${db.name}`).waitFor();
  assert.equal(await count(), 100);
  await field.fill(db.name);
  await button.click();
  await page.getByText('500 rows in 1 table are back').waitFor();
  assert.equal(await count(), 500);

  await db.client.query(
    `insert into orders values (501, 1, 1), (502, 1, 1); delete from orders where id = 7`,
  );
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Undo restore 1?' });
  await dialog.getByText('1 table gets back the 100 rows from before the restore.').waitFor();
  await dialog
    .getByText(
      'public.orders: 2 rows were inserted or changed since restore 1 and are lost; 1 row that it left was deleted or changed since.',
    )
    .waitFor();
  const undo = dialog.getByRole('button', { name: 'Undo restore 1' });
  assert.ok(await undo.isDisabled());
  await dialog.getByLabel(`Type ${db.name} to confirm`).fill(db.name);
  await undo.click();
  await page.getByText('100 rows in 1 table are back').waitFor();
  await page.getByText('Undid restore 1 from its safety backup').waitFor();
  assert.equal(await count(), 100);

  await page.getByRole('link', { name: 'Restore 1', exact: true }).click();
  await page.getByRole('link', { name: 'Restore 2', exact: true }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Undo', exact: true }).count(), 0);
});

test('an undo that cannot be says why before anything is typed', async (t) => {
  const { page, api, db } = await openPage(t, { sql: smallShop });
  const backup = await api.createBackup({ wait: true });
  const restore = await api.restore({
    backupId: backup.id,
    restoreType: 'partial',
    tables: ['orders'],
    wait: true,
  });
  await db.client.query('alter table orders rename amount to total');
  await page.goto(new URL(`restore/${restore.id}`, page.url()).href);
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: `Undo restore ${restore.id}?` });
  await dialog.getByText('The live schema differs from the backup').waitFor();
  assert.ok(await dialog.getByRole('button', { name: `Undo restore ${restore.id}` }).isDisabled());
});

test('a table of another form is refused, and the way round leads into a new database', async (t) => {
  const { page, api, db } = await openPage(t, { sql: smallShop });
  const backup = await api.createBackup({ wait: true });
  await db.client.query('alter table orders rename amount to total');

  await page.goto(
    new URL(`restore?backup=${backup.id}&table=public.orders&table=public.customers&step=review`, page.url())
      .href,
  );
  await page.getByText('1 table changed its form since the backup').waitFor();
  await page.getByText('public.orders: column "total" (numeric(10,2)) is in the database').waitFor();
  assert.equal(await page.getByRole('button', { name: /^Restore \d/ }).count(), 0);
  await page.getByRole('button', { name: 'Restore into a new database' }).click();

  const database = `${db.name}_backup_${backup.id}`;
  const copy = page.getByRole('button', { name: `Create ${database}` });
  await copy.waitFor();
  await page.getByText(`${db.name} is only read and does not change.`).waitFor();
  await copy.click();
  await page.getByText('550 rows in 2 tables are back').waitFor();
  const restored = await db.adopt(database);
  const { rows } = await restored.client.query('select sum(amount)::int as sum from orders');
  assert.equal(rows[0].sum, 187_875);
});

test('rows go into a table of another form, by what is said of its columns', async (t) => {
  const { page, api, db } = await openPage(t, { sql: smallShop });
  const backup = await api.createBackup({ wait: true });
  await db.client.query(`alter table orders rename amount to total; delete from orders;
    alter table orders add currency text not null default 'x'; alter table orders alter currency drop default`);
  await page.goto(new URL(`restore?backup=${backup.id}&table=public.orders&step=review`, page.url()).href);
  await page.getByRole('button', { name: 'Adapt the rows' }).click();

  await page.getByLabel('Column in the backup').fill('amount');
  await page.getByLabel('Name today').fill('total');
  await page.getByRole('button', { name: 'Add the answer' }).click();
  await page.getByText('public.orders.amount is called total today').waitFor();
  await page.getByText('column "currency" is new', { exact: false }).waitFor();

  await page.getByRole('combobox', { name: 'Answer' }).click();
  await page.getByRole('option', { name: 'A column of today gets a value' }).click();
  await page.getByLabel('Column today').fill('currency');
  await page.getByLabel('Value', { exact: true }).fill('EUR');
  await page.getByRole('button', { name: 'Add the answer' }).click();
  await page.getByText('1 table in another form than in the backup').waitFor();
  const field = page.getByLabel(`Type ${db.name} to confirm`);
  if (await field.isVisible()) await field.fill(db.name);
  await page.getByRole('button', { name: 'Restore 1 table' }).click();

  await page.getByText('500 rows in 1 table are back').waitFor();
  const { rows } = await db.client.query(
    `select count(*)::int as count from orders where currency = 'EUR' and total = id * 1.5`,
  );
  assert.equal(rows[0].count, 500);
});

test('a restore that fails says why, and that nothing was changed', async (t) => {
  const { page, api, db } = await openPage(t, { sql: smallShop });
  const backup = await api.createBackup({ wait: true });
  await db.client.query(`insert into customers values (51, 'new'); insert into orders values (501, 51, 1)`);

  await page.goto(new URL(`restore?backup=${backup.id}&table=public.customers&step=review`, page.url()).href);
  await page.getByLabel(`Type ${db.name} to confirm`).fill(db.name);
  await page.getByRole('button', { name: 'Restore 1 table' }).click();
  await page.getByText('Failed', { exact: true }).waitFor();
  await page.getByText('Key (customer_id)=(51) is not present in table "customers".').first().waitFor();
  await page.getByText('every table is as it was before', { exact: false }).first().waitFor();
  const { rows } = await db.client.query('select count(*)::int as count from customers');
  assert.equal(rows[0].count, 51);
});

test('an address of the wizard for which something is missing leads to where it is asked', async (t) => {
  const { page, api } = await openPage(t, { sql: smallShop });
  const backup = await api.createBackup({ wait: true });
  await page.goto(new URL(`restore?backup=${backup.id}&step=review`, page.url()).href);
  await page.getByRole('heading', { name: 'Choose what to restore' }).waitFor();
  await page.getByText('Choose at least one table').waitFor();
  assert.ok(await page.getByRole('button', { name: 'Continue' }).isDisabled());
});

test('a running restore shows how far it is and can be cancelled', async (t) => {
  const { page, api, db, hold } = await openPage(t, { sql: smallShop });
  const backup = await api.createBackup({ wait: true });
  // The restore waits for it.
  await hold('lock table orders in access share mode');
  await page.goto(new URL(`restore?backup=${backup.id}&table=public.orders&step=review`, page.url()).href);
  await page.getByLabel(`Type ${db.name} to confirm`).fill(db.name);
  await page.getByRole('button', { name: 'Restore 1 table' }).click();
  await page.getByRole('progressbar', { name: /^Restore/ }).waitFor();
  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel the restore' }).click();
  await page.getByText('Cancelled', { exact: true }).waitFor();
  await page.getByText('and was rolled back', { exact: false }).waitFor();
});

test('a damaged backup is shown and cannot be chosen; the overview says what it does not protect', async (t) => {
  const { page, api, db } = await openPage(t, { sql: smallShop });
  const older = await api.createBackup({ wait: true });
  await db.client.query('update orders set amount = 1');
  const damaged = await api.createBackup({ wait: true });
  const shared = new Set(await chunksOf({ db }, older.id, 'orders'));
  const own = (await chunksOf({ db }, damaged.id, 'orders')).filter((id) => !shared.has(id));
  await db.client.query('delete from system_backup_chunks where id = any($1)', [
    own.map((id) => Buffer.from(id, 'hex')),
  ]);
  await assert.rejects(api.verifyBackup(damaged.id, { wait: true }), { code: 'CHUNK_MISSING' });

  await page.reload();
  await page.getByText(`Backup ${damaged.id} is damaged`).waitFor();
  await page.getByText('Not protected').first().waitFor();
  await page.getByRole('link', { name: 'Restore', exact: true }).first().click();
  await page.getByRole('button', { name: /^A table/ }).click();
  await page.getByRole('radio', { name: `Backup ${older.id}` }).waitFor();
  assert.equal(await page.getByRole('radio', { name: `Backup ${damaged.id}` }).isDisabled(), true);
  assert.equal(await page.getByRole('radio', { name: `Backup ${older.id}` }).isChecked(), true);
  await page.getByText('it cannot restore public.orders').waitFor();
});

test('a table of another form comes back as it was; what came since goes only when that is chosen', async (t) => {
  const { page, api, db } = await openPage(t, { sql: smallShop });
  const backup = await api.createBackup({ wait: true });
  await db.client.query(`alter table orders drop column amount; alter table orders add note text;
    create view noted as select id, note from orders`);
  await page.goto(new URL(`restore?backup=${backup.id}&table=public.orders&step=review`, page.url()).href);
  await page.getByText('1 table changed its form since the backup').waitFor();
  await page.getByRole('button', { name: 'Bring the tables back as they were' }).click();
  // The view would be lost, and nothing can be started before that is said to be right.
  await page.getByRole('button', { name: 'Drop what came since' }).waitFor();
  assert.equal(await page.getByRole('button', { name: /^Restore \d/ }).count(), 0);
  await page.getByRole('button', { name: 'Drop what came since' }).click();
  await page.getByText('Dropped for good, because it came since the backup').waitFor();
  await page.getByText('VIEW public.noted', { exact: false }).first().waitFor();
  await page.getByLabel(`Type ${db.name} to confirm`).fill(db.name);
  await page.getByRole('button', { name: 'Restore 1 table' }).click();
  await page.getByText('500 rows in 1 table are back').waitFor();
  const state = `select sum(amount)::int as sum, to_regclass('noted') is not null as noted from orders`;
  assert.deepEqual((await db.client.query(state)).rows[0], { sum: 187_875, noted: false });

  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Undo restore 1?' });
  await dialog.getByLabel(`Type ${db.name} to confirm`).fill(db.name);
  await dialog.getByRole('button', { name: 'Undo restore 1' }).click();
  await page.getByText('Undid restore 1 from its safety backup').waitFor();
  const { rows } = await db.client.query('select count(*)::int as count from noted where note is null');
  assert.equal(rows[0].count, 500);
});

test('tables come back beside the live ones, which are not touched', async (t) => {
  const { page, api, db } = await openPage(t, { sql: smallShop });
  const backup = await api.createBackup({ wait: true });
  await db.client.query('delete from orders where id > 100');
  await page.goto(new URL(`restore?backup=${backup.id}&table=public.orders&step=target`, page.url()).href);
  await page.getByRole('radio', { name: 'Beside the live tables' }).check();
  const schema = page.getByLabel('Name of the schema');
  await schema.fill('');
  await page.getByText('Enter a name', { exact: true }).waitFor();
  await schema.fill('last week');
  await next(page);
  await page
    .getByText('are made beside the live tables, which are not touched', { exact: false })
    .or(page.getByText('is made beside the live tables, which are not touched', { exact: false }))
    .waitFor();
  // Nothing that is there goes, so nothing has to be typed.
  assert.equal(await page.getByLabel(/to confirm/).count(), 0);
  await page
    .getByRole('button', { name: /^(?:Restore|Make|Create)/ })
    .last()
    .click();
  await page.getByText('500 rows in 1 table are back').waitFor();
  const { rows } = await db.client.query(
    'select (select count(*) from orders)::int as live, (select count(*) from "last week".orders)::int as beside',
  );
  assert.deepEqual(rows[0], { live: 100, beside: 500 });
});
