import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBackupSystem, silentLogger } from '../../src/index.ts';
import { plainRole } from './role.ts';
import { caller, smallShop, testSystem, token } from './system.ts';

const base = '/api/admin';

test('a server that is down is 503 DATABASE_UNREACHABLE, and no secret is shown', async (t) => {
  const system = createBackupSystem({
    database: 'postgres://app:hunter2@127.0.0.1:1/shop',
    auth: { token },
    logger: silentLogger,
  });
  t.after(() => system.stop());
  const call = caller(system);
  for (const [method, path] of [
    ['GET', '/backup/status'],
    ['POST', '/init-backup-tables'],
    ['GET', '/backup'],
    ['POST', '/backup'],
  ] as const) {
    const answer = await call(method, base + path);
    assert.equal(answer.status, 503, path);
    assert.equal(answer.body.code, 'DATABASE_UNREACHABLE');
    assert.ok(!answer.text.includes('hunter2'));
  }
});

test('a refused login and a database that does not exist', async (t) => {
  const { db } = await testSystem(t, { initialize: false });
  const { host, port, user, password } = db.server;
  const at = (target: object): ReturnType<typeof caller> => {
    const system = createBackupSystem({
      database: { host, port, user, password, database: db.name, ...target },
      auth: { token },
      logger: silentLogger,
    });
    t.after(() => system.stop());
    return caller(system);
  };
  const wrong = await at({ password: 'wrong-password' })('GET', `${base}/backup`);
  assert.equal(wrong.status, 503);
  assert.equal(wrong.body.code, 'DATABASE_AUTHENTICATION');
  assert.ok(!wrong.text.includes('wrong-password'));
  const missing = await at({ database: 'no_such_database' })('GET', `${base}/backup`);
  assert.equal(missing.body.code, 'DATABASE_UNREACHABLE');
  assert.match(missing.body.message, /no_such_database/);
});

test('a role that may not create tables learns the GRANT that is needed', async (t) => {
  const { db, another } = await testSystem(t, { initialize: false });
  const { role, target } = await plainRole(db);
  await db.client.query('revoke create on schema public from public');
  const call = caller(another({ database: target }));

  const refused = await call('POST', `${base}/init-backup-tables`);
  assert.equal(refused.status, 403);
  assert.equal(refused.body.code, 'INSUFFICIENT_PRIVILEGE');
  assert.ok(refused.body.message.includes(role));
  assert.equal(refused.body.details.statement, `GRANT USAGE, CREATE ON SCHEMA "public" TO "${role}";`);
  assert.ok(refused.body.hint.includes(refused.body.details.statement));
  await db.client.query(refused.body.details.statement);
  assert.equal((await call('POST', `${base}/init-backup-tables`)).status, 200);

  const elsewhere = caller(another({ database: target, schema: 'ops' }));
  const noSchema = await elsewhere('POST', `${base}/init-backup-tables`);
  assert.equal(noSchema.body.code, 'INSUFFICIENT_PRIVILEGE');
  await db.client.query(noSchema.body.details.statement);
  assert.equal((await elsewhere('POST', `${base}/init-backup-tables`)).status, 200);
});

test('a role that may not read a table, or not every row of it', async (t) => {
  const { db, another } = await testSystem(t, { initialize: false, sql: smallShop });
  const { role, target } = await plainRole(db);
  await db.client.query(`
    grant create, usage on schema public to "${role}";
    grant select on customers to "${role}"`);
  const call = caller(another({ database: target }));
  assert.equal((await call('POST', `${base}/init-backup-tables`)).status, 200);

  const unreadable = await call('POST', `${base}/backup?wait=true`);
  assert.equal(unreadable.status, 403, unreadable.text);
  assert.equal(unreadable.body.code, 'TABLE_NOT_READABLE');
  assert.match(JSON.stringify(unreadable.body), /public\.orders/);
  await db.client.query(`
    grant select on orders to "${role}";
    alter table orders enable row level security;
    create policy own on orders for select to "${role}" using (id < 10)`);
  const hidden = await call('POST', `${base}/backup?wait=true`);
  assert.equal(hidden.status, 403, hidden.text);
  assert.equal(hidden.body.code, 'ROW_SECURITY_ACTIVE');
  assert.equal((await call('GET', `${base}/backup?status=completed`)).body.total, 0);
});

test('a server without free connections says so', async (t) => {
  const { db, another } = await testSystem(t);
  const { role, target } = await plainRole(db, 'connection limit 1');
  await db.client.query(`
    grant all on all tables in schema public to "${role}"`);
  const system = another({ database: target });
  const call = caller(system);
  // One connection suffices for reading the catalog; a backup needs more.
  const answer = await call('POST', `${base}/backup`);
  assert.equal(answer.status, 503);
  assert.equal(answer.body.code, 'DATABASE_UNREACHABLE');
  assert.match(answer.body.message, /too many connections/);
  assert.equal((await call('GET', `${base}/backup`)).body.total, 0);
});

test('a table of somebody else with the name of one of ours is left alone', async (t) => {
  const { db, call } = await testSystem(t, {
    initialize: false,
    sql: `create table system_backups (id int, what text); insert into system_backups values (1, 'theirs')`,
  });
  const answer = await call('POST', `${base}/init-backup-tables`);
  assert.equal(answer.status, 409);
  assert.equal(answer.body.code, 'TABLES_NOT_OURS');
  assert.match(answer.body.hint, /HOLDFAST_SCHEMA/);
  const { rows } = await db.client.query('select * from system_backups');
  assert.deepEqual(rows, [{ id: 1, what: 'theirs' }]);
  const { rows: tables } = await db.client.query(`select to_regclass('backup_schedule') is null as none`);
  assert.equal(tables[0].none, true);
});
