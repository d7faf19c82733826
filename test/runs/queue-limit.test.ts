import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smallShop, testSystem } from '../api/system.ts';

const base = '/api/admin';

test('so many runs may wait and no more; then it says when to ask again, and nothing is ordered', async (t) => {
  const { call, api, another } = await testSystem(t, { sql: smallShop, maxQueued: 3, worker: false });
  const worker = another({ worker: true });
  const { id } = await worker.api.createBackup({ wait: true });
  for (let n = 0; n < 2; n++) await api.createBackup();
  await api.verifyBackup(id);
  const before = (await api.listBackups()).total;
  for (const [path, body] of [
    ['/backup', {}],
    ['/restore', { backupId: id }],
    ['/backup/cleanup', {}],
    [`/backup/${id}/verify`, {}],
  ] as const) {
    const answer = await call('POST', base + path, { body });
    assert.equal(answer.status, 429, path);
    assert.equal(answer.body.code, 'QUEUE_FULL');
    assert.deepEqual(answer.body.details, { waiting: 3, maxQueued: 3, retryAfterSeconds: 30 });
    assert.equal(answer.headers.get('retry-after'), '30');
  }
  assert.equal((await api.listBackups()).total, before);
  assert.equal((await api.listRestores()).total, 0);
  assert.equal((await api.listCleanups()).total, 0);
  // A plan, a dry run and a look are no runs.
  assert.equal((await call('POST', `${base}/restore?dryRun=true`, { body: { backupId: id } })).status, 200);
  assert.equal((await call('POST', `${base}/backup/cleanup`, { body: { dryRun: true } })).status, 200);
  const waiting = (await api.listBackups({ status: 'queued' })).backups;
  await api.cancelBackup(waiting[0]!.id);
  assert.equal((await call('POST', `${base}/backup`, { body: {} })).status, 202);
});
