import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { cronProblem, isTimeZone } from '../../src/contract/cron.ts';
import { until } from '../support/until.ts';
import { testSystem } from './system.ts';

const path = '/api/admin/backup/schedule';

test('the schedule is stored, and says when it is due next', async (t) => {
  const { call } = await testSystem(t);
  const before = await call('GET', path);
  assert.equal(before.status, 200);
  assert.equal(before.body.schedule.enabled, false);
  assert.equal(before.body.schedule.updatedAt, null);

  const body = { enabled: true, frequency: 'weekly', time: '02:00', retentionDays: 7, maxBackups: 5 };
  const set = await call('POST', path, { body });
  assert.equal(set.status, 200, set.text);
  const { schedule } = set.body;
  for (const [field, value] of Object.entries(body)) assert.equal(schedule[field], value, field);
  const next = new Date(schedule.nextRunAt);
  assert.ok(next.getTime() > Date.now());
  assert.equal(next.getUTCDay(), 0);
  assert.match(schedule.nextRunAt, /T02:00:00/);
  assert.match(schedule.notice, /^No process runs schedules/);
  assert.ok(!Number.isNaN(Date.parse(schedule.updatedAt)));
  assert.deepEqual((await call('GET', path)).body.schedule, schedule);
  const preview = await call('GET', `${path}/preview?count=3`);
  assert.equal(preview.body.runs.length, 3);
  assert.equal(preview.body.runs[0].at, schedule.nextRunAt);
  assert.equal(preview.body.runs[0].moved, false);
  assert.match(preview.body.runs[0].local, /02:00/);
  assert.equal((await call('GET', `${path}/preview?count=0`)).status, 400);
  assert.equal((await call('GET', `${path}/preview?count=501`)).status, 400);
});

test('a process that performs no runs says who has to', async (t) => {
  const { api } = await testSystem(t, { worker: false });
  assert.equal((await api.getSchedule()).notice, undefined);
  const { notice, nextRunAt } = await api.updateSchedule({ enabled: true });
  assert.match(notice ?? '', /holdfast worker/);
  assert.ok(nextRunAt);
});

test('whether any process runs schedules is known in every process', async (t) => {
  const { api, another } = await testSystem(t);
  const known = async () => {
    const status = await api.status();
    assert.ok(status.initialized);
    const warned = status.health.warnings.some(({ code }) => code === 'SCHEDULER_MISSING');
    const { notice } = await api.getSchedule();
    assert.equal((await api.listSchedules())[0]!.notice, notice);
    return { scheduler: status.scheduler, warned, notice: notice?.slice(0, 25) };
  };
  // Nothing is missing as long as nothing is scheduled.
  assert.deepEqual(await known(), { scheduler: 'none', warned: false, notice: undefined });
  await api.updateSchedule({ enabled: true });
  const missing = { scheduler: 'none', warned: true, notice: 'No process runs schedules' };
  assert.deepEqual(await known(), missing);

  const first = another();
  // Who only listens to events runs none.
  const events = await first.api.events();
  void events.next();
  await pause(200);
  assert.deepEqual(await known(), missing);
  const second = another();
  await Promise.all([first.start(), second.start(), another({ worker: false }).start()]);
  const ownView = await first.api.status();
  assert.equal(ownView.initialized && ownView.scheduler, 'running');
  await until(async () => (await known()).scheduler === 'running');
  assert.deepEqual(await known(), { scheduler: 'running', warned: false, notice: undefined });
  await first.stop();
  await second.stop();
  await until(async () => (await known()).scheduler === 'none');
  assert.deepEqual(await known(), missing);

  // Where none may hold a connection, nobody can say.
  const asleep = another({ idlePollSeconds: 0 });
  const unknown = await asleep.api.status();
  assert.equal(unknown.initialized && unknown.scheduler, 'unknown');
  assert.equal((await asleep.api.getSchedule()).notice, undefined);
  await asleep.start();
  const running = await asleep.api.status();
  assert.equal(running.initialized && running.scheduler, 'running');
});

test('a field that is left out keeps its value', async (t) => {
  const { call } = await testSystem(t);
  await call('POST', path, {
    body: { enabled: true, frequency: 'cron', cron: '*/15 3-5 * jan-mar mon,wed', timezone: 'Europe/Zurich' },
  });
  const { body } = await call('POST', path, {
    body: { enabled: false, dayOfMonth: 'last', maxBackups: null },
  });
  assert.equal(body.schedule.enabled, false);
  assert.equal(body.schedule.cron, '*/15 3-5 * jan-mar mon,wed');
  assert.equal(body.schedule.timezone, 'Europe/Zurich');
  assert.equal(body.schedule.dayOfMonth, 'last');
  assert.equal(body.schedule.maxBackups, null);
});

test('what makes no sense is refused, and nothing is changed', async (t) => {
  const { call } = await testSystem(t);
  const cases: [object | string, string][] = [
    [{ enabled: 'yes' }, 'enabled'],
    [{ frequency: 'yearly' }, 'frequency'],
    [{ time: '24:00' }, 'time'],
    [{ time: '2:00' }, 'time'],
    [{ time: '02:60' }, 'time'],
    [{ retentionDays: 0 }, 'retentionDays'],
    [{ retentionDays: 1.5 }, 'retentionDays'],
    [{ retentionDays: '7' }, 'retentionDays'],
    [{ maxBackups: -1 }, 'maxBackups'],
    [{ maxBackups: 1e9 }, 'maxBackups'],
    [{ dayOfWeek: 7 }, 'dayOfWeek'],
    [{ dayOfMonth: 32 }, 'dayOfMonth'],
    [{ dayOfMonth: 'first' }, 'dayOfMonth'],
    [{ cron: 'every day' }, 'cron'],
    [{ frequency: 'cron' }, 'cron'],
    [{ timezone: 'Mars/Olympus' }, 'timezone'],
    [{ timezone: '+02:00' }, 'timezone'],
    [{ type: 'partial' }, 'tables'],
    [{ tables: ['orders'] }, 'tables'],
    [{ interval: 5 }, 'interval'],
    [{ nextRunAt: null }, 'nextRunAt'],
    ['[]', ''],
  ];
  for (const [body, field] of cases) {
    const answer = await call('POST', path, { body });
    assert.equal(answer.status, 400, JSON.stringify(body));
    assert.equal(answer.body.code, 'INVALID_REQUEST');
    assert.equal(answer.body.details.problems[0].field, field, answer.text);
  }
  assert.equal((await call('GET', path)).body.schedule.updatedAt, null);
});

test('changes of two callers at once both hold', async (t) => {
  const { api, another } = await testSystem(t);
  const other = another();
  await Promise.all([
    api.updateSchedule({ retentionDays: 3 }),
    other.api.updateSchedule({ maxBackups: 4 }),
    api.updateSchedule({ time: '05:05' }),
  ]);
  const { retentionDays, maxBackups, time } = await api.getSchedule();
  assert.deepEqual([retentionDays, maxBackups, time], [3, 4, '05:05']);
});

test('cron expressions', () => {
  for (const good of ['* * * * *', '0 2 * * *', '*/5 0-23/2 1,15 */3 1-5', '59 23 31 dec sun', '0 0 * * 7']) {
    assert.equal(cronProblem(good), null, good);
  }
  for (const bad of [
    '',
    '* * * *',
    '* * * * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '* * * 13 *',
    '* * * * 8',
  ]) {
    assert.notEqual(cronProblem(bad), null, bad);
  }
  for (const bad of [
    '5-1 * * * *',
    '*/0 * * * *',
    '1-2-3 * * * *',
    ', * * * *',
    '-1 * * * *',
    '1/2/3 * * * *',
    '@daily',
    'a b c d e',
  ]) {
    assert.notEqual(cronProblem(bad), null, bad);
  }
});

test('a step beyond its field is refused with what it would have meant', async (t) => {
  for (const [cron, meant] of [
    ['*/90 * * * *', 'minute 0 only'],
    ['*/60 * * * *', 'minute 0 only'],
    ['*/1000 * * * *', 'minute 0 only'],
    ['0 */24 * * *', 'hour 0 only'],
    ['0 0 */31 * *', 'day of month 1 only'],
    ['0 0 1 */12 *', 'month 1 only'],
    ['0 0 * * */7', 'day of week 0 only'],
    ['30/45 * * * *', 'minute 30 only'],
    ['0,10-20/15 * * * *', 'minute 10 only'],
    ['0 0 * mar-may/3 *', 'month 3 only'],
    ['59/5 * * * *', 'minute 59 only'],
  ] as const) {
    assert.match(cronProblem(cron) ?? 'valid', new RegExp(meant), cron);
  }
  // A step that does not divide its field is unusual and means what it says.
  for (const cron of [
    '*/59 * * * *',
    '0 */23 * * *',
    '*/7 * * * *',
    '0 0 * * */6',
    '0 0 5-5/1 * *',
    '59/1 * * * *',
  ]) {
    assert.equal(cronProblem(cron), null, cron);
  }
  const { call } = await testSystem(t);
  for (const path of ['/backup/schedule', '/backup/schedule/preview', '/schedules/other']) {
    const body = { frequency: 'cron', cron: '*/90 * * * *' };
    const answer = await call('POST', `/api/admin${path}`, { body });
    assert.equal(answer.status, 400, path);
    assert.match(answer.body.message, /"\*\/90" means minute 0 only.*write 0/);
  }
});

test('time zones', () => {
  for (const good of ['UTC', 'Europe/Zurich', 'America/Argentina/Buenos_Aires'])
    assert.ok(isTimeZone(good), good);
  for (const bad of ['', 'Zurich', '+01:00', 'UTC; drop table', 'Europe/Zürich'])
    assert.ok(!isTimeZone(bad), bad);
});
