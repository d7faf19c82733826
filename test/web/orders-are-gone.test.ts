/** What the admin page is for: a customer says that their orders are gone, and a person who has never seen the page brings them back. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createSampleShop, shopTables } from '../../src/cli/sample-shop/sample-shop.ts';
import { openPage, type OpenedPage, type PageSetup } from './page.ts';
import { person } from './person.ts';

/** How long it may take, of which what the machine needs is 30 seconds at most: it is measured and printed, not judged here. */
const seconds = 90;

/** The order of the rows does not matter. */
const digests = `select table_name, (xpath('/row/digest/text()', query_to_xml(format(
    'select md5(coalesce(string_agg(line, chr(10) order by line), '''')) as digest from (select t::text as line from public.%I t) l',
    table_name), false, true, '')))[1]::text as digest
  from information_schema.tables where table_schema = 'public' and table_name = any($1) order by 1`;

interface Loss extends OpenedPage {
  customer: { id: number; email: string };
  /** Whether every row of the shop is as before the loss. */
  assertAllIsBack: () => Promise<void>;
}

/** The sample shop, of which a customer with a few orders has lost them, with all that hangs on them. */
async function lostOrders(t: TestContext, setup: PageSetup = {}): Promise<Loss> {
  const opened = await openPage(t, setup);
  const { db, api } = opened;
  await createSampleShop(db.client);
  await api.createBackup({ wait: true });
  const state = async (): Promise<unknown[]> => (await db.client.query(digests, [shopTables])).rows;
  const before = await state();
  assert.equal(before.length, shopTables.length);
  const { rows } = await db.client.query(
    `select id, email from customers where id in (select customer_id from orders group by 1 having count(*) between 4 and 8) order by id limit 1`,
  );
  const { id } = rows[0] as Loss['customer'];
  await db.client.query(`
    delete from payments where order_id in (select id from orders where customer_id = ${id});
    delete from shipments where order_id in (select id from orders where customer_id = ${id});
    delete from orders where customer_id = ${id};`);
  assert.notDeepEqual(await state(), before);
  return {
    ...opened,
    customer: rows[0],
    assertAllIsBack: async () => assert.deepEqual(await state(), before),
  };
}

test('from "their orders are gone" to the orders, where nothing is set up', async (t) => {
  const { page, customer, assertAllIsBack } = await lostOrders(t);
  const they = person(page);
  await they.reads('Latest backups');
  await they.clicks('link', /^Restore$/);
  await they.reads('What was lost?');
  they.decides();
  await they.clicks('button', /^One customer/);
  // The newest is chosen already; whether it is from before the loss has to be known.
  await they.reads('Choose the newest backup from before the loss');
  they.decides();
  await they.clicks('button', 'Continue');
  await they.clicks('link', 'Find the customer');
  they.decides();
  await they.clicks('combobox', 'Table');
  await they.clicks('option', 'public.customers');
  they.decides();
  await they.clicks('combobox', 'Column');
  await they.clicks('option', 'email');
  await they.types('Value', customer.email);
  await they.clicks('button', 'Show rows');
  // The only row that was found is ticked.
  await they.reads('1 row ticked');
  await they.clicks('button', 'Restore these');
  await they.reads('The rows that it replaces are kept');
  they.decides();
  await they.clicks('button', /^Put \d+ rows back$/);
  await they.reads(/rows in \d+ tables are back/);
  const steps = they.steps();
  t.diagnostic(JSON.stringify(steps));
  await assertAllIsBack();
  assert.ok(steps.decisions <= 5 && steps.clicks <= 12 && steps.own <= seconds - 30, JSON.stringify(steps));
});

test('from "their orders are gone" to the orders, where the settings know customers', async (t) => {
  const { page, customer, assertAllIsBack } = await lostOrders(t, { tenants: { column: 'customer_id' } });
  const they = person(page);
  await they.reads('Latest backups');
  await they.clicks('link', /^Restore$/);
  they.decides();
  await they.clicks('button', /^One customer/);
  they.decides();
  await they.clicks('button', 'Continue');
  they.decides();
  await they.types('Their customer_id', String(customer.id));
  await they.clicks('button', 'Continue');
  await they.reads('All other rows stay as they are.');
  await they.reads('It is one transaction: either everything is restored, or nothing changes.');
  await they.reads('The rows that it replaces are kept, so that it can be undone row by row.');
  they.decides();
  await they.clicks('button', /^Put \d+ rows back$/);
  await they.reads(/rows in \d+ tables are back/);
  const steps = they.steps();
  t.diagnostic(JSON.stringify(steps));
  await assertAllIsBack();
  assert.ok(steps.decisions <= 4 && steps.clicks <= 6, JSON.stringify(steps));
});
