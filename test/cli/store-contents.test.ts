import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { test } from 'node:test';
import { testDatabase } from '../support/database.ts';
import { newDirectory } from '../support/server-start.ts';
import { errorCatalogue } from '../../src/base/errors.ts';
import { holdfast } from './holdfast.ts';

test('a store is checked, and imported into an empty catalog', async (t) => {
  const directory = await newDirectory();
  t.after(() => fs.rm(directory, { recursive: true, force: true }));
  const [db, other] = [await testDatabase(t), await testDatabase(t)];
  await db.client.query('create table orders as select n as id from generate_series(1, 100) n');
  const env = { HOLDFAST_STORE: `offsite=file://${directory}` };
  const run = (url: string, ...args: string[]): ReturnType<typeof holdfast> => holdfast(args, { url, env });
  const url = db.connectionString;
  await run(url, 'init');
  assert.equal((await run(url, 'backup')).code, 0);
  const whole = await run(url, 'store', 'check', 'offsite');
  assert.equal(whole.code, 0, whole.stderr);
  assert.match(whole.stdout, /The store offsite: 1 backup, 2 objects/);
  const { uuid } = (await db.client.query<{ uuid: string }>('select uuid from system_backups')).rows[0]!;

  await run(other.connectionString, 'init');
  const imported = await run(other.connectionString, 'store', 'import', 'offsite');
  assert.equal(imported.code, 0, imported.stderr);
  assert.match(imported.stdout, /1 backup of the store offsite is in the catalog now; it knew 0 already/);
  const taken = await run(other.connectionString, 'store', 'check', 'offsite');
  assert.equal(taken.code, 4);
  assert.match(taken.stderr, /store take/);
  const listed = await run(other.connectionString, 'list', '--json');
  assert.equal((JSON.parse(listed.stdout) as { backups: { uuid: string }[] }).backups[0]?.uuid, uuid);

  await fs.rm(`${directory}/backups/${uuid}`);
  await fs.writeFile(`${directory}/notes.txt`, 'what someone left here');
  const lost = await run(url, 'store', 'check', 'offsite');
  assert.equal(lost.code, errorCatalogue.BACKUP_ROLLED_BACK.exitCode);
  assert.match(lost.stdout, new RegExp(`Of this installation, and not in the store: 1 backup \\(${uuid}\\)`));
  assert.match(lost.stdout, /Not of Holdfast, left alone: 1 object/);
});
