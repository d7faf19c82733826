import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabase } from '../support/database.ts';
import { holdfast, type Outcome } from './holdfast.ts';

test('rows come back from the command line', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(`create table orders (id int primary key, note text);
    insert into orders select i, 'order ' || i from generate_series(1, 100) i;
    create table lines (order_id int references orders, line int, primary key (order_id, line));
    insert into lines select i, 1 from generate_series(1, 100) i`);
  const run = (...args: string[]): Promise<Outcome> => holdfast(args, { url: db.connectionString });
  await run('init');
  assert.equal((await run('backup')).code, 0);
  await db.client.query(`delete from lines where order_id in (5, 7); delete from orders where id in (5, 7);
    update orders set note = 'spoilt' where id = 9`);

  const dry = await run(
    'restore',
    '1',
    '--table',
    'orders',
    '--rows',
    'id in (5,7,8)',
    '--with-children',
    '--dry-run',
  );
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(dry.stdout, /public\.orders +2 +0 +1 +0 +0 +id/);
  assert.match(dry.stdout, /added public\.orders id 5\n {2}id: "5"\n {2}note: "order 5"/);
  assert.match(dry.stdout, /Nothing was changed/);

  const done = await run(
    'restore',
    '1',
    '--table',
    'orders',
    '--rows',
    'id in (5,7,8)',
    '--with-children',
    '--yes',
  );
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /public\.orders: 2 rows added, 0 changed, 1 unchanged, 0 skipped/);
  assert.match(done.stdout, /public\.lines: 2 rows added/);
  assert.match(done.stdout, /To undo it: .* undo \d+/);

  const conflict = await run('restore', '1', '--table', 'orders', '--key', '9', '--key', '10', '--yes');
  assert.equal(conflict.code, 4);
  assert.match(conflict.stderr, /ROWS_CONFLICT|public\.orders \{"id":"9"\}/);
  const overwritten = await run(
    'restore',
    '1',
    '--table',
    'orders',
    '--key',
    '{"id": 9}',
    '--on-conflict',
    'overwrite',
    '--yes',
    '--json',
  );
  assert.equal(overwritten.code, 0, overwritten.stderr);
  const { rows } = await db.client.query(
    "select count(*)::int as n, count(*) filter (where note = 'order ' || id)::int as right from orders",
  );
  assert.deepEqual(rows, [{ n: 100, right: 100 }]);

  for (const wrong of [
    ['--rows', 'id = 5'],
    ['--table', 'orders'],
    ['--table', 'orders', '--rows', 'true', '--key', '5'],
    ['--table', 'orders', '--key', '5', '--tables', 'lines'],
    ['--table', 'orders', '--key', '{x'],
    ['--with-children'],
    ['--tenant', '3', '--table', 'orders', '--key', '5'],
    ['--tenant', '3', '--with-children'],
    ['--tenant', '3', '--tables', 'orders'],
    ['--tenant', '3'],
  ]) {
    const answer = await run('restore', '1', ...wrong, '--yes');
    assert.equal(answer.code, 2, `${wrong.join(' ')}: ${answer.stderr}`);
  }
});

test('one tenant comes back from the command line', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(`create table countries (code text primary key);
    insert into countries values ('ch');
    create table orders (id int primary key, customer_id int, country text references countries);
    insert into orders select i, i % 10, 'ch' from generate_series(1, 100) i;
    create table lines (order_id int references orders, line int, primary key (order_id, line));
    insert into lines select i, 1 from generate_series(1, 100) i`);
  const run = (...args: string[]): Promise<Outcome> =>
    holdfast(args, { url: db.connectionString, env: { HOLDFAST_TENANT_COLUMN: 'customer_id' } });
  await run('init');
  assert.equal((await run('backup')).code, 0);
  await db.client.query(
    'delete from lines where order_id % 10 in (3, 4); delete from orders where customer_id in (3, 4)',
  );
  const dry = await run('restore', '1', '--tenant', '3', '--dry-run');
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(dry.stdout, /public\.orders +10 +0 +0 +0 +0 +id/);
  assert.match(dry.stdout, /Shared with others, left alone[^]*public\.countries/);
  const done = await run('restore', '1', '--tenant', '3', '--yes');
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /public\.orders: 10 rows added/);
  assert.match(done.stdout, /public\.lines: 10 rows added/);
  const { rows } = await db.client.query(
    'select count(*)::int as n, count(*) filter (where customer_id = 4)::int as other from orders',
  );
  assert.deepEqual(rows, [{ n: 90, other: 0 }]);
  assert.match((await run('list', '--restores')).stdout, /rows of the tenant 3/);
});
