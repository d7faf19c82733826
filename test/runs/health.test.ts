import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultSchedule } from '../../src/contract/schedule.ts';
import type { GoodBackup, SizeFigures } from '../../src/catalog/backup-summary.ts';
import { healthOf, type Health, type HealthFacts } from '../../src/runs/health.ts';
import { smallShop, testSystem } from '../api/system.ts';

const now = new Date('2026-11-22T12:00:00Z');
const hoursAgo = (hours: number): Date => new Date(now.getTime() - hours * 3_600_000);
const daily = { ...defaultSchedule, name: 'default', enabled: true, time: '02:00', timezone: 'UTC' };
const good = (hours: number, other: Partial<GoodBackup> = {}): GoodBackup => ({
  scheduleName: 'default',
  type: 'full',
  at: hoursAgo(hours),
  ...other,
});

function health(facts: Partial<HealthFacts>): Health {
  return healthOf({
    schedules: [daily],
    good: [good(10)],
    failures: 0,
    lastFailure: null,
    sizes: [],
    newest: null,
    scheduler: 'running',
    damaged: [],
    storedBytes: 0,
    now,
    ...facts,
  });
}

test('healthy: the newest due backup is there', () => {
  assert.deepEqual(health({}), {
    state: 'healthy',
    reason: 'The last good backup is of 2026-11-22T02:00:00.000Z, and no later one is due.',
    warnings: [],
  });
});

test('late: one was due and is not there; for an hour it may still be on its way', () => {
  assert.equal(health({ good: [good(34)] }).state, 'late');
  assert.match(health({ good: [good(34)] }).reason, /one was due at 2026-11-22T02:00/);
  assert.equal(health({ schedules: [{ ...daily, time: '11:30' }] }).state, 'healthy');
  assert.equal(health({ schedules: [{ ...daily, time: '10:59' }] }).state, 'late');
  // Where it may begin later, it may be there later.
  assert.equal(health({ schedules: [{ ...daily, time: '10:30', jitterSeconds: 3_600 }] }).state, 'healthy');
  assert.equal(health({ good: [] }).state, 'late');
});

test('each schedule must have its own, or a full one', () => {
  const orders = { ...daily, name: 'orders', type: 'partial' as const, time: '09:00' };
  const schedules = [daily, orders];
  const ofOrders = good(3, { scheduleName: 'orders', type: 'partial' });
  assert.equal(health({ schedules, good: [good(10), ofOrders] }).state, 'healthy');
  const late = health({ schedules, good: [good(10), { ...ofOrders, at: hoursAgo(27) }] });
  assert.equal(late.state, 'late');
  assert.match(late.reason, /due at 2026-11-22T09:00:00.000Z by schedule "orders"/);
  // A full one has what was wanted; a partial one does not stand for a full one.
  assert.equal(health({ schedules, good: [good(1, { scheduleName: null })] }).state, 'healthy');
  assert.match(health({ schedules, good: [ofOrders] }).reason, /none yet that was due by schedule "default"/);
});

test('failing: says how often and why', () => {
  const { state, reason } = health({ failures: 3, lastFailure: 'the disk is full' });
  assert.equal(state, 'failing');
  assert.match(reason, /the last 3 runs failed: the disk is full/);
  assert.equal(health({ failures: 1, good: [], schedules: [] }).state, 'failing');
});

test('unscheduled: good backups, but only when somebody thinks of it', () => {
  assert.equal(health({ schedules: [] }).state, 'unscheduled');
});

const sizes = (last: Partial<SizeFigures>, earlier = 3): SizeFigures[] =>
  Array.from({ length: earlier + 1 }, (_, i) => ({
    id: 20 - i,
    rawBytes: 50_000_000,
    rowCount: 100_000,
    storedBytes: 9_000_000,
    warningCount: 0,
    ...(i === 0 ? last : {}),
  }));

test('a size far off the usual is worth a look, and no failure', () => {
  const storedBytes = 1e9;
  const codes = (figures: SizeFigures[]) =>
    health({ sizes: figures, storedBytes }).warnings.map(({ code }) => code);
  assert.deepEqual(codes(sizes({})), []);
  assert.deepEqual(codes(sizes({ rawBytes: 24_000_000 })), ['SIZE_UNUSUAL']);
  assert.deepEqual(codes(sizes({ rawBytes: 101_000_000 })), ['SIZE_UNUSUAL']);
  assert.deepEqual(codes(sizes({ rowCount: 0 })), ['ROWS_UNUSUAL']);
  assert.deepEqual(codes(sizes({ rawBytes: 0, rowCount: 0 })), ['SIZE_UNUSUAL', 'ROWS_UNUSUAL']);
  // Nobody knows yet what is usual.
  assert.deepEqual(codes(sizes({ rawBytes: 0 }, 2)), []);
  const small = sizes({ rawBytes: 900, rowCount: 9 }).map((each) => ({
    ...each,
    rawBytes: 200,
    rowCount: 2,
  }));
  assert.deepEqual(codes(small), []);
  assert.equal(health({ sizes: sizes({ rawBytes: 0 }), storedBytes }).state, 'healthy');
});

test('a store that holds less than one backup needs has lost something', () => {
  const { state, reason } = health({ sizes: sizes({}), storedBytes: 8_999_999 });
  assert.equal(state, 'failing');
  assert.match(reason, /backup 20 alone needs 9000000: some of it is gone/);
});

test('the status tells it', async (t) => {
  const { api, db } = await testSystem(t, { sql: smallShop });
  const current = async (): Promise<Health> => {
    const status = await api.status();
    assert.ok(status.initialized);
    return status.health;
  };
  const state = async (): Promise<string> => (await current()).state;
  assert.equal(await state(), 'unscheduled');
  await api.updateSchedule({ enabled: true });
  assert.equal(await state(), 'late');
  await api.createBackup({ type: 'partial', tables: ['orders'], wait: true });
  assert.equal(await state(), 'late');
  await api.createBackup({ wait: true });
  assert.equal(await state(), 'healthy');
  await db.client.query(`
    create table kept as select * from system_backup_chunks;
    delete from system_backup_chunks`);
  assert.match((await current()).reason, /some of it is gone/);
  await db.client.query(`insert into system_backup_chunks select * from kept`);
  assert.equal(await state(), 'healthy');
  await db.client.query(`
    alter table system_backup_chunks add constraint "no space" check (false) not valid;
    insert into orders select 1000 + n, 1, 5 from generate_series(1, 10) n`);
  await assert.rejects(api.createBackup({ wait: true }));
  const failing = await current();
  assert.equal(failing.state, 'failing');
  assert.match(failing.reason, /the last run failed: .*no space/);
});

test('damaged: the newest cannot be restored whole; older ones are a warning', () => {
  const lost = {
    id: 7,
    type: 'full' as const,
    trigger: 'schedule' as const,
    tables: ['public.orders', 'shop.items'],
  };
  const newest = { id: 5, warningCount: 0 };
  assert.deepEqual(health({ newest, damaged: [lost] }), {
    state: 'damaged',
    reason:
      'Not protected: backup 7 cannot restore public.orders, shop.items. The last good backup is of 2026-11-22T02:00:00.000Z.',
    warnings: [],
  });
  const none = health({
    good: [],
    damaged: [
      { ...lost, tables: [] },
      { ...lost, id: 6 },
    ],
    failures: 2,
    lastFailure: 'x',
  });
  assert.equal(
    none.reason,
    'Not protected: backups 7, 6 cannot restore public.orders, shop.items. There is no good backup.',
  );
  const older = health({ newest, damaged: [{ ...lost, id: 4 }] });
  assert.equal(older.state, 'healthy');
  assert.equal(older.warnings[0]?.code, 'BACKUPS_DAMAGED');
  assert.match(older.warnings[0]!.message, /backup 4 cannot restore public\.orders/);
  // A partial one, or a safety backup, is not what protects where a full one does.
  for (const other of [{ type: 'partial' as const }, { trigger: 'safety' as const }]) {
    assert.equal(health({ newest, damaged: [{ ...lost, ...other }] }).state, 'healthy');
  }
});
