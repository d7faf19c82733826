import assert from 'node:assert/strict';
import test from 'node:test';
import { smallShop } from '../api/system.ts';
import { assertAccessible, assertFits } from './axe.ts';
import { openPage } from './page.ts';

test('a token is made for a deploy script, shown once, used, and revoked', async (t) => {
  const { page, api, system } = await openPage(t, { sql: smallShop });
  await page.getByRole('link', { name: 'Access', exact: true }).click();
  await page.getByText('There are no tokens').waitFor();
  await page.getByRole('button', { name: 'Make a token' }).click();
  const dialog = page.getByRole('dialog');
  const confirm = dialog.getByRole('button', { name: 'Make it' });
  assert.ok(await confirm.isDisabled(), 'without a name');
  await dialog.getByLabel('Name').fill('deploy');
  await dialog.getByRole('radio', { name: 'Take points' }).check();
  await dialog.getByRole('radio', { name: '30 days' }).check();
  await assertAccessible(page, 'make a token');
  await assertFits(page, 'make a token');
  await confirm.click();
  await page.getByText('it is not shown again', { exact: false }).waitFor();
  const token = (await page.getByRole('group', { name: 'Token', exact: true }).textContent())!.trim();
  assert.match(token, /^hf_[\w-]{43}$/);
  await assertAccessible(page, 'the new token');
  await assertFits(page, 'the new token');
  await page.getByRole('button', { name: 'I have it' }).click();
  const row = page.getByRole('row', { name: /^deploy take points/ });
  await row.waitFor();
  assert.ok(!(await page.content()).includes(token));
  const [made] = await api.listTokens();
  assert.deepEqual([made!.name, made!.scopes], ['deploy', ['point']]);
  const days = (Date.parse(made!.expiresAt!) - Date.now()) / 86_400_000;
  assert.ok(days > 29 && days <= 30, String(days));

  const call = (path: string, method = 'POST'): Promise<Response> =>
    system.fetch(
      new Request(`http://backup.test/api/admin${path}`, {
        method,
        headers: { Authorization: `Bearer ${token}` },
      }),
    );
  assert.equal((await call('/point?wait=true')).status, 201);
  assert.equal((await call('/backup')).status, 403);

  await row.getByRole('button', { name: 'Revoke token deploy' }).click();
  await dialog.getByRole('button', { name: 'Revoke it' }).click();
  await page.getByText('There are no tokens').waitFor();
  assert.equal((await call('/point')).status, 401);
});

test('one whom the application lets only read does not see the screen of tokens, and is offered nothing that would be refused', async (t) => {
  const { page, api } = await openPage(t, {
    sql: smallShop,
    auth: { authorize: () => ({ actor: 'ada', scopes: ['read'] }) },
    signIn: false,
  });
  const { id } = await api.createBackup({ wait: true });
  await page.getByRole('link', { name: 'Backups', exact: true }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Access', exact: true }).count(), 0);
  // Nor is anything offered that would be refused.
  await page.getByRole('link', { name: 'Backups', exact: true }).click();
  const row = page.getByRole('link', { name: `Backup ${id}` }).first();
  await row.waitFor();
  const main = page.getByRole('main');
  assert.equal(await main.getByRole('link', { name: 'New backup' }).count(), 0);
  assert.equal(await main.getByRole('button', { name: /^Actions for backup/ }).count(), 0);
  await row.click();
  await page.getByRole('heading', { name: `Backup ${id}`, level: 1 }).waitFor();
  for (const name of [
    /^Delete/,
    /^(Unpin|Pin)$/,
    /^Verify/,
    /^Download/,
    /^Restore/,
    /^Prove by restoring/,
    /^Copy/,
  ]) {
    assert.equal(await main.getByRole('button', { name }).count(), 0, String(name));
    assert.equal(await main.getByRole('link', { name }).count(), 0, String(name));
  }
});
