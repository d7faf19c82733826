import assert from 'node:assert/strict';
import { test } from 'node:test';
import { version } from '../../src/index.ts';
import { failingBackup, caller, smallShop, testSystem } from './system.ts';

const base = '/api/admin';
const notInitialized = {
  error: 'Backup system not initialized',
  message: 'Please initialize the backup system first by calling /api/admin/init-backup-tables',
  action_required: 'init_backup_tables',
  initialization_url: '/api/admin/init-backup-tables',
};

test('until the tables exist, every endpoint but init answers 503 with exactly this body', async (t) => {
  const { call } = await testSystem(t, { initialize: false });
  const calls: [string, string, unknown?][] = [
    ['GET', '/backup'],
    ['GET', '/backup?id=1'],
    ['GET', '/backup?id=abc'],
    ['GET', '/backup?id=1&download=true'],
    ['GET', '/backup/1'],
    ['POST', '/backup', { type: 'full' }],
    ['POST', '/backup', 'not json'],
    ['DELETE', '/backup?id=1'],
    ['POST', '/backup/1/cancel'],
    ['GET', '/backup/schedule'],
    ['POST', '/backup/schedule', { enabled: true }],
    ['POST', '/restore', { backupId: 1 }],
    ['POST', '/restore?dryRun=true', { backupId: 1 }],
    ['GET', '/restore'],
    ['GET', '/restore/1'],
  ];
  for (const [method, path, body] of calls) {
    const answer = await call(method, base + path, { body });
    assert.equal(answer.status, 503, `${method} ${path}`);
    assert.equal(answer.text, JSON.stringify(notInitialized), `${method} ${path}`);
  }
});

test('status says what to do first, with 200', async (t) => {
  const { call } = await testSystem(t, { initialize: false });
  const answer = await call('GET', `${base}/backup/status`);
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body, { ...notInitialized, initialized: false });
});

test('these bodies carry the real base path', async (t) => {
  const { call, api } = await testSystem(t, { initialize: false, basePath: '/ops/backups' });
  const answer = await call('GET', '/ops/backups/backup');
  assert.equal(answer.status, 503);
  assert.equal(answer.body.initialization_url, '/ops/backups/init-backup-tables');
  assert.equal(
    answer.body.message,
    'Please initialize the backup system first by calling /ops/backups/init-backup-tables',
  );
  await assert.rejects(api.listBackups(), { code: 'NOT_INITIALIZED' });
});

test('what init would create, and where, is said before', async (t) => {
  const { call, db } = await testSystem(t, { initialize: false });
  const before = await call('GET', `${base}/init-backup-tables`);
  assert.equal(before.status, 200);
  assert.equal(before.body.initialized, false);
  assert.equal(before.body.database.name, db.name);
  const { rows } = await db.client.query("select from pg_class where relname = 'system_backups'");
  assert.equal(rows.length, 0);
  const made = await call('POST', `${base}/init-backup-tables`);
  assert.deepEqual(before.body.tables.toSorted(), made.body.tables.toSorted());
  assert.equal((await call('GET', `${base}/init-backup-tables`)).body.initialized, true);
});

test('init answers 200 and is idempotent; status is then ready', async (t) => {
  const { call } = await testSystem(t, { initialize: false });
  for (let time = 0; time < 2; time++) {
    const answer = await call('POST', `${base}/init-backup-tables`);
    assert.equal(answer.status, 200);
    assert.equal(answer.body.success, true);
    assert.equal(answer.body.initialized, true);
    assert.equal(typeof answer.body.message, 'string');
    for (const table of [
      'public.system_backups',
      'public.system_backup_chunks',
      'public.system_restore_log',
      'public.backup_schedule',
      'public.backup_cleanup_log',
    ]) {
      assert.ok(answer.body.tables.includes(table), table);
    }
  }
  const { status, body } = await call('GET', `${base}/backup/status`);
  assert.equal(status, 200);
  assert.equal(body.initialized, true);
  assert.equal(body.message, 'Backup system is ready');
  assert.equal(body.version, version);
  assert.equal(body.running, null);
  assert.deepEqual(body.backups, { total: 0, completed: 0, damaged: 0, storedBytes: 0 });
});

test('a backup: 202 with its address, then the row, the list and the status show it', async (t) => {
  const { call, api } = await testSystem(t, { sql: smallShop });
  const created = await call('POST', `${base}/backup`, {
    body: { type: 'full', tables: [], description: 'before the move' },
  });
  assert.equal(created.status, 202);
  assert.equal(created.body.success, true);
  const { backup } = created.body;
  assert.ok(Number.isSafeInteger(backup.id) && backup.id > 0);
  assert.equal(backup.status, 'running');
  assert.equal(backup.description, 'before the move');
  assert.equal(created.headers.get('location'), `${base}/backup/${backup.id}`);

  await api.waitForBackup(backup.id);
  for (const path of [`/backup?id=${backup.id}`, `/backup/${backup.id}`]) {
    const { status, body } = await call('GET', base + path);
    assert.equal(status, 200);
    assert.equal(body.backup.status, 'completed');
    assert.equal(body.backup.tableCount, 2);
    assert.equal(body.backup.rowCount, 550);
    assert.equal(body.backup.error, null);
    assert.deepEqual(
      body.backup.contents.tables
        .map(({ table, rows }: { table: string; rows: number }) => [table, rows])
        .toSorted(),
      [
        ['public.customers', 50],
        ['public.orders', 500],
      ],
    );
  }
  const list = await call('GET', `${base}/backup`);
  assert.equal(list.status, 200);
  assert.equal(list.body.total, 1);
  assert.equal(list.body.backups[0].id, backup.id);
  const status = await call('GET', `${base}/backup/status`);
  assert.deepEqual(status.body.lastCompleted.id, backup.id);
  assert.equal(status.body.backups.completed, 1);
  assert.ok(status.body.backups.storedBytes > 0);
});

test('with ?wait=true the answer is 201 and the completed backup', async (t) => {
  const { call } = await testSystem(t, { sql: smallShop });
  const full = await call('POST', `${base}/backup?wait=true`);
  assert.equal(full.status, 201);
  assert.equal(full.body.backup.status, 'completed');
  const partial = await call('POST', `${base}/backup?wait=true`, {
    body: { type: 'partial', tables: ['orders'] },
  });
  assert.equal(partial.status, 201);
  assert.equal(partial.body.backup.rowCount, 500);
  assert.deepEqual(partial.body.backup.tables, ['orders']);
});

test('with wait, a run that fails is answered as its error, with the row in details', async (t) => {
  const { call, db } = await testSystem(t, { sql: smallShop, lockTimeoutMs: 200 });
  await db.client.query('begin; lock table orders in access exclusive mode');
  const answer = await call('POST', `${base}/backup?wait=true`);
  await db.client.query('rollback');
  assert.equal(answer.body.code, 'LOCK_TIMEOUT');
  const { backup } = answer.body.details;
  assert.equal(backup.status, 'failed');
  const shown = await call('GET', `${base}/backup/${backup.id}`);
  assert.equal(shown.body.backup.error.code, 'LOCK_TIMEOUT');
});

test('a table that is not there is refused before there is a run', async (t) => {
  const { call } = await testSystem(t, { sql: smallShop });
  const refused = async (path: string, body: unknown): Promise<void> => {
    const answer = await call('POST', base + path, { body });
    assert.equal(answer.status, 422, answer.text);
    assert.equal(answer.body.code, 'TABLES_NOT_FOUND');
    assert.equal(answer.body.error, 'Tables not found');
    assert.match(answer.body.message, /nowhere/);
    assert.doesNotMatch(answer.body.message, /orders/);
  };
  const partial = { type: 'partial', tables: ['orders', 'nowhere'] };
  for (const wait of ['', '?wait=true']) await refused(`/backup${wait}`, partial);
  await refused('/backup', { type: 'partial', tables: ['nowhere.*'] });
  // Ours are no tables of the application.
  await call('POST', `${base}/backup`, { body: { type: 'partial', tables: ['system_backups'] } }).then(
    ({ status }) => assert.equal(status, 422),
  );
  assert.equal((await call('GET', `${base}/backup`)).body.total, 0);

  assert.equal((await call('POST', `${base}/backup?wait=true`)).status, 201);
  await refused('/restore', { backupId: 1, restoreType: 'partial', tables: ['orders', 'nowhere'] });
  assert.equal((await call('GET', `${base}/restore`)).body.total, 0);

  await refused('/backup/schedule', { enabled: true, ...partial });
  await refused('/backup/schedule', { enabled: false, ...partial });
  assert.equal((await call('GET', `${base}/backup/schedule`)).body.schedule.type, 'full');
});

test('a schedule whose table is gone can still be switched off', async (t) => {
  const { call, db } = await testSystem(t, { sql: smallShop });
  const set = (body: unknown) => call('POST', `${base}/backup/schedule`, { body });
  assert.equal((await set({ enabled: true, type: 'partial', tables: ['orders'] })).status, 200);
  await db.client.query('drop table orders');
  assert.equal((await set({ time: '03:00' })).status, 422);
  assert.equal((await set({ enabled: false })).status, 200);
});

test('Prefer: wait=N gives 202 when the seconds are over and the run goes on', async (t) => {
  const { call, db, api } = await testSystem(t, { sql: smallShop });
  await db.client.query('begin; lock table orders in access exclusive mode');
  const started = Date.now();
  const answer = await call('POST', `${base}/backup`, { headers: { Prefer: 'wait=1' } });
  assert.ok(Date.now() - started >= 1_000);
  assert.equal(answer.status, 202);
  assert.equal(answer.headers.get('preference-applied'), 'wait=1');
  assert.equal(answer.body.backup.status, 'running');
  await db.client.query('rollback');
  assert.equal((await api.waitForBackup(answer.body.backup.id)).status, 'completed');
  const quick = await call('POST', `${base}/backup`, { headers: { Prefer: 'respond-async, wait=60' } });
  assert.equal(quick.status, 201);
});

test('a restore in place: 202, then the row with plan, report and safety backup', async (t) => {
  const { call, api, db } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  await db.client.query('delete from orders where id > 10');
  const started = await call('POST', `${base}/restore`, { body: { backupId: id, restoreType: 'full' } });
  assert.equal(started.status, 202);
  assert.equal(started.body.success, true);
  const { restore } = started.body;
  assert.equal(restore.backupId, id);
  assert.deepEqual(restore.target, { mode: 'in-place' });
  assert.equal(started.headers.get('location'), `${base}/restore/${restore.id}`);
  await api.waitForRestore(restore.id);
  const { rows } = await db.client.query('select count(*)::int from orders');
  assert.equal(rows[0].count, 500);

  const shown = await call('GET', `${base}/restore?id=${restore.id}`);
  assert.equal(shown.status, 200);
  assert.equal(shown.body.restore.status, 'completed');
  assert.equal(shown.body.restore.plan.tables.length, 2);
  assert.equal(shown.body.restore.report.rows, 550);
  const list = await call('GET', `${base}/restore`);
  assert.equal(list.body.total, 1);
  assert.equal(list.body.restores[0].id, restore.id);
  assert.equal('plan' in list.body.restores[0], false);

  const safety = await call('GET', `${base}/backup/${shown.body.restore.safetyBackupId}`);
  assert.equal(safety.body.backup.trigger, 'safety');
  assert.equal(safety.body.backup.rowCount, 60);
  // The way back: restoring the safety backup undoes the restore.
  const undo = await call('POST', `${base}/restore?wait=true`, {
    body: { backupId: safety.body.backup.id, safetyBackup: false },
  });
  assert.equal(undo.status, 201, undo.text);
  assert.equal(undo.body.restore.safetyBackupId, null);
  const after = await db.client.query('select count(*)::int from orders');
  assert.equal(after.rows[0].count, 10);
});

test('a partial restore and a new database, with ?wait=true', async (t) => {
  const { call, api, db } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  await db.client.query('truncate orders');
  const partial = await call('POST', `${base}/restore?wait=true`, {
    body: { backupId: id, restoreType: 'partial', tables: ['orders'] },
  });
  assert.equal(partial.status, 201, partial.text);
  assert.equal(partial.body.restore.status, 'completed');

  const name = db.freeName();
  const fresh = await call('POST', `${base}/restore?wait=true`, {
    body: { backupId: id, restoreType: 'full', target: { mode: 'new-database', database: name } },
  });
  assert.equal(fresh.status, 201, fresh.text);
  assert.equal(fresh.body.restore.safetyBackupId, null);
  const copy = await db.adopt(name);
  const { rows } = await copy.client.query('select count(*)::int from orders');
  assert.equal(rows[0].count, 500);
  const taken = await call('POST', `${base}/restore`, {
    body: { backupId: id, target: { mode: 'new-database', database: name } },
  });
  assert.equal(taken.status, 409);
  assert.equal(taken.body.code, 'DATABASE_EXISTS');
});

test('a dry run answers the plan and changes nothing', async (t) => {
  const { call, api, db } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  await db.client.query('delete from orders where id > 10');
  const answer = await call('POST', `${base}/restore?dryRun=true`, { body: { backupId: id } });
  assert.equal(answer.status, 200, answer.text);
  const orders = answer.body.plan.tables.find(({ table }: { table: string }) => table === 'public.orders');
  assert.equal(orders.rowsInBackup, 500);
  assert.equal(orders.rowsNow, 10);
  assert.equal((await call('GET', `${base}/restore`)).body.total, 0);
  const { rows } = await db.client.query('select count(*)::int from orders');
  assert.equal(rows[0].count, 10);
});

test('lists are paged by cursor, newest first, and filtered by status', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { call, api } = setup;
  for (let n = 0; n < 3; n++) await api.createBackup({ wait: true });
  await failingBackup(setup, 'orders');
  const seen: number[] = [];
  let cursor = '';
  do {
    const { status, body } = await call('GET', `${base}/backup?limit=2&status=completed${cursor}`);
    assert.equal(status, 200);
    assert.equal(body.total, 3);
    seen.push(...body.backups.map((backup: { id: number }) => backup.id));
    cursor = body.nextCursor ? `&cursor=${body.nextCursor}` : '';
  } while (cursor !== '');
  assert.deepEqual(seen, [3, 2, 1]);
  assert.equal((await call('GET', `${base}/backup?status=failed`)).body.total, 1);
});

test('delete answers what it freed, at both addresses', async (t) => {
  const { call, api } = await testSystem(t, { sql: smallShop });
  const first = await api.createBackup({ wait: true });
  const second = await api.createBackup({ wait: true });
  const shared = await call('DELETE', `${base}/backup?id=${first.id}`);
  assert.equal(shared.status, 200, shared.text);
  assert.equal(shared.body.success, true);
  assert.equal(shared.body.cleanupPending, false);
  const last = await call('DELETE', `${base}/backup/${second.id}`);
  assert.ok(last.body.chunksDeleted > 0);
  assert.ok(last.body.bytesFreed > 0);
  assert.equal((await call('GET', `${base}/backup/${first.id}`)).status, 404);
  assert.equal((await call('GET', `${base}/backup/status`)).body.backups.storedBytes, 0);
});

test('every answer forbids caching and sniffing', async (t) => {
  const { call, system } = await testSystem(t);
  const answers = [
    await call('GET', `${base}/backup`),
    await call('GET', `${base}/nowhere`),
    await call('PUT', `${base}/backup`),
    await system.fetch(new Request('http://backup.test/api/admin/backup')),
  ];
  for (const { status, headers } of answers) {
    assert.equal(headers.get('cache-control'), 'no-store', String(status));
    assert.equal(headers.get('x-content-type-options'), 'nosniff', String(status));
  }
});

test('a table that someone dropped means not initialized, and init repairs it', async (t) => {
  const { call, api, db } = await testSystem(t, { sql: smallShop });
  await api.createBackup({ wait: true });
  await db.client.query('drop table backup_schedule');
  assert.equal((await call('GET', `${base}/backup`)).status, 503);
  assert.equal((await call('GET', `${base}/backup/status`)).body.initialized, false);
  assert.equal((await call('POST', `${base}/init-backup-tables`)).status, 200);
  assert.equal((await call('GET', `${base}/backup`)).body.total, 1);
});

test('our tables may live in a schema of their own', async (t) => {
  const { call, db, api } = await testSystem(t, { sql: smallShop, schema: 'Backup "Stuff"' });
  const created = await call('POST', `${base}/backup?wait=true`);
  assert.equal(created.status, 201, created.text);
  assert.equal(created.body.backup.tableCount, 2);
  const { rows } = await db.client.query(`select count(*)::int from "Backup ""Stuff""".system_backups`);
  assert.equal(rows[0].count, 1);
  const second = caller((await testSystem(t, { initialize: false })).system);
  assert.equal((await second('GET', `${base}/backup`)).status, 503);
  await api.deleteBackup(created.body.backup.id);
});
