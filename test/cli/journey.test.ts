import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BackupDetail, BackupSummary, RestoreDetail } from '../../src/api/contract.ts';
import { testDatabase } from '../support/database.ts';
import { holdfast } from './holdfast.ts';

const shop = `
  create table customers (id int generated always as identity primary key, name text not null);
  create table orders (
    id int generated always as identity primary key,
    customer int not null references customers,
    total numeric(10,2) not null
  );
  insert into customers (name) select 'customer ' || i from generate_series(1, 500) i;
  insert into orders (customer, total) select 1 + i % 500, i / 7.0 from generate_series(1, 20000) i;
  create view order_totals as select customer, sum(total) from orders group by 1;`;
const sums = 'select count(*)::int as rows, sum(total)::text as total, max(id) as last from orders';

test('a table is lost and comes back: init, backup, drop, restore', async (t) => {
  const { client, connectionString: url, name } = await testDatabase(t);
  await client.query(shop);
  const before = (await client.query(sums)).rows[0];

  // Nothing works before init, and everything says what to do.
  const early = await holdfast(['backup', '--json'], { url });
  assert.equal(early.code, 4);
  assert.equal(early.json()['code'], 'NOT_INITIALIZED');
  const unready = await holdfast(['status'], { url });
  assert.equal(unready.code, 4);
  assert.match(unready.stdout, /Set it up with: \S+ \S+(?:main\.ts|cli\.js) init/);
  // Nothing that is said here names an address of the API.
  for (const args of [['backup'], ['list'], ['doctor'], ['status']]) {
    for (const more of [[], ['--json']]) {
      const { code, stdout, stderr } = await holdfast([...args, ...more], { url });
      assert.equal(code, 4, args.join(' '));
      assert.doesNotMatch(stdout + stderr, /api\/admin|init-backup-tables/, args.join(' '));
      assert.match(stdout + stderr, /(?:main\.ts|cli\.js) init/);
    }
  }

  const made = await holdfast(['init'], { url });
  assert.equal(made.code, 0);
  // Before they are made it says which, and where.
  assert.match(made.stderr, new RegExp(`these tables in database ${name}, and nothing else:\\n`));
  assert.match(made.stderr, /\n {2}public\.system_backups\n/);
  assert.match((await holdfast(['init'], { url })).stdout, new RegExp(`Database ${name} was set up already`));
  const again = await holdfast(['init', '--json'], { url });
  assert.equal(again.code, 0);
  assert.equal(again.json()['initialized'], true);

  const none = await holdfast(['list'], { url });
  assert.equal(none.code, 0);
  assert.match(none.stdout, /No backups yet/);

  const taken = await holdfast(['backup', '--description', 'before the loss', '--json'], { url });
  assert.equal(taken.code, 0, taken.stderr);
  assert.equal(taken.stderr, '');
  const { backup } = taken.json<{ backup: BackupSummary }>();
  assert.equal(backup.status, 'completed');
  assert.equal(backup.tableCount, 2);
  assert.equal(backup.rowCount, 20_500);

  const shown = await holdfast(['show', String(backup.id)], { url });
  assert.equal(shown.code, 0);
  assert.match(shown.stdout, /public\.orders +20,000 /);
  assert.match(shown.stdout, /before the loss/);
  const detail = (await holdfast(['show', String(backup.id), '--json'], { url })).json<{
    backup: BackupDetail;
  }>();
  assert.equal(detail.backup.contents?.tables.length, 2);

  await client.query('drop table orders cascade');

  const planned = await holdfast(['restore', String(backup.id), '--dry-run'], { url });
  assert.equal(planned.code, 0, planned.stderr);
  assert.match(planned.stdout, /public\.orders +create +20,000/);
  assert.match(planned.stdout, /Nothing was changed/);
  assert.equal((await client.query(`select to_regclass('orders') as found`)).rows[0].found, null);

  const restored = await holdfast(['restore', String(backup.id), '--yes', '--json'], { url });
  assert.equal(restored.code, 0, restored.stdout);
  const { restore } = restored.json<{ restore: RestoreDetail }>();
  assert.equal(restore.status, 'completed');
  assert.equal(restore.report?.rows, 20_500);
  assert.deepEqual((await client.query(sums)).rows[0], before);
  // What hung on it is back as well, and goes on where it was.
  assert.equal((await client.query('select count(*)::int as n from order_totals')).rows[0].n, 500);
  await assert.rejects(client.query('insert into orders (customer, total) values (9999, 1)'), /foreign key/);
  const next = await client.query('insert into orders (customer, total) values (1, 1) returning id');
  assert.ok(next.rows[0].id > before.last);

  const ready = await holdfast(['status', '--json'], { url });
  assert.equal(ready.code, 0);
  assert.equal(ready.json<{ lastCompleted: BackupSummary }>().lastCompleted.status, 'completed');
  const restores = await holdfast(['list', '--restores'], { url });
  assert.match(restores.stdout, /completed .* in place/);
});

test('rows that were changed by mistake come back, and the restore can be undone', async (t) => {
  const { client, connectionString: url } = await testDatabase(t);
  await client.query(shop);
  await holdfast(['init'], { url });
  assert.equal((await holdfast(['backup', '--tables', 'public.*', '--quiet'], { url })).code, 0);
  const before = (await client.query(sums)).rows[0];
  await client.query('update orders set total = 0 where id > 100');
  const spoiled = (await client.query(sums)).rows[0];

  const restored = await holdfast(['restore', '1', '--tables', 'orders', '--yes', '--quiet'], { url });
  assert.equal(restored.code, 0, restored.stderr);
  assert.equal(restored.stderr, '');
  assert.deepEqual((await client.query(sums)).rows[0], before);

  const undo = /To undo it: .*(?:main\.ts|cli\.js) undo (\d+)/.exec(restored.stdout)?.[1];
  assert.ok(undo, restored.stdout);
  await client.query('update orders set total = 1 where id = 3');
  const plan = await holdfast(['undo', undo, '--dry-run'], { url });
  assert.equal(plan.code, 0, plan.stderr);
  assert.match(plan.stdout, /1 row was inserted or changed since restore 1 and is lost/);
  const unasked = await holdfast(['undo', undo], { url });
  assert.equal(unasked.code, 2);
  assert.match(unasked.stderr, /1 row was inserted or changed since restore 1 and is lost/);
  const undone = await holdfast(['undo', undo, '--yes', '--quiet'], { url });
  assert.equal(undone.code, 0, undone.stderr);
  assert.match(undone.stdout, /Restore 1 is undone, by restore 2 of its safety backup 2/);
  assert.match(undone.stdout, /To undo it: .*(?:main\.ts|cli\.js) undo 2/);
  assert.deepEqual((await client.query(sums)).rows[0], spoiled);
  const twice = await holdfast(['undo', undo, '--yes'], { url });
  assert.equal(twice.code, 4);
  assert.match(twice.stderr, /was undone, or is being undone, by restore 2/);
  const listed = await holdfast(['list', '--restores'], { url });
  assert.match(listed.stdout, / of 1 /);
  assert.match(listed.stdout, / by 2 /);

  const without = await holdfast(['restore', '1', '--no-safety-backup', '--yes', '--json'], { url });
  assert.equal(without.code, 0);
  assert.equal(without.json<{ restore: RestoreDetail }>().restore.safetyBackupId, null);
  assert.deepEqual((await client.query(sums)).rows[0], before);
});

test('a restore in place is not done unasked, and one that cannot be done changes nothing', async (t) => {
  const { client, connectionString: url } = await testDatabase(t);
  await client.query(shop);
  await holdfast(['init'], { url });
  await holdfast(['backup'], { url });
  const spoiled = async (): Promise<unknown> => {
    await client.query('update orders set total = 1');
    return (await client.query(sums)).rows[0];
  };
  const now = await spoiled();

  const unasked = await holdfast(['restore', '1'], { url });
  assert.equal(unasked.code, 2);
  assert.match(unasked.stderr, /--yes/);
  const unaskedDelete = await holdfast(['delete', '1', '--json'], { url });
  assert.equal(unaskedDelete.code, 2);
  assert.match(String(unaskedDelete.json()['hint']), /--yes/);

  const unknown: [string[], number, string][] = [
    [['restore', '77', '--yes'], 3, 'BACKUP_NOT_FOUND'],
    [['show', '77'], 3, 'BACKUP_NOT_FOUND'],
    [['show', '77', '--restore'], 3, 'RESTORE_NOT_FOUND'],
    [['download', '77'], 3, 'BACKUP_NOT_FOUND'],
    [['delete', '77', '--yes'], 3, 'BACKUP_NOT_FOUND'],
    [['restore', '1', '--tables', 'invoices', '--yes'], 3, 'TABLES_NOT_FOUND'],
    [['backup', '--tables', 'invoices'], 3, 'TABLES_NOT_FOUND'],
    [['restore', '1', '--to-database', 'postgres'], 4, 'DATABASE_EXISTS'],
    [['list', '--cursor', 'nonsense'], 2, 'INVALID_REQUEST'],
  ];
  for (const [args, code, name] of unknown) {
    const outcome = await holdfast([...args, '--json'], { url });
    assert.equal(outcome.code, code, `${args.join(' ')}: ${outcome.stdout}`);
    assert.equal(outcome.json()['code'], name);
  }

  await client.query('alter table orders rename column total to amount');
  const dry = await holdfast(['restore', '1', '--dry-run', '--json'], { url });
  assert.equal(dry.code, 4);
  assert.ok(dry.json<{ plan: { drift: unknown[] } }>().plan.drift.length > 0);
  const refused = await holdfast(['restore', '1', '--yes'], { url });
  assert.equal(refused.code, 4);
  assert.match(refused.stderr, /amount|total/);
  await client.query('alter table orders rename column amount to total');
  assert.deepEqual((await client.query(sums)).rows[0], now);
});

test('a backup restored into a new database is the database', async (t) => {
  const { client, connectionString: url, freeName, adopt } = await testDatabase(t);
  await client.query(shop);
  await holdfast(['init'], { url });
  await holdfast(['backup', '--jobs', '1'], { url });
  const name = freeName();
  const outcome = await holdfast(['restore', '1', '--to-database', name], { url });
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.match(outcome.stdout, /completed.*new database/);
  const copy = await adopt(name);
  assert.deepEqual((await copy.client.query(sums)).rows[0], (await client.query(sums)).rows[0]);
});

test('names from the database are shown, not obeyed; delete deletes', async (t) => {
  const { client, connectionString: url } = await testDatabase(t);
  await client.query('create table "evil\u001b[2Jname" (a int); create table "größe, ""x""" (a int)');
  await holdfast(['init', '--json'], { url });
  const taken = await holdfast(
    ['backup', '--tables', '"public"."größe, ""x"""', '--description', '\u001b]0;x'],
    {
      url,
    },
  );
  assert.equal(taken.code, 0, taken.stderr);
  assert.equal((await holdfast(['backup'], { url })).code, 0);
  for (const args of [['list'], ['show', '1'], ['show', '2'], ['restore', '2', '--dry-run']]) {
    const { stdout, stderr, code } = await holdfast(args, { url });
    assert.equal(code, 0, stderr);
    assert.ok(!(stdout + stderr).includes('\u001b'), args.join(' '));
  }
  const deleted = await holdfast(['delete', '1', '--yes'], { url });
  assert.equal(deleted.code, 0);
  assert.match(deleted.stdout, /deleted/);
  assert.equal((await holdfast(['show', '1'], { url })).code, 3);
});

test('a schema of its own, and the sql command', async (t) => {
  const { client, connectionString: url } = await testDatabase(t);
  await client.query('create schema ops; create table t (a int, b text)');
  const inOps = ['--schema', 'ops'];
  assert.equal((await holdfast(['init', ...inOps], { url })).code, 0);
  assert.equal((await holdfast(['backup', ...inOps], { url })).code, 0);
  const tables = await client.query(`select count(*)::int as n from pg_tables where schemaname = 'public'`);
  assert.equal(tables.rows[0].n, 1);

  const insert = await holdfast(['sql', `insert into t values (1, 'x'), (2, null)`], { url });
  assert.equal(insert.stdout, 'INSERT, 2 rows\n');
  const select = await holdfast(['sql', 'select * from t order by a'], { url });
  assert.equal(select.stdout, 'a  b\n1  x\n2\n(2 rows)\n');
  const json = await holdfast(['sql', 'select * from t where a = 1', '--json'], { url });
  assert.deepEqual(json.json()['rows'], [{ a: 1, b: 'x' }]);
  const bad = await holdfast(['sql', 'selec 1', '--json'], { url });
  assert.equal(bad.code, 2);
  assert.match(String(bad.json()['message']), /syntax error/);
});
