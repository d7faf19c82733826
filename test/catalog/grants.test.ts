import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCatalog } from '../../src/catalog/catalog.ts';
import { readGrants } from '../../src/catalog/grants.ts';
import { openPool } from '../../src/postgres/pool.ts';
import { plainRole } from '../api/role.ts';
import type { Check } from '../../src/cli/doctor/check.ts';
import { holdfast } from '../cli/holdfast.ts';
import { testDatabase } from '../support/database.ts';
import { testedMajors } from '../support/servers.ts';

for (const major of testedMajors) {
  test(`default privileges open nothing of ours, on PostgreSQL ${major}`, async (t) => {
    const db = await testDatabase(t, { major });
    const { role } = await plainRole(db);
    const pool = openPool(db.target, { max: 2, applicationName: 'test' });
    t.after(() => pool.close());
    // Tables that come later are open to all: what an administrator does who is tired of granting.
    await db.client.query(`
      create table of_the_application_before (a int);
      alter default privileges grant all on tables to public;
      alter default privileges in schema public grant select on tables to ${role} with grant option;
      alter default privileges grant all on sequences to public;
      alter default privileges grant all on schemas to public`);
    for (const schema of ['public', 'holdfast']) {
      const catalog = openCatalog(pool, schema);
      await catalog.initialize();
      assert.deepEqual(await readGrants(pool, schema), []);
      assert.equal(await catalog.isInitialized(), true);
    }
    const { rows } = await db.client.query(
      `select has_schema_privilege($1, 'holdfast', 'usage') as usage, has_schema_privilege($1, 'public', 'usage') as public`,
      [role],
    );
    assert.deepEqual(rows, [{ usage: false, public: true }]);

    // And what somebody grants by hand goes with the next init; privileges of columns too.
    await db.client.query(`grant usage on schema holdfast to ${role};
      grant update (data), select (id) on public.system_backup_chunks to ${role};
      create table of_the_application (a int)`);
    assert.deepEqual(await readGrants(pool, 'public'), [
      {
        schema: 'public',
        name: 'system_backup_chunks',
        kind: 'table',
        grantee: role,
        privileges: ['SELECT', 'UPDATE'],
        revocable: true,
      },
    ]);
    for (const schema of ['public', 'holdfast']) {
      await openCatalog(pool, schema).initialize();
      assert.deepEqual(await readGrants(pool, schema), []);
    }
    const { rows: after } = await db.client.query(
      `select has_schema_privilege($1, 'holdfast', 'usage') as usage,
         has_table_privilege($1, 'public.of_the_application', 'delete') as theirs`,
      [role],
    );
    assert.deepEqual(after, [{ usage: false, theirs: true }], 'what is not ours stays as it was granted');
  });
}

test('a role that was given access to tables of a superuser keeps it when it initializes', async (t) => {
  const db = await testDatabase(t);
  const { role, target } = await plainRole(db);
  const pool = openPool(db.target, { max: 2, applicationName: 'test' });
  const theirs = openPool(target, { max: 2, applicationName: 'test' });
  t.after(() => Promise.all([pool.close(), theirs.close()]));
  await openCatalog(pool, 'public').initialize();
  await db.client.query(`grant all on all tables in schema public to ${role}`);
  const catalog = openCatalog(theirs, 'public');
  await catalog.initialize();
  assert.equal(await catalog.isInitialized(), true);
  assert.ok((await readGrants(theirs, 'public')).every(({ revocable }) => !revocable));
});

test('a schema that others use too stays open to them', async (t) => {
  const db = await testDatabase(t);
  const { role } = await plainRole(db);
  const pool = openPool(db.target, { max: 2, applicationName: 'test' });
  t.after(() => pool.close());
  await db.client.query(`create schema shared; grant usage, create on schema shared to ${role}`);
  await openCatalog(pool, 'shared').initialize();
  const { rows } = await db.client.query(`select has_schema_privilege($1, 'shared', 'create') as may`, [
    role,
  ]);
  assert.deepEqual(rows, [{ may: true }]);
});

test('doctor says who gets at our tables, and who could put others in their place', async (t) => {
  const db = await testDatabase(t);
  const { role } = await plainRole(db);
  const url = db.connectionString;
  await holdfast(['init'], { url });
  const checks = async (): Promise<Map<string, Check>> => {
    const { checks: found } = (await holdfast(['doctor', '--json'], { url })).json<{ checks: Check[] }>();
    return new Map(found.map((check) => [check.name, check]));
  };
  const before = await checks();
  assert.equal(before.get('privileges on own tables')?.level, 'ok');
  assert.equal(before.get('schema of own tables')?.level, 'ok');
  assert.equal(before.get('own tables')?.level, 'ok');
  assert.equal(before.has('other installations'), false);

  await db.client.query(`
    grant select on system_backup_chunks to public;
    grant create on schema public to ${role};
    create function f() returns trigger language plpgsql as 'begin return new; end';
    create trigger spring before insert on system_backups for each row execute function f()`);
  const after = await checks();
  assert.match(
    after.get('privileges on own tables')!.message,
    /every role may SELECT public\.system_backup_chunks/,
  );
  assert.match(after.get('schema of own tables')!.message, new RegExp(`${role} may create tables`));
  assert.match(after.get('schema of own tables')!.hint!, /HOLDFAST_SCHEMA=holdfast/);
  assert.equal(after.get('own tables')?.code, 'TABLES_NOT_OURS');
  assert.match(after.get('own tables')!.message, /system_backups has the trigger "spring"/);
  await db.client.query(`drop trigger spring on system_backups; revoke all on schema public from ${role}`);

  await db.client.query(`alter database ${db.name} owner to ${role}`);
  assert.match((await checks()).get('schema of own tables')!.message, /may create and drop tables/);
  await db.client.query(`alter database ${db.name} owner to current_user`);

  await holdfast(['init', '--schema', 'holdfast'], { url });
  assert.match((await checks()).get('other installations')!.message, /in schema holdfast too/);
});
