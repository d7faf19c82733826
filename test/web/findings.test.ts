import assert from 'node:assert/strict';
import test from 'node:test';
import { smallShop } from '../api/system.ts';
import { openPage } from './page.ts';

const damaged = `
  create table articles as select n as id, 'article ' || n as name from generate_series(1, 2000) n;`;

test('a finding is shown with its figures; its button leads to the restore, which settles it', async (t) => {
  const { page, api, db } = await openPage(t, { sql: smallShop + damaged });
  await api.createBackup({ wait: true });
  await db.client.query('delete from articles where id > 100');
  await api.createBackup({ wait: true });
  await page.getByText('Data looks damaged in backup 2').waitFor();
  await page.getByText('public.articles lost 1,900 of 2,000 rows (95 %)', { exact: false }).first().waitFor();
  await page.getByText('Cleanup is stopped').waitFor();
  assert.equal(await page.getByText(/^Protected/).count(), 0);

  await page.getByRole('link', { name: 'Restore from backup 1' }).click();
  // The plan of that backup and this table alone.
  await page.getByText('public.articles', { exact: false }).first().waitFor();
  assert.match(page.url(), /backup=1/);
  assert.equal(new URL(page.url()).searchParams.getAll('table').join(), 'public.articles');
  await api.restore({ backupId: 1, restoreType: 'partial', tables: ['articles'], wait: true });
  await page.getByRole('link', { name: 'Overview', exact: true }).click();
  await page.getByText('Data looks damaged in backup 2').waitFor({ state: 'detached' });
  await page.goto(`${page.url().split('/ui')[0]}/ui/backups/2`);
  await page.getByText('What looked like damage in backup 2 was settled', { exact: false }).waitFor();
});

test('what looks right is settled from the page', async (t) => {
  const { page, api, db } = await openPage(t, { sql: smallShop + damaged });
  await api.createBackup({ wait: true });
  await db.client.query('drop table articles');
  await api.createBackup({ wait: true });
  await page.getByText('public.articles is gone', { exact: false }).first().waitFor();
  await page.getByRole('button', { name: 'Looks right' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Looks right' }).click();
  await page.getByText('Data looks damaged in backup 2').waitFor({ state: 'detached' });
  const { findings, brake } = await api.listFindings();
  assert.deepEqual(
    findings.map(({ state }) => state),
    ['settled'],
  );
  assert.equal(brake, null);
});
