import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adaptWishes } from '../../src/cli/adapt.ts';
import { testDatabase } from '../support/database.ts';
import { holdfast } from './holdfast.ts';

test('what is typed becomes what the API takes', () => {
  assert.deepEqual(
    adaptWishes({
      onDrift: 'adapt',
      fill: ['orders.currency=EUR', 'sales.orders.note=a=b', '"My table"."a.b"='],
      rename: ['orders.total=amount'],
      dropColumn: ['orders.x', 'orders.y'],
      value: ['orders.status=old=new=er'],
      timestampZone: 'UTC',
    }),
    {
      fill: { orders: { currency: 'EUR' }, 'sales.orders': { note: 'a=b' }, 'My table': { 'a.b': '' } },
      renames: { orders: { total: 'amount' } },
      dropColumns: { orders: ['x', 'y'] },
      values: { orders: { status: { old: 'new=er' } } },
      timestampZone: 'UTC',
    },
  );
  for (const wrong of [
    { fill: ['orders=1'] },
    { fill: ['orders.currency'] },
    { dropColumn: ['orders'] },
    { dropColumn: ['orders.note=1'] },
    { value: ['orders.status=old'] },
    { rename: ['a.b.c.d=e'] },
  ]) {
    assert.throws(() => adaptWishes({ onDrift: 'adapt', ...wrong }), /takes what is written like/);
  }
});

test('a table that has changed is restored with what the plan asks for', async (t) => {
  const db = await testDatabase(t);
  const run = (...args: string[]) => holdfast(args, { url: db.connectionString });
  await db.client.query(`create table orders (id int primary key, total int, note text);
    insert into orders select i, i, 'n' from generate_series(1, 30) i`);
  assert.equal((await run('init')).code, 0);
  const backup = await run('backup', '--json');
  const { id } = backup.json<{ backup: { id: number } }>().backup;
  await db.client.query(
    `alter table orders rename total to amount; alter table orders drop note; delete from orders`,
  );
  const restore = ['restore', String(id), '--tables', 'orders', '--on-drift', 'adapt'];
  const refused = await run(...restore, '--dry-run');
  assert.equal(refused.code, 4);
  assert.match(
    refused.stdout,
    /Refused: SCHEMA_DRIFT: .*\(--drop-column\), or say with renames \(--rename\)/s,
  );
  const answers = ['--rename', 'orders.total=amount', '--drop-column', 'orders.note'];
  const planned = await run(...restore, ...answers, '--dry-run');
  assert.equal(planned.code, 0, planned.stdout);
  assert.match(planned.stdout, /Rows are adapted:\n {2}public\.orders: column "total" goes into "amount"\n/);
  const done = await run(...restore, ...answers, '--yes');
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /as adapted here:\n {4}public\.orders: column "total" goes into "amount"\n/);
  const { rows } = await db.client.query('select sum(amount)::int as sum from orders');
  assert.deepEqual(rows, [{ sum: 465 }]);
});
