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

test('backup --copy-to takes several stores, in place of those of the variable, and is refused as a whole', async (t) => {
  const { connectionString: url } = await testDatabase(t);
  const [main, copy] = [`file://${await temporaryFolder(t)}`, `file://${await temporaryFolder(t)}`];
  const args = ['backup', '--store', `main=${main}`, '--copy-to', `copy=${copy}`, '--copy-to'];
  const same = await holdfast([...args, `main=${main}`], { url });
  assert.equal(same.code, 2);
  assert.match(same.stderr, /copyTo: the store main is the one that backups are written to/);
  // What the variable says would be refused as well, and does not count.
  const replaced = await holdfast([...args, 'second=file:///nowhere'], {
    url,
    env: { HOLDFAST_COPY_TO: 'not an address' },
  });
  assert.equal(replaced.code, 2);
  assert.match(
    replaced.stderr,
    /copyTo: this version does not copy backups to other stores yet \(copy, second\)/,
  );
  const given = await holdfast(args.slice(0, -1), { url, env: { HOLDFAST_STORE: 'not an address' } });
  assert.match(given.stderr, /does not copy backups to other stores yet \(copy\)/);
});
