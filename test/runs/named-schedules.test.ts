import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decidePlaces } from '../../src/retention/places.ts';
import type { SystemEvent } from '../../src/index.ts';
import { smallShop, testSystem } from '../api/system.ts';
import { backup, moment, nightly } from '../engine/retention-histories.ts';
import { until } from '../support/until.ts';

const base = '/api/admin';

test('schedules have names; the contract’s calls are about the default one', async (t) => {
  const { call } = await testSystem(t, { sql: smallShop });
  const set = await call('POST', `${base}/schedules/orders`, {
    body: { enabled: true, frequency: 'hourly', type: 'partial', tables: ['orders'], timezone: 'UTC' },
  });
  assert.equal(set.status, 200, set.text);
  assert.equal(set.body.schedule.name, 'orders');
  assert.equal((await call('GET', `${base}/backup/schedule`)).body.schedule.enabled, false);
  const { schedules } = (await call('GET', `${base}/schedules`)).body;
  assert.deepEqual(
    schedules.map(({ name, enabled }: { name: string; enabled: boolean }) => [name, enabled]),
    [
      ['default', false],
      ['orders', true],
    ],
  );
  await call('POST', `${base}/backup/schedule`, { body: { enabled: true, time: '03:00' } });
  assert.equal((await call('GET', `${base}/schedules/default`)).body.schedule.time, '03:00');
  const preview = await call('GET', `${base}/schedules/orders/preview?count=2`);
  assert.equal(Date.parse(preview.body.runs[1].at) - Date.parse(preview.body.runs[0].at), 3_600_000);
  assert.equal((await call('GET', `${base}/schedules/nobody`)).body.code, 'SCHEDULE_NOT_FOUND');
  assert.equal((await call('GET', `${base}/schedules/nobody/preview`)).status, 404);
  assert.equal((await call('GET', `${base}/schedules/No%20Body`)).status, 400);
  assert.equal((await call('DELETE', `${base}/schedules/orders`)).status, 200);
  assert.equal((await call('DELETE', `${base}/schedules/orders`)).status, 404);
});

test('a schedule can be tried out before it is saved', async (t) => {
  const { call } = await testSystem(t);
  const answer = await call('POST', `${base}/backup/schedule/preview`, {
    body: { frequency: 'cron', cron: '30 2 * * *', timezone: 'Europe/Zurich', count: 400 },
  });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.body.runs.length, 400);
  // A year has one change of the clock in each direction.
  assert.equal(answer.body.runs.filter((run: { moved: boolean }) => run.moved).length, 1);
  assert.ok(answer.body.runs.some((run: { showing?: string }) => run.showing === 'first'));
  assert.equal((await call('GET', `${base}/backup/schedule`)).body.schedule.frequency, 'daily');
  const wrong = await call('POST', `${base}/backup/schedule/preview`, { body: { frequency: 'cron' } });
  assert.equal(wrong.body.details.problems[0].field, 'cron');
  const unknown = await call('POST', `${base}/schedules/new-one/preview`, { body: { frequency: 'hourly' } });
  assert.equal(unknown.body.runs.length, 20);
});

test('each schedule that is due has its run, and its backups are its own', async (t) => {
  const { api, db, system } = await testSystem(t, { sql: smallShop });
  const due = new Date(Math.floor((Date.now() - 120_000) / 60_000) * 60_000);
  const time = due.toISOString().slice(11, 16);
  const settings = { enabled: true, frequency: 'hourly', time, timezone: 'UTC' } as const;
  await api.updateSchedule(settings);
  await api.updateSchedule({ ...settings, type: 'partial', tables: ['orders'] }, 'orders');
  await db.client.query(`update backup_schedule set handled_until = now() - interval '10 minutes'`);
  await system.start();
  const backups = await until(async () => {
    const { backups } = await api.listBackups({ status: 'completed' });
    return backups.length === 2 && backups;
  });
  assert.deepEqual(backups.map(({ scheduleName, type }) => `${scheduleName} ${type}`).toSorted(), [
    'default full',
    'orders partial',
  ]);
  for (const name of ['default', 'orders']) {
    const { outcomes } = await api.previewSchedule(1, {}, name);
    assert.deepEqual(
      outcomes.map(({ outcome }) => outcome),
      ['started'],
    );
  }
});

test('with a jitter a run begins up to so much later', async (t) => {
  const { api, db, system } = await testSystem(t, { sql: smallShop });
  const due = new Date(Math.floor(Date.now() / 60_000) * 60_000 - 60_000);
  await api.updateSchedule({
    enabled: true,
    frequency: 'hourly',
    time: due.toISOString().slice(11, 16),
    timezone: 'UTC',
    jitterSeconds: 3_600,
  });
  await db.client.query(`update backup_schedule set handled_until = now() - interval '10 minutes'`);
  await system.start();
  const [row] = await until(async () => {
    const { rows } = await db.client.query(`select due_at, not_before, status from system_backups`);
    return rows.length === 1 && rows;
  });
  const delay = row.not_before.getTime() - due.getTime();
  assert.ok(delay >= 0 && delay <= 3_600_000, String(delay));
});

test('what was missed and what was left out is told', async (t) => {
  const { api, db, system } = await testSystem(t, { sql: smallShop });
  const heard: SystemEvent[] = [];
  api.on('schedule.missed', (event) => heard.push(event));
  const due = new Date(Math.floor((Date.now() - 20 * 60_000) / 60_000) * 60_000);
  await api.updateSchedule({
    enabled: true,
    frequency: 'hourly',
    time: due.toISOString().slice(11, 16),
    timezone: 'UTC',
  });
  await db.client.query(`update backup_schedule set handled_until = now() - interval '1 day'`);
  await system.start();
  const [event] = (await until(async () => heard.length > 0 && heard)) as {
    message: string;
    scheduleName: string;
  }[];
  assert.equal(event?.scheduleName, 'default');
  assert.match(event.message, new RegExp(`due at ${due.toISOString()} begins late: nothing was running`));
});

test('changing only what is kept makes up for what is due all the same', async (t) => {
  const { api, db } = await testSystem(t, { sql: smallShop });
  await api.updateSchedule({ enabled: true });
  const handled = async (): Promise<Date> => {
    const { rows } = await db.client.query(`select handled_until from backup_schedule`);
    return rows[0].handled_until as Date;
  };
  await db.client.query(`update backup_schedule set handled_until = now() - interval '10 minutes'`);
  const before = await handled();
  await api.updateSchedule({ maxBackups: 3, jitterSeconds: 10 });
  assert.deepEqual(await handled(), before);
  await api.updateSchedule({ time: '04:44' });
  assert.ok((await handled()) > before);
});

test('each schedule’s policy decides about its own backups, the default one about all others', () => {
  const now = moment('2026-11-21 12:00');
  const hourly = nightly('2026-11-21', 4, { scheduleName: 'hourly' });
  const daily = nightly('2026-11-21', 4, { scheduleName: 'default' });
  const manual = [backup('2026-11-01 08:00'), backup('2026-11-02 08:00')];
  const gone = nightly('2026-11-10', 2, { scheduleName: 'gone' });
  const policies = new Map([
    ['default', { maxBackups: 3 }],
    ['hourly', { maxBackups: 1 }],
  ]);
  const all = [...hourly, ...daily, ...manual, ...gone];
  const { decisions, totals } = decidePlaces(
    all.map((backup) => ({ ...backup, store: 'database', copies: [], due: [] })),
    'default',
    { groupOf: () => 'database', policiesOf: () => policies },
    now,
  );
  const kept = new Set(decisions.filter(({ action }) => action === 'keep').map(({ id }) => id));
  const keptOf = (list: { id: number }[]): number => list.filter(({ id }) => kept.has(id)).length;
  assert.equal(keptOf(hourly), 1);
  assert.equal(keptOf(daily), 3);
  assert.equal(keptOf(manual), 0);
  // The last good one of a schedule that is gone.
  assert.equal(keptOf(gone), 1);
  assert.deepEqual([totals.kept, totals.deleted], [5, 7]);
  const order = decisions.map(({ id }) => all.find((each) => each.id === id)!.createdAt.getTime());
  assert.deepEqual(
    order,
    order.toSorted((a, b) => b - a),
  );
});

test('a policy that nobody has set deletes nothing', async (t) => {
  const { api } = await testSystem(t, { sql: smallShop });
  for (let n = 0; n < 12; n++) await api.createBackup({ type: 'partial', tables: ['orders'], wait: true });
  assert.equal((await api.previewRetention()).totals.deleted, 0);
  assert.equal((await api.cleanUp({ wait: true })).backups.length, 0);
  // Whoever looks at changes begins with what the schedule shows.
  assert.equal((await api.previewRetention({ keepMinimum: 2 })).totals.deleted, 2);
});
