import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type pg from 'pg';
import { lockClass } from '../../src/catalog/locks.ts';
import type { ErrorBody } from '../../src/index.ts';
import type { TestSystem } from '../api/system.ts';
import { until } from '../support/until.ts';
import { catalogText, placesOf, sealedSystem, type SealedSystem } from './sealed-system.ts';

/** Both lanes are held by another session, as by runs that go on, until the function is called. */
async function lanesHeld({ db }: TestSystem): Promise<() => Promise<void>> {
  const change = async (what: string): Promise<void> => {
    for (const lane of [lockClass.writer, lockClass.maintenance]) {
      await db.client.query(`select ${what}($1, hashtext('public'))`, [lane]);
    }
  };
  await change('pg_advisory_lock');
  return () => change('pg_advisory_unlock');
}

/** How many keys processes hold for runs that wait. */
async function keysHeld({ db }: TestSystem): Promise<number> {
  const { rows } = await db.client.query(
    `select count(*)::int as held from pg_locks where locktype = 'advisory' and classid = ${lockClass.key}
       and database = (select oid from pg_database where datname = current_database())`,
  );
  return rows[0].held;
}

const performedBy = (log: readonly string[], run: string): boolean =>
  log.some((line) => line.includes(`"${run} started"`));

test('no other worker takes a run with a key; the process that has the key performs it', async (t) => {
  const sealed = await sealedSystem(t);
  const { api, db } = sealed;
  const { id } = await api.createBackup({ wait: true });
  const otherLog: string[] = [];
  const other = sealed.another({
    ...sealed.options,
    logger: { log: (...line) => void otherLog.push(JSON.stringify(line)) },
  });
  await other.start();
  const free = await lanesHeld(sealed);
  const identity = sealed.recoveryKey;
  const database = db.freeName();
  const restore = await api.restore({ backupId: id, target: { mode: 'new-database', database }, identity });
  const verification = await api.verifyBackup(id, { identity });
  assert.deepEqual([restore.status, verification.status], ['queued', 'queued']);
  assert.equal(await keysHeld(sealed), 2);
  // One without a key behind it does not wait for the process with the key.
  const backup = await other.api.createBackup();
  await free();
  await api.waitForRestore(restore.id);
  await api.waitForVerification(verification.id);
  await other.api.waitForBackup(backup.id);
  await db.adopt(database);
  assert.deepEqual(
    [performedBy(sealed.log, 'restore'), performedBy(sealed.log, 'verification')],
    [true, true],
  );
  assert.deepEqual([performedBy(otherLog, 'restore'), performedBy(otherLog, 'verification')], [false, false]);
  assert.equal(await keysHeld(sealed), 0);
  assert.deepEqual(placesOf([sealed.secret], [['the log', otherLog.join('\n')]]), []);
});

async function orderedElsewhere(
  t: TestContext,
  sealed: SealedSystem,
  backupId: number,
): Promise<{ kill: () => Promise<void>; restore: number; verification: number }> {
  const { db, recoveryKey: identity, writerKey, directory } = sealed;
  const child = spawn(
    process.execPath,
    [
      path.join(import.meta.dirname, 'keyed-run.ts'),
      db.connectionString,
      `file://${directory}`,
      String(backupId),
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  t.after(() => child.kill('SIGKILL'));
  child.stdin.end(JSON.stringify({ identity, writerKey }));
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await once(child, 'close');
  };
  return { kill, ...(JSON.parse(said.toString()) as { restore: number; verification: number }) };
}

/** Until something waits for a table that the client has locked. */
async function waitsForTable(client: pg.Client): Promise<void> {
  await until(async () => {
    const { rows } = await client.query(
      `select from pg_locks where locktype = 'relation' and not granted
         and database = (select oid from pg_database where datname = current_database())`,
    );
    return rows.length > 0;
  });
}

function assertKeyLost(error: ErrorBody | null): void {
  assert.equal(error?.code, 'INTERRUPTED');
  assert.match(error.hint ?? '', /Order it again, with the key/);
}

test('runs that wait for a process with their key end when it is killed, and say what to do', async (t) => {
  const sealed = await sealedSystem(t);
  const { api, db } = sealed;
  const { id } = await api.createBackup({ wait: true });
  const free = await lanesHeld(sealed);
  const killed = await orderedElsewhere(t, sealed, id);
  assert.equal((await api.getRestore(killed.restore)).status, 'queued', 'while its process lives it waits');
  await killed.kill();
  const restore = await until(async () => {
    const found = await api.getRestore(killed.restore);
    return found.status === 'interrupted' && found;
  });
  assertKeyLost(restore.error);
  assertKeyLost((await api.getVerification(killed.verification)).error);
  await free();
  assert.deepEqual(placesOf([sealed.secret], [['the catalog', await catalogText(db.client)]]), []);
});

test('a run under way with a key ends when its process is killed, and no process begins it again', async (t) => {
  const sealed = await sealedSystem(t);
  const { api, db } = sealed;
  const { id } = await api.createBackup({ wait: true });
  await db.client.query('begin; lock table orders in access share mode');
  const killed = await orderedElsewhere(t, sealed, id);
  await waitsForTable(db.client);
  assert.equal((await api.getRestore(killed.restore)).status, 'running');
  const other = sealed.another(sealed.options);
  await other.start();
  await killed.kill();
  await db.client.query('rollback');
  const restore = await until(async () => {
    const found = await api.getRestore(killed.restore);
    return found.status !== 'running' && found;
  });
  assert.equal(restore.status, 'interrupted');
  assertKeyLost(restore.error);
  assert.deepEqual(placesOf([sealed.secret], [['the catalog', await catalogText(db.client)]]), []);
});

test('a key is forgotten when its run is cancelled before it began, by whichever process, or its process stops', async (t) => {
  const sealed = await sealedSystem(t);
  const { api } = sealed;
  const { id } = await api.createBackup({ wait: true });
  const free = await lanesHeld(sealed);
  const identity = sealed.recoveryKey;
  const [first, second] = [
    await api.verifyBackup(id, { identity }),
    await api.verifyBackup(id, { identity }),
  ];
  assert.equal(await keysHeld(sealed), 2);
  await api.cancelVerification(first.id);
  assert.equal(await keysHeld(sealed), 1);
  const other = sealed.another(sealed.options);
  await other.api.cancelVerification(second.id);
  await until(async () => (await keysHeld(sealed)) === 0);

  const third = await api.verifyBackup(id, { identity });
  await assert.rejects(api.verifyBackup(id, { identity: 'AGE-SECRET-KEY-1NONE' }), { code: 'KEY_INVALID' });
  assert.equal(await keysHeld(sealed), 1, 'what was refused is not kept');
  await sealed.system.stop();
  assert.equal(await keysHeld(sealed), 0);
  const { status, error } = await other.api.getVerification(third.id);
  assert.equal(status, 'interrupted');
  assertKeyLost(error);
  await free();
});

test('a verification with a key that is stopped under way is not begun again by another process', async (t) => {
  const sealed = await sealedSystem(t, { place: 'database', lockTimeoutMs: 2_000 });
  const { api, db } = sealed;
  const { id } = await api.createBackup({ wait: true });
  const other = sealed.another(sealed.options);
  await other.start();
  await db.client.query('begin; lock table system_backup_chunks');
  const { id: run } = await api.verifyBackup(id, { identity: sealed.recoveryKey });
  await waitsForTable(db.client);
  assert.equal((await other.api.getVerification(run)).status, 'running');
  await sealed.system.stop();
  await db.client.query('rollback');
  const { status, error } = await other.api.getVerification(run);
  assert.equal(status, 'interrupted');
  assertKeyLost(error);
});
