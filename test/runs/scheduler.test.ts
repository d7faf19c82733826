import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { BackupSummary } from '../../src/index.ts';
import { openClient } from '../support/connect.ts';
import { smallShop, testSystem, type TestSystem } from '../api/system.ts';
import { until } from '../support/until.ts';

const minute = 60_000;

/** An hourly schedule that was due `minutesAgo`, and looked at last `sinceMinutes` ago. */
async function dueSchedule(
  { api, db }: Pick<TestSystem, 'api' | 'db'>,
  minutesAgo: number,
  sinceMinutes: number,
  more: Parameters<TestSystem['api']['updateSchedule']>[0] = {},
): Promise<Date> {
  const due = new Date(Math.floor((Date.now() - minutesAgo * minute) / minute) * minute);
  const time = due.toISOString().slice(11, 16);
  await api.updateSchedule({ enabled: true, frequency: 'hourly', time, timezone: 'UTC', ...more });
  await db.client.query(`update backup_schedule set handled_until = now() - make_interval(secs => $1::int)`, [
    sinceMinutes * 60,
  ]);
  return due;
}

async function scheduled({ api }: Pick<TestSystem, 'api'>): Promise<BackupSummary[]> {
  return (await api.listBackups()).backups.filter((backup) => backup.trigger === 'schedule');
}

const completed = (setup: Pick<TestSystem, 'api'>, count: number) =>
  until(async () => {
    const all = await scheduled(setup);
    return all.filter((backup) => backup.status === 'completed').length === count && all;
  });

test('a due time is one run, however many instances find it at the same moment', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const due = await dueSchedule(setup, 2, 10);
  const instances = Array.from({ length: 5 }, () => setup.another());
  await Promise.all(instances.map((instance) => instance.start()));
  const [backup] = await completed(setup, 1);
  assert.equal(backup?.dueAt, due.toISOString());
  assert.equal(backup.scheduleName, 'default');
  await pause(2_500);
  assert.equal((await scheduled(setup)).length, 1);
  const { outcomes, runs } = await setup.api.previewSchedule(3);
  assert.deepEqual(
    outcomes.map(({ dueAt, outcome, backupId }) => ({ dueAt, outcome, backupId })),
    [{ dueAt: due.toISOString(), outcome: 'started', backupId: backup.id }],
  );
  assert.deepEqual(
    runs.map((run) => Date.parse(run.at) - due.getTime()),
    [60 * minute, 120 * minute, 180 * minute],
  );
  assert.equal((await setup.api.getSchedule()).nextRunAt, runs[0]?.at);
});

test('what was missed is caught up once, and the log says what was missed and why', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const due = await dueSchedule(setup, 20, 60 * 24);
  await setup.system.start();
  const [backup] = await completed(setup, 1);
  assert.equal(backup?.dueAt, due.toISOString());
  const { outcomes } = await setup.api.previewSchedule();
  assert.deepEqual(
    outcomes.map(({ outcome, reason }) => ({ outcome, reason })),
    [
      { outcome: 'late', reason: 'nothing was running to start it when it was due' },
      { outcome: 'skipped', reason: 'nothing was running to start 23 runs, up to this one' },
    ],
  );
});

test('or skipped, when that is what was asked for', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  await dueSchedule(setup, 20, 100, { missedRuns: 'skip' });
  await setup.system.start();
  const outcomes = await until(async () => {
    const found = (await setup.api.previewSchedule()).outcomes;
    return found.length > 0 && found;
  });
  assert.deepEqual(
    outcomes.map(({ outcome }) => outcome),
    ['skipped', 'skipped'],
  );
  assert.equal((await scheduled(setup)).length, 0);
});

test('while a run of the schedule goes on, the next one is skipped', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  await dueSchedule(setup, 2, 10);
  const blocker = await openClient(setup.db.target);
  await blocker.query('begin; lock table orders in access exclusive mode');
  await setup.system.start();
  const first = await until(async () => (await scheduled(setup)).find(({ status }) => status === 'running'));
  await dueSchedule(setup, 1, 3);
  const skipped = await until(async () =>
    (await setup.api.previewSchedule()).outcomes.find(({ outcome }) => outcome === 'skipped'),
  );
  assert.equal(skipped.reason, `the backup ${first.id} of this schedule has not ended`);
  await blocker.query('rollback');
  await blocker.end();
  await completed(setup, 1);
});

test('a schedule that is off orders nothing; one that was just set makes up for nothing', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  await dueSchedule(setup, 2, 10, { enabled: false });
  await setup.system.start();
  await pause(2_500);
  assert.equal((await setup.api.listBackups()).total, 0);
  await setup.api.updateSchedule({ enabled: true });
  await pause(2_500);
  assert.equal((await setup.api.listBackups()).total, 0);
});

test('a clock that was far ahead does not silence the schedule', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  await setup.api.updateSchedule({ enabled: true, frequency: 'hourly' });
  await setup.db.client.query(`update backup_schedule set handled_until = now() + interval '1 year'`);
  await setup.system.start();
  await until(async () => {
    const { rows } = await setup.db.client.query(
      `select handled_until <= now() as right from backup_schedule`,
    );
    return rows[0].right as boolean;
  });
});
