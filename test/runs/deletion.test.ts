import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failingBackup, caller, smallShop, testSystem, type TestSystem } from '../api/system.ts';
import { neededChunks } from './manifests.ts';

const base = '/api/admin';

async function chunks({ db }: TestSystem): Promise<number> {
  const { rows } = await db.client.query('select count(*)::int from system_backup_chunks');
  return rows[0].count;
}

test('deleting frees only what no other backup needs, and is logged', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { api, db } = setup;
  const first = await api.createBackup({ wait: true });
  await db.client.query('update orders set amount = amount + 1');
  const second = await api.createBackup({ wait: true });
  const needed = await neededChunks(db.client);
  const shared = needed.get(second.id)!;
  const own = new Set([...needed.get(first.id)!].filter((id) => !shared.has(id)));
  // The rows of orders, and of the manifest what names them.
  assert.ok(own.size > 1 && own.size < needed.get(first.id)!.size);
  assert.equal(await chunks(setup), own.size + shared.size);

  const deletion = await api.deleteBackup(first.id);
  assert.equal(deletion.chunksDeleted, own.size);
  assert.ok(deletion.bytesFreed > 0);
  assert.equal(await chunks(setup), shared.size);
  // What is left is whole.
  await db.client.query('truncate orders');
  assert.equal(
    (await api.restore({ backupId: second.id, safetyBackup: false, wait: true })).status,
    'completed',
  );

  const { rows } = await db.client.query('select * from backup_cleanup_log');
  assert.equal(rows.length, 1);
  assert.equal(rows[0].trigger, 'manual');
  assert.equal(rows[0].backups[0].id, first.id);
  assert.equal(rows[0].chunks_deleted, own.size);
  assert.deepEqual(rows[0].errors, []);
});

test('failed, cancelled and interrupted backups can be deleted', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { api, db } = setup;
  await failingBackup(setup, 'orders');
  await db.client.query('begin; lock table orders in access exclusive mode');
  const { id } = await api.createBackup();
  await api.cancelBackup(id);
  await assert.rejects(api.waitForBackup(id));
  await db.client.query('rollback');
  for (const each of [1, id]) assert.equal((await api.deleteBackup(each)).success, true);
  assert.equal((await api.listBackups()).total, 0);
  assert.equal(await chunks(setup), 0);
  await assert.rejects(api.deleteBackup(id), { code: 'BACKUP_NOT_FOUND' });
});

test('a running backup is not deleted; another one is meanwhile, and its space is freed', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { api, call, db, another } = setup;
  const done = await api.createBackup({ wait: true });
  const before = await chunks(setup);
  await db.client.query('begin; lock table orders in access exclusive mode');
  const running = await api.createBackup();
  for (const each of [call, caller(another())]) {
    const refused = await each('DELETE', `${base}/backup/${running.id}`);
    assert.equal(refused.status, 409);
    assert.equal(refused.body.code, 'BACKUP_IN_USE');
  }
  const deletion = await api.deleteBackup(done.id);
  // It has used none of them yet, and stores again what it needs.
  assert.equal(deletion.chunksDeleted, before);
  assert.equal(deletion.cleanupPending, false);
  await db.client.query('rollback');
  await api.waitForBackup(running.id);
  assert.equal(await chunks(setup), before);
  const restored = await api.restore({ backupId: running.id, safetyBackup: false, wait: true });
  assert.equal(restored.status, 'completed');
  await api.deleteBackup(running.id);
  assert.equal(await chunks(setup), 0);
});

test('a backup that is being downloaded or restored is not deleted, not by another process either', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { api, call, db, another } = setup;
  const elsewhere = caller(another());
  const { id } = await api.createBackup({ wait: true });

  const refusedTwice = async (): Promise<void> => {
    for (const each of [call, elsewhere]) {
      const refused = await each('DELETE', `${base}/backup?id=${id}`);
      assert.equal(refused.status, 409);
      assert.equal(refused.body.code, 'BACKUP_IN_USE');
    }
  };
  const downloads = [await api.downloadBackup(id), await api.downloadBackup(id, 'sql')];
  await refusedTwice();
  await downloads[0]!.stream.cancel();
  await refusedTwice();
  for await (const _ of downloads[1]!.stream);

  await db.client.query('begin; lock table orders in access share mode');
  const restore = await api.restore({ backupId: id });
  await refusedTwice();
  await db.client.query('rollback');
  const { safetyBackupId } = await api.waitForRestore(restore.id);
  await api.deleteBackup(id);
  await api.deleteBackup(safetyBackupId!);
  assert.equal(await chunks(setup), 0);
  // The log keeps what it was restored from.
  assert.equal((await api.getRestore(restore.id)).backupId, id);
});

test('of two who delete the same backup, one does and one is told', async (t) => {
  const { api, another } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  const [one, two] = await Promise.allSettled([api.deleteBackup(id), another().api.deleteBackup(id)]);
  const codes = [one, two].map((each) => (each.status === 'rejected' ? each.reason.code : 'done'));
  assert.equal(codes.filter((code) => code === 'done').length, 1, codes.join());
  assert.ok(
    codes.some((code) => code === 'BACKUP_IN_USE' || code === 'BACKUP_NOT_FOUND'),
    codes.join(),
  );
});
