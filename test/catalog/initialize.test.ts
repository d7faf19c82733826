import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { migrations } from '../../src/catalog/migrations.ts';
import { initialize, isInitialized, ownObjects } from '../../src/catalog/initialize.ts';
import { openPool, type Pool } from '../../src/postgres/pool.ts';
import { testDatabase, type FirstTestDatabase } from '../support/database.ts';
import { testedMajors } from '../support/servers.ts';

async function opened(t: TestContext, major = 18): Promise<{ db: FirstTestDatabase; pool: Pool }> {
  const db = await testDatabase(t, { major: major as 18 });
  const pool = openPool(db.target, { max: 8, applicationName: 'test' });
  t.after(() => pool.close());
  return { db, pool };
}

for (const major of testedMajors) {
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
      ownObjects('public')
        .tables.map((table) => table.name)
        .toSorted(),
    );
    for (const row of rows) assert.match(row.comment, /^Holdfast: /, row.relname);
    const { rows: storage } = await db.client.query(`
      select attstorage from pg_attribute
       where attrelid = 'system_backup_chunks'::regclass and attname = 'data'`);
    assert.equal(storage[0].attstorage, 'e');
    const insert = (status: string, finished: string): Promise<unknown> =>
      db.client.query(`insert into system_backups (uuid, type, status, store, finished_at, first_epoch)
        values (gen_random_uuid(), 'full', '${status}', 'database', ${finished}, 1)`);
    await insert('running', 'null');
    // As a version would that says nothing about the chunks it relies on.
    await insert('queued', 'null');
    const begun = `update system_backups set status = 'running', first_epoch = null where status = 'queued'`;
    await assert.rejects(db.client.query(begun), { code: '23514' });
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
  for (const { name } of ownObjects('public').tables) {
    if (name === 'system_backups') continue;
    await db.client.query(`drop table ${name}`);
    assert.equal(await isInitialized(pool, 'public'), false, name);
    await initialize(pool, 'public');
    assert.equal(await isInitialized(pool, 'public'), true, name);
  }
  const { rows } = await db.client.query('select count(*)::int from system_backups');
  assert.equal(rows[0].count, 1);
});

test('a view of the same name is not a table of ours', async (t) => {
  const { db, pool } = await opened(t);
  await initialize(pool, 'public');
  await db.client.query('drop table backup_schedule; create view backup_schedule as select 1 as one');
  assert.equal(await isInitialized(pool, 'public'), false);
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
  assert.equal(rows[0].count, ownObjects(schema).tables.length);
});

test('a failure leaves nothing half made', async (t) => {
  const { db, pool } = await opened(t);
  await db.client.query('create table backup_cleanup_log (id int)');
  await db.client.query('create view system_restore_log as select 1 as id');
  await assert.rejects(initialize(pool, 'public'));
  const { rows } = await db.client.query(`select count(*)::int from pg_tables where schemaname = 'public'`);
  assert.equal(rows[0].count, 1);
});
