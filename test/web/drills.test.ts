import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import test from 'node:test';
import { readCertificate } from '../../src/format/certificate.ts';
import { smallShop } from '../api/system.ts';
import { assertAccessible, assertFits } from './axe.ts';
import { openPage } from './page.ts';

test('a backup is proved by restoring it, and its certificate is saved byte for byte', async (t) => {
  const { page, api } = await openPage(t, { sql: smallShop });
  const { uuid } = await api.createBackup({ wait: true });
  await page.getByRole('link', { name: 'Backups', exact: true }).click();
  await page.getByRole('link', { name: 'Backup 1' }).first().click();
  await page.getByRole('button', { name: 'Prove by restoring' }).click();
  await page.getByText('Came back', { exact: true }).waitFor();
  await assertAccessible(page, 'a backup that was proved');
  await assertFits(page, 'a backup that was proved');
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Certificate of drill 1' }).click();
  const file = await saving;
  assert.equal(file.suggestedFilename(), 'holdfast-certificate-backup-1-drill-1.json');
  const { statement } = readCertificate(await fs.readFile(await file.path(), 'utf8'));
  assert.deepEqual([statement.verdict, statement.backup.uuid], ['passed', uuid]);

  await page.getByRole('link', { name: 'History', exact: true }).click();
  await page.getByRole('link', { name: 'Drills', exact: true }).click();
  await page.getByRole('row').getByText('Came back', { exact: true }).waitFor();
  await assertAccessible(page, 'drills');
  await assertFits(page, 'drills');
});
