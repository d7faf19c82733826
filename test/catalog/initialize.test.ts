import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { initialize } from '../../src/catalog/initialize.ts';
import { migrations } from '../../src/catalog/migrations.ts';
import { columnsOf, ownTableNames } from '../../src/catalog/own-tables.ts';
import { isInitialized } from '../../src/catalog/readiness.ts';
import { openPool, type Pool } from '../../src/postgres/pool.ts';
import { testDatabase, type FirstTestDatabase } from '../support/database.ts';
import { outermostMajors, byTurns } from '../support/servers.ts';

async function opened(t: TestContext, major = 18): Promise<{ db: FirstTestDatabase; pool: Pool }> {
  const db = await testDatabase(t, { major: major as 18 });
  const pool = openPool(db.target, { max: 8, applicationName: 'test' });
  t.after(() => pool.close());
  return { db, pool };
}

for (const major of outermostMajors) {
  test(`the tables are made, commented and constrained on PostgreSQL ${major}`, async (t) => {
    const { db, pool } = await opened(t, major);
    assert.equal(await isInitialized(pool, 'public'), false);
    await initialize(pool, 'public');
    assert.equal(await isInitialized(pool, 'public'), true);
    const { rows } = await db.client.query(`
      select relname, obj_description(oid, 'pg_class') as comment from pg_class
       where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`);
    assert.deepEqual(
      rows.map((row) => row.relname),
      ownTableNames.toSorted(),
    );
    for (const row of rows) assert.match(row.comment, /^Holdfast: /, row.relname);
    const { rows: storage } = await db.client.query(`
      select attstorage from pg_attribute
       where attrelid = 'system_backup_chunks'::regclass and attname = 'data'`);
    assert.equal(storage[0].attstorage, 'e');
    const insert = (status: string, finished: string): Promise<unknown> =>
      db.client.query(`insert into system_backups (uuid, type, status, store, finished_at, first_epoch, fence)
        values (gen_random_uuid(), 'full', '${status}', 'database', ${finished}, 1, 1)`);
    await insert('running', 'null');
    await insert('queued', 'null');
    // As a version would that says nothing about the chunks it relies on, or about under which fence it runs.
    for (const column of ['first_epoch', 'fence']) {
      const begun = `update system_backups set status = 'running', ${column} = null where status = 'queued'`;
      await assert.rejects(db.client.query(begun), { code: '23514' });
    }
    for (const [status, finished] of [
      ['done', 'now()'],
      ['running', 'now()'],
      ['failed', 'null'],
      ['completed', 'now()'],
    ] as const) {
      await assert.rejects(insert(status, finished), { code: '23514' }, `${status} ${finished}`);
    }
  });
}

test('many at once, and again and again', async (t) => {
  const { db, pool } = await opened(t);
  await Promise.all(Array.from({ length: 8 }, () => initialize(pool, 'public')));
  await initialize(pool, 'public');
  const { rows } = await db.client.query('select version from holdfast_migrations order by 1');
  assert.deepEqual(
    rows,
    migrations.map(({ version }) => ({ version })),
  );
});

test('each dropped table is noticed and made again; the others keep their rows', async (t) => {
  const { db, pool } = await opened(t);
  await initialize(pool, 'public');
  await db.client.query(
    `insert into system_backups (uuid, type, status, store) values (gen_random_uuid(), 'full', 'queued', 'database')`,
  );
  for (const name of ownTableNames) {
    if (name === 'system_backups') continue;
    await db.client.query(`drop table ${name}`);
    assert.equal(await isInitialized(pool, 'public'), false, name);
    assert.deepEqual((await initialize(pool, 'public')).replaced, [name]);
    assert.equal(await isInitialized(pool, 'public'), true, name);
  }
  const { rows } = await db.client.query('select count(*)::int from system_backups');
  assert.equal(rows[0].count, 1);
});

test('a view of the same name is not a table of ours', async (t) => {
  const { db, pool } = await opened(t);
  await initialize(pool, 'public');
  await db.client.query('drop table backup_schedule; create view backup_schedule as select 1 as one');
  await assert.rejects(isInitialized(pool, 'public'), { code: 'TABLES_NOT_OURS', message: /is a view/ });
});

test('another schema is made when it is missing, whatever it is called', async (t) => {
  const { db, pool } = await opened(t);
  const schema = `it's "odd" \\ ü`;
  assert.equal(await isInitialized(pool, schema), false);
  await initialize(pool, schema);
  assert.equal(await isInitialized(pool, schema), true);
  assert.equal(await isInitialized(pool, 'public'), false);
  const { rows } = await db.client.query('select count(*)::int from pg_tables where schemaname = $1', [
    schema,
  ]);
  assert.equal(rows[0].count, ownTableNames.length);
});

test('a failure leaves nothing half made', async (t) => {
  const { db, pool } = await opened(t);
  await db.client.query('create table backup_cleanup_log (id int)');
  await db.client.query('create view system_restore_log as select 1 as id');
  await assert.rejects(initialize(pool, 'public'), {
    code: 'TABLES_NOT_OURS',
    message: /public\.backup_cleanup_log has the column "id integer"/,
  });
  const { rows } = await db.client.query(`select count(*)::int from pg_tables where schemaname = 'public'`);
  assert.equal(rows[0].count, 1);
});

for (const major of outermostMajors) {
  test(`each migration adds the columns that it says, on PostgreSQL ${major}`, async (t) => {
    const { db } = await opened(t, major);
    const expected: string[] = [];
    for (const { version, sql, columns } of migrations) {
      await db.client.query(sql('public'));
      expected.push(
        ...Object.entries(columns).flatMap(([table, added]) => added.map((column) => `${table}: ${column}`)),
      );
      const { rows } = await db.client.query<{ found: string }>(`
        select relname || ': ' || attname || ' ' || format_type(atttypid, atttypmod) as found
          from pg_class c join pg_attribute a on a.attrelid = c.oid
         where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped`);
      assert.deepEqual(
        rows.map(({ found }) => found).toSorted(),
        expected.toSorted(),
        `migration ${version}: list in its columns what its SQL adds`,
      );
    }
  });
}

test('an installation of any earlier version is upgraded, with what is in it', async (t) => {
  for (const [i, last] of byTurns([...migrations.entries()])) {
    const { db, pool } = await opened(t);
    await db.client.query(
      'create table holdfast_migrations (version integer primary key, name text not null, applied_at timestamptz not null default now())',
    );
    for (const { version, name, sql } of migrations.slice(0, i + 1)) {
      await db.client.query(sql('public'));
      await db.client.query('insert into holdfast_migrations values ($1, $2)', [version, name]);
    }
    await db.client.query(
      `insert into system_backup_chunks (id, raw_bytes, stored_bytes, data) values (sha256('a'), 1, 1, '{"data": ""}')`,
    );
    // As an export leaves them that knows no comments.
    const { rows: tables } = await db.client.query(`select oid::regclass as name from pg_class
      where relnamespace = 'public'::regnamespace and relkind = 'r'`);
    for (const { name } of tables) await db.client.query(`comment on table ${name} is null`);
    assert.equal(await isInitialized(pool, 'public'), false, `${last.version}`);
    await initialize(pool, 'public');
    assert.equal(await isInitialized(pool, 'public'), true, `${last.version}`);
    const { rows } = await db.client.query('select from system_backup_chunks');
    assert.equal(rows.length, 1);
    const { rows: columns } = await db.client.query<{ found: string }>(
      `select attname || ' ' || format_type(atttypid, atttypmod) as found from pg_attribute
        where attrelid = 'system_backups'::regclass and attnum > 0`,
    );
    assert.deepEqual(new Set(columns.map(({ found }) => found)), new Set(columnsOf('system_backups')));
  }
});

test('tables of a later version are left alone, by every call', async (t) => {
  const { db, pool } = await opened(t);
  await initialize(pool, 'public');
  const proven = { signature: null };
  assert.equal(await isInitialized(pool, 'public', proven), true);
  await db.client.query(`insert into holdfast_migrations (version, name) values (999, 'of tomorrow')`);
  for (const call of [
    () => isInitialized(pool, 'public', proven),
    () => isInitialized(pool, 'public'),
    () => initialize(pool, 'public'),
  ]) {
    await assert.rejects(call(), { code: 'HOLDFAST_OUTDATED', message: /version 999/ });
  }
});

test('an index that was dropped is made again; another one in its place is refused', async (t) => {
  const { db, pool } = await opened(t);
  await initialize(pool, 'public');
  await db.client.query('drop index system_backups_due');
  await initialize(pool, 'public');
  const { rows } = await db.client.query(
    `select indisunique from pg_index where indexrelid = 'system_backups_due'::regclass`,
  );
  assert.equal(rows[0].indisunique, true);
  await db.client.query('drop index system_backups_due; create table system_backups_due (id int)');
  await assert.rejects(initialize(pool, 'public'), {
    code: 'TABLES_NOT_OURS',
    message: /system_backups_due/,
  });
});
