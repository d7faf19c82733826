import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Options } from '../../src/index.ts';
import { smallShop, testSystem, type TestSystem } from '../api/system.ts';
import { until } from '../support/until.ts';
import { temporaryStore } from './store-folders.ts';

async function statusOf({ api }: Pick<TestSystem, 'api'>) {
  const status = await api.status();
  assert.ok(status.initialized);
  const { recoveryPoint, recoveryTime, proved, protection, health } = status;
  return { recoveryPoint, recoveryTime, proved, protection, codes: health.warnings.map(({ code }) => code) };
}

const targets: Partial<Options> = { targets: { rpoHours: 24, rtoMinutes: 0.1 } };

async function schedule({ api }: Pick<TestSystem, 'api'>): Promise<void> {
  await api.updateSchedule({ enabled: true, frequency: 'daily' });
}

test('recovery point: the newest good full backup, outside the database where there is one, and nothing else', async (t) => {
  const directory = await temporaryStore(t);
  const system = await testSystem(t, { sql: smallShop, ...targets });
  const { api, db, another } = system;
  await schedule(system);
  const none = await statusOf(system);
  assert.deepEqual(none.recoveryPoint, {
    backupId: null,
    at: null,
    ageSeconds: null,
    offSite: null,
    target: 86_400,
    met: false,
  });
  assert.equal(none.protection.words, 'not protected: there is no good backup of everything');
  assert.ok(none.codes.includes('RECOVERY_POINT_MISSED'));

  await api.createBackup({ type: 'partial', tables: ['orders'], wait: true });
  assert.equal((await statusOf(system)).recoveryPoint.backupId, null, 'a part is no recovery point');
  const first = await api.createBackup({ wait: true });
  const inside = await statusOf(system);
  assert.deepEqual([inside.recoveryPoint.backupId, inside.recoveryPoint.offSite], [first.id, false]);
  assert.equal(inside.recoveryPoint.at, first.startedAt);
  assert.equal(inside.recoveryPoint.met, true);
  assert.ok(!inside.codes.includes('RECOVERY_POINT_MISSED'));
  assert.deepEqual(inside.protection, { state: 'inside', words: 'only inside the database itself' });

  const offsite = another({ ...targets, copyTo: `file://${directory}` });
  const copied = await offsite.api.createBackup({ wait: true });
  await until(async () => (await offsite.api.getBackup(copied.id)).copies[0]?.state === 'copied');
  const latest = await offsite.api.createBackup({ copyTo: [], wait: true });
  const outside = await statusOf(offsite);
  assert.deepEqual([outside.recoveryPoint.backupId, outside.recoveryPoint.offSite], [copied.id, true]);
  assert.deepEqual(outside.protection, { state: 'unproved', words: 'protected, not proved yet' });
  // A process that does not know that store cannot count on it.
  assert.deepEqual((await statusOf(system)).recoveryPoint.backupId, latest.id);

  await db.client.query(
    `update system_backups set started_at = started_at - interval '25 hours' where id = $1`,
    [copied.id],
  );
  const old = await statusOf(offsite);
  assert.equal(old.recoveryPoint.met, false);
  assert.ok(old.recoveryPoint.ageSeconds! >= 90_000 && old.recoveryPoint.ageSeconds! < 90_600);
  assert.ok(old.codes.includes('RECOVERY_POINT_MISSED'));
  await db.client.query(`update system_backup_copies set state = 'damaged' where backup_id = $1`, [
    copied.id,
  ]);
  assert.equal((await statusOf(offsite)).recoveryPoint.backupId, latest.id, 'a damaged copy does not count');
  // Damaged at home and whole outside is one to recover from.
  await db.client.query(`update system_backup_copies set state = 'copied'`);
  await db.client.query(`update system_backups set damaged = true where id = $1`, [copied.id]);
  assert.equal((await statusOf(offsite)).recoveryPoint.backupId, copied.id);
});

test('recovery time: nothing before it is measured, then by restores, then by drills, more for a larger backup', async (t) => {
  const system = await testSystem(t, { sql: smallShop, ...targets });
  const { api, db } = system;
  const { id, uuid, rawBytes } = await api.createBackup({ wait: true });
  const unknown = (await statusOf(system)).recoveryTime;
  assert.deepEqual(unknown, { seconds: null, measuredAt: null, basis: null, target: 6, met: null });
  await api.restore({ backupId: id, safetyBackup: false, wait: true });
  assert.equal((await statusOf(system)).recoveryTime.basis, null, 'one in place measures something else');
  const database = db.freeName();
  await api.restore({ backupId: id, target: { mode: 'new-database', database }, wait: true });
  await db.adopt(database);
  await db.client.query(
    `update system_restore_log set started_at = finished_at - interval '5 seconds' where target->>'mode' = 'new-database'`,
  );
  const restored = await statusOf(system);
  assert.deepEqual(
    [restored.recoveryTime.basis, restored.recoveryTime.seconds, restored.recoveryTime.met],
    ['restore', 5, true],
  );
  assert.ok(!restored.codes.includes('RECOVERY_TIME_MISSED'));
  const drill = `insert into backup_drill_log (backup_id, backup_uuid, store, trigger, status, verdict, restore_ms, raw_bytes, started_at, finished_at)
    values ($1, $2, 'database', 'manual', 'completed', $3, 4000, $4, now(), now())`;
  await db.client.query(drill, [id, uuid, 'inconclusive', rawBytes]);
  assert.equal((await statusOf(system)).recoveryTime.basis, 'restore');
  await db.client.query(drill, [id, uuid, 'passed', Math.round(rawBytes! / 2)]);
  const drilled = await statusOf(system);
  // Twice the size of what was measured.
  assert.equal(drilled.recoveryTime.basis, 'drill');
  assert.ok(Math.abs(drilled.recoveryTime.seconds! - 8) < 0.2);
  assert.equal(drilled.recoveryTime.met, false);
  assert.ok(drilled.codes.includes('RECOVERY_TIME_MISSED'));
  assert.deepEqual([drilled.proved.how, drilled.proved.backupId], ['drill', id]);
  await db.client.query(drill, [id, uuid, 'failed', rawBytes]);
  const failed = await statusOf(system);
  assert.ok(failed.codes.includes('DRILL_FAILED'));
  assert.match(failed.protection.words, /^not protected: /);
});

test('proved: by content or a drill, by the stored bytes where nothing more is known, never by what is damaged', async (t) => {
  const directory = await temporaryStore(t);
  const system = await testSystem(t, { sql: smallShop, store: `file://${directory}` });
  const { api, db } = system;
  await schedule(system);
  const first = await api.createBackup({ wait: true });
  assert.deepEqual((await statusOf(system)).proved, { backupId: null, how: null, at: null });
  await api.verifyBackup(first.id, { level: 'presence', wait: true });
  await api.verifyBackup(first.id, { level: 'checksum', share: 0.5, wait: true });
  assert.equal((await statusOf(system)).proved.how, null);
  assert.equal((await api.getBackup(first.id)).proved, null);
  await api.verifyBackup(first.id, { level: 'checksum', wait: true });
  const bytes = await statusOf(system);
  assert.deepEqual([bytes.proved.how, bytes.protection.words], ['checksum', 'protected, not proved yet']);
  const run = await api.verifyBackup(first.id, { wait: true });
  const content = await statusOf(system);
  assert.deepEqual(content.proved, { backupId: first.id, how: 'content', at: run.finishedAt });
  assert.deepEqual((await api.getBackup(first.id)).proved, { how: 'content', at: run.finishedAt });
  assert.deepEqual(content.protection, { state: 'protected', words: 'protected' });
  const second = await api.createBackup({ wait: true });
  await api.verifyBackup(second.id, { level: 'checksum', wait: true });
  assert.equal((await statusOf(system)).proved.backupId, first.id);
  await db.client.query(
    `update backup_verification_log set finished_at = finished_at - interval '40 days' where level = 'content'`,
  );
  assert.deepEqual((await statusOf(system)).protection, {
    state: 'unproved',
    words: 'protected, not proved for 40 days',
  });
  await db.client.query(`update system_backups set damaged = true where id = $1`, [first.id]);
  assert.deepEqual(
    [(await statusOf(system)).proved.how, (await statusOf(system)).proved.backupId],
    ['checksum', second.id],
  );
});
