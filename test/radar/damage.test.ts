/*
 * The radar with a real server: a backup, damage, a backup. Each kind of damage is found in the first backup after it, with its
 * table; cleanup is stopped whichever way it is tried, until the finding is settled.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding, SystemEvent } from '../../src/api/contract.ts';
import { testSystem, type TestSystem } from '../api/system.ts';
import { temporaryStore } from '../runs/store-folders.ts';
import { until } from '../support/until.ts';

const base = '/api/admin';

const shop = `
  create table customers (id int primary key, name text not null, email text, notes text);
  insert into customers select n, 'customer ' || n, 'customer' || n || '@example.test', repeat('likes tea and long walks ', 4)
    from generate_series(1, 4000) n;
  create table orders (id int primary key, customer int references customers, total numeric(10, 2), placed date);
  insert into orders select n, 1 + n % 4000, n % 90 + 0.5, date '2026-01-01' + n % 300 from generate_series(1, 20000) n;
  create table events (at date not null, what text) partition by range (at);
  create table events_1 partition of events for values from ('2026-01-01') to ('2026-02-01');
  create table events_2 partition of events for values from ('2026-02-01') to ('2026-03-01');
  create table events_3 partition of events for values from ('2026-03-01') to ('2026-04-01');
  create table events_4 partition of events for values from ('2026-04-01') to ('2026-05-01');
  insert into events select date '2026-01-01' + n % 120, 'event ' || n from generate_series(1, 6000) n;
  create table settings (name text primary key, value text);
  insert into settings select 'setting ' || n, 'value' from generate_series(1, 12) n;
`;

async function backup({ api }: TestSystem, tables: string[] = []): Promise<number> {
  const { id } = await api.createBackup({
    wait: true,
    ...(tables.length > 0 ? { type: 'partial' as const, tables } : {}),
  });
  return id;
}

async function openFindings({ api }: TestSystem): Promise<Finding[]> {
  return (await api.listFindings({ state: 'open' })).findings;
}

/** What a day does to the shop. */
const day = `
  insert into orders select n, 1 + n % 4000, 10, '2026-11-01' from (select max(id) as last from orders) o,
    lateral generate_series(last + 1, last + 50) n;
  update customers set name = name || '.' where id % 100 = 0;
  delete from orders where id in (select id from orders order by id limit 10);
`;

const damages: [name: string, sql: string, kind: string, table: string][] = [
  ['deleted rows', 'delete from orders where id % 4 > 0', 'rows-lost', 'public.orders'],
  ['truncate', 'truncate orders', 'rows-lost', 'public.orders'],
  ['a dropped table', 'drop table orders', 'gone', 'public.orders'],
  ['a column set to null', 'update customers set notes = null', 'values-lost', 'public.customers'],
  [
    'values encrypted in place',
    `update customers set notes = encode(sha512((id || notes)::bytea), 'base64'),
       name = encode(sha512((id || name)::bytea), 'base64'), email = encode(sha512((id || email)::bytea), 'base64')`,
    'scrambled',
    'public.customers',
  ],
  ['partitions dropped', 'drop table events_1, events_2', 'rows-lost', 'public.events'],
  ['a partition in the middle dropped', 'drop table events_2', 'gone', 'public.events_2'],
];

for (const [name, sql, kind, table] of damages) {
  test(`${name}: found in the first backup after it`, async (t) => {
    const setup = await testSystem(t, { sql: shop });
    await backup(setup);
    await setup.db.client.query(day);
    const good = await backup(setup);
    assert.deepEqual(await openFindings(setup), []);
    await setup.db.client.query(sql);
    const bad = await backup(setup);
    const [finding, ...others] = await openFindings(setup);
    assert.ok(finding, 'there is a finding');
    assert.deepEqual(others, []);
    assert.equal(finding.backupId, bad);
    assert.equal(finding.withoutId, good);
    assert.deepEqual(
      finding.signs.map((sign) => [sign.kind, sign.table]),
      [[kind, table]],
      finding.message,
    );
    // What stays damaged is not found again.
    await backup(setup);
    assert.equal((await openFindings(setup)).length, 1);
  });
}

test('every row updated: found where it is known what is usual', async (t) => {
  const setup = await testSystem(t, { sql: shop });
  // Of a table that has many ranges: of one range, a single row changes all that is known without a map of its rows.
  await setup.db.client.query(`create table articles as
    select n as id, 'article ' || n as name, repeat('x', 400) as text from generate_series(1, 90000) n`);
  for (let n = 0; n < 5; n++) {
    await backup(setup);
    await setup.db.client.query(
      `${day}; update articles set name = name || '.' where id between ${n} and ${n + 20}`,
    );
  }
  const good = await backup(setup);
  assert.deepEqual(await openFindings(setup), []);
  await setup.db.client.query(`update articles set name = upper(name)`);
  await backup(setup);
  const [finding] = await openFindings(setup);
  assert.deepEqual(
    finding?.signs.map((sign) => [sign.kind, sign.table]),
    [['rewritten', 'public.articles']],
    finding?.message,
  );
  assert.equal(finding.withoutId, good);
});

test('ordinary days, a new name, a new table, a new column and the oldest partition raise no alarm', async (t) => {
  const setup = await testSystem(t, { sql: shop });
  await backup(setup);
  for (const sql of [
    day,
    'alter table orders rename to purchases',
    'alter table purchases rename to orders; create table invoices as select * from orders',
    `alter table customers add column country text default 'NL'`,
    'alter table customers drop column country',
    `drop table events_1; create table events_5 partition of events for values from ('2026-05-01') to ('2026-06-01')`,
    'vacuum full orders',
    'create table clients as select * from customers',
    'update settings set value = upper(value)',
    'delete from settings',
  ]) {
    await setup.db.client.query(sql);
    await backup(setup);
    assert.deepEqual(
      (await openFindings(setup)).map(({ message }) => message),
      [],
      sql,
    );
  }
});

test('a finding is told once, in words and figures, and the backup says why each table was read', async (t) => {
  const setup = await testSystem(t, { sql: shop });
  const { api, call, db } = setup;
  const events: SystemEvent[] = [];
  t.after(api.on('backup.suspicious', (event) => void events.push(event)));
  const good = await backup(setup);
  await db.client.query('delete from orders where id > 2000');
  const bad = await backup(setup);
  await until(async () => events.length > 0);
  const [event] = events;
  assert.ok(event?.type === 'backup.suspicious' && 'message' in event);
  assert.equal(event.id, bad);
  assert.match(
    event.message!,
    new RegExp(
      `^In backup ${bad}, public\\.orders lost 18,000 of 20,000 rows \\(90 %\\); .*backup ${good}, which is kept until`,
    ),
  );
  assert.deepEqual(event.details?.signs[0], {
    kind: 'rows-lost',
    table: 'public.orders',
    rows: 2_000,
    rowsBefore: 20_000,
    usual: 0.483,
  });
  const { body } = await call('GET', `${base}/findings`);
  assert.equal(body.findings[0].message, event.message);
  assert.deepEqual(body.brake.findingIds, [body.findings[0].id]);
  assert.equal((await call('GET', `${base}/findings/99`)).body.code, 'FINDING_NOT_FOUND');

  const status = await api.status();
  assert.ok(status.initialized);
  const codes = status.health.warnings.map(({ code }) => code);
  assert.ok(codes.includes('BACKUP_SUSPICIOUS') && codes.includes('CLEANUP_STOPPED'));

  const { contents } = await api.getBackup(bad);
  const reuse = new Map(contents?.tables.map((table) => [table.table, table.reuse]));
  assert.equal(reuse.get('public.customers')?.reason, 'unchanged');
  assert.match(reuse.get('public.orders')!.reason, /changed|read/);
});

test('cleanup is stopped by whichever way it is tried, and goes on when the finding is settled', async (t) => {
  const setup = await testSystem(t, { sql: shop });
  const { api, call, db } = setup;
  const ids = [await backup(setup), await backup(setup), await backup(setup)];
  await db.client.query('delete from orders where id > 2000');
  ids.push(await backup(setup));
  const newer = [await backup(setup), await backup(setup), await backup(setup)];
  await api.updateSchedule({ maxBackups: 1, retentionDays: null });
  const [finding] = await openFindings(setup);
  assert.ok(finding);

  const existing = async (): Promise<number[]> =>
    (await api.listBackups()).backups.map(({ id }) => id).toSorted((a, b) => a - b);
  // What is newer than the damage has it too, and is deleted as ever.
  const preview = await api.previewRetention();
  const kept = new Map(preview.decisions.map((decision) => [decision.id, decision]));
  for (const id of ids)
    assert.ok(
      kept.get(id)!.reasons.some(({ code }) => code === 'finding'),
      `backup ${id}`,
    );
  const byHand = await api.cleanUp({ wait: true });
  assert.deepEqual(
    byHand.backups.map(({ id }) => id).toSorted((a, b) => a - b),
    newer.slice(0, 2),
  );
  // As a schedule orders it.
  await db.client.query(
    `insert into backup_cleanup_log (trigger, reason, status) values ('schedule', 'retention policy', 'queued')`,
  );
  await api.cleanUp({ wait: true });
  assert.deepEqual(await existing(), [...ids, newer[2]]);

  for (const address of [`backup/${ids[0]}`, `backup?id=${ids[0]}`]) {
    const refused = await call('DELETE', `${base}/${address}`);
    assert.deepEqual([refused.status, refused.body.code], [409, 'BACKUP_HELD']);
    assert.deepEqual(refused.body.details.findings, [finding.id]);
  }
  const { brake } = await api.listFindings();
  assert.equal(brake?.backups, 4);
  assert.ok(brake.bytes > 0);
  assert.equal(brake.since, finding.foundAt);
  const status = await api.status();
  assert.ok(status.initialized);
  assert.match(
    status.health.warnings.find(({ code }) => code === 'CLEANUP_STOPPED')!.message,
    /^Cleanup of backups from .* has been stopped since .*, until finding \d+ is settled\. It holds 4 backups .* about \d/,
  );

  // In spite of it, by one who says so.
  assert.equal((await call('DELETE', `${base}/backup/${ids[0]}?despiteFinding=true`)).status, 200);
  const { cleanups } = await api.listCleanups({ limit: 1 });
  assert.match(cleanups[0]!.reason, /in spite of 1 open finding: 1/);

  const settled = await call('POST', `${base}/findings/${finding.id}`, {
    body: { decision: 'looks-right', note: 'old orders, as announced in the meeting' },
  });
  assert.equal(settled.status, 200, settled.text);
  assert.equal(settled.body.finding.state, 'settled');
  assert.equal(settled.body.finding.signs[0].settled, 'looks-right');
  assert.equal((await api.listFindings()).brake, null);
  await api.cleanUp({ wait: true });
  assert.deepEqual(await existing(), [newer[2]]);
});

test('the copies of a backup in another store are kept too', async (t) => {
  const setup = await testSystem(t, { sql: shop, stores: { offsite: `file://${await temporaryStore(t)}` } });
  const { api, db } = setup;
  await api.updateSchedule({
    maxBackups: 1,
    retentionDays: null,
    copyTo: [{ store: 'offsite', maxBackups: 1 }],
  });
  const ids = [await backup(setup), await backup(setup)];
  for (const id of ids) await api.copyBackup(id, 'offsite', { wait: true });
  await db.client.query('truncate orders');
  ids.push(await backup(setup));
  await api.copyBackup(ids[2]!, 'offsite', { wait: true });
  await api.cleanUp({ wait: true });
  for (const id of ids) {
    const { copies } = await api.getBackup(id);
    assert.deepEqual(
      copies.map(({ store, state }) => [store, state]),
      [['offsite', 'copied']],
      `backup ${id}`,
    );
  }
  const [finding] = await openFindings(setup);
  await api.decideFinding(finding!.id, { decision: 'looks-right' });
  await api.cleanUp({ wait: true });
  assert.deepEqual(
    (await api.listBackups()).backups.map(({ id }) => id),
    [ids[2]],
  );
});

test('a restore of the backup before the damage settles what it restores', async (t) => {
  const setup = await testSystem(t, { sql: shop });
  const { api, db } = setup;
  await backup(setup);
  await db.client.query(`truncate orders; update customers set notes = null`);
  await backup(setup);
  const [finding] = await openFindings(setup);
  assert.equal(finding?.signs.length, 2);
  await api.restore({ backupId: finding.withoutId!, restoreType: 'partial', tables: ['orders'], wait: true });
  const half = await api.getFinding(finding.id);
  assert.equal(half.state, 'open');
  assert.deepEqual(
    half.signs.map(({ table, settled }) => [table, settled]),
    [
      ['public.orders', 'restored'],
      ['public.customers', null],
    ],
  );
  await api.restore({
    backupId: finding.withoutId!,
    restoreType: 'partial',
    tables: ['customers'],
    wait: true,
  });
  assert.equal((await api.getFinding(finding.id)).state, 'settled');
  // What the restores have changed is no damage.
  await backup(setup);
  assert.deepEqual(await openFindings(setup), []);
});

test('what was announced is noted and raises no alarm; what was not does', async (t) => {
  const setup = await testSystem(t, { sql: shop });
  const { api, call, db } = setup;
  await backup(setup);
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
  const refused = await call('POST', `${base}/announcements`, {
    body: { until: '2020-01-01T00:00:00Z', reason: 'x' },
  });
  assert.deepEqual([refused.status, refused.body.code], [400, 'INVALID_REQUEST']);
  const { body } = await call('POST', `${base}/announcements`, {
    body: { tables: ['orders'], until: inAnHour, reason: 'old orders go to the archive' },
  });
  assert.equal(body.announcement.reason, 'old orders go to the archive');
  await db.client.query('truncate orders; drop table customers cascade');
  const bad = await backup(setup);
  const { findings } = await api.listFindings();
  assert.deepEqual(
    findings.map(({ state, backupId, signs }) => [state, backupId, signs.map(({ table }) => table)]),
    [
      ['open', bad, ['public.customers']],
      ['explained', bad, ['public.orders']],
    ],
  );
  assert.equal(
    findings[1]!.explanation,
    `announcement ${body.announcement.id}: old orders go to the archive`,
  );
  assert.equal((await api.listAnnouncements()).length, 1);
  await api.endAnnouncement(body.announcement.id);
  assert.deepEqual(await api.listAnnouncements(), []);
  await assert.rejects(api.endAnnouncement(body.announcement.id), { code: 'ANNOUNCEMENT_NOT_FOUND' });
});

test('partial backups are compared by their tables, and one damage is found once', async (t) => {
  const setup = await testSystem(t, { sql: shop });
  await backup(setup);
  await backup(setup, ['orders']);
  await setup.db.client.query('truncate orders');
  const partial = await backup(setup, ['orders']);
  await backup(setup);
  const found = await openFindings(setup);
  assert.deepEqual(
    found.map(({ backupId, signs }) => [backupId, signs.length]),
    [[partial, 1]],
  );
});

test('a backup of an earlier version is learnt from by its manifest', async (t) => {
  const setup = await testSystem(t, { sql: shop });
  const first = await backup(setup);
  // As an earlier version left it.
  await setup.db.client.query('truncate system_backup_tables, system_backup_radar');
  const { contents } = await setup.api.getBackup(first);
  assert.match(contents!.tables[0]!.reuse!.reason, /not known/);
  await setup.db.client.query('truncate system_backup_tables, system_backup_radar; truncate orders');
  await backup(setup);
  const [finding] = await openFindings(setup);
  assert.deepEqual(
    finding?.signs.map(({ table }) => table),
    ['public.orders'],
  );
  assert.equal(finding.withoutId, first);
});
