import assert from 'node:assert/strict';
import { HoldfastError } from '../../src/base/errors.ts';
import { test } from 'node:test';
import { defaultSchedule } from '../../src/contract/schedule.ts';
import { healthSentence, warningSentence } from '../../src/contract/health-words.ts';
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
    written: 'database',
    failingScrubs: [],
    recovery: [],
    failingStores: [],
    suspicious: [],
    brake: null,
    failingChannels: [],
    silentDatabase: null,
    unprotected: [],
    rolledBack: [],
    refused: [],
    failedDrill: null,
    storedBytes: 0,
    lateCopies: [],
    anyOutside: true,
    now,
    ...facts,
  });
}

const reason = ({ finding }: Health): string => healthSentence(finding);

test('healthy: the newest due backup is there', () => {
  const found = health({});
  assert.deepEqual(found, {
    state: 'healthy',
    finding: { code: 'UP_TO_DATE', lastGoodAt: '2026-11-22T02:00:00.000Z' },
    warnings: [],
  });
  assert.equal(
    reason(found),
    'The last good backup is from 2026-11-22T02:00:00.000Z, and no later one is due.',
  );
});

test('the last drill failed', () => {
  const failedDrill = {
    backupId: 7,
    at: '2026-11-21T02:00:00.000Z',
    problem: 'public.orders has 3 rows where the backup has 4.',
  };
  const { state, warnings } = health({ failedDrill });
  assert.equal(state, 'healthy');
  assert.deepEqual(warnings, [{ code: 'DRILL_FAILED', ...failedDrill }]);
  assert.match(warningSentence(warnings[0]!), /^Backup 7 did not come back .*: public.orders has 3 rows/);
});

test('late: a backup that was due is missing; an hour is allowed for it', () => {
  assert.equal(health({ good: [good(34)] }).state, 'late');
  assert.deepEqual(health({ good: [good(34)] }).finding, {
    code: 'BACKUP_OVERDUE',
    lastGoodAt: '2026-11-21T02:00:00.000Z',
    dueAt: '2026-11-22T02:00:00.000Z',
    scheduleName: 'default',
    enabledSchedules: 1,
  });
  assert.match(
    reason(health({ good: [good(34)] })),
    /the backup due at 2026-11-22T02:00:00.000Z is missing\.$/,
  );
  assert.equal(health({ schedules: [{ ...daily, time: '11:30' }] }).state, 'healthy');
  assert.equal(health({ schedules: [{ ...daily, time: '10:59' }] }).state, 'late');
  // Where it may begin later, it may be there later.
  assert.equal(health({ schedules: [{ ...daily, time: '10:30', jitterSeconds: 3_600 }] }).state, 'healthy');
  assert.deepEqual(health({ good: [] }).finding, { code: 'NO_BACKUP_YET' });
  assert.equal(health({ good: [] }).state, 'late');
});

test('each schedule must have its own, or a full one', () => {
  const orders = { ...daily, name: 'orders', type: 'partial' as const, time: '09:00' };
  const schedules = [daily, orders];
  const ofOrders = good(3, { scheduleName: 'orders', type: 'partial' });
  assert.equal(health({ schedules, good: [good(10), ofOrders] }).state, 'healthy');
  const late = health({ schedules, good: [good(10), { ...ofOrders, at: hoursAgo(27) }] });
  assert.equal(late.state, 'late');
  assert.match(reason(late), /due at 2026-11-22T09:00:00.000Z by schedule "orders"/);
  // A full backup serves every schedule; a partial one does not replace a full one.
  assert.equal(health({ schedules, good: [good(1, { scheduleName: null })] }).state, 'healthy');
  assert.match(
    reason(health({ schedules, good: [ofOrders] })),
    /none yet that was due by schedule "default"/,
  );
});

test('failing: says how often and why', () => {
  const failing = health({ failures: 3, lastFailure: 'the disk is full' });
  assert.equal(failing.state, 'failing');
  assert.match(reason(failing), /the last 3 runs failed: the disk is full/);
  assert.equal(health({ failures: 1, good: [], schedules: [] }).state, 'failing');
});

test('unscheduled: good backups, but only by hand', () => {
  assert.equal(health({ schedules: [] }).state, 'unscheduled');
});

const sizes = (last: Partial<SizeFigures>, earlier = 3): SizeFigures[] =>
  Array.from({ length: earlier + 1 }, (_, i) => ({
    id: 20 - i,
    store: 'database',
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
  const found = health({ sizes: sizes({}), storedBytes: 8_899_999 });
  assert.equal(found.state, 'failing');
  assert.deepEqual(found.finding, {
    code: 'STORE_INCOMPLETE',
    storedBytes: 8_899_999,
    backupId: 20,
    neededBytes: 9_000_000,
  });
  assert.equal(
    reason(found),
    'The store holds 8.9 MB, but backup 20 alone needs 9.0 MB: stored data is gone.',
  );
  assert.equal(health({ sizes: sizes({}), storedBytes: 8_999_999 }).state, 'failing');
});

test('sentences are made from the figures, with times as the reader writes them', () => {
  const storedBytes = 1e9;
  const sentences = (figures: SizeFigures[]) =>
    health({ sizes: figures, storedBytes }).warnings.map((warning) => warningSentence(warning));
  assert.deepEqual(sentences(sizes({ id: 10_023, rawBytes: 512_754_636, rowCount: 12 })), [
    'Backup 10023 holds 513 MB of data; the backups before it hold about 50.0 MB.',
    'Backup 10023 holds 12 rows; the backups before it hold about 100,000.',
  ]);
  const late = health({ good: [good(34)] });
  assert.equal(
    healthSentence(late.finding, (at) => `<${at.slice(0, 10)}>`),
    'The last good backup is from <2026-11-21>; the backup due at <2026-11-22> is missing.',
  );
});

test('the status tells it', async (t) => {
  const { api, db } = await testSystem(t, { sql: smallShop });
  const current = async () => {
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
  assert.match((await current()).reason, /stored data is gone/);
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
  const found = health({ newest, damaged: [lost] });
  assert.deepEqual(found, {
    state: 'damaged',
    finding: {
      code: 'BACKUPS_DAMAGED',
      lastGoodAt: '2026-11-22T02:00:00.000Z',
      backupIds: [7],
      backupCount: 1,
      tables: ['public.orders', 'shop.items'],
      tableCount: 2,
    },
    warnings: [],
  });
  assert.equal(
    reason(found),
    'Not protected: backup 7 cannot restore public.orders, shop.items. The last good backup is from 2026-11-22T02:00:00.000Z.',
  );
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
    reason(none),
    'Not protected: backups 7, 6 cannot restore public.orders, shop.items. There is no good backup.',
  );
  const older = health({ newest, damaged: [{ ...lost, id: 4 }] });
  assert.equal(older.state, 'healthy');
  assert.ok(older.warnings[0]?.code === 'BACKUPS_DAMAGED');
  assert.match(warningSentence(older.warnings[0]), /backup 4 cannot restore public\.orders/);
  // A partial one, or a safety backup, is not what protects where a full one does.
  for (const other of [{ type: 'partial' as const }, { trigger: 'safety' as const }]) {
    assert.equal(health({ newest, damaged: [{ ...lost, ...other }] }).state, 'healthy');
  }
});

test('a finding counts the backups and tables it does not name', () => {
  const damaged = Array.from({ length: 7 }, (_, i) => ({
    id: 20 - i,
    type: 'full' as const,
    trigger: 'schedule' as const,
    tables: [`t${i}`],
  }));
  const found = health({ newest: { id: 5, warningCount: 0 }, damaged });
  assert.match(
    reason(found),
    /^Not protected: backups 20, 19, 18, 17, 16 and 2 more cannot restore t0, t1, t2, t3, t4 and 2 more tables\./,
  );
});

test('warnings: copies that are behind, and backups that are nowhere but in the database', () => {
  const late = {
    store: 'offsite',
    backups: 3,
    newestAt: hoursAgo(10),
    newestCopyAt: hoursAgo(83),
    lastError: 'The bucket is gone.',
  };
  const { state, warnings } = health({ lateCopies: [late], anyOutside: false });
  assert.equal(state, 'healthy');
  assert.deepEqual(
    warnings.map((warning) => warningSentence(warning)),
    [
      'The newest copy in offsite is from 2026-11-19T01:00:00.000Z, 3 days behind: 3 backups that are to be there are not. The last try failed: The bucket is gone.',
      'Every backup is inside the database itself: what destroys its server destroys them too. Name a store outside it with HOLDFAST_STORE or HOLDFAST_COPY_TO.',
    ],
  );
  const [first] = health({
    lateCopies: [{ ...late, backups: 1, newestCopyAt: null, lastError: null }],
  }).warnings;
  assert.equal(
    warningSentence(first!),
    'There is no copy in offsite yet: a backup that is to be there is not.',
  );
});

test('failing: the store that backups are written to cannot be used', () => {
  const error = new HoldfastError('STORE_UNREACHABLE', 'It does not answer.');
  const found = health({ storedBytes: error, written: 'here' });
  assert.equal(found.state, 'failing');
  assert.match(
    reason(found),
    /^Backups cannot be written to here: It does not answer\. The last good backup is from/,
  );
  // What another store holds says nothing of this one.
  assert.equal(health({ storedBytes: 1, written: 'here', sizes: sizes({}) }).state, 'healthy');
});

test('roles and tablespaces protect no database, and are late by themselves', () => {
  const roles = { ...daily, name: 'roles', type: 'globals' as const };
  const globals = (hours: number) => good(hours, { scheduleName: 'roles', type: 'globals' });
  assert.equal(health({ good: [globals(1)] }).state, 'late');
  assert.equal(health({ schedules: [roles], good: [good(1), globals(1)] }).state, 'unscheduled');
  assert.equal(health({ schedules: [daily, roles], good: [good(1), globals(1)] }).state, 'healthy');
  const late = health({ schedules: [daily, roles], good: [good(1), globals(40)] });
  assert.deepEqual([late.state, late.finding.code], ['late', 'BACKUP_OVERDUE']);
  const damaged: HealthFacts['damaged'][number] = { id: 9, type: 'globals', trigger: 'manual', tables: [] };
  assert.equal(health({ damaged: [damaged], newest: { id: 3, warningCount: 0 } }).state, 'healthy');
});
