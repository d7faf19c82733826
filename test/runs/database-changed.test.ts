import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBackupSystem, silentLogger, type BackupSystem, type Options } from '../../src/index.ts';
import { testDatabase } from '../support/database.ts';
import { importedFrom } from './store-contents.ts';
import { temporaryStore } from './store-folders.ts';

test('a name that leads to another database is noticed by its first backup, and told', async (t) => {
  const db = await testDatabase(t);
  const [shop, other, control] = [
    await db.createDatabase(),
    await db.createDatabase(),
    await db.createDatabase(),
  ];
  for (const { client } of [shop, other])
    await client.query('create table t (id int); insert into t values (1)');
  const systemOf = (database: string): BackupSystem => {
    const made = createBackupSystem({
      databases: { shop: database },
      catalog: control.connectionString,
      auth: { token: 'token-of-the-test-0123' },
      enrol: { exclude: '*' },
      logger: silentLogger,
    });
    t.after(() => made.stop());
    return made;
  };
  const { api } = systemOf(shop.connectionString);
  await api.init();
  const codesOf = async (id: number): Promise<(string | undefined)[]> =>
    (await api.getBackup(id)).contents!.warnings.map(({ code }) => code);
  await api.createBackup({ wait: true });
  // As an early version has left it: manifests had the name of the database in place of its oid.
  await control.client.query(
    `update holdfast_shop.system_backup_tables set source = split_part(source, '/', 1) || '/' || $1`,
    [shop.name],
  );
  const before = await api.createBackup({ wait: true });
  assert.deepEqual(await codesOf(before.id), []);

  // As one who has the address of a copy in the variable of the real one.
  const { api: wrong } = systemOf(other.connectionString);
  const first = await wrong.createBackup({ wait: true });
  const [warning] = (await wrong.getBackup(first.id)).contents!.warnings;
  assert.equal(warning!.code, 'DATABASE_CHANGED');
  assert.match(warning!.message, new RegExp(`"${other.name}".* backup ${before.id} and those before it`));
  const status = await wrong.status();
  assert.ok('health' in status && status.health.warnings.some(({ code }) => code === 'BACKUP_WARNINGS'));
  // Said once: the next one is as the one before it.
  assert.deepEqual(await codesOf((await wrong.createBackup({ wait: true })).id), []);
  // And again where it leads back.
  const back = await api.createBackup({ tables: ['t'], type: 'partial', wait: true });
  assert.deepEqual(await codesOf(back.id), ['DATABASE_CHANGED']);
});

test('a backup that was imported from another installation is not the one before', async (t) => {
  const db = await testDatabase(t);
  const [theirs, ours] = [await db.createDatabase(), await db.createDatabase()];
  for (const { client } of [theirs, ours])
    await client.query('create table t (id int); insert into t values (1)');
  const store = `file://${await temporaryStore(t)}`;
  const systemOf = (database: string, more: Partial<Options>): BackupSystem => {
    const auth = { token: 'token-of-the-test-0123' };
    const made = createBackupSystem({
      database,
      auth,
      enrol: { exclude: '*' },
      logger: silentLogger,
      ...more,
    });
    t.after(() => made.stop());
    return made;
  };
  const { api: other } = systemOf(theirs.connectionString, { stores: { common: store }, store: 'common' });
  await other.init();
  await other.createBackup({ wait: true });
  const { api } = systemOf(ours.connectionString, { stores: { common: store }, store: 'database' });
  await api.init();
  await api.createBackup({ wait: true });
  assert.equal((await importedFrom(api, 'common')).imported.length, 1);
  const [imported] = (await api.listBackups()).backups;
  // It is read, so that what it has of each table is in the catalog.
  assert.equal((await api.getBackup(imported!.id)).contents!.tables.length, 1);
  const { id } = await api.createBackup({ wait: true });
  assert.deepEqual((await api.getBackup(id)).contents!.warnings, []);
});
