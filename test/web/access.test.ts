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

test('one whom the application lets only read does not see the screen of tokens', async (t) => {
  const { page } = await openPage(t, {
    sql: smallShop,
    auth: { authorize: () => ({ actor: 'ada', scopes: ['read'] }) },
    signIn: false,
  });
  await page.getByRole('link', { name: 'Backups', exact: true }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Access', exact: true }).count(), 0);
});
