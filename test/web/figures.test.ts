import assert from 'node:assert/strict';
import test from 'node:test';
import { holdfast } from '../cli/holdfast.ts';
import { openPage } from './page.ts';

const partitioned = `
  create table orders (id int primary key, note text);
  create table visits (day date not null) partition by range (day);
  create table visits_1 partition of visits for values from ('2026-01-01') to ('2026-02-01');
  create table visits_2 partition of visits for values from ('2026-02-01') to ('2026-03-01');
  insert into orders select i, repeat('x', 100) from generate_series(1, 20000) i;
  insert into visits select '2026-01-15' from generate_series(1, 1234)`;

test('the page and the command line count and measure alike', async (t) => {
  const { page, db, url } = await openPage(t, { sql: partitioned, initialize: false });
  // What is going to be made, and where, before it is.
  await page.getByText(`Nothing in the database ${db.name} is protected yet.`).waitFor();
  await page.getByRole('listitem').getByText('public.system_backups').waitFor();
  await page.getByRole('button', { name: 'Set up and back up' }).click();
  await page.getByText('3 tables (2 of them partitions), 21,234 rows').waitFor();
  await page.getByRole('button', { name: 'Go to the overview' }).click();
  const verdict = page.getByRole('region', { name: 'State of the backups' });
  await verdict.getByText('Backup 1 has 3 tables, 21,234 rows.').waitFor();
  await verdict.getByText('only inside the database itself').waitFor();

  const cli = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await holdfast(args, { url: db.connectionString });
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const [list, shown, state] = [await cli('list'), await cli('show', '1'), await cli('status')];
  assert.match(state, /kept +only inside the database itself/);
  assert.match(await cli('doctor'), /may read all 3 tables/);
  assert.match(shown, /21,234 in 3 tables \(2 of them partitions\)/);
  assert.match(list, /\b3 +21,234 /);

  await page.goto(`${url}backups/1`);
  await page.getByText('3, 2 of them partitions').waitFor();
  const facts = await page.getByRole('main').innerText();
  const [, raw = '', stored = ''] = /size +(\S+ \S+) as text, (\S+ \S+) stored/.exec(shown) ?? [];
  assert.match(raw, /^\d\.\d MB$/);
  for (const size of [raw, stored]) assert.ok(facts.includes(size), `${size} is not in: ${facts}`);
  const [, took = ''] = /took +(.+)/.exec(shown) ?? [];
  assert.ok(facts.includes(took), `${took} is not in: ${facts}`);

  await page.goto(`${url}backups/new`);
  await page.getByRole('radio', { name: 'Chosen tables' }).check();
  await page.getByPlaceholder('Search 3 tables').waitFor();
  await page.getByRole('checkbox', { name: 'public.visits' }).check();
  await page.getByText('2 tables chosen: ').waitFor();
});
