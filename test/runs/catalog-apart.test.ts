import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createBackupSystem, silentLogger, type BackupSystem } from '../../src/index.ts';
import { assertSameState, databaseState } from '../support/compare.ts';
import { testDatabase, type FirstTestDatabase } from '../support/database.ts';
import { privateServer } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { smallShop } from '../api/system.ts';
import { beginElsewhere } from './interruptions.ts';

interface Apart {
  api: BackupSystem['api'];
  /** Has our tables. */
  control: FirstTestDatabase;
}

async function apart(t: TestContext, database: string, control: FirstTestDatabase): Promise<Apart> {
  const system = createBackupSystem({
    database,
    catalog: control.connectionString,
    auth: { authorize: () => false },
    logger: silentLogger,
  });
  t.after(() => system.stop());
  await system.api.init();
  return { api: system.api, control };
}

const ownTables = `select from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where relkind = 'r' and (relname like 'system_%' or relname like 'backup_%' or relname like 'holdfast%')
    and n.nspname not like 'pg_%' and n.nspname <> 'information_schema'`;

test('a catalog in another database: backups, restores of each kind, undo and drills, and nothing of ours in the protected one', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(smallShop);
  const control = await db.createDatabase();
  const { api } = await apart(t, db.connectionString, control as FirstTestDatabase);
  const status = await api.status();
  assert.ok(status.initialized);
  assert.equal(status.database.name, db.name);
  assert.deepEqual(
    (await api.listTables()).tables.map(({ table }) => table),
    ['public.customers', 'public.orders'],
  );

  const full = await api.createBackup({ wait: true });
  const partial = await api.createBackup({ type: 'partial', tables: ['orders'], wait: true });
  assert.deepEqual([full.status, partial.status], ['completed', 'completed']);
  await assert.rejects(api.createBackup({ type: 'partial', tables: ['nothing'] }), {
    code: 'TABLES_NOT_FOUND',
  });
  const whole = await databaseState(db.target);

  await db.client.query('delete from orders where id > 100; update customers set name = upper(name)');
  const broken = await databaseState(db.target);
  const restored = await api.restore({ backupId: full.id, wait: true });
  assert.equal(restored.status, 'completed');
  assert.equal((await api.getRestore(restored.id)).report?.rows, 550);
  assertSameState(await databaseState(db.target), whole);
  const undone = await api.undoRestore(restored.id, { wait: true });
  assert.equal(undone.status, 'completed');
  assertSameState(await databaseState(db.target), broken);
  await api.restore({ backupId: full.id, wait: true });

  // Rows are kept in a table of ours where it is in reach; here their tables are backed up.
  await db.client.query('update orders set amount = 0 where id < 10');
  const before = await databaseState(db.target);
  const rows = await api.restore({
    backupId: full.id,
    restoreType: 'rows',
    rows: { table: 'orders', keys: [1, 2, 3, 4], onConflict: 'overwrite' },
    wait: true,
  });
  assert.equal((await api.getRestore(rows.id)).plan?.wayBack, 'backup');
  await api.undoRestore(rows.id, { wait: true });
  assertSameState(await databaseState(db.target), before);

  await db.client.query('drop table orders');
  assert.deepEqual(
    (await api.missingTables()).tables.map(({ table }) => table),
    ['public.orders'],
  );
  const name = db.freeName();
  await api.restore({ backupId: full.id, target: { mode: 'new-database', database: name }, wait: true });
  const made = await db.adopt(name);
  assert.equal((await made.client.query('select from orders')).rowCount, 500);
  assert.equal((await db.client.query(ownTables)).rowCount, 0);
  assert.equal((await made.client.query(ownTables)).rowCount, 0);
  const drilled = await api.drillBackup(full.id, { wait: true });
  assert.equal(drilled.verdict, 'passed');
  const cleaned = await api.cleanUp({ wait: true });
  assert.equal(cleaned.status, 'completed');
});

test('a restore that was committed as its process was killed is completed, though its row is in another database', async (t) => {
  const server = await privateServer(t, { settings: { autovacuum: 'off' } });
  const client = await server.client('postgres');
  await client.query('create database shop');
  const shop = await server.client('shop');
  await shop.query(
    'create table notes (id int primary key, body text); insert into notes select n, n::text from generate_series(1, 2000) n',
  );
  const { host, port, user, password } = server.server;
  const database = `postgres://${user}:${password}@${host}:${port}/shop`;
  const control = await testDatabase(t);
  const { api } = await apart(t, database, control);
  const { id } = await api.createBackup({ wait: true });
  const work = { kind: 'restore', backupId: id, catalog: control.connectionString } as const;

  // A commit waits for a standby that never comes: written down already, and not yet said to be.
  const waitsForStandby = async (): Promise<boolean> => {
    const { rows } = await client.query(`select from pg_stat_activity where wait_event = 'SyncRep'`);
    return rows.length > 0;
  };
  const synchronous = async (names: string): Promise<void> => {
    await client.query(`alter system set synchronous_standby_names = '${names}'`);
    await client.query('select pg_reload_conf()');
  };
  for (const commits of [true, false]) {
    await shop.query('delete from notes where id > 1000');
    if (commits) await synchronous('nobody');
    else await shop.query('begin; lock table notes in access share mode');
    const victim = await beginElsewhere(database, work);
    if (commits) await until(waitsForStandby);
    else
      await until(async () => {
        const { rows } = await client.query(
          `select from pg_stat_activity where wait_event_type = 'Lock' and application_name like 'holdfast%'`,
        );
        return rows.length > 0;
      });
    victim.child.kill('SIGKILL');
    assert.equal(await victim.ended, false);
    if (commits) await synchronous('');
    else await shop.query('commit');
    const restore = await until(async () => {
      const [last] = (await api.listRestores()).restores;
      return last?.status !== 'running' && last?.status !== 'queued' && last;
    });
    assert.equal(restore.status, commits ? 'completed' : 'interrupted');
    const { rows } = await shop.query('select count(*)::int as n from notes');
    assert.equal(rows[0].n, commits ? 2000 : 1000);
    if (commits) assert.equal((await api.getRestore(restore.id)).report?.rows, 2000);
  }

  // The protected server is gone: what there is of it is seen, and comes back on another one.
  await server.server.stop('immediate');
  const status = await api.status();
  assert.ok(status.initialized);
  assert.ok(status.health.warnings.some(({ code }) => code === 'DATABASE_UNREACHABLE'));
  assert.equal(status.database.name, 'shop');
  const name = control.freeName();
  const targetUrl = control.connectionString.replace(/[^/]+$/, name);
  const elsewhere = await api.restore({ backupId: id, targetUrl, wait: true });
  assert.equal(elsewhere.status, 'completed');
  const made = await control.adopt(name);
  assert.equal((await made.client.query('select from notes')).rowCount, 2000);
});
