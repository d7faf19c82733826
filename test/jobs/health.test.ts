import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultSchedule } from '../../src/api/contract/schedule.ts';
import { healthOf, type HealthFacts } from '../../src/jobs/health.ts';
import { smallShop, testSystem } from '../api/system.ts';

const now = new Date('2026-11-22T12:00:00Z');
const hoursAgo = (hours: number): Date => new Date(now.getTime() - hours * 3_600_000);
const daily = { ...defaultSchedule, enabled: true, time: '02:00' };

function health(facts: Partial<HealthFacts>) {
  return healthOf({
    schedule: daily,
    lastGoodAt: hoursAgo(10),
    failures: 0,
    lastFailure: null,
    now,
    ...facts,
  });
}

test('healthy: the newest due backup is there', () => {
  assert.deepEqual(health({}), {
    state: 'healthy',
    reason: 'The last good backup is of 2026-11-22T02:00:00.000Z, and no later one is due.',
  });
});

test('late: one was due and is not there; for an hour it may still be on its way', () => {
  assert.equal(health({ lastGoodAt: hoursAgo(34) }).state, 'late');
  assert.match(health({ lastGoodAt: hoursAgo(34) }).reason, /one was due at 2026-11-22T02:00/);
  assert.equal(health({ schedule: { ...daily, time: '11:30' } }).state, 'healthy');
  assert.equal(health({ schedule: { ...daily, time: '10:59' } }).state, 'late');
  assert.equal(health({ lastGoodAt: null }).state, 'late');
});

test('failing: says how often and why', () => {
  const { state, reason } = health({ failures: 3, lastFailure: 'the disk is full' });
  assert.equal(state, 'failing');
  assert.match(reason, /the last 3 runs failed: the disk is full/);
  assert.equal(health({ failures: 1, lastGoodAt: null, schedule: undefined }).state, 'failing');
});

test('unscheduled: good backups, but only when somebody thinks of it', () => {
  assert.equal(health({ schedule: undefined }).state, 'unscheduled');
  assert.equal(health({ schedule: { ...daily, enabled: false } }).state, 'unscheduled');
});

test('the status tells it', async (t) => {
  const { api, db } = await testSystem(t, { sql: smallShop });
  const state = async (): Promise<string> => {
    const status = await api.status();
    assert.ok(status.initialized);
    return status.health.state;
  };
  assert.equal(await state(), 'unscheduled');
  await api.updateSchedule({ enabled: true });
  assert.equal(await state(), 'late');
  await api.createBackup({ wait: true });
  assert.equal(await state(), 'healthy');
  await db.client.query(`
    create schema guard;
    create function guard.refuse() returns trigger language plpgsql as $$ begin raise exception 'no space'; end $$;
    create trigger refuse before insert on system_backup_chunks for each row execute function guard.refuse();
    insert into orders select 1000 + n, 1, 5 from generate_series(1, 10) n`);
  await assert.rejects(api.createBackup({ wait: true }));
  const status = await api.status();
  assert.ok(status.initialized);
  assert.equal(status.health.state, 'failing');
  assert.match(status.health.reason, /the last run failed: .*no space/);
});
