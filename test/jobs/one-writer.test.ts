import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smallShop, testSystem, caller } from '../api/system.ts';

const base = '/api/admin';

test('of two backups at once the second is refused and says what is running, in this process and in another', async (t) => {
  const { call, another, api, db } = await testSystem(t, { sql: smallShop });
  await db.client.query('begin; lock table orders in access exclusive mode');
  const first = await api.createBackup();
  for (const second of [call, caller(another())]) {
    const answer = await second('POST', `${base}/backup`);
    assert.equal(answer.status, 409);
    assert.equal(answer.body.code, 'JOB_RUNNING');
    assert.deepEqual(answer.body.details, { kind: 'backup', id: first.id, startedAt: first.startedAt });
    const status = await second('GET', `${base}/backup/status`);
    assert.deepEqual(status.body.running, { kind: 'backup', id: first.id, startedAt: first.startedAt });
  }
  await db.client.query('rollback');
  assert.equal((await api.waitForBackup(first.id)).status, 'completed');
  assert.equal((await api.listBackups()).total, 1);
});

test('of many at the same moment exactly one starts', async (t) => {
  const { api, another, db } = await testSystem(t, { sql: smallShop });
  await db.client.query('begin; lock table orders in access exclusive mode');
  const others = [another(), another()];
  const attempts = await Promise.allSettled(
    [api, api, ...others.map((system) => system.api)].map((each) => each.createBackup()),
  );
  assert.equal(attempts.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const attempt of attempts) {
    if (attempt.status === 'rejected') assert.equal(attempt.reason.code, 'JOB_RUNNING');
  }
  await db.client.query('rollback');
  assert.equal((await api.listBackups()).total, 1);
});

test('no restore while a backup runs, no backup while a restore runs', async (t) => {
  const { call, api, db } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  await db.client.query('begin; lock table orders in access exclusive mode');
  const backup = await api.createBackup();
  const restore = await call('POST', `${base}/restore`, { body: { backupId: id } });
  assert.equal(restore.status, 409);
  assert.deepEqual(restore.body.details, { kind: 'backup', id: backup.id, startedAt: backup.startedAt });
  // An id that cannot be restored is told apart from that.
  assert.equal((await call('POST', `${base}/restore`, { body: { backupId: 99 } })).status, 404);
  await db.client.query('rollback');
  await api.waitForBackup(backup.id);
  assert.equal((await api.listRestores()).total, 0);

  // A reader keeps the restore, but not its plan, waiting.
  await db.client.query('begin; lock table orders in access share mode');
  const running = await api.restore({ backupId: id, safetyBackup: false });
  const refused = await call('POST', `${base}/backup`);
  assert.equal(refused.status, 409);
  assert.deepEqual(refused.body.details, { kind: 'restore', id: running.id, startedAt: running.startedAt });
  await db.client.query('rollback');
  assert.equal((await api.waitForRestore(running.id)).status, 'completed');
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
