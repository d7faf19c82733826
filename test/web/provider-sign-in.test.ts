import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { token } from '../api/system.ts';
import { clientSecret, startIdentityProvider } from '../support/identity-provider.ts';
import { assertAccessible } from './axe.ts';
import { openPage, type OpenedPage } from './page.ts';

/** Of the provider's page, which asks for a font that is not to be had here; and of answers that refuse. */
const notOurs = [/fonts\.googleapis\.com/, /status of 40[13]/];

async function openSignIn(t: TestContext): Promise<OpenedPage & { signIn(login: string): Promise<void> }> {
  const provider = await startIdentityProvider(t, {
    groups: { ada: ['dba'], eve: ['staff'] },
    host: 'localhost',
  });
  const oidc = {
    issuer: provider.issuer,
    audience: 'holdfast',
    clientId: 'holdfast page',
    clientSecret,
    clientScopes: ['openid', 'email', 'groups'],
    scopes: { dba: ['admin' as const] },
  };
  const opened = await openPage(t, {
    signIn: false,
    auth: { token, oidc },
    visits: provider.issuer,
    expected: notOurs,
  });
  const { page, url } = opened;
  provider.returnTo(url);
  return {
    ...opened,
    async signIn(login) {
      await page.getByRole('button', { name: `Sign in with ${new URL(provider.issuer).host}` }).click();
      await page.getByPlaceholder('Enter any login').fill(login);
      await page.getByPlaceholder('and password').fill('any');
      await page.getByRole('button', { name: 'Sign-in' }).click();
      await page.getByRole('button', { name: 'Continue' }).click();
    },
  };
}

test('a person signs in at the identity provider with a button, and comes back to the page', async (t) => {
  const { page, url, context, api, signIn } = await openSignIn(t);
  await page.getByLabel('Admin token').waitFor();
  await assertAccessible(page, 'the sign-in with a provider');
  await signIn('ada');
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  // What the provider added to the address is used up, and is not kept.
  assert.equal(page.url(), url);
  await page.getByText('ada@example.com', { exact: true }).waitFor();
  await assertAccessible(page, 'the overview of a person');
  const cookies = await context.cookies(url);
  assert.ok(
    cookies.length > 0 && cookies.every(({ httpOnly, sameSite }) => httpOnly && sameSite === 'Strict'),
  );
  // That of the way there has done its duty.
  assert.ok(cookies.every(({ name }) => name !== 'holdfast_session_start'));
  const [entry] = (await api.listAudit({ operation: 'signIn' })).entries;
  assert.equal(entry?.actor, 'ada@example.com');

  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Admin token').waitFor();
});

test('a person whom no rule gives a scope is told which groups they have', async (t) => {
  const { page, signIn } = await openSignIn(t);
  await signIn('eve');
  await page.getByText('The token of eve@example.com is valid').waitFor();
  await page.getByText('its claim "groups" has "staff"', { exact: false }).waitFor();
  await page.getByLabel('Admin token').waitFor();
});

test('a person who turns back at the provider reads why they are not signed in', async (t) => {
  const { page } = await openSignIn(t);
  await page.getByRole('button', { name: 'Sign in with' }).click();
  await page.getByRole('link', { name: '[ Cancel ]' }).click();
  await page.getByText('The identity provider has not signed you in.').waitFor();
  await page.getByText('End-User aborted interaction', { exact: false }).waitFor();
  await page.getByLabel('Admin token').waitFor();
});
