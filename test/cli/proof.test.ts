import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { smallShop, testSystem } from '../api/system.ts';
import { lostShop } from './lost-shop.ts';
import { holdfast, temporaryFolder } from './holdfast.ts';

/** Changes the first byte of every pack, which is one of its first chunk. */
async function flipPacks(folder: string): Promise<void> {
  for (const name of await fs.readdir(folder, { recursive: true })) {
    if (!/^packs\/..\/[0-9a-f]{64}$/.test(name)) continue;
    const file = path.join(folder, name);
    const bytes = await fs.readFile(file);
    bytes[0]! ^= 1;
    await fs.writeFile(file, bytes);
  }
}

for (const sealed of [false, true]) {
  test(`of a ${sealed ? 'sealed' : 'plain'} store alone: presence and checksum need no key, and find what they claim to find`, async (t) => {
    const { folder, store, run } = await lostShop(t, { sealed });
    const verify = (level: string, ...more: string[]) =>
      holdfast(['verify', 'latest', '--level', level, '--store', store, '--json', ...more]);
    for (const level of ['presence', 'checksum']) {
      const { code, stdout } = await verify(level);
      assert.equal(code, 0, stdout);
      const { verification } = JSON.parse(stdout) as {
        verification: { report: { level: string; proved: string; chunks: number; of: number } };
      };
      const { report } = verification;
      assert.equal(report.level, level);
      assert.ok(report.chunks === report.of && report.chunks >= 3, stdout);
      assert.match(report.proved, /not read\.$|nothing was unpacked\.$/);
    }
    const said = await holdfast([
      'verify',
      'latest',
      '--level',
      'checksum',
      '--share',
      '1',
      '--store',
      store,
    ]);
    assert.match(said.stdout, /was checked: 1 chunk, [^]*chosen at random[^]*the others were not read/);
    assert.equal((await verify('presence', '--share', '5')).code, 2);

    await flipPacks(folder);
    assert.equal((await verify('presence')).code, 0, 'only bytes have changed');
    const flipped = await verify('checksum');
    assert.equal(flipped.code, 7, flipped.stdout);
    assert.equal((JSON.parse(flipped.stdout) as { code: string }).code, 'CHUNK_CORRUPT');
    const content = await run('verify', 'latest', '--json');
    assert.equal(content.code, 7, content.stdout);
    await fs.rm(path.join(folder, 'packs'), { recursive: true });
    const gone = await verify('presence');
    assert.equal(gone.code, 7, gone.stdout);
    assert.equal((JSON.parse(gone.stdout) as { code: string }).code, 'CHUNK_MISSING');
  });
}

test('status says what would be lost, how long it takes, and what is proved, beside the targets', async (t) => {
  const folder = await temporaryFolder(t);
  const { api, db } = await testSystem(t, { sql: smallShop, store: `file://${folder}` });
  await api.updateSchedule({ enabled: true, frequency: 'daily' });
  const environment = {
    DATABASE_URL: db.connectionString,
    HOLDFAST_STORE: `file://${folder}`,
    HOLDFAST_RPO_HOURS: '24',
    HOLDFAST_RTO_MINUTES: '30',
  };
  const run = (...args: string[]) => holdfast(args, { env: environment });
  const none = await run('status');
  assert.match(none.stdout, /^! not protected: backups cannot be stored$/m);
  assert.match(none.stdout, /recovery point +none, of at most 1 d: missed/);
  await api.createBackup({ wait: true });
  const unproved = await run('status');
  assert.match(unproved.stdout, /^! protected, not proved yet$/m);
  assert.match(unproved.stdout, /recovery point +\d+ s, backup 1, of at most 1 d$/m);
  assert.match(unproved.stdout, /recovery time +not measured yet, of at most 30 min; a drill measures it/);
  assert.match(unproved.stdout, /proved +nothing yet/);
  assert.match(unproved.stdout, /Every byte has been read or written since \d+ \w+ \d{4}\./);
  await api.verifyBackup(1, { wait: true });
  const proved = await run('status');
  assert.match(proved.stdout, /^✓ protected$/m);
  assert.match(proved.stdout, /proved +backup 1, all of it read and unpacked just now/);

  const { name } = (await api.listStores()).stores.find(({ role }) => role === 'written')!;
  const listed = await run('store', 'list');
  assert.match(listed.stdout, new RegExp(`^${name}: Every byte has been read or written since `, 'm'));
  const scrub = await run('store', 'scrub', name);
  assert.equal(scrub.code, 0, scrub.stderr);
  assert.match(scrub.stdout, /✓ The store .*: \d+ chunks, .* read, as written\.\n +Every byte has been/);
  await flipPacks(folder);
  const damaged = await run('store', 'scrub', name, '--json');
  assert.equal(damaged.code, 7);
  assert.ok(damaged.json<{ scrub: { report: { damaged: number } } }>().scrub.report.damaged >= 1);
});
