import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createBackupSystem, silentLogger } from '../../src/index.ts';
import { privateServer } from '../support/servers.ts';
import { token } from '../api/system.ts';
import { assertAccessible, assertFits } from './axe.ts';
import { enterToken, openPage, type OpenedPage } from './page.ts';

interface Globals extends OpenedPage {
  /** Statements on the server whose roles they are. */
  run: (sql: string) => Promise<{ rows: Record<string, unknown>[] }>;
  id: number;
}

/** A backup of a server's roles, some of which are gone since. The server is the test's own: roles belong to all of it. */
async function openGlobals(t: TestContext): Promise<Globals> {
  const { server, client: connect } = await privateServer(t);
  const { host, port, user, password } = server;
  const serverUrl = `postgres://${user}:${password}@${host}:${port}/postgres`;
  const client = await connect();
  await client.query(
    `create role app login connection limit 5; create role boss superuser; create role kept; grant app to kept`,
  );
  let id = 0;
  const opened = await openPage(t, {
    signIn: false,
    async serving() {
      const system = createBackupSystem({
        database: serverUrl,
        auth: { token },
        enrol: { exclude: '*' },
        logger: silentLogger,
      });
      t.after(() => system.stop());
      await system.api.init();
      ({ id } = await system.api.createBackup({ type: 'globals', wait: true }));
      return system;
    },
  });
  await client.query('drop role app; drop role boss; alter role kept connection limit 3');
  await opened.page.goto(`${opened.url}backups/${id}`);
  await enterToken(opened.page);
  return { ...opened, run: (sql) => client.query(sql), id };
}

const rolesSql = `select rolname, rolsuper, rolconnlimit from pg_roles where rolname in ('app', 'boss', 'kept') order by 1`;

test('roles that are gone are shown and made, with power only where it is ticked, and the way back is shown', async (t) => {
  const { page, run } = await openGlobals(t);
  await page.getByRole('main').getByRole('link', { name: 'Restore', exact: true }).click();
  await page.getByRole('button', { name: 'Show what is missing' }).click();
  await page
    .getByRole('group', { name: 'What would be made' })
    .getByText('role app', { exact: true })
    .waitFor();
  const different = page.getByRole('group', { name: 'What is different on the server' });
  await different.getByText('membership of kept in app').waitFor();
  await different.getByText('stays as it is').first().waitFor();
  assert.ok(await page.getByRole('button', { name: 'Prove by restoring' }).isHidden());
  await assertAccessible(page, 'the plan of roles');
  await page.setViewportSize({ width: 390, height: 844 });
  await assertFits(page, 'the plan of roles');
  await page.setViewportSize({ width: 1280, height: 900 });
  assert.equal((await run(rolesSql)).rows.length, 1, 'nothing is made yet');

  // Without a tick no role becomes superuser.
  await page.getByRole('button', { name: /^Make \d+ changes$/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Make them' }).click();
  await page.getByText(/^Made \d+ changes of roles and tablespaces$/).waitFor();
  assert.deepEqual((await run(rolesSql)).rows, [
    { rolname: 'app', rolsuper: false, rolconnlimit: 5 },
    { rolname: 'boss', rolsuper: false, rolconnlimit: -1 },
    { rolname: 'kept', rolsuper: false, rolconnlimit: 3 },
  ]);
  const undo = await page.getByRole('group', { name: 'SQL that takes it back' }).innerText();
  await run(undo);
  assert.deepEqual(
    (await run(rolesSql)).rows.map(({ rolname }) => rolname),
    ['kept'],
  );

  // With it, and what differs too, the database has to be named.
  await page.getByLabel('Roles and tablespaces that are there and differ').check();
  await page.getByRole('button', { name: 'Show what is missing' }).click();
  await different.getByText('as in the backup', { exact: true }).first().waitFor();
  await page.getByLabel('SUPERUSER of role boss').check();
  await page.getByRole('button', { name: /^Make \d+ changes$/ }).click();
  await dialog.getByText('This gives power over others: SUPERUSER of role boss.').waitFor();
  await assertAccessible(page, 'the question before power is given');
  assert.ok(await dialog.getByRole('button', { name: 'Make them' }).isDisabled());
  await dialog.getByLabel('Type postgres to confirm').fill('postgres');
  await dialog.getByRole('button', { name: 'Make them' }).click();
  await page.getByText(/^Made \d+ changes of roles and tablespaces$/).waitFor();
  assert.deepEqual((await run(rolesSql)).rows, [
    { rolname: 'app', rolsuper: false, rolconnlimit: 5 },
    { rolname: 'boss', rolsuper: true, rolconnlimit: -1 },
    { rolname: 'kept', rolsuper: false, rolconnlimit: -1 },
  ]);
  await page.getByRole('button', { name: 'Show what is missing' }).click();
  await page.getByText('There is nothing to make').waitFor();
});

test('roles come back on another server, whose password is kept nowhere', async (t) => {
  const { page, url, id } = await openGlobals(t);
  const { server: other, client } = await privateServer(t);
  await page.goto(`${url}backups/${id}?show=restore`);
  await page.getByLabel('On another server').check();
  const compare = page.getByRole('button', { name: 'Show what is missing' });
  assert.ok(await compare.isDisabled());
  const { host, port, user, password } = other;
  await page
    .getByLabel('Address of the other server')
    .fill(`postgres://${user}:${password}@${host}:${port}/postgres`);
  await compare.click();
  const missing = page.getByRole('group', { name: 'What would be made' });
  await missing.getByText('role kept', { exact: true }).waitFor();
  await page.getByRole('button', { name: /^Make \d+ changes$/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(`On ${host}:${port}.`, { exact: false }).waitFor();
  await dialog.getByRole('button', { name: 'Make them' }).click();
  await page.getByText(/^Made \d+ changes of roles and tablespaces$/).waitFor();
  const there = await (await client()).query(rolesSql);
  assert.equal(there.rows.length, 3);
  const kept = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, location.href]));
  assert.ok(!kept.includes(password));
});
