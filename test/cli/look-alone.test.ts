/** Looking into a store with nothing but its address: rows, query, diff and history. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smallShop } from '../api/system.ts';
import { privateServer, oneInTurn } from '../support/servers.ts';
import { testDatabase } from '../support/database.ts';
import { holdfast, launch, until } from './holdfast.ts';
import { lostShop } from './lost-shop.ts';

for (const sealed of oneInTurn([true, false])) {
  test(`a ${sealed ? 'sealed' : 'plain'} store alone is looked into`, async (t) => {
    const { run, store, uuids, opening } = await lostShop(t, { sealed });
    const [first, second] = uuids as [string, string];
    const gone = await run('rows', 'latest', 'orders', '--key', '500', '--json');
    assert.deepEqual(gone.json<{ rows: unknown[] }>().rows, [], gone.stderr);

    const history = await run('history', 'orders', '--key', '500');
    assert.equal(history.code, 0, history.stderr);
    assert.match(history.stdout, new RegExp(`^Backup ${first}, .*: it is there\n`));
    assert.match(history.stdout, new RegExp(`\nBackup ${second}, .*: it is gone\n2 backups looked into`));
    const versions = (await run('history', 'orders', '--key', '500', '--json')).json<{
      versions: { first: { backup: string }; state: string }[];
    }>().versions;
    assert.deepEqual(
      versions.map((each) => [each.first.backup, each.state]),
      [
        [first, 'there'],
        [second, 'not there'],
      ],
    );

    const between = await run('diff', first, 'orders', '--against', 'latest', '--json');
    const { removed, changed, unchanged, against } = between.json<Record<string, unknown>>();
    assert.deepEqual([removed, changed, unchanged, against], [1, 0, 499, second], between.stderr);
    const nowhere = await run('diff', first, 'orders');
    assert.equal(nowhere.code, 2, nowhere.stdout);
    assert.match(nowhere.stderr, /DATABASE_URL is not set/);
    const live = await testDatabase(t);
    await live.client.query(`${smallShop}; update orders set amount = amount + 1 where id = 3`);
    const url = live.connectionString;
    const withLive = await holdfast(['diff', 'latest', 'orders', '--store', store, ...opening], { url });
    assert.match(withLive.stdout, /0 only in backup .*, 1 changed, 1 only in the database, 498 the same/);

    const asked = await run('query', 'latest', 'select count(*) from orders', '--csv');
    assert.deepEqual([asked.code, asked.stdout], [0, 'count\n499\n'], asked.stderr);
    const refused = await run('query', first, 'drop table orders');
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /syntax error/);
    const wrong = await run('query', 'latest', 'select 1', '--limit', '100000');
    assert.equal(wrong.code, 2);
    if (sealed) {
      const without = await holdfast(['query', 'latest', 'select 1', '--store', store]);
      assert.match(without.stderr, /--identity/);
    }
  });
}

test('a question of a store alone on another server, and what kill -9 leaves there', async (t) => {
  const { store } = await lostShop(t);
  const scratch = await privateServer(t);
  const client = await scratch.client();
  const { host, port, user, password } = scratch.server;
  const to = ['--store', store, '--to', `postgres://${user}:${password}@${host}:${port}/postgres`];
  const count = async (sql: string): Promise<number> => (await client.query(sql)).rows.length;
  const left = `select datname from pg_database where datname ~ '^holdfast_' union all select rolname from pg_roles where rolname ~ '^holdfast_'`;
  const sleeping = `select from pg_stat_activity where wait_event = 'PgSleep'`;
  const sleep = ['query', 'latest', 'select pg_sleep(300), count(*) from orders', '--timeout', '600', ...to];
  const running = launch(sleep, {});
  await until('it sleeps', async () => (await count(sleeping)) === 1);
  running.child.kill('SIGKILL');
  await running.ended;
  await until('the statement is ended', async () => (await count(sleeping)) === 0);
  assert.ok((await count(left)) > 1);
  const next = await holdfast(['query', 'latest', 'select count(*) from orders where id = 5', ...to]);
  assert.equal(next.code, 0, next.stderr);
  assert.match(next.stdout, /\n1 row\nread: 1 table, 1 of 1 chunk, /);
  assert.equal(await count(left), 0);
});
