import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smallShop, testSystem, type TestSystem } from '../api/system.ts';

const base = '/api/admin';

/** So many backups, the last one taken now and the others a day earlier each; oldest first. */
async function dailyBackups({ api, db }: TestSystem, count: number): Promise<number[]> {
  const ids: number[] = [];
  for (let n = 0; n < count; n++) {
    await db.client.query(`insert into customers (id, name) values (${1_000 + n}, 'customer of day ${n}')`);
    const { id } = await api.createBackup({ wait: true });
    ids.push(id);
  }
  for (const [i, id] of ids.entries()) {
    await db.client.query(
      `update system_backups set created_at = created_at - make_interval(days => $2), started_at = started_at - make_interval(days => $2)
        where id = $1`,
      [id, count - 1 - i],
    );
  }
  return ids;
}

test('a cleanup deletes what the policy does not keep, frees its space and says why', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { api, call, db } = setup;
  const ids = await dailyBackups(setup, 5);
  await api.updateSchedule({ maxBackups: 2, retentionDays: null });
  await api.pinBackup(ids[0]!);

  const preview = await call('GET', `${base}/backup/retention/preview`);
  assert.deepEqual(
    preview.body.decisions.map((each: { id: number; action: string }) => [each.id, each.action]),
    [
      [ids[4], 'keep'],
      [ids[3], 'keep'],
      [ids[2], 'delete'],
      [ids[1], 'delete'],
      [ids[0], 'keep'],
    ],
  );
  assert.equal(preview.body.decisions[4].reasons[0].code, 'pinned');
  const dry = await call('POST', `${base}/backup/cleanup`, { body: { dryRun: true } });
  assert.deepEqual(
    dry.body.cleanup.backups.map((each: { id: number }) => each.id),
    [ids[2], ids[1]],
  );
  assert.equal((await api.listBackups()).total, 5);

  const before = await db.client.query('select count(*)::int from system_backup_chunks');
  const { body, status, headers } = await call('POST', `${base}/backup/cleanup?wait=true`, { body: {} });
  assert.equal(status, 201);
  assert.equal(headers.get('location'), `${base}/backup/cleanup/${body.cleanup.id}`);
  assert.deepEqual(
    body.cleanup.backups.map(({ id, reasons }: { id: number; reasons: string[] }) => ({ id, reasons })),
    [
      { id: ids[2], reasons: ['number 3 from the newest, of at most 2'] },
      { id: ids[1], reasons: ['number 4 from the newest, of at most 2'] },
    ],
  );
  assert.deepEqual((await call('GET', `${base}/backup/cleanup`)).body, {
    cleanups: [body.cleanup],
    total: 1,
  });
  assert.deepEqual((await call('GET', `${base}/backup/cleanup/${body.cleanup.id}`)).body, {
    cleanup: body.cleanup,
  });
  assert.equal((await call('GET', `${base}/backup/cleanup/99`)).body.code, 'CLEANUP_NOT_FOUND');
  assert.ok(body.cleanup.chunksDeleted > 0 && body.cleanup.bytesFreed > 0);
  const after = await db.client.query('select count(*)::int from system_backup_chunks');
  assert.equal(before.rows[0].count - after.rows[0].count, body.cleanup.chunksDeleted);
  assert.equal((await api.listBackups()).total, 3);
  const { rows } = await db.client.query(
    'select trigger, reason, backups, bytes_freed from backup_cleanup_log',
  );
  assert.equal(rows.length, 1);
  assert.equal(rows[0].trigger, 'manual');
  assert.equal(Number(rows[0].bytes_freed), body.cleanup.bytesFreed);
  assert.deepEqual(rows[0].backups[0].reasons, ['number 3 from the newest, of at most 2']);
  // What is left can still be restored.
  for (const id of [ids[0]!, ids[3]!, ids[4]!]) {
    const restore = await api.restore({ backupId: id, safetyBackup: false, wait: true });
    assert.equal(restore.status, 'completed');
  }
});

test('a policy is shown before it is saved', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { api, call } = setup;
  await dailyBackups(setup, 4);
  await api.updateSchedule({ maxBackups: null, retentionDays: null });
  const saved = await api.previewRetention();
  assert.equal(saved.totals.deleted, 0);
  const { body } = await call('POST', `${base}/backup/retention/preview`, { body: { keepDaily: 2 } });
  assert.equal(body.totals.deleted, 2);
  assert.match(body.decisions[1].reasons[0].text, /^the newest of \d{4}-\d\d-\d\d \(daily 2 of 2\)$/);
  assert.equal((await api.getSchedule()).keepDaily, null);
  const wrong = await call('POST', `${base}/backup/retention/preview`, { body: { keepDaily: -1 } });
  assert.equal(wrong.status, 400);
});

test('what is being read is left to the next cleanup', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { api } = setup;
  const ids = await dailyBackups(setup, 2);
  await api.updateSchedule({ maxBackups: 1, retentionDays: null });
  const { stream } = await api.downloadBackup(ids[0]!);
  const cleanup = await api.cleanUp({ wait: true });
  assert.deepEqual(cleanup.inUse, [ids[0]]);
  assert.deepEqual(cleanup.backups, []);
  await stream.cancel();
  assert.deepEqual(
    (await api.cleanUp({ wait: true })).backups.map(({ id }) => id),
    [ids[0]],
  );
});

test('a scheduled backup is followed by a cleanup, whose log names the schedule', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { api, db, system } = setup;
  const ids = await dailyBackups(setup, 3);
  const time = new Date(Date.now() - 60_000).toISOString().slice(11, 16);
  await api.updateSchedule({ enabled: true, frequency: 'hourly', time, maxBackups: 2, retentionDays: null });
  await db.client.query(`update backup_schedule set handled_until = now() - interval '10 minutes'`);
  await system.start();
  for (;;) {
    const { rows } = await db.client.query(
      `select trigger, backups from backup_cleanup_log where status = 'completed'`,
    );
    if (rows.length === 0) continue;
    assert.equal(rows[0].trigger, 'schedule');
    assert.deepEqual(
      rows[0].backups.map((each: { id: number }) => each.id),
      [ids[1], ids[0]],
    );
    break;
  }
  assert.equal((await api.listBackups()).total, 2);
});

test('of many cleanups at once each backup is deleted once', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { api, another } = setup;
  await dailyBackups(setup, 6);
  await api.updateSchedule({ maxBackups: 1, retentionDays: null });
  const apis = [api, another().api, another().api];
  const answers = await Promise.all(apis.map((each) => each.cleanUp({ wait: true })));
  const deleted = answers.flatMap(({ backups }) => backups.map(({ id }) => id));
  assert.equal(new Set(deleted).size, deleted.length);
  await api.cleanUp({ wait: true });
  assert.equal((await api.listBackups()).total, 1);
});

test('a cleanup goes on beside a backup, and says what it could not free', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { api, db } = setup;
  const ids = await dailyBackups(setup, 3);
  await api.updateSchedule({ maxBackups: 1, retentionDays: null });
  await db.client.query('begin; lock table orders in access exclusive mode');
  const running = await api.createBackup();
  assert.equal(running.status, 'running');
  const cleanup = await api.cleanUp({ wait: true });
  assert.deepEqual(
    cleanup.backups.map(({ id }) => id),
    [ids[1], ids[0]],
  );
  assert.ok(cleanup.chunksDeleted > 0);
  await db.client.query('rollback');
  await api.waitForBackup(running.id);
  for (const id of [ids[2]!, running.id]) await api.verifyBackup(id, { wait: true });
});

test('a cleanup that fails says so, and what it had deleted', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { api, db } = setup;
  const ids = await dailyBackups(setup, 2);
  await api.updateSchedule({ maxBackups: 1, retentionDays: null });
  // A subscriber could not tell which rows go, so the server deletes none.
  await db.client.query(`
    alter table system_backup_chunks replica identity nothing;
    create publication deletions for table system_backup_chunks with (publish = 'delete')`);
  await assert.rejects(api.cleanUp({ wait: true }), { code: 'STORE_FAILED', message: /replica identity/ });
  const [failed] = (await api.listCleanups()).cleanups;
  assert.equal(failed?.status, 'failed');
  assert.deepEqual(
    failed.backups.map(({ id }) => id),
    [ids[0]],
  );
  await db.client.query('drop publication deletions');
  assert.ok((await api.cleanUp({ wait: true })).chunksDeleted > 0);
});
