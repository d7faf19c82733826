import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { HoldfastError } from '../../src/base/errors.ts';
import { openCatalog, type Catalog } from '../../src/catalog/catalog.ts';
import { ownTableNames } from '../../src/catalog/own-tables.ts';
import { openPool, type Pool } from '../../src/postgres/pool.ts';
import { plainRole } from '../api/role.ts';
import { testDatabase, type FirstTestDatabase } from '../support/database.ts';
import { testedMajors } from '../support/servers.ts';

interface Opened {
  db: FirstTestDatabase;
  catalog: Catalog;
  pool: Pool;
}

async function opened(t: TestContext, schema = 'public', major = 18): Promise<Opened> {
  const db = await testDatabase(t, { major: major as 18 });
  const pool = openPool(db.target, { max: 4, applicationName: 'test' });
  t.after(() => pool.close());
  return { db, pool, catalog: openCatalog(pool, schema) };
}

/** A role that owns the database, and may do in it what it likes, but is no superuser. */
async function withOwner({ db }: Opened): Promise<string> {
  const { role } = await plainRole(db);
  await db.client.query(`alter database ${db.name} owner to ${role}; alter schema public owner to ${role}`);
  return role;
}

/** A function that tells whoever calls it as a superuser, and what makes it be called. */
const trap = (owner: string): string => `
  create table public.caught (who text);
  grant all on public.caught to public;
  create function public.spring() returns trigger language plpgsql as
    $$ begin insert into public.caught values (current_user); return new; end $$;
  alter function public.spring() owner to ${owner};`;

async function caught({ db }: Opened): Promise<string[]> {
  const { rows } = await db.client.query<{ who: string }>('select who from public.caught');
  return rows.map(({ who }) => who);
}

for (const major of testedMajors) {
  test(`tables that somebody put in the way are refused and never used, on PostgreSQL ${major}`, async (t) => {
    const own = await opened(t, 'public', major);
    const { db, catalog } = own;
    const owner = await withOwner(own);
    await db.client.query(trap(owner));
    // As alike as can be: made by the very migrations, mark and all.
    await catalog.initialize();
    for (const name of ownTableNames) await db.client.query(`alter table ${name} owner to ${owner}`);
    await db.client.query(`create trigger spring before insert or update on system_backup_epoch
      for each row execute function spring()`);
    await assert.rejects(catalog.isInitialized(), {
      code: 'TABLES_NOT_OURS',
      message: new RegExp(`belongs to the role "${owner}"`),
    });
    await db.client.query('delete from holdfast_migrations');
    await assert.rejects(catalog.initialize(), { code: 'TABLES_NOT_OURS' });
    assert.deepEqual(await caught(own), []);
    assert.deepEqual((await catalog.ownObjects()).tables, []);
  });
}

test('a table that is dropped and put there again after init is noticed by the next call', async (t) => {
  const own = await opened(t);
  const { db, catalog } = own;
  const owner = await withOwner(own);
  await catalog.initialize();
  assert.equal(await catalog.isInitialized(), true);
  // Its owner may drop what is in a schema, whoever made it.
  await db.client.query(`set role ${owner}; drop table system_backup_epoch`);
  await db.client
    .query(`create table system_backup_epoch (single boolean primary key default true, epoch bigint not null);
    comment on table system_backup_epoch is 'Holdfast: counts'; reset role`);
  await assert.rejects(catalog.isInitialized(), {
    code: 'TABLES_NOT_OURS',
    message: /system_backup_epoch belongs to the role/,
  });
  await assert.rejects(catalog.initialize(), { code: 'TABLES_NOT_OURS' });
});

/** What can be hung on a table of ours, and what is said about it. */
const additions: [sql: string, problem: RegExp, undo: string][] = [
  [
    'create trigger t before insert on backup_schedule for each row execute function f()',
    /backup_schedule has the trigger "t"/,
    'drop trigger t on backup_schedule',
  ],
  [
    'create rule r as on insert to backup_event_log do also select 1',
    /backup_event_log has the rule "r"/,
    'drop rule r on backup_event_log',
  ],
  [
    'create policy p on system_backups using (false); alter table system_backups enable row level security',
    /system_backups has the policy "p"/,
    'drop policy p on system_backups; alter table system_backups disable row level security',
  ],
  [
    'create table child () inherits (system_backup_chunks)',
    /system_backup_chunks has the child (public\.)?child/,
    'drop table child',
  ],
  [
    'create table refers (id bigint references system_backups (id))',
    /system_backups has the foreign key "refers_id_fkey"/,
    'drop table refers',
  ],
  [
    'alter table system_backups add constraint c check (g(id))',
    /system_backups uses the function (public\.)?g\(bigint\)/,
    'alter table system_backups drop constraint c',
  ],
  [
    'alter table system_backups alter pinned set default g(1)',
    /system_backups uses the function (public\.)?g\(bigint\)/,
    'alter table system_backups alter pinned set default false',
  ],
  [
    'create index i on system_backups (g(id))',
    /system_backups uses the function (public\.)?g\(bigint\)/,
    'drop index i',
  ],
  [
    'alter table system_restore_log add column more text',
    /system_restore_log has the column "more text"/,
    'alter table system_restore_log drop column more',
  ],
  [
    'alter table system_restore_log alter building type d',
    /system_restore_log has the column "building (public\.)?d"/,
    'alter table system_restore_log alter building type text',
  ],
  [
    'alter table holdfast_migrations set unlogged',
    /holdfast_migrations is not kept after a crash/,
    'alter table holdfast_migrations set logged',
  ],
];

test('what is hung on a table of ours is noticed, named, and gone again when it is gone', async (t) => {
  const { db, catalog } = await opened(t);
  await catalog.initialize();
  await db.client.query(`
    create function f() returns trigger language plpgsql as 'begin return new; end';
    create function g(bigint) returns boolean immutable language sql as 'select true';
    create domain d as text`);
  for (const [sql, message, undo] of additions) {
    assert.equal(await catalog.isInitialized(), true, sql);
    await db.client.query(sql);
    // Some change nothing in pg_class; init and the first call of a process find these.
    for (const call of [
      () => openCatalog(catalog.pool, 'public').isInitialized(),
      () => catalog.initialize(),
    ]) {
      await assert.rejects(call(), { code: 'TABLES_NOT_OURS', message }, sql);
    }
    await db.client.query(undo);
  }
  // Those that anybody but the owner could add are noticed by every call, the second time as well.
  const [trigger, rule] = additions;
  for (const [sql, message, undo] of [trigger!, trigger!, rule!, rule!]) {
    assert.equal(await catalog.isInitialized(), true);
    await db.client.query(sql);
    await assert.rejects(catalog.isInitialized(), { code: 'TABLES_NOT_OURS', message });
    await db.client.query(undo);
  }
});

test("an application's own table of such a name is refused as it was, and is backed up like any other", async (t) => {
  const { db, pool, catalog } = await opened(t);
  await db.client.query(`create table backup_schedule (id int primary key, what text);
    insert into backup_schedule values (1, 'mine')`);
  await assert.rejects(catalog.initialize(), {
    code: 'TABLES_NOT_OURS',
    message: /public\.backup_schedule has the column "id integer"/,
    hint: /HOLDFAST_SCHEMA/,
  });
  const { rows } = await db.client.query('select * from backup_schedule');
  assert.deepEqual(rows, [{ id: 1, what: 'mine' }]);
  // One that an earlier version has taken for its own: it has the mark, and columns of both.
  await db.client.query(`comment on table backup_schedule is 'Holdfast: when';
    alter table backup_schedule add missed_runs text`);
  await assert.rejects(catalog.initialize(), { code: 'TABLES_NOT_OURS', message: /"id integer"/ });
  await assert.rejects(
    catalog.initialize(),
    (error: unknown) =>
      error instanceof HoldfastError && String(error.details?.['problems']).includes('column "what text"'),
  );

  const elsewhere = openCatalog(pool, 'holdfast');
  await elsewhere.initialize();
  const own = (await elsewhere.ownObjects()).tables;
  assert.equal(own.length, ownTableNames.length);
  assert.ok(own.every(({ schema }) => schema === 'holdfast'));
});

test('tables of another installation in the same database are left alone as well', async (t) => {
  const { pool, catalog } = await opened(t);
  await catalog.initialize();
  const other = openCatalog(pool, 'holdfast');
  await other.initialize();
  for (const each of [catalog, other]) {
    assert.deepEqual(
      new Set((await each.ownObjects()).tables.map(({ schema }) => schema)),
      new Set(['public', 'holdfast']),
    );
  }
});
