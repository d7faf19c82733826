import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lockClass } from '../../src/catalog/locks.ts';
import { smallShop, testSystem, caller } from '../api/system.ts';

const base = '/api/admin';

test('a second backup waits for the first, in this process and in another', async (t) => {
  const { call, another, api, db } = await testSystem(t, { sql: smallShop });
  const other = another();
  await db.client.query('begin; lock table orders in access exclusive mode');
  const first = await api.createBackup();
  assert.equal(first.status, 'running');
  const waiting: number[] = [];
  for (const second of [call, caller(other)]) {
    const answer = await second('POST', `${base}/backup`);
    assert.equal(answer.status, 202);
    assert.equal(answer.body.backup.status, 'queued');
    assert.equal(answer.body.backup.startedAt, null);
    waiting.push(answer.body.backup.id);
    const status = await second('GET', `${base}/backup/status`);
    assert.deepEqual(status.body.running, { kind: 'backup', id: first.id, startedAt: first.startedAt });
  }
  await db.client.query('rollback');
  assert.equal((await api.waitForBackup(first.id)).status, 'completed');
  const ended = [await api.waitForBackup(waiting[0]!), await other.api.waitForBackup(waiting[1]!)];
  for (const backup of ended) {
    assert.equal(backup.status, 'completed');
    assert.ok(backup.startedAt! >= first.startedAt!);
  }
});

test('of many at the same moment one runs, and the others after it, each once', async (t) => {
  const { api, another, db } = await testSystem(t, { sql: smallShop });
  await db.client.query('begin; lock table orders in access exclusive mode');
  const others = [another(), another()];
  const apis = [api, api, ...others.map((system) => system.api)];
  const ordered = await Promise.all(apis.map((each) => each.createBackup()));
  const running = await db.client.query(`select id from system_backups where status = 'running'`);
  assert.equal(running.rows.length, 1);
  await db.client.query('rollback');
  for (const { id } of ordered) assert.equal((await api.waitForBackup(id)).status, 'completed');
  const { rows } = await db.client.query(
    `select started_at, finished_at from system_backups order by started_at`,
  );
  assert.equal(rows.length, apis.length);
  for (const [i, row] of rows.slice(1).entries()) assert.ok(row.started_at >= rows[i].finished_at);
});

test('no restore while a backup runs, no backup while a restore runs', async (t) => {
  const { call, api, db } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  // As a run of another process would.
  await db.client.query(`select pg_advisory_lock(${lockClass.writer}, hashtext('public'))`);
  const backup = await api.createBackup();
  assert.equal(backup.status, 'queued');
  const restore = await call('POST', `${base}/restore`, { body: { backupId: id, safetyBackup: false } });
  assert.equal(restore.status, 202);
  assert.equal(restore.body.restore.status, 'queued');
  // What cannot be restored is told at once.
  assert.equal((await call('POST', `${base}/restore`, { body: { backupId: 99 } })).status, 404);
  await db.client.query('select pg_advisory_unlock_all()');
  const backedUp = await api.waitForBackup(backup.id);
  const restored = await api.waitForRestore(restore.body.restore.id);
  assert.ok(restored.startedAt! >= backedUp.finishedAt!);

  // A reader keeps the restore, but not its plan, waiting.
  await db.client.query('begin; lock table orders in access share mode');
  const running = await api.restore({ backupId: id, safetyBackup: false });
  assert.equal(running.status, 'running');
  const waiting = await call('POST', `${base}/backup`);
  assert.equal(waiting.body.backup.status, 'queued');
  await db.client.query('rollback');
  assert.equal((await api.waitForRestore(running.id)).status, 'completed');
  assert.equal((await api.waitForBackup(waiting.body.backup.id)).status, 'completed');
});

test('a run that waits can be cancelled, and never begins', async (t) => {
  const { api, db } = await testSystem(t, { sql: smallShop });
  await db.client.query('begin; lock table orders in access exclusive mode');
  const first = await api.createBackup();
  const second = await api.createBackup();
  const cancelled = await api.cancelBackup(second.id);
  assert.equal(cancelled.status, 'cancelled');
  assert.equal(cancelled.error?.code, 'CANCELLED');
  await db.client.query('rollback');
  await api.waitForBackup(first.id);
  await assert.rejects(api.waitForBackup(second.id), { code: 'CANCELLED' });
  assert.equal((await api.getBackup(second.id)).startedAt, null);
});

test('a process without a worker only orders; one with a worker performs', async (t) => {
  const { another, db, api: setup } = await testSystem(t, { sql: smallShop });
  const { api } = another({ worker: false });
  const { id } = await api.createBackup();
  const restoreOf = (await setup.createBackup({ wait: true })).id;
  // Whoever works takes what waits, in order.
  assert.equal((await api.waitForBackup(id)).status, 'completed');
  const { id: second } = await api.createBackup();
  assert.equal((await api.createBackup({ wait: 1 })).status, 'queued');
  const worker = another();
  await worker.start();
  assert.equal((await api.waitForBackup(second)).status, 'completed');
  assert.equal((await api.restore({ backupId: restoreOf, wait: true })).status, 'completed');
  const { rows } = await db.client.query(`select count(*)::int from system_backups where status = 'queued'`);
  assert.equal(rows[0].count, 0);
});

test('a run can follow another at once', async (t) => {
  const { api, another } = await testSystem(t, { sql: smallShop });
  const other = another();
  for (let n = 0; n < 3; n++) {
    const { id } = await api.createBackup();
    // Another process, which sees the row change before the lock is given back.
    while ((await other.api.getBackup(id)).status === 'running');
    await other.api.createBackup({ wait: true });
  }
});

test('catalogs in different schemas of one database do not wait for each other', async (t) => {
  const { api, another, db } = await testSystem(t, { sql: smallShop });
  const { api: second } = another({ schema: 'second' });
  await second.init();
  await db.client.query('begin; lock table orders in access exclusive mode');
  const [one, two] = [await api.createBackup(), await second.createBackup()];
  await db.client.query('rollback');
  await api.waitForBackup(one.id);
  await second.waitForBackup(two.id);
});
