import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { openClient } from '../support/connect.ts';
import { plainRole } from './role.ts';
import { testSystem, type TestSystem } from './system.ts';

const sql = `
  create table backup_schedule (id int primary key, what text);
  insert into backup_schedule values (1, 'an appointment'), (2, 'another');
  create table system_backups (id int generated always as identity primary key, machine text);
  insert into system_backups (machine) values ('web-1');
  create view backup_event_log as select what from backup_schedule`;

test("an application's tables of such names are listed, backed up and restored like any other", async (t) => {
  const { api, db, another, call } = await testSystem(t, { sql, initialize: false });
  const refused = await call('POST', '/api/admin/init-backup-tables');
  assert.equal(refused.status, 409);
  assert.equal(refused.body.code, 'TABLES_NOT_OURS');
  assert.match(refused.body.hint, /HOLDFAST_SCHEMA/);
  assert.equal((await api.status()).initialized, false);

  const elsewhere = another({ schema: 'holdfast' }).api;
  await elsewhere.init();
  const { tables } = await elsewhere.listTables();
  assert.deepEqual(
    tables.map(({ table }) => table),
    ['public.backup_schedule', 'public.system_backups'],
  );
  const backup = await elsewhere.createBackup({ type: 'full', wait: true });
  assert.equal(backup.rowCount, 3);
  await db.client.query(`delete from system_backups; drop table backup_schedule cascade`);
  await elsewhere.restore({ backupId: backup.id, restoreType: 'full', wait: true });
  const { rows } = await db.client.query(`select id, what, (select machine from system_backups) as machine
    from backup_schedule order by id`);
  assert.deepEqual(rows, [
    { id: 1, what: 'an appointment', machine: 'web-1' },
    { id: 2, what: 'another', machine: 'web-1' },
  ]);
  await assert.doesNotReject(db.client.query('select from backup_event_log'));
});

test('a backup leaves out the tables of another installation, and of its own', async (t) => {
  const { api, another } = await testSystem(t, { sql: 'create table t as select 1 as a' });
  const other = another({ schema: 'other' }).api;
  await other.init();
  await other.createBackup({ type: 'full', wait: true });
  const backup = await api.createBackup({ type: 'full', wait: true });
  const { contents } = await api.getBackup(backup.id);
  assert.deepEqual(
    contents?.tables.map(({ table }) => table),
    ['public.t'],
  );
  const schema = await api.getBackupSchema(backup.id);
  assert.doesNotMatch(schema, /system_backup/);
});

/** Calls that read or write our tables, of every kind. */
function calls({ api }: TestSystem): Record<string, () => Promise<unknown>> {
  return {
    status: () => api.status(),
    init: () => api.init(),
    backup: () => api.createBackup({ type: 'full', wait: true }),
    list: () => api.listBackups(),
    show: () => api.getBackup(1),
    restore: () => api.restore({ backupId: 1, restoreType: 'full', wait: true }),
    download: () => api.downloadBackup(1, 'sql'),
    verify: () => api.verifyBackup(1),
    cleanup: () => api.cleanUp(),
    delete: () => api.deleteBackup(1),
    schedule: () => api.updateSchedule({ enabled: true, frequency: 'daily', time: '02:00' }),
    tables: () => api.listTables(),
  };
}

/** Somebody who may hang a trigger on a table of ours, or drop it, has Holdfast run what he likes: that is refused. */
async function attack(t: TestContext, attributes: string): Promise<void> {
  const own = await testSystem(t, { sql: 'create table t as select 1 as a', initialize: false });
  const { db, another } = own;
  const attacker = await plainRole(db);
  await db.client.query(`create table caught (who text); grant all on caught to public;
    grant all on schema public to public`);
  const holder = `${db.name}_holder`;
  await db.client.query(`create role "${holder}" login password 'plain' ${attributes}`);
  await db.client.query(`grant pg_read_all_data to "${holder}"`);
  db.afterwards(`drop role "${holder}"`);
  const { host, port } = db.server;
  const system = another({ database: { host, port, user: holder, password: 'plain', database: db.name } });
  await system.api.init();
  const backup = await system.api.createBackup({ type: 'full', wait: true });
  assert.equal(backup.id, 1);

  const hostile = await openClient(attacker.target);
  t.after(() => hostile.end());
  await hostile.query(`create function spring() returns trigger language plpgsql as
    $$ begin insert into public.caught values (current_user); return new; end $$`);
  const ours = (await system.api.init()).tables.map((name) => name.split('.')[1]!);
  for (const table of ours) {
    await db.client.query(`grant trigger on ${table} to "${attacker.role}"`);
    await hostile.query(`create trigger spring before insert or update or delete on ${table}
      for each row execute function spring()`);
    for (const [name, call] of Object.entries(calls({ ...own, api: system.api }))) {
      await assert.rejects(
        call(),
        { code: 'TABLES_NOT_OURS', message: /trigger "spring"/ },
        `${name}, ${table}`,
      );
    }
    await db.client.query(`drop trigger spring on ${table}; revoke all on ${table} from "${attacker.role}"`);
  }
  const { rows } = await db.client.query('select * from caught');
  assert.deepEqual(rows, []);
  // And all is well again.
  await system.api.createBackup({ type: 'full', wait: true });
  await system.stop();
}

test('a trigger on any of our tables is refused by every call of a superuser', (t) => attack(t, 'superuser'));
test('a trigger on any of our tables is refused by every call of a plain role', (t) => attack(t, ''));
