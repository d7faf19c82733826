import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { smallShop } from '../api/system.ts';
import { filesIn, temporaryStore } from '../runs/store-folders.ts';
import { assertAccessible, assertFits } from './axe.ts';
import { openPage } from './page.ts';

test('a backup is verified at each level, and the page says what that proves', async (t) => {
  const { page, api } = await openPage(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  await page.goto(new URL(`backups/${id}`, page.url()).href);
  const panel = page.getByRole('region', { name: 'Verifications' });
  await panel.getByText('It was not read again lately', { exact: false }).waitFor();
  const verify = async (level: string): Promise<void> => {
    await panel.getByRole('button', { name: 'Verify at a level' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: level }).check();
    if (level === 'Checksum') {
      await dialog.getByLabel('Share of the chunks').fill('0');
      assert.ok(await dialog.getByRole('button', { name: 'Verify' }).isDisabled());
      await dialog.getByLabel('Share of the chunks').fill('50');
      await assertAccessible(page, 'verify');
      await assertFits(page, 'verify');
    }
    await dialog.getByRole('button', { name: 'Verify' }).click();
  };
  await verify('Presence');
  await panel.getByText('what they hold was not read', { exact: false }).waitFor();
  await verify('Checksum');
  await panel
    .getByRole('row', { name: /Checksum, 50/ })
    .getByText('chosen at random', { exact: false })
    .waitFor();
  await verify('Content');
  await panel.getByText('Every chunk unpacks to what its name says', { exact: false }).waitFor();
  await verify('Drill');
  await page
    .getByRole('region', { name: 'Proof by restoring' })
    .getByText('Came back', { exact: true })
    .waitFor();
  const { verifications } = await api.listVerifications();
  assert.deepEqual(
    verifications.map(({ level, share, status }) => [level, share, status]),
    [
      ['content', null, 'completed'],
      ['checksum', 0.5, 'completed'],
      ['presence', null, 'completed'],
    ],
  );
  await assertAccessible(page, 'verifications');
  await assertFits(page, 'verifications');
});

test('a verification that failed names table, rows and blocks', async (t) => {
  const directory = await temporaryStore(t);
  const { page, api } = await openPage(t, {
    sql: `${smallShop} create table measured as select n as id, pg_catalog.md5(n::text) as value from generate_series(1, 20000) n`,
    stores: { here: `file://${directory}` },
    store: 'here',
  });
  const { id } = await api.createBackup({ wait: true });
  const chunks = (await filesIn(directory)).filter((file) => file.startsWith('chunks/'));
  assert.ok(chunks.length > 0, 'a chunk of its own, not in a pack');
  for (const file of chunks) await fs.truncate(path.join(directory, file), 10);
  await assert.rejects(api.verifyBackup(id, { level: 'checksum', wait: true }));
  await page.goto(new URL(`backups/${id}`, page.url()).href);
  const panel = page.getByRole('region', { name: 'Verifications' });
  await panel.getByText(/What cannot be restored, at most/).click();
  await panel
    .getByText(/of 20,000 in public\.measured \(blocks|all 20,000 rows of public\.measured/)
    .first()
    .waitFor();
  // The same at the top, where a person looks first.
  await page.getByText('Stored data is missing or damaged').waitFor();
  assert.equal(await page.getByText(/What cannot be restored, at most/).count(), 2);
  await assertAccessible(page, 'a failed verification');
  await assertFits(page, 'a failed verification');
});
