import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DatabasesAnswer } from '../../src/api/contract.ts';
import { testDatabase } from '../support/database.ts';
import { holdfast } from './holdfast.ts';

test('a command is about one of several databases, and all are listed with those that nothing protects', async (t) => {
  const shop = await testDatabase(t);
  const [crm, control] = [await shop.createDatabase(), await shop.createDatabase()];
  await crm.client.query('create table people (id int primary key); insert into people values (1)');
  const env = {
    HOLDFAST_DATABASES: `shop=${shop.connectionString} crm=${crm.connectionString}`,
    HOLDFAST_CATALOG_URL: control.connectionString,
  };
  const run = (...args: string[]) => holdfast(args, { env });
  const before = await run('databases');
  assert.equal(before.code, 1);
  assert.match(before.stdout, /crm +not-initialized/);
  for (const name of ['shop', 'crm']) assert.equal((await run('init', '--database', name)).code, 0);
  const made = await run('backup', '--database', 'crm');
  assert.equal(made.code, 0, made.stderr);
  assert.match((await run('list', '--database', 'crm')).stdout, /1 +completed/);
  assert.match((await run('list')).stdout, /No backups|no backup/i);
  assert.match((await run('sql', '--database', 'crm', 'select count(*) from people')).stdout, /1/);
  const { databases, unprotected } = (await run('databases', '--json')).json<DatabasesAnswer>();
  assert.deepEqual(
    databases.map(({ name, state, backups }) => [name, state, backups?.completed]),
    [
      ['shop', 'ready', 0],
      ['crm', 'ready', 1],
    ],
  );
  assert.ok(!unprotected.some(({ database }) => database === control.name));
  const wrong = await run('list', '--database', 'nothing');
  assert.equal(wrong.code, 4);
  assert.match(wrong.stderr, /there are "shop", "crm"/);
  // Another database on the command line has nothing to do with the catalog of these.
  const alone = await holdfast(['list', '--database-url', crm.connectionString], { env });
  assert.match(alone.stderr, /not initialized|not set up|holdfast init/i);
});
