import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import test from 'node:test';
import type { Page } from 'playwright-core';
import { smallShop } from '../api/system.ts';
import { until } from '../support/until.ts';
import { enterToken, openPage } from './page.ts';

async function exported(
  page: Page,
  name: 'Export CSV' | 'Export JSON',
): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name }).click(),
  ]);
  return { name: download.suggestedFilename(), text: await fs.readFile(await download.path(), 'utf8') };
}

test('restores are listed with their state and reason, and exported whole', async (t) => {
  const { page, api, db } = await openPage(t, { sql: smallShop, at: 'history' });
  await page.getByText('Nothing has been restored yet').waitFor();
  const backup = await api.createBackup({ wait: true });
  await api.restore({ backupId: backup.id, restoreType: 'partial', tables: ['orders'], wait: true });
  // More than a page of the export, all of them failed, with a message that a spreadsheet would run.
  await db.client.query(
    `insert into system_restore_log (backup_id, backup_uuid, restore_type, target, options, status, finished_at, error)
     select backup_id, backup_uuid, 'full', target, options, 'failed', now(),
       '{"error":"Restore failed","code":"RESTORE_FAILED","message":"=cmd(\\"x\\"), then"}'
     from system_restore_log, generate_series(1, 250)`,
  );
  await page.reload();
  await page.getByText('50 of 251').waitFor();
  await page.getByRole('button', { name: 'Show older' }).click();
  await page.getByText('100 of 251').waitFor();
  assert.equal(await page.getByRole('main').getByText('Failed', { exact: true }).count(), 100);

  const csv = await exported(page, 'Export CSV');
  assert.match(csv.name, /^holdfast-restores-\d{4}-\d\d-\d\d\.csv$/);
  const lines = csv.text.trimEnd().split('\r\n');
  assert.equal(lines.length, 252);
  assert.match(lines[0] ?? '', /^\uFEFFid,status,backup_id,/);
  assert.ok(lines[1]?.endsWith(`RESTORE_FAILED,"'=cmd(""x""), then"`), lines[1]);
  assert.match(lines.at(-1) ?? '', /^1,completed,1,partial,orders,in-place,/);

  const json = await exported(page, 'Export JSON');
  const rows = JSON.parse(json.text) as { id: number; status: string }[];
  assert.equal(rows.length, 251);
  assert.deepEqual([rows.at(-1)?.id, rows.at(-1)?.status], [1, 'completed']);

  await page.getByRole('link', { name: 'Restore 251' }).click();
  await page.getByRole('heading', { name: 'Restore 251' }).waitFor();
  await page.getByText('=cmd("x"), then').waitFor();
});

test('a restore that is not there says so', async (t) => {
  const { page } = await openPage(t, { at: 'restore/7', expected: [/status of 404 .*restore\/7/] });
  await page.getByText('There is no restore 7').waitFor();
});

test('cleanups say which backups went and why, and are exported', async (t) => {
  const { page, api } = await openPage(t, { sql: smallShop, at: 'history/cleanups' });
  await page.getByText('Nothing has been deleted yet').waitFor();
  const first = await api.createBackup({ wait: true });
  await api.createBackup({ wait: true });
  await api.deleteBackup(first.id);
  await page.reload();
  await page.getByRole('row').getByText('By hand').waitFor();
  await page.getByText('1 backup', { exact: true }).click();
  await page.getByText(`Backup ${first.id}`, { exact: false }).last().waitFor();
  const csv = await exported(page, 'Export CSV');
  assert.match(csv.name, /^holdfast-cleanups-/);
  assert.equal(csv.text.trimEnd().split('\r\n').length, 2);
  const json = await exported(page, 'Export JSON');
  assert.equal((JSON.parse(json.text) as unknown[]).length, 1);
});

test('what is not kept is deleted now, from the page, and the history says why', async (t) => {
  const { page, api } = await openPage(t, { sql: smallShop, at: 'schedule/retention' });
  await api.updateSchedule({ maxBackups: 1, retentionDays: null });
  await api.createBackup({ wait: true });
  await api.createBackup({ wait: true });
  await page.reload();
  await page.getByText('goes with the next cleanup', { exact: false }).waitFor();
  await page.getByRole('button', { name: 'Clean up now' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Pinned backups', { exact: false }).waitFor();
  await dialog.getByRole('button', { name: 'Clean up now' }).click();
  await page.getByText('The cleanup has begun.', { exact: false }).waitFor();
  await page.getByRole('link', { name: 'History', exact: true }).click();
  await page.getByRole('link', { name: 'Cleanups', exact: true }).click();
  await page.getByRole('row').getByText('By hand').waitFor();
  await page.getByText('1 backup', { exact: true }).click();
  await page.getByText('Backup 1:', { exact: false }).waitFor();
  assert.deepEqual(
    (await api.listBackups()).backups.map(({ id }) => id),
    [2],
  );
});

test('a call that needs a second actor is approved by another one, and done then', async (t) => {
  const { page, api, another } = await openPage(t, {
    sql: smallShop,
    signIn: false,
    at: 'history/approvals',
    expected: [/status of 40[139]/],
  });
  await api.createBackup({ wait: true });
  const { id } = await api.createBackup({ wait: true });
  const [ada, ben] = [
    await api.createToken({ name: 'ada', scopes: ['admin'] }),
    await api.createToken({ name: 'ben', scopes: ['admin'] }),
  ];
  await another({ fourEyes: { operations: ['delete'] } }).api.init();
  const signInAs = async (token: string): Promise<void> => {
    await page.context().clearCookies();
    await page.reload();
    await enterToken(page, token);
  };
  await signInAs(ada.token);
  await page.getByText('Needed for deleting backups.').waitFor();
  await page.getByRole('link', { name: 'Backups', exact: true }).click();
  await page.getByRole('link', { name: `Backup ${id}`, exact: true }).click();
  const deletes = async (): Promise<void> => {
    await page.getByRole('button', { name: 'Delete' }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: `Delete backup ${id}` })
      .click();
  };
  await deletes();
  await page.getByText('this needs a second actor', { exact: false }).waitFor();
  assert.equal((await api.getBackup(id)).status, 'completed');

  await page.goto(page.url().replace(/ui\/.*/, 'ui/history/approvals'));
  await page.getByText('waits for a second actor').waitFor();
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByText('asked for it', { exact: false }).waitFor();
  await signInAs(ben.token);
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByText('approved by token', { exact: false }).waitFor();

  await page.goto(page.url().replace(/ui\/.*/, `ui/backups/${id}`));
  await signInAs(ada.token);
  await deletes();
  await page.getByRole('heading', { level: 1, name: 'Backups' }).waitFor();
  await until(async () => (await api.listBackups()).total === 1);
  assert.equal((await api.listApprovals()).approvals[0]?.state, 'done');
});
