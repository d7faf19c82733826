import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { createBackupSystem, type BackupApi } from '../../src/index.ts';
import { smallShop } from '../api/system.ts';
import { testDatabase } from '../support/database.ts';
import { everyTest } from '../support/servers.ts';
import { holdfast, temporaryFolder } from './holdfast.ts';
import { checked } from '../runs/store-contents.ts';

/*
 * The process is killed before each call that changes something in a store. What was there is whole afterwards, and the same
 * command, given again, completes.
 */

const killer = pathToFileURL(path.resolve(import.meta.dirname, 'kill-at-write.mjs')).href;

interface Shop {
  url: string;
  env: Record<string, string>;
  here: string;
  offsite: string;
  client: Awaited<ReturnType<typeof testDatabase>>['client'];
  api: BackupApi;
}

async function shop(t: TestContext): Promise<Shop> {
  const { client, connectionString: url } = await testDatabase(t);
  await client.query(smallShop);
  const [here, offsite] = [await temporaryFolder(t), await temporaryFolder(t)];
  const stores = { here: `file://${here}`, offsite: `file://${offsite}` };
  const system = createBackupSystem({
    database: url,
    auth: { token: 'a-token-for-a-test' },
    stores,
    store: 'here',
    worker: true,
    logger: { log: () => {} },
  });
  t.after(() => system.stop());
  await system.api.init();
  const env = { HOLDFAST_STORE: `here=${stores.here}`, HOLDFAST_COPY_TO: `offsite=${stores.offsite}` };
  return { url, env, here, offsite, client, api: system.api };
}

/** By default it is killed at one of six changes, in each run at others. */
const stride = everyTest ? 1 : 6;

/**
 * Gives a command that is killed at a change below a folder, at a later one each time, until it ends without that.
 * @returns how many changes it makes, at most
 */
async function killedAtEach(
  { url, env }: Shop,
  args: () => readonly string[],
  under: string,
  { before, after }: { before(): Promise<void>; after(killed: boolean): Promise<void> },
): Promise<number> {
  for (let at = 1 + Math.floor(Math.random() * stride); ; at += stride) {
    await before();
    const outcome = await holdfast(args(), {
      url,
      env: { ...env, NODE_OPTIONS: `--import ${killer}`, TEST_KILL_UNDER: under, TEST_KILL_AT: String(at) },
    });
    const killed = outcome.signal === 'SIGKILL';
    if (!killed) assert.equal(outcome.code, 0, `at ${at}: ${outcome.stderr}`);
    await after(killed);
    if (!killed) return at - 1;
    assert.ok(at < 100);
  }
}

const noCopies = { HOLDFAST_COPY_TO: '' };

async function changeRows({ client }: Shop): Promise<void> {
  await client.query('update orders set amount = amount + 1 where id % 7 = 0');
}

test('backup, killed at each change of its store', async (t) => {
  const shopNow = await shop(t);
  const { api, env, here } = shopNow;
  const first = await api.createBackup({ copyTo: [], wait: true });
  let completed = 1;
  const kills = await killedAtEach(
    { ...shopNow, env: { ...env, ...noCopies } },
    () => ['backup', '--quiet'],
    here,
    {
      before: () => changeRows(shopNow),
      async after(killed) {
        if (!killed) return;
        await api.verifyBackup(first.id, { wait: true });
        const again = await api.createBackup({ copyTo: [], wait: true });
        await api.verifyBackup(again.id, { wait: true });
        // Nothing that the killed process has left counts as a backup.
        assert.equal((await api.listBackups({ status: 'completed' })).total, ++completed);
      },
    },
  );
  t.diagnostic(`up to ${kills} changes`);
  assert.ok(kills >= 4, String(kills));
});

test('copy, killed at each change of the store that it is copied to', async (t) => {
  const shopNow = await shop(t);
  const { api, offsite } = shopNow;
  let id: number;
  const kills = await killedAtEach(
    shopNow,
    () => ['copy', String(id), '--to', 'offsite', '--quiet'],
    offsite,
    {
      async before() {
        await changeRows(shopNow);
        ({ id } = await api.createBackup({ copyTo: [], wait: true }));
      },
      async after() {
        await api.verifyBackup(id, { wait: true });
        await api.copyBackup(id, 'offsite', { wait: true });
        await api.verifyBackup(id, { store: 'offsite', wait: true });
      },
    },
  );
  t.diagnostic(`up to ${kills} changes`);
  assert.ok(kills >= 6, String(kills));
});

test('a repair from a copy, killed at each change of the damaged store', async (t) => {
  const shopNow = await shop(t);
  const { api, here } = shopNow;
  const { id } = await api.createBackup({ copyTo: ['offsite'], wait: true });
  await api.copyBackup(id, 'offsite', { wait: true });
  const kills = await killedAtEach(shopNow, () => ['copy', String(id), '--to', 'here', '--quiet'], here, {
    async before() {
      for (const folder of ['chunks', 'packs'])
        await fs.rm(path.join(here, folder), { recursive: true, force: true });
      await checked(api, 'here');
    },
    async after() {
      await api.verifyBackup(id, { store: 'offsite', wait: true });
      await api.copyBackup(id, 'here', { wait: true });
      await api.verifyBackup(id, { wait: true });
      assert.equal((await api.getBackup(id)).damaged, false);
    },
  });
  t.diagnostic(`up to ${kills} changes`);
  assert.ok(kills >= 3, String(kills));
});

test('cleanup, killed at each change of a store: nothing that is kept is harmed', async (t) => {
  const shopNow = await shop(t);
  const { api, here, offsite } = shopNow;
  await api.updateSchedule({
    maxBackups: 1,
    retentionDays: null,
    copyTo: [{ store: 'offsite', maxBackups: 2 }],
  });
  for (const under of [here, offsite]) {
    const kills = await killedAtEach(shopNow, () => ['cleanup', '--quiet'], under, {
      async before() {
        for (let n = 0; n < 2; n++) {
          await changeRows(shopNow);
          const { id } = await api.createBackup({ copyTo: ['offsite'], wait: true });
          await api.copyBackup(id, 'offsite', { wait: true });
        }
      },
      async after() {
        await api.cleanUp({ wait: true });
        const { backups } = await api.listBackups();
        assert.deepEqual(
          backups.map(({ status }) => status),
          ['completed', 'completed'],
        );
        for (const { id, store, copies } of backups) {
          await api.verifyBackup(id, { wait: true });
          for (const copy of copies) await api.verifyBackup(id, { store: copy.store, wait: true });
          assert.ok(store === 'offsite' || copies.length === 1);
        }
      },
    });
    t.diagnostic(`up to ${kills} changes`);
    assert.ok(kills >= 2, String(kills));
  }
});
