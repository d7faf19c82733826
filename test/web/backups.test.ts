import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import test from 'node:test';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { smallShop } from '../api/system.ts';
import { openPage } from './page.ts';

test('from the first visit to the first backup', async (t) => {
  const { page, api } = await openPage(t, { sql: smallShop, initialize: false });
  await page.getByRole('heading', { name: 'Set up backups' }).waitFor();
  await page.getByRole('button', { name: 'Set up and back up' }).click();
  await page.getByRole('heading', { name: 'Setting up' }).waitFor();
  await page.getByText('550 rows', { exact: false }).first().waitFor();
  await page.getByRole('main').getByRole('button').last().click();
  await page.getByText('Only inside the database itself:').waitFor();
  const { backups } = await api.listBackups();
  assert.deepEqual(
    backups.map(({ id, status, type }) => [id, status, type]),
    [[1, 'completed', 'full']],
  );
  assert.equal((await api.getSchedule()).enabled, true);
});

test('a running backup is followed and cancelled', async (t) => {
  const { page, api, hold } = await openPage(t, { sql: smallShop });
  // The backup waits for it.
  await hold('lock table orders in access exclusive mode');
  await api.createBackup();
  await page.getByRole('link', { name: 'Backups', exact: true }).click();
  await page.getByRole('progressbar', { name: 'Backup 1' }).first().waitFor();
  await page.getByRole('link', { name: 'Backup 1' }).first().click();
  await page.getByRole('heading', { name: 'Backup 1' }).waitFor();
  await page.getByText('Running', { exact: true }).waitFor();
  await page.getByRole('progressbar', { name: 'Backup 1' }).waitFor();
  await page.getByRole('button', { name: 'Cancel backup 1' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel the backup' }).click();
  await page.getByText('Cancelled', { exact: true }).waitFor();
  assert.equal((await api.getBackup(1)).status, 'cancelled');
});

test('a row is looked up in a backup without a restore', async (t) => {
  const { page, api, db } = await openPage(t, { sql: smallShop });
  await api.createBackup({ wait: true });
  await db.client.query('delete from orders where id = 7');
  await page.getByRole('link', { name: 'Backups', exact: true }).click();
  await page.getByRole('link', { name: 'Backup 1' }).first().click();
  await page.getByRole('tab', { name: 'Rows' }).click();
  await page.getByRole('combobox', { name: 'Table' }).click();
  await page.getByRole('option', { name: 'public.orders' }).click();
  await page.getByRole('textbox', { name: 'Value' }).fill('7');
  await page.getByRole('button', { name: 'Show rows' }).click();
  const rows = page.getByRole('group', { name: 'Rows of public.orders in this backup' });
  await rows.waitFor();
  assert.equal(await rows.getByRole('row').count(), 2);
  assert.equal(await rows.getByRole('cell').nth(1).innerText(), '7');
  // Without a key the first ones, page by page.
  await page.getByRole('textbox', { name: 'Value' }).fill('');
  await page.getByRole('button', { name: 'Show rows' }).click();
  await page.getByRole('button', { name: 'Show more' }).click();
  await rows.getByRole('row').nth(49).waitFor();
  await page.getByRole('textbox', { name: 'Value' }).fill('{"id": 99999}');
  await page.getByRole('button', { name: 'Show rows' }).click();
  await page.getByText('No such row in this backup').waitFor();
});

test('a backup is compared with the database, and a row is followed through the backups', async (t) => {
  const { page, api, db } = await openPage(t, { sql: smallShop });
  await api.createBackup({ wait: true });
  await db.client.query('delete from orders where id = 7; update orders set amount = null where id = 8');
  await api.createBackup({ wait: true });
  await page.getByRole('link', { name: 'Backups', exact: true }).click();
  await page.getByRole('link', { name: 'Backup 1' }).first().click();
  await page.getByRole('tab', { name: 'Compare' }).click();
  await page.getByRole('combobox', { name: 'Table' }).click();
  await page.getByRole('option', { name: 'public.orders' }).click();
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.getByText('1 row only in backup 1, 1 row changed, 0 rows only in the database').waitFor();
  const removed = page.getByRole('group', { name: 'Only in backup 1' });
  assert.equal(await removed.getByRole('cell').first().innerText(), '7');
  const changed = page.getByRole('group', { name: 'Changed values' });
  assert.deepEqual(await changed.getByRole('cell').allInnerTexts(), ['id 8', 'amount', '12.00', 'null']);
  await page.getByRole('textbox', { name: 'Against' }).fill('two');
  await page.getByText('A backup is named by its number.').waitFor();
  await page.getByRole('textbox', { name: 'Against' }).fill('1');
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.getByText('No row differs').waitFor();

  await page.getByRole('tab', { name: 'Rows' }).click();
  await page.getByRole('combobox', { name: 'Table' }).click();
  await page.getByRole('option', { name: 'public.orders' }).click();
  await page.getByRole('textbox', { name: 'Value' }).fill('8');
  await page.getByRole('button', { name: 'Show rows' }).click();
  await page.getByRole('button', { name: 'How it was in each backup' }).click();
  const versions = page.getByRole('group', { name: 'How the row was in each backup' });
  await versions.waitFor();
  assert.deepEqual(
    (await versions.getByRole('cell').allInnerTexts()).filter((_, i) => i % 3 !== 2),
    ['1', 'Is there', '2', 'Changed: amount'],
  );
});

test('a backup is asked in SQL', async (t) => {
  const { page, api, db } = await openPage(t, { sql: smallShop, expected: [/status of 422 .*\/query/] });
  await api.createBackup({ wait: true });
  await db.client.query('delete from orders');
  await page.getByRole('link', { name: 'Backups', exact: true }).click();
  await page.getByRole('link', { name: 'Backup 1' }).first().click();
  await page.getByRole('tab', { name: 'Query' }).click();
  const sql = page.getByRole('textbox', { name: 'SQL' });
  const ask = page.getByRole('button', { name: 'Ask' });
  assert.equal(await ask.isDisabled(), true);
  await sql.fill('select count(*) as n, null as n, min(amount) from orders');
  await ask.click();
  const answer = page.getByRole('group', { name: 'Answer' });
  await answer.waitFor();
  assert.deepEqual(await answer.getByRole('columnheader').allInnerTexts(), ['n', 'n (2)', 'min']);
  assert.deepEqual((await answer.getByRole('cell').allInnerTexts()).slice(0, 2), ['500', 'null']);
  await page.getByText('1 row', { exact: true }).waitFor();
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as CSV' }).click();
  const csv = await fs.readFile(await (await saving).path(), 'utf8');
  assert.match(csv, /^\uFEFFn,n,min\r\n500,,/);
  // By the keyboard, and what is wrong in words.
  await sql.fill('delete from orders');
  await sql.press('Control+Enter');
  const wrong = page.getByRole('alert');
  await wrong.getByText('The statement cannot be answered').waitFor();
  await wrong.getByText('syntax error', { exact: false }).waitFor();
  await sql.fill('select id from orders where id < 0');
  await sql.press('Control+Enter');
  await page.getByText('No rows', { exact: true }).waitFor();
});

test('a failed backup says why', async (t) => {
  const { page, api, hold } = await openPage(t, { sql: smallShop, lockTimeoutMs: 300 });
  const release = await hold('lock table orders in access exclusive mode');
  await assert.rejects(api.createBackup({ wait: true }), { code: 'LOCK_TIMEOUT' });
  await release();
  await page.getByRole('link', { name: 'Backups', exact: true }).click();
  await page.getByRole('row').getByText('Failed', { exact: true }).waitFor();
  await page.getByRole('link', { name: 'Backup 1' }).click();
  await page.getByText('LOCK_TIMEOUT', { exact: false }).waitFor();
  await page.getByText('Another session holds a conflicting lock', { exact: false }).waitFor();
  // It is what the overview speaks of.
  await page.getByRole('link', { name: 'Overview', exact: true }).click();
  await page.getByText('Not protected: the last run failed', { exact: false }).waitFor();
});

test('a backup with warnings shows them, and the overview leads to it', async (t) => {
  const secret = `do $$ begin execute format('alter database %I set app.jwt_secret to %L', current_database(), 'x'); end $$;`;
  const { page, api } = await openPage(t, { sql: smallShop + secret });
  await api.createBackup({ wait: true });
  await page.getByRole('link', { name: 'Overview', exact: true }).click();
  await page.getByText('The last backup has warnings').waitFor();
  await page.getByRole('link', { name: 'See backup 1' }).click();
  await page.getByText('It has every row, and 1 warning').waitFor();
  await page.getByText('The setting app.jwt_secret of the database is not in the backup').waitFor();
});

test('a backup is downloaded in each format, whole', async (t) => {
  const { page, api } = await openPage(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  await page.goto(new URL(`backups/${id}`, page.url()).href);
  const unpack: [string, string, (bytes: Buffer) => Buffer][] = [
    ['SQL, plain', 'sql', (bytes) => bytes],
    ['SQL, gzip', 'sql.gz', (bytes) => gunzipSync(bytes)],
    [
      'SQL, zstd',
      'sql.zst',
      (bytes) => Buffer.concat(framesOf(bytes).map((frame) => zstdDecompressSync(frame))),
    ],
  ];
  for (const [name, ending, open] of unpack) {
    await page.getByRole('button', { name: 'Download' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name }).click(),
    ]);
    assert.ok(download.suggestedFilename().endsWith(`.${ending}`), download.suggestedFilename());
    const text = open(await fs.readFile(await download.path())).toString();
    assert.ok(text.includes('\n500\t1\t750.00\n'), `${ending} holds the last row`);
  }
});

/** One decode of several frames gives the first alone. */
function framesOf(bytes: Buffer): Buffer[] {
  const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
  const starts: number[] = [];
  for (let at = bytes.indexOf(magic); at >= 0; at = bytes.indexOf(magic, at + 4)) starts.push(at);
  return starts.map((start, index) => bytes.subarray(start, starts[index + 1] ?? bytes.length));
}

test('ten thousand backups stay smooth', async (t) => {
  const { page, api, db } = await openPage(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  // They have no manifest. The overview reads that of the newest full backup, which must stay the one just taken.
  await db.client.query(
    `insert into system_backups (uuid, type, status, store, created_at, started_at, finished_at, tables, table_count, row_count,
       raw_bytes, stored_bytes, chunk_count, server_version, description)
     select gen_random_uuid(), 'partial', status, store, created_at - n * interval '1 hour', started_at - n * interval '1 hour',
       finished_at - n * interval '1 hour', '{public.orders}', table_count, row_count, raw_bytes, stored_bytes, chunk_count, server_version,
       'number ' || n
     from system_backups, generate_series(1, 9999) n where id = $1`,
    [id],
  );
  await page.getByRole('link', { name: 'Backups', exact: true }).click();
  await page.getByText(/of 10,000 backups/).waitFor();
  // However many there are, as many are drawn as fit a page.
  const drawn = await page.getByRole('main').getByRole('row').count();
  assert.ok(drawn <= 101, `${drawn} rows are drawn`);
  const nodes = await page.evaluate(() => document.querySelectorAll('*').length);
  assert.ok(nodes < 6_000, `${nodes} elements are drawn`);

  await page.getByRole('button', { name: 'Older' }).click();
  await page.getByRole('button', { name: 'Newer' }).waitFor();
  await page.getByLabel('Search description, tables or number').fill('number 4711');
  await page.getByText('number 4711', { exact: true }).waitFor();
  await page.getByText('1 backup', { exact: true }).waitFor();
});

test('rows that one sees in a backup are put back, and what that does is shown before', async (t) => {
  const lines = `create table lines (order_id int references orders, line int, primary key (order_id, line));
    insert into lines select id, 1 from orders;`;
  const { page, api, db } = await openPage(t, { sql: smallShop + lines });
  await api.createBackup({ wait: true });
  await db.client.query(`delete from lines where order_id in (2, 3); delete from orders where id in (2, 3);
    update orders set amount = 1000 where id = 4`);
  // From where one looks for a restore.
  await page.getByRole('navigation').getByRole('link', { name: 'Restore', exact: true }).click();
  await page.getByRole('button', { name: /^Some rows/ }).click();
  await page.getByRole('link', { name: 'Show its rows' }).click();
  await page.getByRole('combobox', { name: 'Table' }).click();
  await page.getByRole('option', { name: 'public.orders' }).click();
  await page.getByRole('button', { name: 'Show rows' }).click();
  const restore = page.getByRole('button', { name: 'Restore these' });
  assert.equal(await restore.isDisabled(), true, 'nothing is ticked');
  for (const id of [2, 3])
    await page.getByRole('checkbox', { name: `Restore the row ${id}`, exact: true }).check();
  await restore.click();
  const dialog = page.getByRole('dialog');
  const rowOf = async (table: string): Promise<string[]> => {
    const row = dialog.getByRole('row').filter({ hasText: table });
    await row.waitFor();
    return (await row.getByRole('cell').allInnerTexts()).slice(1);
  };
  assert.deepEqual(await rowOf('public.orders'), ['2', '0', '0', '0']);
  assert.deepEqual(await rowOf('public.lines'), ['2', '0', '0', '0']);
  await dialog.getByRole('button', { name: 'Close' }).last().click();

  // One of them is there with other values: that is decided first.
  await page.getByRole('checkbox', { name: 'Restore the row 4', exact: true }).check();
  await restore.click();
  await dialog.getByText('Rows are there already with other values').waitFor();
  const change = dialog.getByRole('button', { name: /^Put / });
  assert.equal(await change.isDisabled(), true);
  await dialog.getByRole('radio', { name: 'Make them as in the backup' }).check();
  await dialog.getByText('Put 5 rows back').waitFor();
  assert.deepEqual(await rowOf('public.orders'), ['2', '1', '0', '0']);
  assert.equal(await change.isDisabled(), true, 'the name of the database is typed first');
  const { rows: named } = await db.client.query<{ name: string }>('select current_database() as name');
  await dialog.getByRole('textbox').fill(named[0]!.name);
  await change.click();
  await page
    .getByText('4 rows in 2 tables are back')
    .or(page.getByText('5 rows in 2 tables are back'))
    .waitFor();
  const { rows } = await db.client.query(
    'select count(*)::int as n, sum(amount)::float as sum, (select count(*)::int from lines) as lines from orders',
  );
  assert.deepEqual(rows, [{ n: 500, sum: (500 * 501 * 1.5) / 2, lines: 500 }]);
});
