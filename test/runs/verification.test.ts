import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { HoldfastError } from '../../src/index.ts';
import { smallShop, testSystem } from '../api/system.ts';
import { until } from '../support/until.ts';
import { chunksOf, rewriteManifest } from './manifests.ts';

const base = '/api/admin';

test('a good backup is verified: every table, row and chunk of it', async (t) => {
  const { api, call } = await testSystem(t, { sql: smallShop });
  const backup = await api.createBackup({ wait: true });
  assert.equal(backup.verifiedAt, null);
  const answer = await call('POST', `${base}/backup/${backup.id}/verify?wait=true`);
  assert.equal(answer.status, 201, answer.text);
  const { verification } = answer.body;
  assert.equal(answer.headers.get('location'), `${base}/verification/${verification.id}`);
  assert.equal(verification.status, 'completed');
  assert.deepEqual([verification.level, verification.share], ['content', null]);
  assert.deepEqual(verification.report, {
    level: 'content',
    proved: 'Every chunk unpacks to what its name says, and each of 2 tables has its number of rows.',
    of: 2,
    tables: 2,
    rows: 550,
    chunks: 2,
    rawBytes: backup.rawBytes,
    storedBytes: backup.storedBytes,
  });
  const { verifiedAt, damaged } = await api.getBackup(backup.id);
  assert.ok(verifiedAt !== null && !damaged);
  const list = await call('GET', `${base}/verification`);
  assert.deepEqual([list.body.total, list.body.verifications[0].id], [1, verification.id]);
  const one = await call('GET', `${base}/verification/${verification.id}`);
  assert.deepEqual(one.body.verification, verification);
  assert.equal((await call('GET', `${base}/verification/99`)).body.code, 'VERIFICATION_NOT_FOUND');
});

test('every damage is told at once, and the backup no longer counts as a good one', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { api, db } = setup;
  const good = await api.createBackup({ wait: true });
  await db.client.query(`update orders set amount = 1; update customers set name = 'nobody'`);
  const { id } = await api.createBackup({ wait: true });
  const [missing] = await chunksOf(setup, id, 'orders');
  const [altered] = await chunksOf(setup, id, 'customers');
  await db.client.query(`delete from system_backup_chunks where encode(id, 'hex') = $1`, [missing]);
  await db.client.query(
    `update system_backup_chunks set data = jsonb_set(data, '{data}', to_jsonb(encode('damaged'::bytea, 'base64')))
      where encode(id, 'hex') = $1`,
    [altered],
  );
  await assert.rejects(api.verifyBackup(id, { wait: true }), (error: HoldfastError) => {
    assert.equal(error.code, 'CHUNK_MISSING');
    const details = error.details as {
      tables: string[];
      damagedChunks: number;
      damages: { chunk: string; problem: string }[];
    };
    assert.deepEqual(details.tables.toSorted(), ['public.customers', 'public.orders']);
    assert.equal(details.damagedChunks, 2);
    assert.match(details.damages.find(({ chunk }) => chunk === missing)!.problem, /is not in the database/);
    assert.match(details.damages.find(({ chunk }) => chunk === altered)!.problem, /does not match its hash/);
    return true;
  });
  assert.equal((await api.getBackup(id)).damaged, true);
  const [verification] = (await api.listVerifications()).verifications;
  assert.equal(verification?.status, 'failed');
  // A damaged one is not what must be kept; the one before is.
  const { decisions } = await api.previewRetention({ maxBackups: 1 });
  const reasons = decisions.find((decision) => decision.id === good.id)!.reasons.map(({ code }) => code);
  assert.ok(reasons.includes('last-good'));
  const status = await api.status();
  assert.ok(status.initialized);
  assert.equal(status.lastCompleted?.id, good.id);
  assert.equal(status.health.state, 'damaged');
  assert.match(status.health.reason, new RegExp(`^Not protected: backup ${id} cannot restore public\\.`));
});

test('rows that do not add up are a damage', async (t) => {
  const { api, db } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  await rewriteManifest({ db }, id, (document) => void (document.tables[0].rows = 49));
  await assert.rejects(api.verifyBackup(id, { wait: true }), {
    code: 'CHUNK_CORRUPT',
    message:
      /public\.customers are whole, but hold other rows than the manifest says; they cannot be restored/,
  });
});

test('a restore or a download that meets a damage writes it down, too', async (t) => {
  const { api, db } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  await db.client.query('delete from system_backup_chunks');
  await assert.rejects(api.downloadBackup(id), { code: 'CHUNK_MISSING' });
  assert.equal((await api.getBackup(id)).damaged, true);
  const second = await api.createBackup({ wait: true });
  await db.client.query('delete from system_backup_chunks');
  await assert.rejects(api.restore({ backupId: second.id, safetyBackup: false, wait: true }), {
    code: 'CHUNK_MISSING',
  });
  assert.equal((await api.getBackup(second.id)).damaged, true);
});

test('a verification goes on beside a backup; the one it reads cannot be deleted', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { api, db, another } = setup;
  const { id } = await api.createBackup({ wait: true });
  await db.client.query('begin; lock table orders in access exclusive mode');
  const backup = await api.createBackup();
  assert.equal(backup.status, 'running');
  assert.equal((await api.verifyBackup(id, { wait: true })).status, 'completed');
  assert.equal((await api.getBackup(backup.id)).status, 'running');
  // One that is ordered and has not begun protects its backup, too.
  const { id: waiting } = await another({ worker: false }).api.verifyBackup(id);
  const { decisions } = await api.previewRetention({ retentionDays: 1 });
  assert.ok(decisions.find((each) => each.id === id)!.reasons.some(({ code }) => code === 'in-use'));
  assert.equal((await api.cancelVerification(waiting)).status, 'cancelled');
  await db.client.query('rollback');
  await api.waitForBackup(backup.id);
});

test('a verification can be cancelled, and one whose process died is marked', async (t) => {
  const { api, db, another } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  // Reading chunks waits for this lock.
  await db.client.query('begin; lock table system_backup_chunks in access exclusive mode');
  const running = await api.verifyBackup(id);
  assert.equal(running.status, 'running');
  await another({ worker: false }).api.cancelVerification(running.id);
  await pause(1_500);
  await db.client.query('rollback');
  await assert.rejects(api.waitForVerification(running.id), { code: 'CANCELLED' });

  await db.client.query(
    `insert into backup_verification_log (backup_id, backup_uuid, status, started_at, fence)
     select id, uuid, 'running', now(), 0 from system_backups`,
  );
  const interrupted = await until(async () => {
    const [newest] = (await api.listVerifications()).verifications;
    return newest!.status === 'interrupted' && newest;
  });
  assert.equal(interrupted.error?.code, 'INTERRUPTED');
});
