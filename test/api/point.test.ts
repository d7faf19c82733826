import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smallShop, testSystem } from './system.ts';

const base = '/api/admin';

test('a point is a backup of which nothing is told but that it is there', async (t) => {
  const { api, call } = await testSystem(t, { sql: smallShop });
  const answer = await call('POST', `${base}/point?wait=true`, {
    body: { tables: ['orders'], description: 'before the migration' },
  });
  assert.equal(answer.status, 201, answer.text);
  const { point } = answer.body;
  assert.deepEqual(Object.keys(point), ['id', 'uuid', 'status', 'createdAt', 'finishedAt', 'error']);
  assert.equal(point.status, 'completed');
  assert.equal(answer.headers.get('location'), `${base}/backup/${point.id}`);
  const backup = await api.getBackup(point.id);
  assert.equal(backup.description, 'before the migration');
  assert.deepEqual([backup.type, backup.tables, backup.trigger], ['partial', ['orders'], 'point']);

  const atOnce = await call('POST', `${base}/point`);
  assert.equal(atOnce.status, 202, atOnce.text);
  await api.waitForBackup(atOnce.body.point.id);
  assert.equal((await api.getBackup(atOnce.body.point.id)).type, 'full');
});

test('one who may take points can choose nothing else, and learns nothing from an error', async (t) => {
  const { api, call, db, another } = await testSystem(t, { sql: smallShop });
  for (const body of [
    { full: true },
    { store: 'elsewhere' },
    { copyTo: [] },
    { maxWorkers: 9 },
    { type: 'full' },
  ]) {
    const answer = await call('POST', `${base}/point`, { body });
    assert.equal(answer.status, 400, JSON.stringify(body));
  }
  assert.equal(
    (await call('POST', `${base}/point`, { body: { tables: ['nothing'] } })).body.code,
    'TABLES_NOT_FOUND',
  );
  assert.equal((await api.listBackups()).total, 0);
  await db.client.query('begin; lock table orders in access exclusive mode');
  await assert.rejects(another({ lockTimeoutMs: 200 }).api.createPoint({ wait: true }), {
    code: 'LOCK_TIMEOUT',
  });
  await db.client.query('rollback');
});
