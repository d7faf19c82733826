import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { openClient } from '../support/connect.ts';
import { smallShop, testSystem } from '../api/system.ts';
import { until } from '../support/until.ts';

const cli = path.join(import.meta.dirname, '../../src/cli/main.ts');

/** `holdfast worker`, a process of its own. */
async function startWorker(t: TestContext, url: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [cli, 'worker', '--json'], {
    env: { ...process.env, DATABASE_URL: url, HOLDFAST_LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout!, 'data');
  return child;
}

test('a worker that is told to stop hands its backup over, and another one completes it', async (t) => {
  const { db, another } = await testSystem(t, { sql: smallShop });
  const { api } = another({ worker: false });
  const blocker = await openClient(db.target);
  await blocker.query('begin; lock table orders in access exclusive mode');
  const first = await startWorker(t, db.connectionString);
  const { id } = await api.createBackup();
  await until(async () => (await api.getBackup(id)).status === 'running');
  first.kill('SIGTERM');
  const [code] = (await once(first, 'exit')) as [number | null];
  assert.equal(code, 0);
  const waiting = await api.getBackup(id);
  assert.equal(waiting.status, 'queued');
  assert.equal(waiting.attempt, 2);
  assert.equal(waiting.error?.code, 'INTERRUPTED');
  await blocker.query('rollback');
  await blocker.end();
  await startWorker(t, db.connectionString);
  const done = await api.waitForBackup(id);
  assert.equal(done.status, 'completed');
  assert.equal(done.error, null);
});

test('fifty orders, five workers of which two are killed: each is performed, each once', async (t) => {
  const { db, another } = await testSystem(t, { sql: smallShop });
  const { api } = another({ worker: false });
  const count = 50;
  for (let n = 0; n < count; n++) await api.createBackup({ description: `order ${n}` });
  // As a schedule's would be, so that what a killed worker leaves is begun again.
  await db.client.query(`update system_backups set trigger = 'schedule'`);
  const workers = await Promise.all(Array.from({ length: 5 }, () => startWorker(t, db.connectionString)));
  const ended = async (): Promise<number> => {
    const { rows } = await db.client.query(
      `select count(*)::int as n from system_backups where status = 'completed'`,
    );
    return rows[0].n as number;
  };
  for (const [i, victim] of workers.slice(0, 2).entries()) {
    await until(async () => (await ended()) > 5 + 10 * i);
    victim.kill('SIGKILL');
  }
  await until(async () => (await ended()) === count, 180_000);
  const { rows } = await db.client.query(
    `select description, status, started_at, finished_at from system_backups order by started_at`,
  );
  assert.equal(rows.length, count);
  assert.equal(new Set(rows.map((row) => row.description)).size, count);
  // Never two at once.
  for (const [i, row] of rows.slice(1).entries()) assert.ok(row.started_at >= rows[i].finished_at);
});

test("a schedule's backup whose process was killed is begun again", async (t) => {
  const { db, another } = await testSystem(t, { sql: smallShop });
  const { api } = another({ worker: false });
  const blocker = await openClient(db.target);
  await blocker.query('begin; lock table orders in access exclusive mode');
  const first = await startWorker(t, db.connectionString);
  const { id } = await api.createBackup();
  await db.client.query(`update system_backups set trigger = 'schedule' where id = $1`, [id]);
  await until(async () => (await api.getBackup(id)).status === 'running');
  first.kill('SIGKILL');
  await blocker.query('rollback');
  await blocker.end();
  await startWorker(t, db.connectionString);
  const again = await until(async () => {
    const backup = await api.getBackup(id);
    return backup.status === 'queued' && backup;
  });
  assert.equal(again.attempt, 2);
  assert.equal(again.error?.code, 'INTERRUPTED');
  // Not at once: whatever killed it may still be there.
  await db.client.query('update system_backups set not_before = now() where id = $1', [id]);
  assert.equal((await api.waitForBackup(id)).status, 'completed');
});
