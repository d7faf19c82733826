import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { test } from 'node:test';
import { smallShop } from '../api/system.ts';
import { testDatabase } from '../support/database.ts';
import { holdfast, temporaryFolder } from './holdfast.ts';

test('backup --store writes this backup there, whatever the variable says', async (t) => {
  const { client, connectionString: url } = await testDatabase(t);
  await client.query(smallShop);
  assert.equal((await holdfast(['init'], { url })).code, 0);
  const [usual, chosen] = [await temporaryFolder(t), await temporaryFolder(t)];
  const env = { HOLDFAST_STORE: `usual=file://${usual}` };
  const made = await holdfast(['backup', '--json', '--store', `chosen=file://${chosen}`], { url, env });
  assert.equal(made.code, 0, made.stdout);
  assert.deepEqual(await fs.readdir(usual), []);
  const { uuid } = made.json<{ backup: { uuid: string } }>().backup;
  assert.ok((await fs.readdir(`${chosen}/backups`)).includes(uuid));
  const { rows } = await client.query('select store from system_backups');
  assert.deepEqual(rows, [{ store: 'chosen' }]);

  assert.equal((await holdfast(['backup'], { url, env })).code, 0);
  assert.equal((await fs.readdir(`${usual}/backups`)).length, 1);

  const unknown = await holdfast(['backup', '--store', 'nowhere'], { url, env });
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /there is no store named nowhere/);
});

test('backup --copy-to copies to each of these stores, in place of those of the variable, and waits for it', async (t) => {
  const { client, connectionString: url } = await testDatabase(t);
  await client.query(smallShop);
  assert.equal((await holdfast(['init'], { url })).code, 0);
  const [main, copy, third] = [await temporaryFolder(t), await temporaryFolder(t), await temporaryFolder(t)];
  const args = ['backup', '--store', `main=file://${main}`, '--copy-to', `copy=file://${copy}`, '--copy-to'];
  const same = await holdfast([...args, `main=file://${main}`], { url });
  assert.equal(same.code, 2);
  assert.match(same.stderr, /copyTo: the store main is the one that backups are written to/);
  const env = { HOLDFAST_COPY_TO: 'not an address' };
  const made = await holdfast([...args, `third=file://${third}`, '--json'], { url, env });
  assert.equal(made.code, 0, made.stdout + made.stderr);
  const { backup, copies } = made.json<{
    backup: { id: number; uuid: string };
    copies: { store: string }[];
  }>();
  assert.deepEqual(
    copies.map(({ store }) => store),
    ['copy', 'third'],
  );
  for (const place of [main, copy, third]) {
    assert.ok((await fs.readdir(`${place}/backups`)).includes(backup.uuid));
  }
  const stores = { HOLDFAST_STORE: `main=file://${main}`, HOLDFAST_COPY_TO: `copy=file://${copy}` };
  const shown = await holdfast(['show', String(backup.id)], { url, env: stores });
  assert.match(shown.stdout, /copies +copy: proved/);
  assert.equal((await holdfast(['verify', String(backup.id), '--in', 'copy'], { url, env: stores })).code, 0);

  // A copy that fails is said, and that the backup is good.
  const failed = await holdfast(['backup', '--copy-to', 'gone=file:///dev/null/gone'], { url, env: stores });
  assert.notEqual(failed.code, 0);
  assert.match(failed.stderr, /Backup 2 is complete in main; its copy to gone failed: .*/);
  assert.match(failed.stderr, / copy 2 --to gone\n/);

  const fourth = await temporaryFolder(t);
  const copied = await holdfast(['copy', '2', '--to', `file://${fourth}`], { url, env: stores });
  assert.equal(copied.code, 0, copied.stderr);
  assert.match(copied.stdout, /Backup 2 is in /);
  const again = await holdfast(['copy', '2', '--to', 'copy', '--json'], { url, env: stores });
  assert.equal(again.json<{ copy: { status: string } }>().copy.status, 'completed');
});
