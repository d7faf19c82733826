import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { smallShop, testSystem, type TestSystem } from '../api/system.ts';
import type { Progress } from '../../src/index.ts';
import { until } from '../support/until.ts';

async function rowCounts({ db }: TestSystem): Promise<number[]> {
  const { rows } = await db.client.query(
    'select (select count(*) from customers)::int as a, (select count(*) from orders)::int as b',
  );
  return [rows[0].a, rows[0].b];
}

test('a run whose lock is lost ends, because somebody else may start', async (t) => {
  const { api, db } = await testSystem(t, { sql: smallShop });
  await db.client.query('begin; lock table orders in access exclusive mode');
  const { id } = await api.createBackup();
  await db.client.query(`
    select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'holdfast lock' and datname = current_database()`);
  await assert.rejects(api.waitForBackup(id), { code: 'INTERRUPTED', message: /lock/ });
  assert.equal((await api.getBackup(id)).status, 'interrupted');
  await db.client.query('rollback');
  assert.equal((await api.createBackup({ wait: true })).status, 'completed');
});

test('a restore whose lock is lost leaves everything as it was', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { api, db } = setup;
  const { id } = await api.createBackup({ wait: true });
  await db.client.query('delete from orders where id > 10');
  await db.client.query('begin; lock table orders in access share mode');
  const restore = await api.restore({ backupId: id, safetyBackup: false });
  await pause(300);
  await db.client.query(`
    select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'holdfast lock' and datname = current_database()`);
  await assert.rejects(api.waitForRestore(restore.id), { code: 'INTERRUPTED' });
  await db.client.query('rollback');
  assert.deepEqual(await rowCounts(setup), [50, 10]);
  assert.equal((await api.getRestore(restore.id)).status, 'interrupted');
  assert.equal((await api.restore({ backupId: id, wait: true })).status, 'completed');
});

test('cancel ends a backup and a restore', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { api, db, call } = setup;
  const { id } = await api.createBackup({ wait: true });
  await db.client.query('delete from orders where id > 10');

  await db.client.query('begin; lock table orders in access exclusive mode');
  const backup = await api.createBackup();
  const answer = await call('POST', `/api/admin/backup/${backup.id}/cancel`);
  assert.equal(answer.status, 200);
  assert.equal(answer.body.backup.id, backup.id);
  await assert.rejects(api.waitForBackup(backup.id), { code: 'CANCELLED' });
  await db.client.query('rollback');

  await db.client.query('begin; lock table orders in access share mode');
  const restore = await api.restore({ backupId: id, safetyBackup: false });
  await api.cancelRestore(restore.id);
  await assert.rejects(api.waitForRestore(restore.id), { code: 'CANCELLED' });
  await db.client.query('rollback');
  assert.equal((await api.getRestore(restore.id)).status, 'cancelled');
  assert.deepEqual(await rowCounts(setup), [50, 10]);
  // What has ended stays as it ended.
  assert.equal((await api.cancelBackup(id)).status, 'completed');
});

test('a backup is cancelled at once although its store waits for something', async (t) => {
  const { api, db, another } = await testSystem(t, { sql: smallShop });
  const blocker = another({ lockTimeoutMs: 10_000 });
  await db.client.query('begin; lock table system_backup_chunks in share mode');
  const { id } = await blocker.api.createBackup();
  await until(async () => {
    // Inside a transaction it shows what it has shown before.
    await db.client.query('select pg_stat_clear_snapshot()');
    const { rows } = await db.client.query(
      `select from pg_stat_activity where application_name = 'holdfast store' and wait_event_type = 'Lock'
         and datname = current_database()`,
    );
    return rows.length > 0;
  });
  await blocker.api.cancelBackup(id);
  await assert.rejects(blocker.api.waitForBackup(id), { code: 'CANCELLED' });
  await db.client.query('rollback');
  assert.equal((await api.createBackup({ wait: true })).status, 'completed');
});

test('stop interrupts what runs, waits until that is recorded, and lets nothing start', async (t) => {
  const { system, api, another, db } = await testSystem(t, { sql: smallShop });
  await db.client.query('begin; lock table orders in access exclusive mode');
  const { id } = await api.createBackup();
  await system.stop();
  const { rows } = await db.client.query('select status, error from system_backups where id = $1', [id]);
  assert.equal(rows[0].status, 'interrupted');
  assert.equal(rows[0].error.code, 'INTERRUPTED');
  await db.client.query('rollback');
  // A connection that was broken off goes when the server has noticed.
  await until(async () => {
    const { rows: left } = await db.client.query(
      `select count(*)::int from pg_stat_activity where application_name like 'holdfast%' and datname = current_database()`,
    );
    return left[0].count === 0;
  });
  await assert.rejects(api.createBackup());
  assert.equal((await another().api.createBackup({ wait: true })).status, 'completed');
});

test('a running row shows heartbeats and progress', async (t) => {
  const { api, another, db } = await testSystem(t, { sql: smallShop });
  const other = another();
  await db.client.query('begin; lock table orders in access exclusive mode');
  const { id, heartbeatAt } = await api.createBackup();
  await pause(4_500);
  const later = await other.api.getBackup(id);
  assert.equal(later.status, 'running');
  assert.ok(Date.parse(later.heartbeatAt!) > Date.parse(heartbeatAt!));
  await db.client.query('rollback');
  const seen: Progress[] = [];
  await api.waitForBackup(id, { onProgress: (progress) => seen.push(progress) });
  assert.ok(seen.length > 0);
  assert.equal((await api.getBackup(id)).progress, null);
});

test('waiting can be given up without ending the run', async (t) => {
  const { api, db } = await testSystem(t, { sql: smallShop });
  await db.client.query('begin; lock table orders in access exclusive mode');
  const { id } = await api.createBackup();
  await assert.rejects(api.waitForBackup(id, { signal: AbortSignal.timeout(100) }), { name: 'TimeoutError' });
  await db.client.query('rollback');
  assert.equal((await api.waitForBackup(id)).status, 'completed');
});

test('without its safety backup a restore does not start', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { api, db } = setup;
  const { id } = await api.createBackup({ wait: true });
  await db.client.query(`
    delete from orders where id > 10;
    alter table system_backup_chunks add constraint no_space check (raw_bytes < 0) not valid`);
  await assert.rejects(api.restore({ backupId: id, wait: true }), (error: Error & { code: string }) => {
    assert.equal(error.code, 'STORE_FAILED');
    assert.match(error.message, /^The safety backup \d+ failed, so nothing was restored: .*no_space/);
    return true;
  });
  assert.deepEqual(await rowCounts(setup), [50, 10]);
  const [restore] = (await api.listRestores()).restores;
  assert.equal(restore?.status, 'failed');
  const safety = await api.getBackup(restore.safetyBackupId!);
  assert.equal(safety.status, 'failed');
  await db.client.query('alter table system_backup_chunks drop constraint no_space');
  assert.equal((await api.createBackup({ wait: true })).status, 'completed');
});

test('nothing is backed up for safety where nothing would be overwritten', async (t) => {
  const { api, db } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  await db.client.query('drop table orders, customers');
  const restore = await api.restore({ backupId: id, wait: true });
  assert.equal(restore.safetyBackupId, null);
  assert.equal((await api.listBackups()).total, 1);
});
