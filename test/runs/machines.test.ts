import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { leaseSeconds } from '../../src/catalog/joint-runs.ts';
import { zstdDecompressSync } from 'node:zlib';
import { createKeySet } from '../../src/format/sealing/key-set.ts';
import { contents } from '../support/compare.ts';
import { until } from '../support/until.ts';
import { assertNothingShared, helps, leads, machines, roles, type Machines } from './machines.ts';

const rows = `create table readings (id int primary key, at timestamptz not null, text text not null);
  insert into readings select i, timestamptz '2026-01-01' + i * interval '1 second', md5(i::text) || md5((i * 7)::text) || md5((i * 13)::text)
    from generate_series(1, 250000) i;
  create table words (word text primary key, times int not null);
  insert into words select md5(i::text), i from generate_series(1, 60000) i;`;
const rowCount = 310_000;

/** Every row, once, in the backup and in what one process alone restores of it. */
async function assertWhole({ db, another }: Machines, backupId: number): Promise<void> {
  const { rows: own } = await db.client.query(
    `select relname from pg_class where relkind in ('r', 'S') and obj_description(oid, 'pg_class') like 'Holdfast:%'`,
  );
  const database = db.freeName();
  const { api } = another();
  const verification = await api.verifyBackup(backupId, { level: 'content', wait: true });
  assert.equal(verification.status, 'completed', JSON.stringify(verification));
  const restored = await api.restore({ backupId, target: { mode: 'new-database', database }, wait: true });
  assert.equal(restored.status, 'completed', JSON.stringify(restored.error));
  const { client } = await db.adopt(database);
  const live = await contents(db.client, { except: own.map(({ relname }) => relname as string) });
  for (const table of ['table readings', 'table words']) {
    assert.equal((await contents(client)).get(table), live.get(table), table);
  }
}

test('four machines read one backup, and the next one of what has changed', async (t) => {
  const all = await machines(t, rows);
  const { api, db } = all;
  const workers = await all.start(4);
  const { id } = await api.createBackup({ maxWorkers: 4 });
  const { helpers } = await roles(workers, 'backup', 3);
  let most = 0;
  const ended = await api.waitForBackup(id, {
    onProgress: ({ machines: now = 0 }) => void (most = Math.max(most, now)),
  });
  assert.equal(ended.status, 'completed', JSON.stringify(ended.error));
  assert.deepEqual([ended.rowCount, ended.maxWorkers, most], [rowCount, 4, 4]);
  await until(async () => helpers.every((machine) => machine.says('has worked on the backup')));
  const pieces = helpers.map((machine) => Number(/"pieces":(\d+)/.exec(machine.log())?.[1]));
  assert.ok(
    pieces.every((count) => count > 0),
    `each has read some: ${pieces.join(', ')}`,
  );
  await assertNothingShared(all);
  await assertWhole(all, id);

  await db.client.query(`update readings set text = 'changed ' || text where id % 5000 = 1`);
  const { id: nextId } = await api.createBackup({ maxWorkers: 3 });
  const next = await api.waitForBackup(nextId);
  assert.equal(next.status, 'completed', JSON.stringify(next.error));
  assert.equal(next.rowCount, rowCount);
  assert.ok(next.reuse!.rangesUnchanged > 0 && next.newBytes! < ended.newBytes!, JSON.stringify(next.reuse));
  await assertNothingShared(all);
  await assertWhole(all, nextId);
});

test('two helpers are killed and one is stopped for longer than its lease: whole, every range once', async (t) => {
  const all = await machines(t, rows);
  const { api } = all;
  const workers = await all.start(4);
  const { id } = await api.createBackup({ maxWorkers: 4 });
  const { helpers } = await roles(workers, 'backup', 3);
  const [stopped, ...killed] = helpers;
  await pause(700);
  stopped!.running.child.kill('SIGSTOP');
  for (const { running } of killed) running.child.kill('SIGKILL');
  await pause(leaseSeconds * 1_000 + 2_000);
  stopped!.running.child.kill('SIGCONT');
  const ended = await api.waitForBackup(id);
  assert.equal(ended.status, 'completed', JSON.stringify(ended.error));
  assert.equal(ended.rowCount, rowCount);
  await until(async () => stopped!.says('has worked on the backup') || stopped!.says('works no longer'));
  const lead = workers.find((machine) => machine.says(leads('backup')))!;
  assert.equal(lead.log().match(/nothing was heard of it for/g)?.length, 3, lead.log());
  await assertNothingShared(all);
  await assertWhole(all, id);
});

test('the lead is killed: the helpers end, and the next backup is whole', async (t) => {
  const all = await machines(t, rows);
  const { api } = all;
  const workers = await all.start(3);
  const { id } = await api.createBackup({ maxWorkers: 3 });
  const { lead, helpers } = await roles(workers, 'backup', 2);
  await pause(500);
  lead.running.child.kill('SIGKILL');
  await assert.rejects(api.waitForBackup(id), { code: 'INTERRUPTED' });
  await until(async () =>
    helpers.every((machine) => machine.says('has worked on the backup') || machine.says('works no longer')),
  );
  await assertNothingShared(all);
  const { id: nextId } = await api.createBackup({ maxWorkers: 3 });
  const next = await api.waitForBackup(nextId);
  assert.deepEqual([next.status, next.rowCount], ['completed', rowCount]);
  await assertWhole(all, nextId);
});

test('cancelling reaches the helpers', async (t) => {
  const all = await machines(t, rows);
  const { api, db } = all;
  const workers = await all.start(3);
  const { id } = await api.createBackup({ maxWorkers: 3 });
  const { helpers } = await roles(workers, 'backup', 2);
  await api.cancelBackup(id);
  await assert.rejects(api.waitForBackup(id), { code: 'CANCELLED' });
  await until(async () => helpers.every((machine) => machine.says('has worked on the backup')));
  await assertNothingShared(all);
  const { rows: reading } = await db.client.query(
    `select application_name from pg_stat_activity where datname = current_database() and application_name like 'holdfast backup%'`,
  );
  assert.deepEqual(reading, []);
});

test('cancelling a restore reaches the helpers', async (t) => {
  const all = await machines(t, rows);
  const { api, db } = all;
  const backupId = await backedUp(all);
  const workers = await all.start(3);
  const target = { mode: 'new-database' as const, database: db.freeName() };
  const { id } = await api.restore({ backupId, target, maxWorkers: 3 });
  const { helpers } = await roles(workers, 'restore', 2);
  await api.cancelRestore(id);
  await assert.rejects(api.waitForRestore(id), { code: 'CANCELLED' });
  await until(async () =>
    helpers.every((machine) => machine.says('has worked on the restore') || machine.says('works no longer')),
  );
  await assertNothingShared(all);
});

test('a run for one machine is joined by none, and one for two by one', async (t) => {
  const all = await machines(t, rows);
  const { api } = all;
  const workers = await all.start(3);
  const alone = await api.waitForBackup((await api.createBackup()).id);
  assert.equal(alone.status, 'completed');
  assert.ok(workers.every((machine) => !machine.says(helps('backup'))));
  const { id } = await api.createBackup({ maxWorkers: 2, full: true });
  await roles(workers, 'backup', 1);
  let most = 0;
  await api.waitForBackup(id, {
    onProgress: ({ machines: now = 0 }) => void (most = Math.max(most, now)),
  });
  assert.equal(most, 2);
  assert.equal(workers.filter((machine) => machine.says(helps('backup'))).length, 1);
  await assertWhole(all, id);
});

test('one with another store at the same name does not join, and says why once', async (t) => {
  const all = await machines(t, rows);
  const { api } = all;
  const [lead] = await all.start(1);
  const { id } = await api.createBackup({ maxWorkers: 3 });
  await until(async () => lead!.says(leads('backup')));
  const [other] = await all.start(1, { HOLDFAST_STORE: `${all.store}-other` });
  await until(async () => other!.says('is not joined'));
  const ended = await api.waitForBackup(id);
  assert.equal(ended.status, 'completed');
  assert.equal(other!.log().match(/is not joined/g)?.length, 1, other!.log());
  assert.ok(!other!.says(helps('backup')));
});

/** A restore by several processes into a new database, compared with the live one. */
async function assertSame({ db }: Machines, database: string): Promise<void> {
  const { client } = await db.adopt(database);
  const live = await contents(db.client);
  const restored = await contents(client);
  assert.deepEqual(
    [...restored.keys()].filter((name) => name.includes('holdfast_')),
    [],
  );
  for (const table of ['table readings', 'table words']) {
    assert.equal(restored.get(table), live.get(table), table);
  }
}

/** A backup, and workers that may restore it. */
async function backedUp(all: Machines): Promise<number> {
  const other = all.another();
  const { id } = await other.api.createBackup({ wait: true });
  await other.stop();
  return id;
}

test('four machines load one new database', async (t) => {
  const all = await machines(t, rows);
  const { api, db } = all;
  const backupId = await backedUp(all);
  const workers = await all.start(4);
  const database = db.freeName();
  const target = { mode: 'new-database' as const, database };
  const { id } = await api.restore({ backupId, target, maxWorkers: 4 });
  const { helpers } = await roles(workers, 'restore', 3);
  let most = 0;
  const ended = await api.waitForRestore(id, {
    onProgress: ({ machines: now = 0 }) => void (most = Math.max(most, now)),
  });
  assert.deepEqual([ended.status, ended.maxWorkers, most], ['completed', 4, 4]);
  await until(async () => helpers.every((machine) => machine.says('has worked on the restore')));
  const detail = await api.getRestore(id);
  assert.equal(detail.report?.rows, rowCount);
  await assertNothingShared(all);
  await assertSame(all, database);
});

test('of the machines of a restore two are killed and one is stopped: every row once', async (t) => {
  const all = await machines(t, rows);
  const { api, db } = all;
  const backupId = await backedUp(all);
  const workers = await all.start(4);
  const database = db.freeName();
  const { id } = await api.restore({ backupId, target: { mode: 'new-database', database }, maxWorkers: 4 });
  const { helpers } = await roles(workers, 'restore', 3);
  const [stopped, ...killed] = helpers;
  await pause(500);
  stopped!.running.child.kill('SIGSTOP');
  for (const { running } of killed) running.child.kill('SIGKILL');
  await pause(leaseSeconds * 1_000 + 2_000);
  stopped!.running.child.kill('SIGCONT');
  const ended = await api.waitForRestore(id);
  assert.equal(ended.status, 'completed', JSON.stringify(ended.error));
  await until(async () => stopped!.says('has worked on the restore') || stopped!.says('works no longer'));
  await assertNothingShared(all);
  await assertSame(all, database);
});

test('the lead of a restore is killed: its helpers end, and its database goes', async (t) => {
  const all = await machines(t, rows);
  const { api, db } = all;
  const backupId = await backedUp(all);
  const workers = await all.start(3);
  const database = db.freeName();
  const target = { mode: 'new-database' as const, database };
  const { id } = await api.restore({ backupId, target, maxWorkers: 3 });
  const { lead, helpers } = await roles(workers, 'restore', 2);
  await pause(500);
  lead.running.child.kill('SIGKILL');
  await assert.rejects(api.waitForRestore(id), { code: 'INTERRUPTED' });
  await until(async () =>
    helpers.every((machine) => machine.says('has worked on the restore') || machine.says('works no longer')),
  );
  await until(async () => {
    const { rows: left } = await db.client.query(
      `select from pg_database where datname like 'holdfast_unfinished_%' || $1`,
      [database],
    );
    return left.length === 0;
  });
  await assertNothingShared(all);
});

test('in an encrypted store, machines with its keys share, and those without do not join', async (t) => {
  const keys = await createKeySet();
  const { recoveryKey: identity, writerKey } = keys;
  const all = await machines(t, rows, { writerKey, identity });
  const { api, db } = all;
  const right = await all.start(2);
  const { writerKey: another } = await createKeySet();
  const [wrong] = await all.start(1, { HOLDFAST_WRITER_KEY: another, HOLDFAST_WORKER: 'on' });
  wrong!.running.child.kill('SIGSTOP');
  const { id } = await api.createBackup({ maxWorkers: 4 });
  await until(async () => right.some((machine) => machine.says(leads('backup'))));
  wrong!.running.child.kill('SIGCONT');
  await roles(right, 'backup', 1);
  await until(async () => wrong!.says('is not joined'));
  // What is said in the catalog is sealed, the bounds of keys as well.
  const { rows: said } = await db.client.query(
    `select terms as letter from system_joint_runs union all select content from system_joint_work`,
  );
  assert.ok(said.length > 0);
  for (const { letter } of said) assert.throws(() => zstdDecompressSync(letter as Buffer));
  const ended = await api.waitForBackup(id);
  assert.deepEqual([ended.status, ended.rowCount], ['completed', rowCount]);
  assert.ok(!wrong!.says(helps('backup')), wrong!.log());
  wrong!.running.child.kill('SIGKILL');
  await wrong!.running.ended;
  await assertWhole(all, id);
  const database = db.freeName();
  const target = { mode: 'new-database' as const, database };
  const ordered = await api.restore({ backupId: id, target, maxWorkers: 2 });
  await roles(right, 'restore', 1);
  const restore = await api.waitForRestore(ordered.id);
  assert.equal(restore.status, 'completed');
  await assertSame(all, database);
});
