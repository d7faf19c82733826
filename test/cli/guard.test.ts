import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { smallShop } from '../api/system.ts';
import { assertSameState, databaseState, type DatabaseState } from '../support/compare.ts';
import { testDatabase, type FirstTestDatabase } from '../support/database.ts';
import { holdfast, launch, until } from './holdfast.ts';

/** A database that is set up, and a script of Node that runs SQL on it, as a migration tool does. */
async function guarded(t: TestContext): Promise<{ db: FirstTestDatabase; url: string; migration: string[] }> {
  const db = await testDatabase(t);
  await db.client.query(smallShop);
  const url = db.connectionString;
  assert.equal((await holdfast(['init'], { url })).code, 0);
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-guard-'));
  t.after(() => fs.rm(folder, { recursive: true, force: true }));
  const script = path.join(folder, 'migrate.mjs');
  await fs.writeFile(
    script,
    `import pg from ${JSON.stringify(import.meta.resolve('pg'))};
     const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
     await client.connect();
     for (const sql of process.argv.slice(2)) {
       console.log('> ' + sql);
       await client.query(sql).catch((error) => { console.error(error.message); process.exit(3); });
     }
     await client.end();`,
  );
  return { db, url, migration: [process.execPath, script] };
}

/** Less Holdfast's own. */
async function schemaAndRows({ target }: FirstTestDatabase): Promise<DatabaseState> {
  const state = await databaseState(target);
  for (const name of state.contents.keys()) {
    if (/^(?:table|sequence) public\.(?:system_|backup_)/.test(name)) state.contents.delete(name);
  }
  return state;
}

interface Document {
  success: boolean;
  point: { id: number };
  exitCode: number;
  signal: string | null;
  changes: {
    dropped: string[];
    added: string[];
    columns: { table: string; column: string; change: string }[];
    rows: { table: string; before: number; after: number }[];
  };
  back: string;
}

/** Runs the line that a guard printed. */
async function goBack(line: string, url: string): Promise<void> {
  const [, ...args] = line.split(' ');
  const done = await holdfast([...args, '--yes'], { url });
  assert.equal(done.code, 0, done.stderr);
}

test('a migration that drops a column, a table and rows: what is gone is named, and one line goes back', async (t) => {
  const { db, url, migration } = await guarded(t);
  await db.client.query('create table notes (body text); insert into notes values (1), (2)');
  const before = await schemaAndRows(db);
  const done = await holdfast(
    [
      'guard',
      '--',
      ...migration,
      'alter table orders drop column amount',
      'drop table notes',
      'delete from orders where id <= 20',
      'create table fresh (id int)',
    ],
    { url },
  );
  assert.equal(done.code, 0, done.stderr);
  // Its output is its own.
  assert.equal(done.stdout.split('\n')[0], '> alter table orders drop column amount');
  assert.match(done.stderr, /Backup 1 is the point to go back to/);
  assert.match(done.stderr, /TABLE public\.notes with 2 rows/);
  assert.match(done.stderr, /public\.orders: column "amount" dropped/);
  assert.match(done.stderr, /public\.orders: 20 rows lost \(500 before, 480 now\)/);
  assert.match(done.stderr, /TABLE public\.fresh/);
  const line = /^To go back: .*(?:main\.ts|cli\.js) (restore .*)$/m.exec(done.stderr)?.[1];
  assert.equal(line, 'restore 1 --on-drift replace');
  await goBack(`holdfast ${line}`, url);
  // A new table is nobody's loss, and stays.
  await db.client.query('drop table fresh');
  assertSameState(await schemaAndRows(db), before);
});

test('a migration that changes definitions alone: one line brings them back, with what it made allowed to go', async (t) => {
  const { db, url, migration } = await guarded(t);
  const before = await schemaAndRows(db);
  const done = await holdfast(
    [
      'guard',
      '--json',
      '--',
      ...migration,
      'alter table orders rename amount to total',
      'alter table orders alter total type numeric(20,4)',
      'alter table orders add vat numeric not null default 0.19',
      'create index orders_vat on orders (vat)',
      'create view vats as select vat from orders',
    ],
    { url },
  );
  assert.equal(done.code, 0, done.stderr);
  const { back } = done.json<Document>();
  assert.equal(back, 'holdfast restore 1 --on-drift replace --drop-new');
  const [, ...args] = back.split(' ');
  const planned = await holdfast([...args, '--dry-run'], { url });
  assert.match(
    planned.stdout,
    /Dropped for good, because it came since:\n(?: {2}.*\n)* {2}COLUMN public\.orders\.vat/,
  );
  await goBack(back, url);
  assertSameState(await schemaAndRows(db), before);
});

test('a migration that fails half way: its exit code is passed on, and what it did is named and undone', async (t) => {
  const { db, url, migration } = await guarded(t);
  const done = await holdfast(
    [
      'guard',
      '--json',
      '--',
      ...migration,
      'delete from orders where id > 100',
      'drop table missing',
      'drop table orders',
    ],
    { url },
  );
  assert.equal(done.code, 3, done.stderr);
  assert.match(done.stderr, /> drop table missing\n/);
  const { success, exitCode, changes, back, point } = done.json<Document>();
  assert.deepEqual([success, exitCode, point.id], [false, 3, 1]);
  assert.deepEqual(changes.rows, [{ table: 'public.orders', before: 500, after: 100 }]);
  assert.deepEqual([changes.dropped, changes.columns, changes.added], [[], [], []]);
  assert.equal(back, 'holdfast restore 1');
  await goBack(back, url);
  const { rows } = await db.client.query('select count(*)::int as count from orders');
  assert.equal(rows[0].count, 500);
});

test('what was so before is not put down to the command, and nothing is claimed when nothing changed', async (t) => {
  const { db, url, migration } = await guarded(t);
  await db.client.query('create view seen as select * from orders');
  const done = await holdfast(['guard', '--tables', 'orders', '--', ...migration, 'select 1'], { url });
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stderr, /Nothing has changed since the point/);
  const listed = await holdfast(['list', '--json'], { url });
  const [backup] = listed.json<{ backups: { type: string; description: string }[] }>().backups;
  assert.deepEqual(
    [backup!.type, backup!.description],
    ['partial', `Before ${path.basename(process.execPath)} (guard)`],
  );
});

test('without a point the command is not run; one that is not there ends as in a shell', async (t) => {
  const { db, url, migration } = await guarded(t);
  await db.client.query('begin; lock table orders in access exclusive mode');
  const refused = await holdfast(['guard', '--', ...migration, 'delete from customers'], {
    url,
    env: { HOLDFAST_LOCK_TIMEOUT_MS: '200' },
  });
  await db.client.query('rollback');
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /LOCK_TIMEOUT/);
  assert.equal(refused.stdout, '');
  const missing = await holdfast(['guard', '--', 'no-such-command-of-ours', '--flag'], { url });
  assert.equal(missing.code, 127);
  assert.match(missing.stderr, /no-such-command-of-ours could not be started/);
});

test('a signal is passed on, and what the command did before it ended is told', async (t) => {
  const { db, url, migration } = await guarded(t);
  const run = launch(
    ['guard', '--', ...migration, 'delete from orders where id > 400', 'select pg_sleep(600)'],
    { url },
  );
  await until('the command sleeps', () => run.stdout().includes('> select pg_sleep'));
  run.child.kill('SIGTERM');
  const ended = await run.ended;
  assert.equal(ended.code, 143, ended.stderr);
  assert.match(ended.stderr, /was ended by SIGTERM/);
  assert.match(ended.stderr, /public\.orders: 100 rows lost/);
  assert.match(ended.stderr, /To go back: /);
  await db.client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(600)%' and pid <> pg_backend_pid()`,
  );
});

test('when Holdfast itself is killed, the command goes on, and the line to go back is there already', async (t) => {
  const { db, url, migration } = await guarded(t);
  const run = launch(['guard', '--', ...migration, 'select pg_sleep(2)', 'delete from orders'], { url });
  await until('the command runs', () => run.stdout().includes('> select pg_sleep'));
  assert.match(run.stderr(), /To go back: .*(?:main\.ts|cli\.js) restore 1\n/);
  run.child.kill('SIGKILL');
  const left = async (): Promise<number> => {
    const { rows } = await db.client.query('select count(*)::int as count from orders');
    return rows[0].count as number;
  };
  await until('the migration went on', async () => (await left()) === 0);
  await goBack('holdfast restore 1', url);
  assert.equal(await left(), 500);
});
