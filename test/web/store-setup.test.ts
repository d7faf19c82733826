import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddress } from '../../src/store/objects/address.ts';
import { smallShop } from '../api/system.ts';
import { temporaryStore } from '../runs/store-folders.ts';
import {
  addressOf,
  commandLines,
  environmentLines,
  missingParts,
  type SetupDraft,
} from '../../web/src/stores/store-setup.ts';
import { assertAccessible, assertFits } from './axe.ts';
import { openPage } from './page.ts';

const offsite: SetupDraft = { kind: 's3', name: 'offsite', use: 'copy', encrypted: true, parts: {} };

test('the address of each kind is one that the server reads, and a shell takes the lines as they are', () => {
  const drafts: [SetupDraft['kind'], Record<string, string>, string][] = [
    ['file', { path: '/mnt/back ups/shop' }, 'file:///mnt/back%20ups/shop'],
    [
      's3',
      { bucket: 'backups', prefix: '/shop/', region: 'eu-west-1', endpoint: 'https://s3.example.org' },
      's3://backups/shop?region=eu-west-1&endpoint=https%3A%2F%2Fs3.example.org',
    ],
    ['azure', { account: 'shopbackups', container: 'nightly' }, 'azure://shopbackups/nightly'],
    [
      'sftp',
      { user: 'backup', host: 'example.org', port: '2222', path: 'srv/backups' },
      'sftp://backup@example.org:2222/srv/backups',
    ],
  ];
  for (const [kind, parts, address] of drafts) {
    const draft = { ...offsite, kind, parts };
    assert.deepEqual(missingParts(draft), []);
    assert.equal(addressOf(draft), address);
    assert.equal(parseAddress(address).scheme, kind);
  }
  const s3 = { ...offsite, parts: { bucket: 'backups', region: 'eu-west-1', endpoint: 'https://x.org' } };
  assert.match(
    commandLines(s3),
    /^holdfast keygen --out keys\nholdfast store create 's3:\/\/[^']+' --writer-key/,
  );
  assert.match(environmentLines(s3, []), /^HOLDFAST_COPY_TO='offsite=s3:/);
  assert.deepEqual(missingParts({ ...offsite, name: 'Off site' }), ['name', 'bucket']);
});

test('a store is set up step by step, and its address never leaves the page', async (t) => {
  const place = await temporaryStore(t);
  const { page, url } = await openPage(t, {
    sql: smallShop,
    at: 'stores',
    stores: { offsite: `file://${place}` },
    copyTo: 'offsite',
  });
  const sent: string[] = [];
  page.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''}`));
  await page.getByRole('link', { name: 'Set up a store' }).click();
  await page.getByText('appear once its address is complete').waitFor();
  await page.getByLabel('Name').fill('second');
  await page.getByLabel('Folder').fill('/mnt/planted-in-the-form');
  await page.getByText('holdfast keygen --out keys').waitFor();
  await page
    .getByText(`HOLDFAST_COPY_TO=offsite=file://${place},second=file:///mnt/planted-in-the-form`)
    .waitFor();
  await page.getByText('No store named second is configured yet').waitFor();
  await page.getByRole('button', { name: 'Look again' }).click();
  await page.getByRole('radio', { name: 'Not encrypted' }).check();
  await page.getByText('holdfast keygen --out keys').waitFor({ state: 'detached' });
  await assertAccessible(page, 'set up a store');
  await page.setViewportSize({ width: 390, height: 844 });
  await assertFits(page, 'set up a store');
  await page.setViewportSize({ width: 1280, height: 900 });

  // As after the restart: it is configured.
  await page.getByLabel('Name').fill('offsite');
  await page.getByText('is configured with another address').waitFor();
  await page.getByLabel('Folder').fill(place);
  await page.getByText('is configured with another address').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Test offsite' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('Backups can be written there and read back').waitFor();
  await page.getByText('What a thief of these credentials could do').click();
  await assertAccessible(page, 'a test of a store');
  assert.ok(sent.length > 0);
  assert.ok(sent.every((each) => !each.includes('planted')));
  await page.goto(`${url}stores`);
  await page.getByText(/^Passed/).waitFor();
});

test('an encrypted store is made in the page, and its keys are shown once', async (t) => {
  const { page, api, context } = await openPage(t, {
    sql: smallShop,
    at: 'stores',
    stores: { vault: `file://${await temporaryStore(t)}` },
    store: 'vault',
  });
  const panel = page.getByRole('region', { name: 'vault', exact: true });
  await panel.getByText('Not made yet').waitFor();
  await panel.getByRole('button', { name: 'Make the store vault' }).click();
  const keys = page.getByRole('region', { name: 'Keys of the store vault' });
  await keys.getByText('Without the recovery key nobody can open these backups').waitFor();
  const recovery = await keys.getByRole('group', { name: 'Recovery key' }).innerText();
  assert.match(recovery, /AGE-SECRET-KEY-1/);
  await assertAccessible(page, 'the keys of a store');
  await page.setViewportSize({ width: 390, height: 844 });
  await assertFits(page, 'the keys of a store');
  await page.setViewportSize({ width: 1280, height: 900 });
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    keys.getByRole('button', { name: 'Download Writer key' }).click(),
  ]);
  assert.equal(download.suggestedFilename(), 'vault-writer.key');
  const goOn = keys.getByRole('button', { name: 'Go on' });
  assert.ok(await goOn.isDisabled());
  await keys.getByRole('checkbox', { name: 'The recovery key is kept in a safe place' }).focus();
  await page.keyboard.press('Space');
  await goOn.click();
  await panel.getByText('Start the process with the writer key now').waitFor();
  await panel.getByText('Ready', { exact: true }).waitFor();
  // They are nowhere any more.
  const secret = /AGE-SECRET-KEY-1\w+/.exec(recovery)![0];
  const kept = await page.evaluate(() =>
    JSON.stringify([
      document.body.innerHTML,
      Object.entries(localStorage),
      Object.entries(sessionStorage),
      location.href,
    ]),
  );
  assert.ok(!kept.includes(secret));
  assert.ok(!JSON.stringify(await context.storageState()).includes(secret));
  assert.equal((await api.listStores()).stores.find(({ name }) => name === 'vault')!.sealed, true);
});
